"""CONTRIBUTING says that a network is one file and one line in a dict: the example there, added to a copy of the package."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from processes import ROOT


def test_the_example_in_contributing_trains_and_tells_its_accuracy(tmp_path: Path) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    file, line = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    name = re.search(r'"(\w+)": _of', line).group(1)  # type: ignore[union-attr]
    shutil.copytree(ROOT / "nn_core", tmp_path / "nn_core", ignore=shutil.ignore_patterns("__pycache__"))
    models = tmp_path / "nn_core" / "models"
    (models / f"{name}.py").write_text(file, encoding="utf-8")
    registry = (models / "__init__.py").read_text(encoding="utf-8")
    begin = "MODELS: dict[str, Model] = {\n"
    assert begin in registry
    (models / "__init__.py").write_text(registry.replace(begin, begin + line), encoding="utf-8")

    def nn_core(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nn_core", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    assert f'"{name}"' in nn_core("options", "--json").stdout
    settings = ["model.activation=tanh", "training.epochs=2", "optimizer.lr=0.1"]
    trained = nn_core(
        "train",
        *("--preset", "simple_net", "--runs", "runs", "--name", "example", "--set", f"model.name={name}"),
        *(part for setting in settings for part in ("--set", setting)),
    )
    assert trained.returncode == 0, trained.stderr
    accuracy = re.search(r"Test accuracy (\d+)", trained.stderr)
    assert accuracy
    assert int(accuracy.group(1)) > 50
