"""Hostile weights: no pickle in them is run, and none fills the memory."""

import io
import json
import pickle
import struct
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from hostile import little_memory, must_be_a_sentence, refusal
from hostile_pickles import saved, with_pickle
from transfer_files import NET, Harm, bring, fresh, run_archive

from nn_core.errors import BadInput
from nn_core.transfer import import_run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")


class InNames(dict[str, Any]):
    """Pickles as an OrderedDict whose attributes hold the harm, as a state_dict's do its metadata."""

    def __init__(self, harm: Harm) -> None:
        self.harm = harm

    def __reduce__(self) -> Any:
        return OrderedDict, (), {"_metadata": self.harm}


def old_style(harmed: Path) -> bytes:
    """The call written with INST, an operation of the first protocol."""
    return f"(V{harmed}\nVw\niio\nopen\n.".encode()


def malicious(harmed: Path) -> dict[str, bytes]:
    harm = Harm(harmed)
    weights = fresh(NET)
    good = pickle.dumps({}, 2)
    return {
        "bare": pickle.dumps(harm),
        "bare, protocol 2": pickle.dumps(harm, 2),
        "at the top": saved(harm),
        "beside weights": saved({**weights, "extra": harm}),
        "instead of weights": saved(dict.fromkeys(weights, harm)),
        "under a wrapper": saved({"epoch": 1, "state_dict": {**weights, "extra": [(harm,)]}}),
        "in the metadata": saved(InNames(harm)),
        "in a set": saved({"x": {frozenset(): [harm]}}),
        "before 1.6": saved({**weights, "extra": harm}, _use_new_zipfile_serialization=False),
        "protocol 4": with_pickle(pickle.dumps(harm, 4)),
        "INST": with_pickle(old_style(harmed)),
        "two pickles": with_pickle(good, {"other/data.pkl": pickle.dumps(harm, 2)}),
        "capitals": with_pickle(good, {"archive/DATA.PKL": pickle.dumps(harm, 2)}),
        "a second end": saved(weights) + with_pickle(pickle.dumps(harm, 2)),
    }


CASES = sorted(malicious(Path("x")))


@pytest.mark.parametrize("case", CASES)
def test_no_pickle_is_ever_run(tmp_path: Path, case: str) -> None:
    harmed = tmp_path / "harmed"
    content = malicious(harmed)[case]
    for name in ("theirs.pt", "theirs.pth", "theirs.safetensors"):
        (tmp_path / name).write_bytes(content)
        sentence = refusal(lambda file=tmp_path / name: bring(file))  # type: ignore[misc]
        assert name in sentence
    imported = import_run(run_archive(tmp_path / "run.zip", last__state=content), tmp_path / "runs", tmp_path)
    assert not imported.run.state_file.exists()
    assert "last.state" in imported.notes[0]
    for other in ("best__safetensors", "last__safetensors", "pins__json", "metrics__jsonl", "status__json"):
        archive = run_archive(tmp_path / "run.zip", **{other: content})
        try:
            import_run(archive, tmp_path / "runs", tmp_path)
        except BadInput as error:
            must_be_a_sentence(error)
    assert not harmed.exists()


def test_the_pickles_would_run_without_the_guard(tmp_path: Path) -> None:
    """Else the test above says nothing."""
    harmed = tmp_path / "harmed"
    for case in ("bare", "at the top", "beside weights", "under a wrapper", "before 1.6", "protocol 4", "INST"):
        if case.startswith("bare"):
            pickle.loads(malicious(harmed)[case])
        else:
            torch.load(io.BytesIO(malicious(harmed)[case]), weights_only=False)
        harmed.unlink()


def test_torch_files_that_need_too_much_memory_are_refused(tmp_path: Path) -> None:
    """A pickle may ask for a bytearray of any size, and a table of contents may list the same bytes a thousand times."""
    asks = b"\x80\x02}X\x01\x00\x00\x00xcbuiltins\nbytearray\n\x8a\x06\0\0\0\0\0\x01\x85Rs."  # 2**40 bytes
    (tmp_path / "asks.pt").write_bytes(with_pickle(asks))
    content = bytearray(saved({"a": torch.zeros(500_000)}))
    place = content.rfind(b"archive/data/0") - 46  # its line in the table of contents
    size = int.from_bytes(content[place + 24 : place + 28], "little")
    content[place + 20 : place + 28] = (50 * size).to_bytes(4, "little") * 2
    (tmp_path / "claims.pt").write_bytes(content)
    with little_memory():
        assert "contains more than weights (builtins.bytearray)" in refusal(lambda: bring(tmp_path / "asks.pt"))
        assert "does not have the structure that torch.save writes" in refusal(lambda: bring(tmp_path / "claims.pt"))
        with pytest.raises(MemoryError):
            bytearray(2**40)


def safetensors(header: Any, content: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + content


def tensor(begin: int, end: int, shape: list[int], kind: str = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


SAFETENSORS = {
    "endless header": safetensors({}, length=2**63),
    "long header": safetensors(b" " * (5 << 20)),
    "header beyond the file": safetensors({}, length=1000),
    "overlapping": safetensors({"a": tensor(0, 8, [2]), "b": tensor(4, 12, [2])}, bytes(12)),
    "the same bytes twice": safetensors({"a": tensor(0, 8, [2]), "b": tensor(0, 8, [2])}, bytes(8)),
    "beyond the end": safetensors({"a": tensor(0, 4 * 10**12, [10**12])}, bytes(8)),
    "backwards": safetensors({"a": tensor(8, 0, [2])}, bytes(8)),
    "a product that overflows": safetensors({"a": tensor(0, 0, [2**32, 2**32])}),
    "negative": safetensors({"a": tensor(0, 8, [-2])}, bytes(8)),
    "of a rare type": safetensors({"a": tensor(0, 8, [2], "F99")}, bytes(8)),
    "many names": safetensors({f"a{number}": tensor(0, 0, [0]) for number in range(10_001)}),
    "long names": safetensors({"a" * 501: tensor(0, 0, [0])}),
    "module of module of": safetensors({"module." * 5000 + "a": tensor(0, 0, [0])}),
    "a number as name": safetensors({"9" * 5000: tensor(0, 0, [0])}),
    "escapes as name": safetensors({"\x1b[2J\u202e": tensor(0, 0, [0])}),
    "no object": safetensors(b"[[[[[[[["),
}


@pytest.mark.parametrize("case", SAFETENSORS)
def test_a_false_safetensors_header_is_refused(tmp_path: Path, case: str) -> None:
    (tmp_path / "w.safetensors").write_bytes(SAFETENSORS[case])
    with little_memory():
        assert "w.safetensors" in refusal(lambda: bring(tmp_path / "w.safetensors"))
