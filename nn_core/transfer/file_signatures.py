"""Recognises files that are not weights of torch.save or safetensors, by their first bytes or their entries, and says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from nn_core.errors import BadInput
from nn_core.i18n import N_, _
from nn_core.zip_safety import read_central_directory

__all__ = ["check_is_weight_file", "is_safetensors", "is_zip"]

_HEAD_BYTES = 1024
_LARGEST_DIRECTORY = 4 << 20
_LARGEST_ONNX_FIELD, _MOST_ONNX_FIELDS = 50, 10_000

_IN_PYTORCH = N_(
    "Save the state_dict in PyTorch, where the network was trained: torch.save(model.state_dict(), 'weights.pt')."
)
_FROM_KERAS = N_(
    "Copy the arrays into the same network in PyTorch (a dense layer's kernel is turned: torch.from_numpy(kernel.T)), then: "
    "torch.save(model.state_dict(), 'weights.pt')."
)
_UNPACK = N_("Unpack it and import the file of weights that is in it.")

_STARTS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\x89HDF\r\n\x1a\n", N_("an HDF5 file, as Keras writes it"), _FROM_KERAS),
    (
        0,
        b"\x93NUMPY",
        N_("a NumPy array (.npy), which has no names of layers"),
        N_("Save all arrays by their names: torch.save({name: torch.from_numpy(array), …}, 'weights.pt')."),
    ),
    (
        0,
        b"GGUF",
        N_("a GGUF file, for llama.cpp"),
        _IN_PYTORCH,
    ),
    (4, b"TFL3", N_("a TensorFlow Lite file"), _FROM_KERAS),
    (
        0,
        b"version https://git-lfs",
        N_("a pointer of Git LFS, not the weights themselves"),
        N_("Download the weights: git lfs pull."),
    ),
    (
        0,
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.",
        N_("a file of PyTorch before 1.6"),
        N_("Save it again with a newer version: torch.save(torch.load(file, weights_only=True), 'weights.pt')."),
    ),
    (0, b"\x1f\x8b", N_("packed with gzip"), _UNPACK),
    (0, b"BZh", N_("packed with bzip2"), _UNPACK),
    (0, b"\xfd7zXZ\x00", N_("packed with xz"), _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", N_("a 7z archive"), _UNPACK),
    (0, b"Rar!", N_("a RAR archive"), _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", N_("packed with Zstandard"), _UNPACK),
    (257, b"ustar", N_("a tar archive"), _UNPACK),
)
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_WEB_PAGE = re.compile(rb"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)
_JSON = re.compile(rb"\s*[{\[]")


def is_zip(head: bytes) -> bool:
    """Return whether a file that begins like this is a ZIP, as those of torch.save are."""
    return head.startswith(b"PK\x03\x04")


def is_safetensors(head: bytes, size: int) -> bool:
    """Return whether a file of this size that begins like this is one of safetensors: a length, then a JSON object."""
    return head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= size - 8


def check_is_weight_file(file: Path, called: str) -> None:
    """Recognise other files than those of torch.save and safetensors.

    Args:
        file: the file.
        called: its name in errors.

    Raises:
        BadInput: it is another known kind of file; the sentence says which, and what to do.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if is_safetensors(head, size):
        return
    found = _recognise_zip(file) if is_zip(head) else _recognise(head, file, called)
    if found:
        kind, remedy = found
        raise BadInput(
            _("'{file}' is {kind}, not weights of torch.save or safetensors. {remedy}").format(
                file=called, kind=_(kind), remedy=_(remedy)
            )
        )


def _recognise(head: bytes, file: Path, called: str) -> tuple[str, str] | None:
    """Return the kind and the remedy of a file that is no ZIP."""
    if not head:
        return N_("empty"), N_("Copy or download it again.")
    for place, start, kind, remedy in _STARTS:
        if head[place:].startswith(start):
            return kind, remedy
    if any(head[place:].startswith(b"\x89HDF\r\n\x1a\n") for place in (512,)):
        return N_("an HDF5 file, as Keras writes it"), _FROM_KERAS
    if _PICKLE.match(head):
        return (
            N_("a plain pickle, and opening it could run any code in it"),
            N_("Load it in the program that wrote it, and save the tensors by their names with torch.save."),
        )
    if _WEB_PAGE.match(head):
        return N_("a web page, so the download failed"), N_("Download the weights again.")
    if _is_onnx(file) or Path(called).suffix.lower() == ".onnx":
        return N_("an ONNX file"), _IN_PYTORCH
    if _JSON.match(head):
        return N_("text (JSON)"), _IN_PYTORCH
    return None


def _recognise_zip(file: Path) -> tuple[str, str] | None:
    """Return the kind and the remedy of a ZIP that torch.save did not write; None if it did, or if the ZIP is damaged."""
    try:
        if read_central_directory(file).size > _LARGEST_DIRECTORY:
            return None
        with ZipFile(file) as archive:
            names = archive.namelist()
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    ends = {name.rpartition("/")[2] for name in names}
    kinds: tuple[tuple[Callable[[], bool], str, str], ...] = (
        (
            lambda: (
                any(name.endswith("serialized_exported_program.json") for name in names)
                or (bool({"archive_format", "archive_version"} & ends) and any("models/" in name for name in names))
            ),
            N_("a program of torch.export"),
            N_("In PyTorch: torch.save(dict(torch.export.load(file).state_dict), 'weights.pt')."),
        ),
        (
            lambda: "constants.pkl" in ends and any("/code/" in f"/{name}" for name in names),
            N_("a TorchScript program"),
            N_("In PyTorch: torch.save(torch.jit.load(file).state_dict(), 'weights.pt')."),
        ),
        (
            lambda: any(name.endswith(".weights.h5") for name in names) or {"metadata.json", "config.json"} <= ends,
            N_("a Keras network"),
            _FROM_KERAS,
        ),
        (
            lambda: bool(names) and all(name.endswith(".npy") for name in names),
            N_("an archive of NumPy arrays (.npz)"),
            N_(
                "In Python: torch.save({name: torch.from_numpy(array) for name, array in numpy.load(file).items()}, 'weights.pt')."
            ),
        ),
        (
            lambda: "data.pkl" not in ends and any(name.endswith((".pt", ".pth", ".safetensors")) for name in names),
            N_("a ZIP that contains a file of weights"),
            _UNPACK,
        ),
    )
    return next(((kind, remedy) for is_kind, kind, remedy in kinds if is_kind()), None)


def _is_onnx(file: Path) -> bool:
    """Return whether the file is an ONNX model: a protobuf message whose fields are those of ModelProto, among them the graph (7)."""
    size = file.stat().st_size
    fields: set[int] = set()
    with file.open("rb") as stream:
        for _field in range(_MOST_ONNX_FIELDS):
            if stream.tell() == size:
                return {1, 7} <= fields
            key, value = _read_varint(stream.read), _read_varint(stream.read)
            if key is None or value is None or not 0 < key >> 3 <= _LARGEST_ONNX_FIELD or key & 7 not in (0, 2):
                return False
            fields.add(key >> 3)
            if key & 7 == 2:
                if value > size - stream.tell():
                    return False
                stream.seek(value, 1)
    return False


def _read_varint(read: Callable[[int], bytes]) -> int | None:
    number = 0
    for position in range(10):
        byte = read(1)
        if not byte:
            return None
        number |= (byte[0] & 0x7F) << (7 * position)
        if byte[0] < 0x80:
            return number
    return None
