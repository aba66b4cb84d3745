# Each target is enough by itself on a machine with Python 3.11 or newer, git and make.

PORT ?= 8501
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: run test check bench

run: $(VENV)/.installed
	@exec $(PYTHON) -m streamlit run app.py --server.address=127.0.0.1 --server.port=$(PORT) --server.headless=true

# A file on each core, with one thread a process: threads that wait for another's core would only stand still.
test: $(VENV)/.installed-dev
	@$(PYTHON) scripts/install_browser.py
	OMP_NUM_THREADS=1 $(PYTHON) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/.installed-dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

bench: $(VENV)/.installed-dev
	@$(PYTHON) scripts/install_browser.py
	$(PYTHON) -m bench

# A stamp says that an installation came to its end; a newer list of requirements asks for another.
$(VENV)/.installed: requirements.txt scripts/install.sh
	@scripts/install.sh $(VENV) requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt scripts/install.sh
	@scripts/install.sh $(VENV) requirements-dev.txt
	@touch $(VENV)/.installed $@
