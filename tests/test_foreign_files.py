"""Files that mean harm, each of a real kind: nothing in them is run, and none takes the machine's memory."""

import ast
import io
import json
import pickle
import random
import struct
import sys
import tracemalloc
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from exporting import Harm, config_of, fresh, weights_in
from hostile import EVIL_TEXTS, little_memory, must_be_a_sentence
from own_files import classes, greetings, table, zipped
from pages_opened import app, texts
from pickles import saved, with_pickle
from PIL import Image
from safetensors.torch import save

from nn_core.config import RunConfig, parse_config
from nn_core.data import DATASETS
from nn_core.data.own.pictures import make_picture_dataset
from nn_core.data.own.texts import make_text_dataset
from nn_core.drawings.picture import open_picture
from nn_core.errors import BadInput, NNLabError
from nn_core.export import import_run, import_weights, source_code
from nn_core.inference import load_network
from nn_core.models import MODELS, describe_layers
from nn_core.models.size import MOST_PARAMETERS, MOST_SIGNALS
from nn_core.problem import Problem
from nn_core.runs import History, RunFolder, RunStatus, find_run, list_runs
from nn_core.runs.folder import now
from nn_core.training.check import check

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")

SPEC = DATASETS["mnist_sample"]
NET = {"name": "mlp", "hidden": [4]}


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(NNLabError) as refused:
        act()
    must_be_a_sentence(refused.value)
    return str(refused.value)


def bring(file: Path) -> object:
    return import_weights(file, config_of(NET), SPEC, file.parent / "runs")


def run_archive(file: Path, **others: bytes) -> Path:
    """A run that could be imported, but for the files that are given: their dots are written as '__'."""
    files = {"config__json": config_of(NET).model_dump_json().encode(), "best__safetensors": save(fresh(NET)), **others}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"run/{name.replace('__', '.')}", content)
    return file


# Pickles that would run code


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


def test_the_pickles_would_have_run(tmp_path: Path) -> None:
    """Else the test above says nothing."""
    harmed = tmp_path / "harmed"
    for case in ("bare", "at the top", "beside weights", "under a wrapper", "before 1.6", "protocol 4", "INST"):
        if case.startswith("bare"):
            pickle.loads(malicious(harmed)[case])
        else:
            torch.load(io.BytesIO(malicious(harmed)[case]), weights_only=False)
        harmed.unlink()


def test_files_of_torch_that_ask_for_memory_are_refused_before_they_get_it(tmp_path: Path) -> None:
    """A pickle may ask for a bytearray of any size, and a table of contents may tell of the same bytes a thousand times."""
    asks = b"\x80\x02}X\x01\x00\x00\x00xcbuiltins\nbytearray\n\x8a\x06\0\0\0\0\0\x01\x85Rs."  # 2**40 bytes
    (tmp_path / "asks.pt").write_bytes(with_pickle(asks))
    content = bytearray(saved({"a": torch.zeros(500_000)}))
    place = content.rfind(b"archive/data/0") - 46  # its line in the table of contents
    size = int.from_bytes(content[place + 24 : place + 28], "little")
    content[place + 20 : place + 28] = (50 * size).to_bytes(4, "little") * 2
    (tmp_path / "claims.pt").write_bytes(content)
    with little_memory():
        assert "holds more than weights (builtins.bytearray)" in refusal(lambda: bring(tmp_path / "asks.pt"))
        assert "as torch.save never does it" in refusal(lambda: bring(tmp_path / "claims.pt"))
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
def test_a_file_of_safetensors_that_lies_is_refused(tmp_path: Path, case: str) -> None:
    (tmp_path / "w.safetensors").write_bytes(SAFETENSORS[case])
    with little_memory():
        assert "w.safetensors" in refusal(lambda: bring(tmp_path / "w.safetensors"))


# Sizes: refused by declared bounds before any memory is touched

