"""Whatever comes from outside is a sound value or a sentence: no other error, no endless wait, no gigabytes.

NN_LAB_FUZZ=25 tries twenty-five times as many, other ones each time; otherwise the same ones are tried every time."""

import io
import json
import os
import pickle
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hostile import EVIL_TEXTS, json_values, little_memory, must_be_a_sentence, mutated, repacked, tampered
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pickles import end_of, pickles, with_pickle
from PIL import Image
from safetensors.torch import save

from nn_core.config import PRESETS, RunConfig, parse_config, preset, read_config, with_settings
from nn_core.data import DATASETS
from nn_core.data.own import Limits
from nn_core.data.own.about import About, read_about
from nn_core.data.own.pictures import make_picture_dataset
from nn_core.data.own.table import read_table
from nn_core.drawings.canvas import drawing_from_canvas
from nn_core.drawings.corrections import Correction, read_corrections
from nn_core.drawings.drawing import Drawing
from nn_core.drawings.picture import HANDY_SIDE, open_picture
from nn_core.drawings.pins import Pin
from nn_core.drawings.prepare import prepare_drawing
from nn_core.drawings.separate import separate
from nn_core.errors import BadInput, NNLabError, one_line
from nn_core.export import import_run, import_weights
from nn_core.export.foreign import load_tensors
from nn_core.export.judge import metrics_are_sound, sound_status, state_fits
from nn_core.inference import load_network
from nn_core.models import build_model, describe_layers
from nn_core.models.formula import Formula
from nn_core.models.size import MOST_PARAMETERS
from nn_core.runs import History, RunFolder, RunStatus, list_runs
from nn_core.runs.folder import now
from nn_core.runs.lessons import read_teaching
from nn_core.runs.metrics import LONGEST_LINE
from nn_core.runs.names import is_run_name
from nn_core.runs.pins import read_run_pins
from nn_core.runs.preview import Boundary, read_preview
from nn_core.training.check import check

_TIMES = int(os.environ.get("NN_LAB_FUZZ", "1"))


def tries(count: int) -> Any:
    """So many examples, none of which may take longer than ten seconds."""
    return settings(
        max_examples=count * _TIMES,
        deadline=timedelta(seconds=10),
        derandomize=_TIMES == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(autouse=True, scope="module")
def _little_memory() -> Iterator[None]:
    """What is loaded late is loaded first: the limit is for the files."""
    describe_layers(preset("quick").model, DATASETS["mnist_sample"].problem)
    Formula.parse("x*tanh(log(1+exp(x)))")
    with little_memory(1_000_000_000):
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def sound_or_sentence(read: Callable[[], Any]) -> Any:
    """What is read, or None where a sentence says why not."""
    try:
        value = read()
    except NNLabError as error:
        must_be_a_sentence(error)
        event(type(error).__name__)
        return None
    event("sound")
    return value


# Configurations

CONFIGS = [json.loads(config.model_dump_json()) for config in PRESETS.values()]
LARGE = st.sampled_from([0, 1, 2, 3, 11, 32, 512, 1024, 8192, 10**9])
ROWS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"name": st.just("conv")}, optional={"channels": LARGE, "kernel": LARGE, "stride": LARGE}
        ),
        st.fixed_dictionaries({"name": st.just("linear")}, optional={"neurons": LARGE}),
        st.fixed_dictionaries({"name": st.just("pool")}, optional={"size": st.integers(0, 40)}),
        st.fixed_dictionaries({"name": st.just("residual")}, optional={"rows": st.integers(0, 120)}),
        st.sampled_from([{"name": name} for name in ("flatten", "batch_norm", "layer_norm", "dropout", "activation")]),
    ),
    max_size=8,
)
MODELS_OF_ROWS = st.one_of(
    ROWS.map(lambda rows: {"name": "layers", "rows": rows}),
    st.lists(LARGE, max_size=22).map(lambda hidden: {"name": "mlp", "hidden": hidden}),
    st.lists(st.fixed_dictionaries({"channels": LARGE, "kernel": LARGE}), max_size=5).map(
        lambda blocks: {"name": "cnn", "blocks": blocks}
    ),
)


