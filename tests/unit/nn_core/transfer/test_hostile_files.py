"""Hostile files of each kind: nothing in them is run, and none fills the memory."""

import ast
import io
import json
import random
import struct
import sys
import tracemalloc
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from custom_files import classes, greetings, table, zipped
from hostile import EVIL_TEXTS, little_memory, must_be_a_sentence, refusal
from PIL import Image
from safetensors.torch import save
from transfer_files import NET, SPEC, config_of, fresh, run_archive, weights_in

from nn_core.config import RunConfig, parse_config
from nn_core.data.custom.picture_import import make_picture_dataset
from nn_core.data.custom.table_import import make_table_dataset
from nn_core.drawings.image_files import open_picture
from nn_core.errors import NNLabError
from nn_core.inference import load_network
from nn_core.models.summary import MAX_ACTIVATIONS
from nn_core.runs import History, RunFolder, RunStatus, find_run
from nn_core.runs.folder import format_now
from nn_core.transfer import generate_code, import_run, import_weights

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")


# Archives, tables and pictures


def test_two_files_with_the_same_path_are_reported(tmp_path: Path) -> None:
    for other in ("run/./config.json", "run//config.json", "run/config.json/"):
        archive = run_archive(tmp_path / "run.zip")
        with zipfile.ZipFile(archive, "a") as more:
            more.writestr(other, b"")
        assert "two files with the same name" in refusal(lambda: import_run(archive, tmp_path / "runs", tmp_path))  # noqa: B023


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_run_with_an_unusual_compression_is_refused(tmp_path: Path, method: int) -> None:
    """Damaged, the one fails in a way of its own; the other takes as much memory as its first bytes ask for."""
    with zipfile.ZipFile(tmp_path / "run.zip", "w", method) as archive:
        archive.writestr("run/config.json", config_of(NET).model_dump_json())
    assert "uses an unsupported compression" in refusal(
        lambda: import_run(tmp_path / "run.zip", tmp_path / "runs", tmp_path)
    )


def test_archives_whose_files_overlap_are_refused(tmp_path: Path) -> None:
    """Each of a thousand entries is the same hundred kilobytes."""
    content = zipped({"r/0000.png": random.Random(0).randbytes(100_000)}).getvalue()
    table_at, end_at = content.rfind(b"PK\x01\x02"), content.rfind(b"PK\x05\x06")
    lines = b"".join(content[table_at:end_at].replace(b"0000", b"%04d" % number) for number in range(1000))
    end = bytearray(content[end_at:])
    end[8:12] = (1000).to_bytes(2, "little") * 2
    end[12:16] = len(lines).to_bytes(4, "little")
    file = tmp_path / "overlap.zip"
    file.write_bytes(content[:table_at] + lines + end)
    assert "overlap" in refusal(lambda: make_picture_dataset(file, "Set", tmp_path))
    assert "overlap" in refusal(lambda: import_run(file, tmp_path / "runs", tmp_path))


def test_a_nested_zip_is_not_opened(tmp_path: Path) -> None:
    bomb = zipped({f"{number}.png": bytes(900_000) for number in range(50)}).getvalue()
    made = make_picture_dataset(zipped(classes(6) | {"red/inner.zip": bomb, "red/inner.png": bomb}), "Set", tmp_path)
    assert made.metadata.skipped == {"not_picture": 1, "broken": 1}


@pytest.mark.parametrize(
    "content",
    [b"a," * 4_000_000, b'"' + b"a\n" * 1_000_000, b'"a\n",' * 150_000, b"a,b\n" + b"x" * 8_000_000],
    ids=["columns", "a cell", "a row of many lines", "a line"],
)
def test_an_endless_table_is_refused_early(tmp_path: Path, content: bytes) -> None:
    tracemalloc.start()
    try:
        refusal(lambda: make_table_dataset(io.BytesIO(table(greetings()) + content), "Set", tmp_path))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000


def test_terminal_sequences_in_labels_are_escaped(tmp_path: Path) -> None:
    rows = [(f"{number} {label}", label) for number in range(6) for label in ("\x1b[31mred\u202e", "blue")]
    about = make_table_dataset(io.BytesIO(table(rows)), "Set", tmp_path).metadata
    assert about.classes == ("blue", "�[31mred�")


def png(width: int, height: int, rows: bytes) -> bytes:
    parts = b"\x89PNG\r\n\x1a\n"
    for kind, content in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ):
        parts += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return parts


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(stream, "JPEG")
    return stream.getvalue()


PICTURES = {
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "HTML": b"<html><script>alert(1)</script></html>",
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n%%EndComments\n(harmed) (w) file\n",
    "PDF": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj",
    "claims": png(2**31 - 1, 2**31 - 1, b""),
    "too many": png(10_000, 4_001, b""),
    "cut": jpeg()[:200],
}


@pytest.mark.parametrize("case", PICTURES)
def test_an_invalid_or_too_large_image_is_refused(case: str) -> None:
    with little_memory():
        sentence = refusal(lambda: open_picture(PICTURES[case], "my four.png"))
    assert "my four.png" in sentence


def test_an_image_with_appended_html_is_only_an_image() -> None:
    """Nothing of the file goes on but its pixels."""
    both = jpeg() + b"<script>alert(1)</script>" + zipped({"x": b"y"}).getvalue()
    assert open_picture(both).shape == (20, 30, 3)


def test_decoding_takes_little_more_memory_than_the_pixels(tmp_path: Path) -> None:
    deep = png(3000, 3000, (b"\0" + b"\x80\0" * 3000) * 3000)
    assert len(deep) < 100_000
    with little_memory(110_000_000):
        assert open_picture(deep)[320, 320].tolist() == [127, 127, 127]


# Names, and files of a run


