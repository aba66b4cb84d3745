"""The speed table: NN Lab beside the alternatives, measured in one run on one machine."""

import sys
from pathlib import Path

# The helpers that serve the app and drive a browser are those of the tests.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
