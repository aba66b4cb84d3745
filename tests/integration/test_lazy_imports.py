"""Large packages are imported only where they are used, so that commands and pages start quickly."""

import subprocess
import sys

import pytest
from processes import ROOT

# (name of the case, statements to run, packages that must not have been imported by them)
CASES = {
    "listing data sets": ("import nn_core.data", "torch torchvision numpy sklearn scipy faker mlxtend"),
    "custom data sets": ("import nn_core.data.custom", "torch PIL"),
    "tables": ("import nn_core.data.custom.table_import", "torch PIL python_calamine charset_normalizer"),
    "drawings": ("import nn_core.drawings", "torch"),
    "explanations": ("import nn_core.inference, ui.draw.explain", "captum matplotlib"),
    "formulas": ("from nn_core.models.formula import Formula", "torch sympy"),
    "a parsed formula": (
        "from nn_core.models.formula import Formula; Formula.parse('x*tanh(log(1+exp(x)))').derivative()",
        "torch",
    ),
}


@pytest.mark.parametrize(("statements", "packages"), CASES.values(), ids=CASES)
def test_large_packages_are_not_imported_by(statements: str, packages: str) -> None:
    code = f"{statements}\nimport sys\nprint([name for name in {packages.split()} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"
