"""The files of an ONNX export: the network, and beside it a program that prepares inputs and prints answers."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.atomic_io import replace_bytes
from nn_core.task import Kind

if TYPE_CHECKING:
    from nn_core.runs import RunFolder

__all__ = ["get_program_file", "make_commands", "write_onnx_files"]

_PACKAGES: dict[Kind, str] = {
    "pictures": "numpy pillow onnxruntime",
    "text": "numpy onnxruntime",
    "points": "numpy onnxruntime",
}
_EXAMPLES: dict[Kind, str] = {"pictures": "picture.png", "text": '"a text"', "points": "0.5,-1"}


def write_onnx_files(run: RunFolder, data_folder: Path, target: Path) -> float:
    """Write the network to `target` and the program to `get_program_file(target)`.

    Returns:
        The largest difference between the outputs of the network and of the file.

    Raises:
        BadInput: see `onnx_model.make_onnx`.
        OSError: a file cannot be written.
    """
    from nn_core.data import find_scaled_dataset
    from nn_core.export.onnx_model import make_onnx
    from nn_core.transfer.codegen.preparation import read_program

    model = make_onnx(run, data_folder)
    kind = find_scaled_dataset(run.config().data, data_folder).kind
    replace_bytes(target, model.content)
    replace_bytes(get_program_file(target), read_program(kind).encode())
    return model.difference


def get_program_file(target: Path) -> Path:
    """Return where the program for an ONNX file is."""
    return target.with_name(f"{target.stem}.predict.py")


def make_commands(kind: Kind, stem: str) -> str:
    """Return the commands that install what the program needs and run it. stem: the name of the ONNX file without its ending."""
    return f"pip install {_PACKAGES[kind]}\npython {shlex.quote(f'{stem}.predict.py')} {_EXAMPLES[kind]}"
