"""A run as a script that trains it again with plain PyTorch and proves that the result is the same."""

from nn_core.export.script.program import Script, write_script

__all__ = ["Script", "write_script"]
