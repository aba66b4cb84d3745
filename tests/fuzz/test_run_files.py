"""Any file in a run folder is read, or its damage is reported with a message."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fuzzing import METRICS, PIN, RECORDS, STATUS, sound_or_sentence, tries
from hostile import json_values, mutated, tampered
from hypothesis import given
from hypothesis import strategies as st

from nn_core.config import RunConfig
from nn_core.data.custom.metadata import Metadata, read_metadata
from nn_core.drawings.pins import Pin
from nn_core.finetuning.report import read_finetune_report
from nn_core.jobs.previews import Boundary, read_preview
from nn_core.runs import History, RunFolder, RunStatus
from nn_core.runs.metrics import LONGEST_LINE
from nn_core.transfer.validation import are_metrics_valid, read_sound_status
from nn_core.vitals.pictures import Answers, NetworkPictures, read_part
from nn_core.vitals.records import list_by_layer, read_vitals

pytestmark = pytest.mark.usefixtures("little_memory_for_files")


def must_be_metrics_or_refused(file: Path) -> None:
    history = History(file)
    if sound_or_sentence(lambda: history.update() or True):
        for curve in (history.train, history.validation):
            assert len(curve.epoch) == len(curve.loss) >= len(curve.accuracy)
    assert are_metrics_valid(file) in (True, False)


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
def test_metrics_with_lines_of_any_length(place: Path, lines: list[bytes], stops: list[int]) -> None:
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
    assert (history.train, history.validation, history.lr_changes) == (
        expected.train,
        expected.validation,
        expected.lr_changes,
    )
    long = sum(len(line) >= LONGEST_LINE for line in content.split(b"\n"))
    assert history.unreadable == expected.unreadable + long
    assert history.generation == 0


BOUNDARY = Boundary(step=1, epoch=1, extent=(0, 1, 0, 1), size=2, classes="AAAAAA==", confidence="AAAAAA==")
BLOCK = {"shape": [1, 1, 1, 2], "low": 0.0, "high": 1.0, "values": "AP8="}
EXAMPLES = {"labels": ["7"], "pictures": BLOCK, "texts": []}
ANSWERS = {"step": 1, "epoch": 1.0, "inputs": EXAMPLES, "answers": ["1"], "confidence": [0.5]}
UNITS = {"name": "1", "units": 1, "is_map": True, "values": BLOCK}
PICTURES = {"step": 1, "epoch": 1.0, "inputs": EXAMPLES, "filters_of": "1", "filters": BLOCK, "layers": [UNITS]}
HISTOGRAM = {"limit": 0.5, "heights": "A" * 64}
VITALS = {"step": 1, "epoch": 1.0, "layers": {"1": {"weight_norm": 1.0, "dead_share": 0.5, "weights": HISTOGRAM}}}
TEACHING = {key: {"right": 1, "of": 2, "test_accuracy": 0.5} for key in ("before", "after")}


@tries(150)
@given(
    st.one_of(
        *(tampered(json.loads(value.model_dump_json())) for value in (STATUS, BOUNDARY)),
        *map(tampered, ([PIN], TEACHING, ANSWERS, PICTURES, VITALS)),
        json_values(),
    )
)
def test_any_other_file_of_a_run(place: Path, value: Any) -> None:
    run = RunFolder(place)
    names = ("status.json", "preview.json", "pins.json", "teaching.json", "evaluation.json", "about.json")
    for name in (*names, "vitals.jsonl", "examples.json", "network.json"):
        (place / name).write_text(json.dumps(value) + "\n")
    for read in (run.status, run.evaluation):
        sound_or_sentence(read)
    status = read_sound_status(run.status_file, RunConfig())
    assert RunStatus.model_validate_json(status.model_dump_json()) == status
    assert 0 <= status.progress <= 1
    assert all(isinstance(pin, Pin) for pin in run.pins())
    assert isinstance(read_preview(run, Boundary), Boundary | None)
    assert isinstance(read_metadata(place), Metadata | None)
    read_finetune_report(run)
    assert isinstance(list_by_layer(read_vitals(run.vitals_file)), dict)
    if answers := read_part(run.examples_file, Answers):
        assert answers.inputs.count == len(answers.answers)
    if (pictures := read_part(run.network_file, NetworkPictures)) and pictures.layers:
        pictures.layers[0].values.take(0)
