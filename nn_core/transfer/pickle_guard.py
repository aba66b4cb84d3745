"""Checks a file of torch.save without unpickling it.

Such a file is a ZIP that contains a pickle, which is a program for a stack machine. Each operation is simulated once, and its
results are only counted and measured. Only what torch.save writes for tensors, plain values, and lists, tuples and dicts of them is
accepted. torch's own check (`weights_only`) follows.

This also limits files that run no code: objects nested thousands of levels deep exhaust Python's recursion, a few that contain each
other twice expand into billions, and one storage under a thousand names is read a thousand times.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeGuard
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.zip_safety import CentralDirectory, read_central_directory

__all__ = ["DEEPEST", "MoreThanWeights", "Unlike", "check_pickle_program", "check_pickled_weights"]

DEEPEST = 32  # a checkpoint has nine levels
_MOST_OPERATIONS = 2_000_000
_MOST_PARTS = 1_000_000
_MOST_BITS = 64

_NUMBERS = tuple("Bool Byte Char Short Int Long Half BFloat16 Float Double ComplexFloat ComplexDouble".split())
_STORAGES = {f"torch {numbers}Storage" for numbers in _NUMBERS}
_ORDERED = "collections OrderedDict"
_CALLED = {_ORDERED, "torch Size", "torch._utils _rebuild_parameter", "torch._utils _rebuild_tensor_v2"}
"""What a file of weights or a checkpoint calls. torch allows more, such as a bytearray of any size."""
_CALLING = {"INST", "OBJ", "STACK_GLOBAL", "EXT1", "EXT2", "EXT4", "NEWOBJ", "NEWOBJ_EX"}
"""Other ways to call something, which torch.save never uses."""

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY = {"EMPTY_TUPLE": "tuple", "EMPTY_LIST": "list", "EMPTY_DICT": "dict"}
_METADATA = "_metadata"


class MoreThanWeights(Exception):
    """The pickle names or calls something that weights do not need; the message says what."""


class WholeObject(MoreThanWeights):
    """The pickle is a single object, such as a network; the message names its class."""


class Unlike(Exception):
    """torch.save does not write such a pickle for weights; the message says what it contains."""


def check_pickle_program(program: bytes) -> None:
    """Simulate the stack of torch's reader, with plain values and `_Thing` objects.

    Raises MoreThanWeights or Unlike, and for a damaged pickle any error of `pickletools` or of the simulated stack.
    """
    stack: list[object] = []
    marked: list[list[object]] = []
    memo: dict[object, object] = {}
    for count, (operation, argument, _place) in enumerate(pickletools.genops(program)):
        if count >= _MOST_OPERATIONS:
            raise Unlike(_("a pickle of more than {most:,} operations").format(most=_MOST_OPERATIONS))
        match operation.name:
            case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINFLOAT" | "BINUNICODE":
                if isinstance(argument, int) and argument.bit_length() > _MOST_BITS:
                    raise Unlike(_("a whole number of more than {most} bits").format(most=_MOST_BITS))
                stack.append(argument)
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "NONE" | "NEWTRUE" | "NEWFALSE" as name:
                stack.append(_CONSTANTS[name])
            case "EMPTY_TUPLE" | "EMPTY_LIST" | "EMPTY_DICT" as name:
                stack.append(_Thing(_EMPTY[name]))
            case "MARK":
                if len(marked) >= DEEPEST:
                    raise _too_deep()
                marked.append(stack)
                stack = []
            case "TUPLE":
                items, stack = stack, marked.pop()
                stack.append(_tuple(items))
            case "TUPLE1" | "TUPLE2" | "TUPLE3" as name:
                length = int(name[-1])
                stack[-length:] = [_tuple(stack[-length:])]
            case "APPEND" | "SETITEM" as name:
                length = 1 if name == "APPEND" else 2
                items = stack[-length:]
                del stack[-length:]
                _fill(stack[-1], items, name)
            case "APPENDS" | "SETITEMS" as name:
                items, stack = stack, marked.pop()
                _fill(stack[-1], items, name)
            case "GLOBAL":
                try:
                    stack.append(_name(str(argument)))
                except MoreThanWeights as error:
                    raise error if stack or marked else WholeObject(str(error)) from error
            case "REDUCE":
                arguments = stack.pop()
                stack[-1] = _called(stack[-1], arguments)
            case "BUILD":
                attributes = stack.pop()
                _set_attributes(stack[-1], attributes)
            case "BINPERSID":
                stack[-1] = _storage(stack[-1])
            case "STOP":
                stack.pop()
            case "PROTO":
                pass
            case name if name in _CALLING:
                raise MoreThanWeights(name)
            case name:
                raise Unlike(_("the operation {name} of a pickle").format(name=name))


class _Thing:
    """An object that a pickle creates.

    Attributes:
        kind: of object.
        parts: the items of a tuple, the name of a global, or the first key of a dict that is not _metadata.
        levels: the depth of nesting.
        size: the number of all parts inside it, each counted as often as it occurs.
        closed: nothing may be added any more, because its container has counted its levels and size.
    """

    __slots__ = ("closed", "kind", "levels", "parts", "size")

    def __init__(self, kind: str, parts: Sequence[object] = (), *, closed: bool = False) -> None:
        self.kind = kind
        self.parts = parts
        self.levels = self.size = 1
        self.closed = closed

    def take(self, values: Iterable[object]) -> None:
        for value in values:
            self.size += 1
            if isinstance(value, _Thing):
                value.closed = True
                self.levels = max(self.levels, value.levels + 1)
                self.size += value.size
        if self.closed:
            raise Unlike(_("a list or dict that is changed after it was stored"))
        if self.levels > DEEPEST:
            raise _too_deep()
        if self.size > _MOST_PARTS:
            raise Unlike(_("more than {most:,} parts").format(most=_MOST_PARTS))


def _fill(target: object, items: list[object], operation: str) -> None:
    """Add items to a list, or keys and values to a dict."""
    has_keys = operation.startswith("SETITEM")
    if not isinstance(target, _Thing) or target.kind not in (("dict", "ordered") if has_keys else ("list",)):
        raise _unusual()
    if has_keys:
        keys = items[::2]
        if not all(isinstance(key, str | int) for key in keys):
            raise Unlike(_("a key that is neither text nor a whole number"))
        target.parts = target.parts or [key for key in keys if key != _METADATA][:1]
    target.take(items)


def _tuple(items: list[object]) -> _Thing:
    made = _Thing("tuple", items)
    made.take(items)
    made.closed = True
    return made


def _name(argument: str) -> _Thing:
    if argument not in _CALLED and argument not in _STORAGES:
        raise MoreThanWeights(argument.replace(" ", "."))
    return _Thing("name", [argument], closed=True)


def _called(function: object, arguments: object) -> _Thing:
    if not _is(function, "name") or function.parts[0] not in _CALLED or not _is(arguments, "tuple"):
        raise _unusual()
    if function.parts[0] == _ORDERED:
        # The arguments of a dict may contain keys of any kind.
        if arguments.parts:
            raise _unusual()
        return _Thing("ordered")
    made = _Thing("made")
    made.take(arguments.parts)
    made.closed = True
    return made


def _set_attributes(target: object, attributes: object) -> None:
    """A state_dict has one attribute, with the versions of its layers. Others could replace its methods."""
    if not _is(target, "ordered") or not _is(attributes, "dict") or attributes.parts:
        raise Unlike(_("attributes that no state_dict has"))
    target.take([attributes])


def _storage(arguments: object) -> _Thing:
    """A block of numbers. Its name is that of a file in the ZIP, where torch ignores case."""
    if not _is(arguments, "tuple") or len(arguments.parts) != 5:
        raise _unusual()
    what, numbers, name, place, count = arguments.parts
    if (
        what != "storage"
        or not _is(numbers, "name")
        or numbers.parts[0] not in _STORAGES
        or not (isinstance(name, str) and name.isascii() and name.isdecimal())
        or not isinstance(place, str)
        or not isinstance(count, int)
    ):
        raise _unusual()
    return _Thing("storage", closed=True)


def _is(value: object, kind: str) -> TypeGuard[_Thing]:
    return isinstance(value, _Thing) and value.kind == kind


def _unusual() -> Unlike:
    return Unlike(_("tensors or lists with an unusual structure"))


def _too_deep() -> Unlike:
    return Unlike(_("objects that are nested more than {most} levels deep").format(most=DEEPEST))


_LARGEST_PICKLE = 4 << 20
_LARGEST_LIST = 4 << 20
_START = b"PK\x03\x04"
_LARGE = b"\x01\x00"  # the extra field of an entry beyond 4 GB


def check_pickled_weights(file: Path, called: str) -> None:
    """Check that a file of torch.save only constructs tensors and plain values, and does not claim more numbers than it has bytes.

    Args:
        file: the file.
        called: its name in errors.

    Raises:
        BadInput: it does more.
        Exception: any error of `zipfile` or `pickletools` for a damaged file.
    """
    with file.open("rb") as stream:
        if stream.read(len(_START)) != _START:
            raise BadInput(
                _(
                    "'{file}' is not a file of PyTorch 1.6 or later. Save the weights again: torch.save(model.state_dict(), file), or "
                    "as safetensors."
                ).format(file=called)
            )
    try:
        listed = read_central_directory(file)
    except BadZipFile as error:
        raise _odd(called) from error
    if listed.size > _LARGEST_LIST:
        raise _odd(called)
    with ZipFile(file) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != ZIP_STORED for entry in entries):
            # A small compressed file can contain any amount of zeros.
            raise BadInput(
                _("'{file}' is compressed, which torch.save never does. Save it with torch.save.").format(file=called)
            )
        program = archive.read(_pickle_among(entries, listed, file.stat().st_size, called))
    try:
        check_pickle_program(program)
    except WholeObject as error:
        raise BadInput(
            _(
                "'{file}' contains more than weights: a whole object of the class {what}, and opening it could run any code in it. In the "
                "program that wrote it: torch.save(torch.load('{file}', weights_only=False).state_dict(), 'weights.pt')."
            ).format(file=called, what=str(error)[:100])
        ) from error
    except MoreThanWeights as error:
        raise BadInput(
            _(
                "'{file}' contains more than weights ({what}), and opening it could run any code in it. "
                "Save the weights alone: torch.save(model.state_dict(), file), or as safetensors."
            ).format(file=called, what=str(error)[:100])
        ) from error
    except Unlike as error:
        raise BadInput(
            _(
                "'{file}' contains {what}, which weights do not need, so it is not opened. Save the weights alone: "
                "torch.save(model.state_dict(), file), or as safetensors."
            ).format(file=called, what=str(error)[:100])
        ) from error


def _pickle_among(entries: list[ZipInfo], listed: CentralDirectory, file_bytes: int, called: str) -> ZipInfo:
    """The only pickle of a file whose entries do not overlap and have different names also for torch, which ignores case and reads only
    the first name of an entry."""
    names = [entry.orig_filename.casefold() for entry in entries]
    pickles = [entry for entry, name in zip(entries, names, strict=True) if name.endswith("data.pkl")]
    if (
        len(entries) != listed.files
        or len(set(names)) < len(names)
        or any("\0" in name for name in names)
        or any(entry.extra[:2] not in (b"", _LARGE) or len(entry.extra) != _first_field(entry) for entry in entries)
        or any(entry.compress_size != entry.file_size for entry in entries)
        or sum(entry.file_size for entry in entries) > file_bytes
        or len(pickles) != 1
        or pickles[0].file_size > _LARGEST_PICKLE
    ):
        raise _odd(called)
    return pickles[0]


def _first_field(entry: ZipInfo) -> int:
    """The size of the first extra field with its header. A second one is not allowed, because readers might interpret it differently."""
    return 4 + int.from_bytes(entry.extra[2:4], "little") if entry.extra else 0


def _odd(called: str) -> BadInput:
    return BadInput(
        _("'{file}' does not have the structure that torch.save writes. Save the weights again.").format(file=called)
    )