@pytest.mark.parametrize("text", EVIL_TEXTS)
def test_hostile_names_are_escaped_in_messages(tmp_path: Path, text: str) -> None:
    refusal(lambda: find_run(tmp_path, text))
    refusal(lambda: find_run(tmp_path, "𝒳" * 100))  # longer than a file system takes, in bytes
    refusal(lambda: parse_config({"model": {"name": text}}))
    refusal(lambda: parse_config({"data": {"name": text}}))
    if text:
        refusal(lambda: parse_config({text: 1}))
    refusal(lambda: parse_config({"version": text}))
    refusal(
        lambda: import_weights(
            weights_in(tmp_path / "w.pt", {text: 3}), RunConfig(), SPEC, tmp_path, called=f"{text[:99]}.pt"
        )
    )


def test_terminal_sequences_of_a_run_are_escaped(tmp_path: Path) -> None:
    status = {"status": "failed", "created_at": "2026-01-01T00:00:00+00:00", "updated_at": "2026-01-01T00:00:00+00:00"}
    status = {
        **status,
        "message": "\x1b]0;evil\x07" + "x" * 10**5,
        "device": "\u202ecpu\n",
        "step": 10**30,
        "steps": 10**31,
    }
    archive = run_archive(tmp_path / "run.zip", status__json=json.dumps(status).encode(), worker__log=b"\x1b[2J")
    run = import_run(archive, tmp_path / "runs", tmp_path).run
    found = run.status()
    assert "\x1b" not in found.message
    assert (len(found.message) <= 300, found.device) == (True, "�cpu")
    assert found.step <= 10**12
    assert not run.log_file.exists()


@pytest.mark.parametrize(
    "line",
    [
        b'{"kind":"turn","epoch":1,"lr":%s}' % (b"9" * 400),
        b"[" * 100_000,
        b'{"kind":"train","epoch":1e999,"loss":1,"accuracy":1}',
    ],
    ids=["a huge number", "deep", "infinite"],
)
def test_hostile_metrics_are_skipped(tmp_path: Path, line: bytes) -> None:
    archive = run_archive(tmp_path / "run.zip", metrics__jsonl=line + b"\n")
    imported = import_run(archive, tmp_path / "runs", tmp_path)
    assert "curves" in imported.notes[0]
    assert not imported.run.metrics_file.exists()


LONG = {
    "a long line": b'{"kind":"train","epoch":1,"loss":1,"accuracy":1,"x":[' + b"[]," * 5_000_000 + b"[]]}\n",
    "without an end": b"[" + b"[]," * 5_000_000,
    "after a good one": b'{"kind":"train","epoch":1,"loss":1,"accuracy":1}\n[' + b"[]," * 5_000_000 + b"[]]\n",
}


@pytest.mark.parametrize("case", LONG)
@pytest.mark.parametrize("name", ["metrics", "drawings"])
def test_a_long_line_is_not_read_completely(tmp_path: Path, name: str, case: str) -> None:
    """As JSON it takes fifty times its size, and packed it takes none."""
    noise = random.Random(0).randbytes(100_000).hex().encode()  # else it grows too much when unpacked
    content = (
        b'"' + noise + b'"\n' + LONG[case] if name == "drawings" else LONG[case].replace(b"[", b'["' + noise + b'",', 1)
    )
    archive = run_archive(tmp_path / "run.zip", **{f"{name}__jsonl": content})
    with little_memory(100_000_000):
        imported = import_run(archive, tmp_path / "runs", tmp_path)
    assert f"{name}.jsonl" in imported.notes[0]
    assert not (imported.run.path / f"{name}.jsonl").exists()


def test_memory_for_metrics_with_many_drawings_is_limited(tmp_path: Path) -> None:
    shares = [json.dumps({"kind": "pinned", "epoch": 1, "shares": {f"p{n}": 0.5}}) for n in range(2000)]
    (tmp_path / "metrics.jsonl").write_text("\n".join(shares) + "\n")
    history = History(tmp_path / "metrics.jsonl")
    try:
        history.update()
    except NNLabError as error:
        must_be_a_sentence(error)
    assert len(history.pinned) <= 100


def test_hostile_names_stay_quoted_in_the_generated_program() -> None:
    words = ("it's", '"""', "\\", "\n", "{x}", "\u202e", "'''\"", "x'); import os; os.system('id')#", "é", "\\N{BELL}")
    plain = ast.dump(ast.parse(generate_code(parse_config({"model": NET}), SPEC)))
    program = generate_code(parse_config({"model": NET}), replace(SPEC, classes=words))
    tree = ast.parse(program)
    (stated,) = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CLASSES"
    ]
    assert tuple(ast.literal_eval(stated)) == words
    stated.elts = [ast.Constant(word) for word in SPEC.classes]  # type: ignore[attr-defined]
    assert ast.dump(tree) == plain, "but for the words, it is the same program"


def test_a_network_with_many_activations_is_evaluated_in_small_batches(tmp_path: Path) -> None:
    wide = {
        "name": "layers",
        "rows": [{"name": "conv", "channels": 1024, "kernel": 1}] * 2
        + [{"name": "pool", "size": 28}, {"name": "flatten"}],
    }
    found = []
    for name, model in (("wide", wide), ("plain", NET)):
        run = RunFolder(tmp_path / name)
        run.path.mkdir()
        run.write_config(config_of(model))
        run.write_status(RunStatus(status="finished", created_at=format_now(), updated_at=format_now()))
        run.best_weights.write_bytes(save(fresh(model)))
        found.append(load_network(run, tmp_path).batch_size)
    assert found == [MAX_ACTIVATIONS // (784 + 2 * 1024 * 784 + 2 * 1024 + 10), 1000]
