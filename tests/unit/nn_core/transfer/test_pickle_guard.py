"""Harmful weights without calls: deep nesting, exponential expansion, and ZIP files that different readers read differently."""

import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hostile import little_memory
from hostile import refusal as said_of
from hostile_pickles import ORDERED, block, end_of, saved, saved_by_python, tensor, text, with_pickle
from torch import nn
from transfer_files import bring

from nn_core.config import RunConfig
from nn_core.transfer import pickle_guard
from nn_core.transfer.pickle_guard import Unlike, check_pickle_program
from nn_core.transfer.validation import is_state_valid
from nn_core.transfer.weight_files import load_tensors
from nn_core.zip_safety import read_central_directory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")

NOT_SO = "does not have the structure that torch.save writes"


def refusal(content: bytes, folder: Path) -> str:
    """What is said of a file of weights; the same file is no training's state either."""
    file = folder / "theirs.pt"
    file.write_bytes(content)
    with little_memory():
        said = said_of(lambda: bring(file))
    assert not is_state_valid(file, nn.Linear(1, 1), RunConfig())
    return said


def spellings(name: str) -> list[str]:
    """Of small letters and capitals."""
    return [
        "".join(c.upper() if number >> at & 1 else c for at, c in enumerate(name)) for number in range(2 ** len(name))
    ]


DEEP, MANY, LATE = "nested more than 32 levels deep", "more than 1,000,000 parts", "changed after it was stored"
ATTRIBUTES, KEY, OTHERWISE = "attributes that no state_dict has", "a key that is neither", "with an unusual structure"
ODD = {
    "a name that ends Python": (b"\x80\x02})" + b"\x85" * 2_000_000 + b"K\1s.", DEEP),
    "a name that cannot be shown": (b"\x80\x02})" + b"\x85" * 2000 + b"K\1s.", DEEP),
    "lists in lists": (b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".", DEEP),
    "marks": (b"\x80\x02}" + b"(" * 1_000_000 + b"u.", DEEP),
    "a list in itself": (b"\x80\x02]q\0h\0a.", LATE),
    "a list that grows later": (b"\x80\x02]q\0]q\1h\0ah\0]a.", LATE),
    "twice, thirty times": (b"\x80\x02}" + text("a") + b"K\1" + b"q\0h\0\x86" * 30 + b"s.", MANY),
    "a tuple as name": (b"\x80\x02}K\1\x85K\1s.", KEY),
    "a tuple as name, in a call": (b"\x80\x02ccollections\nOrderedDict\n](K\1\x85K\1\x86e\x85R.", OTHERWISE),
    "a huge number": (b"\x80\x02}" + text("a") + b"\x8a\xff" + b"\x7f" * 255 + b"s.", "more than 64 bits"),
    "get": (b"\x80\x02" + ORDERED + b"}(" + text("get") + b"K\5ub.", ATTRIBUTES),
    "items": (b"\x80\x02" + ORDERED + text("a") + b"K\1s}(" + text("items") + b"K\5ub.", ATTRIBUTES),
    "attributes of a tensor": (b"\x80\x02" + tensor() + b"}b.", ATTRIBUTES),
    "a block of no numbers": (b"\x80\x02K\1Q.", OTHERWISE),
    "a storage called": (b"\x80\x02ctorch\nFloatStorage\nK\1\x85R.", OTHERWISE),
    "other operations": (b"\x80\x02\x8f.", "the operation EMPTY_SET"),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_a_harmful_pickle_without_calls_is_refused(tmp_path: Path, case: str) -> None:
    program, words = ODD[case]
    assert words in refusal(with_pickle(program), tmp_path)


def test_a_pickle_with_too_many_operations_is_refused_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pickle_guard._MOST_OPERATIONS == 2_000_000
    monkeypatch.setattr(pickle_guard, "_MOST_OPERATIONS", 20_000)  # two million take four seconds
    check_pickle_program(b"\x80\x02" + b")" * 19_997 + b".")
    with pytest.raises(Unlike, match="more than 20,000 operations"):
        check_pickle_program(b"\x80\x02" + b")" * 20_000)


def test_a_storage_is_not_read_under_every_spelling_of_its_name(tmp_path: Path) -> None:
    """torch looks for it without a look at capitals, and would have a copy for each."""
    program = b"\x80\x02](" + b"".join(block(name, 1_000_000) for name in spellings("abcdefgh")) + b"e."
    assert OTHERWISE in refusal(with_pickle(program, {"archive/data/abcdefgh": bytes(4_000_000)}), tmp_path)


def trained(optimizer: type[torch.optim.Optimizer], **options: Any) -> tuple[nn.Module, torch.optim.Optimizer]:
    network = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Sequential(nn.Linear(3, 2)))
    made = optimizer(network.parameters(), lr=0.1, **options)  # type: ignore[call-arg]
    network(torch.rand(4, 3)).sum().backward()
    made.step()
    return network, made