def must_be_trainable_or_refused(config: RunConfig) -> None:
    """A config that is accepted is checked before it trains, and what passes fits into memory."""
    spec = DATASETS.get(config.data.name)
    if spec is None or sound_or_sentence(lambda: check(config, spec) or True) is None:
        return
    with torch.device("meta"):
        network = build_model(config.model, spec.problem)
    assert sum(parameter.numel() for parameter in network.parameters()) <= MOST_PARAMETERS


@tries(120)
@given(st.one_of(*map(tampered, CONFIGS), json_values()))
def test_any_configuration(place: Path, values: Any) -> None:
    file = place / "config.json"
    file.write_text(json.dumps(values))
    config = sound_or_sentence(lambda: read_config(file))
    if config is not None:
        assert parse_config(json.loads(json.dumps(config.model_dump()))) == config
        RunFolder(place).write_config(config)
        must_be_trainable_or_refused(config)


@tries(60)
@given(MODELS_OF_ROWS, st.sampled_from([1, 100, 16_384]))
def test_any_network_of_rows(model: dict[str, Any], batch_size: int) -> None:
    config = sound_or_sentence(lambda: parse_config({"model": model, "training": {"batch_size": batch_size}}))
    if config is not None:
        must_be_trainable_or_refused(config)


@tries(60)
@given(mutated([json.dumps(config).encode() for config in CONFIGS] + [b"[" * 3000, b'{"a":' * 3000, b"9" * 5000]))
def test_any_bytes_of_a_configuration(place: Path, content: bytes) -> None:
    file = place / "config.json"
    file.write_bytes(content)
    sound_or_sentence(lambda: read_config(file, base=preset("quick")))


PATHS = st.one_of(
    st.sampled_from(
        ["model.name", "model.blocks", "optimizer.lr", "training.epochs", "data.name", "training", "version", "."]
    ),
    st.lists(st.sampled_from(["model", "data", "", "x", "name", "a" * 300]), max_size=5).map(".".join),
    st.just("a." * 3000),
    st.text(max_size=12),
)


@tries(120)
@given(st.lists(st.tuples(PATHS, st.one_of(json_values(4).map(json.dumps), st.text(max_size=12))), max_size=3))
def test_any_settings_on_the_command_line(assignments: list[tuple[str, str]]) -> None:
    given = [f"{path}={value}" for path, value in assignments]
    config = sound_or_sentence(lambda: with_settings(preset("simple_net"), given))
    assert config is None or isinstance(config, RunConfig)


# What a run's folder holds

RECORDS = [
    {"kind": "train", "step": 50, "epoch": 0.9, "loss": 0.41, "accuracy": 0.87, "lr": 0.01},
    {"kind": "validation", "step": 54, "epoch": 1.0, "loss": 0.35, "accuracy": None, "lr": 0.01},
    {"kind": "turn", "step": 70, "epoch": 1.3, "lr": 0.003},
    {"kind": "pinned", "step": 70, "epoch": 1.3, "shares": {"5f0c21aa": 0.93}},
]
METRICS = b"".join(json.dumps(record).encode() + b"\n" for record in RECORDS)


def must_be_metrics_or_refused(file: Path) -> None:
    history = History(file)
    if sound_or_sentence(lambda: history.update() or True):
        for curve in (history.train, history.validation):
            assert len(curve.epoch) == len(curve.loss) >= len(curve.accuracy)
    assert metrics_are_sound(file) in (True, False)


@tries(120)
@given(st.lists(st.one_of(*map(tampered, RECORDS), json_values(5)), max_size=4))
def test_any_metrics(place: Path, records: list[Any]) -> None:
    file = place / "metrics.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    must_be_metrics_or_refused(file)


@tries(80)
@given(mutated([METRICS, b"[" * 3000 + b"\n", b"\xff\xfe\n"]))
def test_any_bytes_of_metrics(place: Path, content: bytes) -> None:
    (place / "metrics.jsonl").write_bytes(content)
    must_be_metrics_or_refused(place / "metrics.jsonl")


