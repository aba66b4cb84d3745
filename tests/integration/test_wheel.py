"""The wheel: built from the sources, installed into an environment of its own, and used from a folder outside the checkout."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from processes import ROOT
from serving import find_free_port
from visitors import ask
from waiting import wait_until

from nn_core.paths import SHIPPED_NAMES, SHIPPED_RUN
from ui.app.sitemap import SITEMAP

SOURCES = (
    "nn_core",
    "ui",
    "pages",
    ".streamlit",
    *(f"checkpoints/{name}" for name in SHIPPED_NAMES),
    "app.py",
    "setup.py",
    "pyproject.toml",
    "requirements.txt",
    "README.md",
    "LICENSE",
)
OPEN_ALL_PAGES = """
from streamlit.testing.v1 import AppTest
from nn_core.paths import APP_FOLDER
from ui.app.sitemap import SITEMAP

assert APP_FOLDER.name == "nn_lab"
app = AppTest.from_file(str(APP_FOLDER / "app.py"), default_timeout=60).run()
for page in SITEMAP:
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception, app.exception
    assert app.title, page
    print(page)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    target = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-index", "--no-build-isolation", "--quiet", "--wheel-dir", target)
    subprocess.run([sys.executable, "-m", "pip", "wheel", *map(str, options), str(folder)], check=True, cwd=target)
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel. Its dependencies come from this one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    options = ("--python", folder / "bin" / "python", "install", "--no-deps", "--no-index", "--quiet", wheel)
    subprocess.run([sys.executable, "-m", "pip", *map(str, options)], check=True)
    return folder / "bin"


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, where the user's data go as well."""
    for name in ("NN_LAB_RUNS", "NN_LAB_DATA", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NN_LAB_SPARE_WORKER", "no")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data_home"))
    return tmp_path


def run(folder: Path, *command: object) -> str:
    result = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_wheel_contains_every_source_and_asset(wheel: Path) -> None:
    contained = set(zipfile.ZipFile(wheel).namelist())
    for name in ("nn_core", "ui", "pages", *(f"checkpoints/{name}" for name in SHIPPED_NAMES)):
        for file in (ROOT / name).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".lock":
                path = file.relative_to(ROOT).as_posix()
                assert path in contained or f"nn_lab/{path}" in contained, path
    top = {name for name in contained if re.fullmatch(r"nn_lab/[^/]+", name)}
    assert top == {"nn_lab/app.py"}
    assert "nn_lab/.streamlit/config.toml" in contained


def test_the_wheel_depends_on_the_list_of_requirements(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    metadata = archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA"))).decode()
    listed = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert re.findall(r"^Requires-Dist: (.+)$", metadata, re.MULTILINE) == listed
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nVersion: {version}\n" in metadata


def test_the_command_line_works_outside_the_checkout(installed: Path, outside: Path) -> None:
    command = installed / "nn-lab"
    assert "quick" in run(outside, command, "presets").split()
    assert "nn-lab [OPTIONS]" in run(outside, command, "--help")
    settings = ("--set", "training.epochs=1", "--set", "training.device=cpu")
    trained = run(outside, command, "train", "--preset", "plane", *settings).splitlines()[-1]
    assert Path(trained).parent == outside / "data_home" / "nn-lab" / "checkpoints"
    assert Path(trained).name in run(outside, command, "list")
    drawing = outside / "one.jsonl"
    drawing.write_text('{"size": 280, "pen_width": 18, "strokes": [[[140, 40], [140, 240]]]}\n')
    assert '"label": "1"' in run(outside, command, "predict", SHIPPED_RUN.name, "--drawings", drawing)


def test_every_page_opens_outside_the_checkout(installed: Path, outside: Path) -> None:
    assert run(outside, installed / "python", "-c", OPEN_ALL_PAGES).split() == list(SITEMAP)


def test_the_app_is_served_outside_the_checkout(installed: Path, outside: Path) -> None:
    port = find_free_port()
    log = outside / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [installed / "nn-lab", "app", "--port", str(port)],
            cwd=outside,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ},
        )
    try:

        def is_healthy() -> bool:
            assert server.poll() is None, log.read_text()
            try:
                return ask(f"http://127.0.0.1:{port}", "/_stcore/health").status == 200
            except OSError:
                return False

        wait_until(is_healthy, "the server is healthy")
        for path in ("/", "/train", "/draw"):
            answer = ask(f"http://127.0.0.1:{port}", path)
            assert answer.status == 200
            assert "NN Lab" in answer.body
    finally:
        server.terminate()
        server.wait(timeout=20)
