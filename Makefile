# Each target works by itself on a machine with Python 3.11 or newer, git and make.

PORT ?= 8501
# Only `make run ADDRESS=…` changes it, and not a variable of the environment that happens to have this name.
ADDRESS = 127.0.0.1
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: run test test-fast journeys check bench vitals diagnosis house gpu-check wheel classroom room soak scaling fuzz audit

run: $(VENV)/.installed
	@exec $(PYTHON) -m streamlit run app.py --server.address=$(ADDRESS) --server.port=$(PORT) --server.headless=true

# One file per core, plus one, because a test of a page waits half of the time. One thread per process, because threads that wait
# for a busy core stop all others. Compiled modules are kept, because the tests start hundreds of processes.
CORES := $(shell getconf _NPROCESSORS_ONLN)
test: $(VENV)/.installed-dev
	@$(PYTHON) scripts/install_browser.py
	@$(PYTHON) scripts/install_axe.py
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(PYTHON) -m pytest --numprocesses $$(($(CORES) + 1)) --dist loadfile --no-loadscope-reorder

# The unit tests, which need neither processes nor a browser.
test-fast: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 $(PYTHON) -m pytest tests/unit -m "not slow" --numprocesses $(CORES) --dist loadfile --no-loadscope-reorder

# The journeys alone, one after the other, with a picture of every step in journeys/.
journeys: $(VENV)/.installed-dev
	@$(PYTHON) scripts/install_browser.py
	NN_LAB_JOURNEY_PICTURES=journeys OMP_NUM_THREADS=1 $(PYTHON) -m pytest tests/browser/journeys

check: $(VENV)/.installed-dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m codespell_lib
	$(PYTHON) -m scripts.prose

# Figures about the structure of the code.
house: $(VENV)/.installed-dev
	@$(PYTHON) -m scripts.house

# dist/nn_lab-….whl, with the app and the command nn-lab.
wheel: $(VENV)/.installed-dev
	$(PYTHON) -m pip wheel --no-deps --no-build-isolation --quiet --wheel-dir dist .

# What needs a graphics card, in under five minutes. Needs torch and the packages that nn_core imports, but no Streamlit and no
# network: PYTHON3 where torch can be imported there, else .venv.
gpu-check:
	@if ! $(or $(PYTHON3),python3) -c 'import torch' 2>/dev/null; then $(MAKE) --no-print-directory $(VENV)/.installed; fi
	@$$($(or $(PYTHON3),python3) -c 'import torch, sys; print(sys.executable)' 2>/dev/null || echo $(PYTHON)) -m scripts.gpu_check

bench: $(VENV)/.installed-dev
	@$(PYTHON) scripts/install_browser.py
	$(PYTHON) -m bench

# AGAINST=FOLDER measures another checkout in alternation with this one.
vitals: $(VENV)/.installed-dev
	@$(PYTHON) scripts/install_browser.py
	$(PYTHON) -m bench.vitals $(if $(AGAINST),--against $(AGAINST))

# How often the diagnosis finds an injected fault, and how often it is wrong about a healthy run. Continues where it was interrupted.
diagnosis: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 $(PYTHON) -m scripts.diagnosis --write

# What takes too long for the suite. docs/reliability.md has the latest figures.

classroom room: $(VENV)/.installed-dev
	@$(PYTHON) scripts/install_browser.py
	$(PYTHON) -m bench runs live classroom classroom_memory

soak: $(VENV)/.installed-dev
	$(PYTHON) -m scripts.soak

scaling: $(VENV)/.installed-dev
	$(PYTHON) -m bench.scaling

fuzz: $(VENV)/.installed-dev
	NN_LAB_FUZZ=25 OMP_NUM_THREADS=1 $(PYTHON) -m pytest tests/fuzz --hypothesis-show-statistics --timeout=0

audit: $(VENV)/.installed-dev
	$(PYTHON) -m pip install --quiet pip-audit==2.10.1
	$(PYTHON) -m pip_audit --local

# A stamp file marks a complete installation; a newer requirements file causes another one.
$(VENV)/.installed: requirements.txt scripts/install.sh
	@scripts/install.sh $(VENV) requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt scripts/install.sh
	@scripts/install.sh $(VENV) requirements-dev.txt
	@touch $(VENV)/.installed $@