def checkpoint(optimizer: type[torch.optim.Optimizer], **options: Any) -> dict[str, Any]:
    network, made = trained(optimizer, **options)
    schedule = torch.optim.lr_scheduler.OneCycleLR(made, 0.1, 10, cycle_momentum=False)
    weights = network.state_dict()
    return {
        "epoch": 3,
        "model": weights,
        "ema": weights,
        "parameters": dict(network.named_parameters()),
        "optimizer": made.state_dict(),
        "scheduler": schedule.state_dict(),
        "seed": torch.initial_seed(),
        "random": torch.get_rng_state(),
        "args": {"lr": 0.1, "betas": (0.9, 0.99), "path": None, "sizes": [[1, 2], [3]], "amp": True},
    }


HONEST: dict[str, Callable[[], Any]] = {
    "a state_dict": lambda: trained(torch.optim.SGD)[0].state_dict(),
    "Adam": lambda: checkpoint(torch.optim.AdamW, amsgrad=True),
    "SGD": lambda: checkpoint(torch.optim.SGD, momentum=0.9, nesterov=True),
    "RMSprop": lambda: checkpoint(torch.optim.RMSprop, momentum=0.9, centered=True),
    "views": lambda: {"all": (block := torch.rand(4, 5)), "some": block[1:, ::2], "turned": block.T, "none": block[:0]},
    "kinds": lambda: {str(kind): torch.ones(3, dtype=kind) for kind in (torch.half, torch.bfloat16, torch.bool, torch.int64)},
    "many": lambda: {f"a.layer.of.many.{number}.weight": torch.ones(1) for number in range(4_000)},
}  # fmt: skip


@pytest.mark.parametrize("case", HONEST)
def test_usual_torch_files_are_read(tmp_path: Path, case: str) -> None:
    content = HONEST[case]()
    (tmp_path / "mine.pt").write_bytes(saved(content))
    read = load_tensors(tmp_path / "mine.pt", "mine.pt")
    assert list(read) == list(content)
    for name, value in (content.get("model") or content).items():
        assert torch.equal((read.get("model") or read)[name], value)


# Two lists of files


def asking(size: int) -> bytes:
    """A pickle that calls what no weights do, of as many bytes as another one has."""
    program = b"\x80\x02}" + text("x") + b"cbuiltins\nbytearray\nM\xe8\x03\x85Rs."
    return program + bytes(size - len(program))