PHOTO = Problem("pictures", (3, 64, 64), 10)
ABSURD = {
    "a layer of a billion": ({"name": "mlp", "hidden": [10**9]}, {}, "less than or equal to 8192|at most 8192"),
    "dense layers": ({"name": "mlp", "hidden": [8192] * 20}, {}, "parameters"),
    "rows": ({"name": "layers", "rows": [{"name": "flatten"}, *[{"name": "linear", "neurons": 8192}] * 90]}, {}, "parameters"),
    "kernels": ({"name": "cnn", "blocks": [{"channels": 1024, "kernel": 11}] * 30}, {}, "parameters"),
    "a hundred thousand kernels": ({"name": "cnn", "blocks": [{"channels": 100_000}]}, {}, "at most 1024"),
    "thousands of rows": ({"name": "layers", "rows": [{"name": "activation"}] * 5000}, {}, "at most 100"),
    "flattened": (
        {"name": "layers", "rows": [{"name": "conv", "channels": 1024}, {"name": "flatten"}, {"name": "linear", "neurons": 8192}]},
        {},
        "parameters",
    ),
    "memory of a reader": ({"name": "rnn", "hidden": 2048, "layers": 8, "both_directions": True}, {}, "parameters"),
    "autoencoder": ({"name": "autoencoder", "hidden": [8192] * 20}, {}, "parameters"),
    "a batch": (
        {"name": "layers", "rows": [{"name": "conv", "channels": 1024, "kernel": 1}, {"name": "pool", "size": 28}, {"name": "flatten"}]},
        {"batch_size": 16_384},
        "Set training.batch_size to",
    ),
    "a million epochs": (NET, {"epochs": 10**6}, "at most 10000"),
    "an endless number": (NET, {"epochs": 10**400}, "."),
    "no number": (NET, {"clip_norm": float("nan")}, "."),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """What is loaded late is loaded first: limits of memory are for the files."""
    check(parse_config({"model": NET}), SPEC)


@pytest.mark.parametrize("case", ABSURD)
def test_an_absurd_size_is_refused_before_it_takes_memory(tmp_path: Path, case: str) -> None:
    model, training, rule = ABSURD[case]
    values = {"model": model, "training": training, "data": {"name": "mnist_sample"}, "loss": {"name": "mse"}}
    values = values if model["name"] == "autoencoder" else {**values, "loss": {"name": "cross_entropy"}}
    with little_memory():
        sentence = refusal(lambda: check(parse_config(values), SPEC))
        assert any(part in sentence for part in rule.split("|"))
        archive = run_archive(tmp_path / "run.zip", config__json=json.dumps(values).encode())
        refusal(lambda: import_run(archive, tmp_path / "runs", tmp_path))
    assert list_runs(tmp_path / "runs") == []


def test_without_the_bound_the_memory_would_not_suffice() -> None:
    """Else the test above says nothing."""
    settings = parse_config({"model": ABSURD["dense layers"][0]}).model
    with little_memory(100_000_000), pytest.raises(RuntimeError, match="memory"):
        MODELS["mlp"].build(settings, SPEC.problem)


def test_a_run_whose_config_was_made_absurd_is_a_sentence_when_it_is_opened(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    run.write_config(parse_config({"model": ABSURD["dense layers"][0], "data": {"name": "mnist_sample"}}))
    run.best_weights.write_bytes(save(fresh(NET)))
    with little_memory():
        assert f"at most {MOST_PARAMETERS:,}" in refusal(lambda: load_network(run, tmp_path))
        weights = weights_in(tmp_path / "w.pt", fresh(NET))
        assert "parameters" in refusal(lambda: import_weights(weights, run.config(), SPEC, tmp_path / "runs"))


def test_the_largest_batch_that_a_sentence_names_is_taken() -> None:
    model, training, _rule = ABSURD["a batch"]
    values: dict[str, Any] = {"model": model, "training": training}
    sentence = refusal(lambda: check(parse_config(values), SPEC))
    largest = int(sentence.partition("Set training.batch_size to ")[2].split()[0].replace(",", ""))
    for size, fits in ((largest, True), (largest + 1, False)):
        config = parse_config({**values, "training": {"batch_size": size}})
        if fits:
            check(config, SPEC)
        else:
            refusal(lambda config=config: check(config, SPEC))  # type: ignore[misc]
    rows = describe_layers(parse_config(values).model, SPEC.problem)
    assert largest <= MOST_SIGNALS // rows[0].output[0] // 28**2


# Archives, tables and pictures


def test_two_files_of_one_path_are_told_as_such(tmp_path: Path) -> None:
    for other in ("run/./config.json", "run//config.json", "run/config.json/"):
        archive = run_archive(tmp_path / "run.zip")
        with zipfile.ZipFile(archive, "a") as more:
            more.writestr(other, b"")
        assert "two files of one name" in refusal(lambda: import_run(archive, tmp_path / "runs", tmp_path))  # noqa: B023


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_run_that_is_packed_in_a_rare_way_is_refused(tmp_path: Path, method: int) -> None:
    """Damaged, the one fails in a way of its own; the other takes as much memory as its first bytes ask for."""
    with zipfile.ZipFile(tmp_path / "run.zip", "w", method) as archive:
        archive.writestr("run/config.json", config_of(NET).model_dump_json())
    assert "packed in a rare way" in refusal(lambda: import_run(tmp_path / "run.zip", tmp_path / "runs", tmp_path))


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


def test_a_zip_of_zips_is_not_opened_twice(tmp_path: Path) -> None:
    bomb = zipped({f"{number}.png": bytes(900_000) for number in range(50)}).getvalue()
    made = make_picture_dataset(zipped(classes(6) | {"red/inner.zip": bomb, "red/inner.png": bomb}), "Set", tmp_path)
    assert made.about.skipped == {"not_picture": 1, "broken": 1}


@pytest.mark.parametrize(
    "content",
    [b"a," * 4_000_000, b'"' + b"a\n" * 1_000_000, b'"a\n",' * 400_000, b"a,b\n" + b"x" * 8_000_000],
    ids=["columns", "a cell", "a row of many lines", "a line"],
)
def test_a_table_without_end_is_refused_early(tmp_path: Path, content: bytes) -> None:
    tracemalloc.start()
    try:
        refusal(lambda: make_text_dataset(io.BytesIO(table(greetings()) + content), "Set", tmp_path))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000


def test_a_label_is_no_order_to_a_terminal(tmp_path: Path) -> None:
    rows = [(f"{number} {label}", label) for number in range(6) for label in ("\x1b[31mred\u202e", "blue")]
    about = make_text_dataset(io.BytesIO(table(rows)), "Set", tmp_path).about
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
def test_what_is_no_picture_or_too_large_is_refused(case: str) -> None:
    with little_memory():
        sentence = refusal(lambda: open_picture(PICTURES[case], "my four.png"))
    assert "my four.png" in sentence


def test_a_picture_with_a_page_behind_it_is_only_a_picture() -> None:
    """Nothing of the file goes on but its pixels."""
    both = jpeg() + b"<script>alert(1)</script>" + zipped({"x": b"y"}).getvalue()
    assert open_picture(both).shape == (20, 30, 3)


def test_a_small_file_of_many_deep_pixels_takes_little_more_than_those(tmp_path: Path) -> None:
    deep = png(3000, 3000, (b"\0" + b"\x80\0" * 3000) * 3000)
    assert len(deep) < 100_000
    with little_memory(110_000_000):
        assert open_picture(deep)[320, 320].tolist() == [127, 127, 127]


# Names, and files of a run


@pytest.mark.parametrize("text", EVIL_TEXTS)
def test_a_name_from_outside_is_a_sentence_wherever_it_is_quoted(tmp_path: Path, text: str) -> None:
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


def test_a_terminal_gets_no_orders_from_a_run(tmp_path: Path) -> None:
    status = {"status": "failed", "created_at": "2026-01-01T00:00:00+00:00", "updated_at": "2026-01-01T00:00:00+00:00"}
    told = {
        **status,
        "message": "\x1b]0;evil\x07" + "x" * 10**5,
        "device": "\u202ecpu\n",
        "step": 10**30,
        "steps": 10**31,
    }
    archive = run_archive(tmp_path / "run.zip", status__json=json.dumps(told).encode(), worker__log=b"\x1b[2J")
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
def test_metrics_that_mean_harm_are_left_out(tmp_path: Path, line: bytes) -> None:
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
def test_a_long_line_is_not_read_whole(tmp_path: Path, name: str, case: str) -> None:
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


def test_metrics_of_any_number_of_drawings_do_not_take_any_amount_of_memory(tmp_path: Path) -> None:
    shares = [json.dumps({"kind": "pinned", "epoch": 1, "shares": {f"p{n}": 0.5}}) for n in range(2000)]
    (tmp_path / "metrics.jsonl").write_text("\n".join(shares) + "\n")
    history = History(tmp_path / "metrics.jsonl")
    try:
        history.update()
    except NNLabError as error:
        must_be_a_sentence(error)
    assert len(history.pinned) <= 100


def test_names_and_words_from_outside_stay_quoted_in_the_program() -> None:
    words = ("it's", '"""', "\\", "\n", "{x}", "\u202e", "'''\"", "x'); import os; os.system('id')#", "é", "\\N{BELL}")
    plain = ast.dump(ast.parse(source_code(parse_config({"model": NET}), SPEC)))
    program = source_code(parse_config({"model": NET}), replace(SPEC, classes=words))
    tree = ast.parse(program)
    (stated,) = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CLASSES"
    ]
    assert tuple(ast.literal_eval(stated)) == words
    stated.elts = [ast.Constant(word) for word in SPEC.classes]  # type: ignore[attr-defined]
    assert ast.dump(tree) == plain, "but for the words, it is the same program"


def test_a_network_of_many_signals_is_asked_about_few_samples_at_once(tmp_path: Path) -> None:
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
        run.write_status(RunStatus(status="finished", created_at=now(), updated_at=now()))
        run.best_weights.write_bytes(save(fresh(model)))
        found.append(load_network(run, tmp_path).at_once)
    assert found == [MOST_SIGNALS // (784 + 2 * 1024 * 784 + 2 * 1024 + 10), 1000]


# The address


@pytest.mark.parametrize(
    ("page", "query", "words"),
    [
        ("train", {"run": "../../etc/passwd"}, "No run named"),
        ("train", {"like": "../../../etc/<b>*x*"}, "No run named"),
        ("evaluate", {"run": "𝒳" * 100}, "No run named"),
        ("data", {"set": "own-../../x", "run": "\x1b[2J"}, "Data"),
        ("playground", {"hidden": "9" * 5000, "set": "<script>", "run": "playground-/../x"}, "Playground"),
    ],
)
def test_an_address_names_what_is_here_or_nothing(page: str, query: dict[str, str], words: str) -> None:
    test = app(page, **query)
    said = "\n".join([texts(test), *(warning.value for warning in test.warning)])
    assert words in said
    assert "should not have" not in said, "that is what a page says of an error that nobody foresaw"
    assert not test.exception