LENGTHS = st.sampled_from([0, 20_000, LONGEST_LINE - 100, LONGEST_LINE, 300_000, 2**20 - 50, 2**20, 2_500_000])
LINES = st.one_of(
    st.sampled_from([json.dumps(record).encode() for record in RECORDS]),
    st.tuples(st.sampled_from([b"[", b"[],", b" ", b"9", b"\0", b"\r", b'{"a":']), LENGTHS, st.integers(-2, 2)).map(
        lambda drawn: (drawn[0] * (drawn[1] // len(drawn[0]) + 2))[: max(0, drawn[1] + drawn[2])]
    ),
)


@tries(50)
@given(st.lists(LINES, max_size=6), st.lists(st.integers(0, 3_000_000), max_size=3))
def test_metrics_of_any_length_of_a_line(place: Path, lines: list[bytes], stops: list[int]) -> None:
    """However they come, long lines cost no other one, and are not kept."""
    content = b"\n".join(lines)
    short = [line for line in content.split(b"\n")[:-1] if len(line) < LONGEST_LINE]
    (place / "short.jsonl").write_bytes(b"".join(line + b"\n" for line in short))
    expected = History(place / "short.jsonl")
    expected.update()
    file = place / "long.jsonl"
    file.unlink(missing_ok=True)
    history = History(file)
    for start, end in pairwise([0, *sorted(stops), len(content)]):
        with file.open("ab") as stream:
            stream.write(content[start:end])
        history.update()
    must_be_metrics_or_refused(file)
    assert (history.train, history.validation, history.turns) == (expected.train, expected.validation, expected.turns)
    long = sum(len(line) >= LONGEST_LINE for line in content.split(b"\n"))
    assert history.unreadable == expected.unreadable + long
    assert history.generation == 0


DRAWING = {"size": 280, "pen_width": 18, "strokes": [[[140, 60], [141, 100], [140, 220]], [[20, 20]]]}
PIN = {"id": "5f0c21aa", "name": "my 7", "label": "7", **DRAWING}
BOUNDARY = Boundary(step=1, epoch=1, extent=(0, 1, 0, 1), size=2, classes="AAAAAA==", sureness="AAAAAA==")
STATUS = RunStatus(
    status="running", created_at=now(), updated_at=now(), best={"epoch": 1, "step": 5, "accuracy": 0.5, "loss": 1}
)
TEACHING = {key: {"right": 1, "of": 2, "test_accuracy": 0.5} for key in ("before", "after")}


@tries(150)
@given(
    st.one_of(
        *(tampered(json.loads(value.model_dump_json())) for value in (STATUS, BOUNDARY)),
        *map(tampered, ([PIN], TEACHING)),
        json_values(),
    )
)
def test_any_other_file_of_a_run(place: Path, value: Any) -> None:
    run = RunFolder(place)
    for name in ("status.json", "preview.json", "pins.json", "teaching.json", "evaluation.json", "about.json"):
        (place / name).write_text(json.dumps(value))
    for read in (run.status, run.evaluation):
        sound_or_sentence(read)
    status = sound_status(run.status_file, RunConfig())
    assert RunStatus.model_validate_json(status.model_dump_json()) == status
    assert 0 <= status.progress <= 1
    assert all(isinstance(pin, Pin) for pin in read_run_pins(run))
    assert isinstance(read_preview(run), Boundary | None)
    assert isinstance(read_about(place), About | None)
    read_teaching(run)


# Drawings


def must_be_a_picture(drawing: Drawing) -> None:
    picture = prepare_drawing(drawing)
    assert drawing.is_empty == (picture is None)
    assert picture is None or (picture.shape == (1, 28, 28) and picture.dtype == np.uint8)
    assert separate(drawing)
    assert Drawing.from_json(drawing.to_json()) == drawing


@tries(150)
@given(st.one_of(tampered({**DRAWING, "label": "7"}), tampered(DRAWING), json_values()))
def test_any_drawing(place: Path, value: Any) -> None:
    line = json.dumps(value)
    drawing = sound_or_sentence(lambda: Drawing.from_json(line))
    if drawing is not None:
        must_be_a_picture(drawing)
    file = place / "corrections.jsonl"
    file.write_text(line + "\n")
    for correction in read_corrections(file):
        assert Correction.from_json(correction.to_json()) == correction
        correction.to_json().encode()
    sound_or_sentence(lambda: Pin.from_object(value))


NUMBER = st.one_of(st.floats(-1e7, 1e7), st.sampled_from([0, 10**400, float("nan"), "1", None, 1e308]))
COMMANDS = st.one_of(
    st.tuples(st.sampled_from("MLQCZ"), st.lists(NUMBER, max_size=8)).map(lambda parts: [parts[0], *parts[1]]),
    st.lists(st.sampled_from(["C", 1, 2]), min_size=500, max_size=600),
    json_values(3),
)
ITEMS = st.fixed_dictionaries(
    {"type": st.sampled_from(["path", "Path", "rect"]), "path": st.lists(COMMANDS, max_size=5)},
    optional=dict.fromkeys(("left", "top", "scaleX", "angle", "strokeWidth", "originX", "flipX"), NUMBER),
)


@tries(120)
@given(
    st.one_of(st.fixed_dictionaries({"objects": st.lists(st.one_of(ITEMS, json_values(3)), max_size=3)}), json_values())
)
def test_any_canvas(value: Any) -> None:
    drawing = sound_or_sentence(lambda: drawing_from_canvas(value))
    if drawing is not None:
        must_be_a_picture(drawing)


# Pictures, tables and archives


@cache
def pictures() -> list[bytes]:
    """One of each kind, with all that may hang on it."""
    shades = np.random.default_rng(0).integers(0, 256, (20, 24, 4), np.uint8)
    colour = Image.fromarray(shades)
    exif = Image.Exif()
    exif[0x0112] = 6
    made = []
    for kind, mode, options in (
        ("PNG", "RGBA", {"exif": exif, "icc_profile": b"\0" * 128}),
        ("PNG", "I;16", {}),
        ("PNG", "P", {}),
        ("JPEG", "RGB", {"exif": exif, "progressive": True}),
        ("GIF", "P", {"save_all": True, "append_images": [colour.convert("P")] * 2}),
        ("BMP", "RGB", {}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("TIFF", "RGB", {"compression": "tiff_lzw", "exif": exif}),
        ("TIFF", "F", {}),
        ("PPM", "L", {}),
        ("MPO", "RGB", {"save_all": True, "append_images": [colour.convert("RGB")]}),
    ):
        stream = io.BytesIO()
        image = Image.fromarray(shades[..., 0].astype(np.uint16) * 257) if mode == "I;16" else colour.convert(mode)
        image.save(stream, kind, **options)  # type: ignore[arg-type]
        made.append(stream.getvalue())
    return [
        *made,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>1</script>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ]


@tries(250)
@given(mutated(pictures()))
def test_any_picture(content: bytes) -> None:
    picture = sound_or_sentence(lambda: open_picture(content, "x.png"))
    if picture is not None:
        assert picture.dtype == np.uint8
        assert picture.shape[2] == 3
        assert max(picture.shape[:2]) <= HANDY_SIDE


@cache
def archive_of_pictures() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for label in ("a", "b"):
            for number in range(2):
                picture = io.BytesIO()
                Image.new("L", (4, 4), number + 10 * (label == "a")).save(picture, "PNG")
                archive.writestr(f"{label}/{number}.png", picture.getvalue())
    return stream.getvalue()


FEW = Limits(smallest_class=2, rows=50, cell_characters=500, row_characters=2000, table_bytes=20_000)


@tries(80)
@given(mutated([archive_of_pictures()]))
def test_any_archive_of_pictures(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = sound_or_sentence(lambda: make_picture_dataset(io.BytesIO(content), "Set", Path(folder), limits=FEW))
        assert made is None or sum(made.about.counts.values()) <= 4
        left = [path for path in Path(folder).rglob("*") if path.is_file() and "own/set/" not in str(path)]
        assert left == []


TABLE = b"text,label\n" + b"".join(b"hello %d,x\nworld %d,y\n" % (number, number) for number in range(4))


@tries(150)
@given(
    st.one_of(
        mutated([TABLE, TABLE.replace(b",", b";"), b'"', b"\xef\xbb\xbf" + TABLE]),
        st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
    )
)
def test_any_table(content: bytes) -> None:
    table = sound_or_sentence(lambda: read_table(io.BytesIO(content), FEW))
    if table is not None:
        assert len(table.texts) == len(table.labels) <= FEW.rows
        assert all(label.isprintable() for label in table.labels)


POINTS = DATASETS["xor"] if "xor" in DATASETS else next(spec for spec in DATASETS.values() if spec.kind == "points")
SMALL = parse_config({"data": {"name": POINTS.name}, "model": {"name": "mlp", "hidden": [3]}})


@cache
def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return dict(build_model(SMALL.model, POINTS.problem).state_dict())


@cache
def weight_files() -> dict[str, bytes]:
    packed = io.BytesIO()
    torch.save(weights(), packed)
    nested = io.BytesIO()
    torch.save({"epoch": 3, "state_dict": {f"module.{name}": value for name, value in weights().items()}}, nested)
    return {"pt": packed.getvalue(), "pth": nested.getvalue(), "safetensors": save(weights())}


@tries(200)
@given(st.data())
def test_any_weights(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(weight_files())))
    original = weight_files()[kind]
    ways = [mutated([original])] if kind == "safetensors" else [mutated([original]), repacked(original)]
    content = data.draw(st.one_of(ways))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "upload"
        file.write_bytes(content)
        root = Path(folder) / "runs"
        called = data.draw(st.sampled_from([f"w.{kind}", *(f"{text[:80]}.{kind}" for text in EVIL_TEXTS)]))
        imported = sound_or_sentence(lambda: import_weights(file, SMALL, POINTS, root, called=called))
        assert [run.name for run in list_runs(root)] == ([imported.run.name] if imported else [])
        if imported:
            assert load_network(imported.run, Path(folder)).outputs(torch.zeros(1, 2)).isfinite().all()


@tries(150)
@given(pickles())
def test_any_pickle_that_calls_nothing(program: bytes) -> None:
    """What is let through can be hashed, shown and walked through by anybody."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "w.pt"
        file.write_bytes(with_pickle(program))
        sound_or_sentence(lambda: import_weights(file, SMALL, POINTS, Path(folder) / "runs"))
        content = sound_or_sentence(lambda: load_tensors(file, "w.pt"))
        assert content is None or len(repr(content)) < 10_000_000
        assert not state_fits(file, torch.nn.Linear(1, 1))


FIELDS = ((4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2), (-16, 4), (-12, 8), (-4, 4), (-72, 8), (-60, 4), (-52, 8), (-44, 8), (-36, 8), (-28, 8))  # fmt: skip
"""Of the last records of a ZIP: how far each lies behind the start of the very last one, and its bytes."""


@st.composite
def lists_of_files(draw: st.DrawFn) -> bytes:
    """Of a file of weights, perhaps two behind each other, with the numbers that say where its list of files is made others."""
    kinds = [weight_files()["pt"], with_pickle(pickle.dumps({}, 2))]
    content = bytearray(draw(st.sampled_from(kinds)))
    if draw(st.booleans()):
        first = draw(st.sampled_from(kinds))
        content[:0] = first[: draw(st.sampled_from([len(first), end_of(first), first.rfind(b"PK\x06\x07")]))]
    end = end_of(content)
    places = [match.start() for match in re.finditer(b"PK\x01\x02|PK\x06\x06|PK\x05\x06", content)]
    for at, size in draw(st.lists(st.sampled_from(FIELDS), max_size=2)):
        old = int.from_bytes(content[end + at : end + at + size], "little")
        new = draw(
            st.one_of(st.sampled_from([*places, 0, 1, 2**32 - 1]), st.integers(-2, 2).map(lambda by, old=old: old + by))
        )
        content[end + at : end + at + size] = (new % 2 ** (8 * size)).to_bytes(size, "little")
    return bytes(content)


@tries(250)
@given(lists_of_files())
def test_any_list_of_files(content: bytes) -> None:
    """Of what is let through, torch finds the files that were judged."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "w.pt"
        file.write_bytes(content)
        if sound_or_sentence(lambda: load_tensors(file, "w.pt") or True) is not None:
            with zipfile.ZipFile(file) as judged:
                sizes = {entry.filename.partition("/")[2]: entry.file_size for entry in judged.infolist()}
                program = judged.read(next(name for name in judged.namelist() if name.endswith("data.pkl")))
            reader = torch._C.PyTorchFileReader(str(file))
            assert {name: len(reader.get_record(name)) for name in reader.get_all_records()} == sizes
            assert reader.get_record("data.pkl") == program


@cache
def run_archive() -> bytes:
    state = io.BytesIO()
    torch.save({"model": weights()}, state)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in {
            "config.json": SMALL.model_dump_json().encode(),
            "status.json": STATUS.model_dump_json().encode(),
            "metrics.jsonl": METRICS,
            "pins.json": json.dumps([PIN]).encode(),
            "best.safetensors": save(weights()),
            "last.state": state.getvalue(),
        }.items():
            archive.writestr(f"run/{name}", content)
    return stream.getvalue()


@tries(120)
@given(st.one_of(mutated([run_archive()]), repacked(run_archive()), repacked(run_archive())))
def test_any_archive_of_a_run(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "upload"
        file.write_bytes(content)
        root = Path(folder) / "runs"
        imported = sound_or_sentence(lambda: import_run(file, root, Path(folder), called="x.zip"))
        assert {path.name for path in Path(folder).iterdir()} <= {"upload", "runs"}
        assert [path.name for path in root.glob("*")] == ([imported.run.name] if imported else [])
        if imported:
            assert load_network(imported.run, Path(folder)).outputs(torch.zeros(1, 2)).isfinite().all()


# Formulas and names

SMALL_NUMBERS = st.sampled_from(["1", "2", "3", "64", "0.5", "1e-3", "1e8", "-1", "pi", "999999", "1/64", "63.5"])
FORMULAS = st.recursive(
    st.one_of(st.just("x"), st.just("x"), SMALL_NUMBERS),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "*", "^"]), inner).map(lambda p: f"({''.join(p)})"),
        st.tuples(inner, SMALL_NUMBERS).map(lambda p: f"({p[0]})**({p[1]})"),
        st.tuples(st.sampled_from(["exp", "log", "sqrt", "tanh", "cos", "sigmoid", "relu", "abs", "erf"]), inner).map(
            lambda p: f"{p[0]}({p[1]})"
        ),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda p: f"{p[0]}({p[1]},{p[2]})"),
    ),
    max_leaves=14,
)
ESCAPES = [
    "().__class__.__bases__[0].__subclasses__()", "__import__('os').system('id')", "x.__class__", "x if x else x",
    "(lambda: x)()", "[x for x in x]", "f'{x}'", "x:=1", "exp.__globals__", "getattr(x,'a')", "exp(*x)", "exp(x=x)",
    "9**9**9**9", "x" + "**64" * 40, "-" * 190 + "x", "(" * 95 + "x" + ")" * 95, "x!", "0x10*x", "1_0*x", "1j*x", "ｘ+x", "x\0",
]  # fmt: skip


@tries(100)
@given(
    st.one_of(
        FORMULAS,
        st.sampled_from(ESCAPES),
        mutated([text.encode() for text in ESCAPES]).map(lambda b: b.decode("latin1")),
    )
)
def test_any_formula(text: str) -> None:
    formula = sound_or_sentence(lambda: Formula.parse(text))
    if formula is not None:
        assert all(np.isfinite([formula.value(x), formula.derivative().value(x)]).all() for x in (-9.5, 0.0, 0.3, 10.0))


@tries(150)
@given(st.one_of(st.sampled_from(EVIL_TEXTS), st.text(max_size=120)))
def test_any_name_of_a_run(text: str) -> None:
    assert one_line(text, 50) == one_line(one_line(text, 50), 50)
    must_be_a_sentence(BadInput(f"{text} x"))
    if is_run_name(text):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / text).mkdir()
            assert [path.name for path in Path(folder).iterdir()] == [text]