def files_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def both_kinds() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files of good weights and of bad ones."""
    good = files_of(saved({"a": torch.ones(2)}))
    return good, good | {"archive/data.pkl": asking(len(good["archive/data.pkl"]))}


def behind_each_other() -> bytes:
    """The record at the end states where the first list is; Python counts back to the second."""
    good, bad = map(saved_by_python, both_kinds())
    return bad[: end_of(bad)] + good


def large_records() -> bytes:
    """The same with the records for large files, one of which states where the other is."""
    good = saved({"a": torch.ones(2)})
    place = good.rfind(b"PK\x06\x07")
    programs = [files["archive/data.pkl"] for files in both_kinds()]
    bad = good.replace(*programs).replace(*(struct.pack("<I", zlib.crc32(program)) for program in programs))
    locator = bytearray(good[place:])
    locator[8:16] = struct.pack("<Q", bad.rfind(b"PK\x06\x06"))
    return bad[:place] + good[:place] + locator


@pytest.mark.parametrize("made", [behind_each_other, large_records])
def test_a_zip_with_two_central_directories_is_refused(tmp_path: Path, made: Callable[[], bytes]) -> None:
    content = made()
    assert NOT_SO in refusal(content, tmp_path)
    opened = torch.load(io.BytesIO(content), weights_only=True)
    assert isinstance(opened["x"], bytearray), "else this says nothing: torch has to find the bad list"


def test_python_would_have_read_the_harmless_directory() -> None:
    """Else the test above says nothing. Newer ones refuse the large records, or follow them."""
    assert files_of(behind_each_other()) == both_kinds()[0]
    if sys.version_info < (3, 12):
        assert files_of(large_records()) == both_kinds()[0]


def called_otherwise(name: str, also: str) -> zipfile.ZipInfo:
    """With the field that gives a file a second name, which newer Pythons take for the first."""
    info = zipfile.ZipInfo(name)
    field = struct.pack("<BI", 1, zlib.crc32(name.encode())) + also.encode()
    info.extra = struct.pack("<HH", 0x7075, len(field)) + field
    return info


def renamed() -> bytes:
    good, bad = both_kinds()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(called_otherwise("archive/data.pkl", "archive/x"), bad["archive/data.pkl"])
        archive.writestr(called_otherwise("archive/y", "archive/data.pkl"), good["archive/data.pkl"])
        for name in set(good) - {"archive/data.pkl"}:
            archive.writestr(name, good[name])
    return stream.getvalue()


def with_zero_in_a_name() -> bytes:
    return saved_by_python(both_kinds()[0] | {"archive/xyz": b""}).replace(b"archive/xyz", b"archive/x\0z")


def changed(at: int, form: str, *values: int) -> bytes:
    """The good weights with a number in their last record changed, or two of them."""
    content = bytearray(saved_by_python(both_kinds()[0]))
    struct.pack_into(form, content, end_of(content) + at, *values)
    return bytes(content)


def of_two_sizes() -> bytes:
    content = bytearray(saved_by_python(both_kinds()[0]))
    line = content.rfind(b"PK\x01\x02")
    content[line + 20 : line + 24] = bytes(4)
    return bytes(content)


ODD_LISTS: dict[str, Callable[[], bytes]] = {
    "renamed": renamed,
    "a zero in a name": with_zero_in_a_name,
    "fewer files than are listed": lambda: changed(8, "<HH", 1, 1),
    "on another disk": lambda: changed(4, "<HH", 1, 1),
    "a shorter list": lambda: changed(12, "<L", 46),
    "a list elsewhere": lambda: changed(16, "<L", 0),
    "a comment that is not there": lambda: changed(20, "<H", 5),
    "of two sizes": of_two_sizes,
}


@pytest.mark.parametrize("case", ODD_LISTS)
def test_an_ambiguous_central_directory_is_refused(tmp_path: Path, case: str) -> None:
    assert NOT_SO in refusal(ODD_LISTS[case](), tmp_path)


def test_the_central_directory_of_usual_files_is_found(tmp_path: Path) -> None:
    good = both_kinds()[0]
    for content in (saved({"a": torch.ones(2)}), saved_by_python(good)):
        (tmp_path / "x.pt").write_bytes(content)
        assert read_central_directory(tmp_path / "x.pt").files == len(good)


# A training's state


def state(network: nn.Module, **others: Any) -> dict[str, Any]:
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    return {
        "model": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": ["constant", {}],
        "rates": [0.1, 0.1, 0.1],
        "random": {"cpu": torch.get_rng_state()},
        "position": [1, 0, 5],
        "pending": [0, 0.0, 0],
        "best": None,
        "best_weights": None,
        "metrics_size": 0,
        "elapsed_seconds": 1.0,
        **others,
    }


def test_a_tensor_in_place_of_a_list_is_not_iterated(tmp_path: Path) -> None:
    network = nn.Linear(2, 2)
    file = tmp_path / "last.state"
    file.write_bytes(saved(state(network)))
    assert is_state_valid(file, network, RunConfig())
    endless = torch.zeros(1).expand(10**9)
    groups = {**state(network)["optimizer"], "param_groups": endless}
    for others in (
        {"model": endless},
        {"position": endless},
        {"pending": endless},
        {"rates": endless},
        {"schedule": endless},
        {"optimizer": groups},
        {"best_weights": endless},
        {"average": {"weight": endless}},
    ):
        file.write_bytes(saved(state(network, **others)))
        with little_memory():
            assert not is_state_valid(file, network, RunConfig())
