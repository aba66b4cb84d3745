"""Pinned drawings: stored safely, evaluated during training without influence on it, and shown as curves."""

import json
import math
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from waiting import wait_until

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.data import Dataset
from nn_core.drawings.pins import MAX_NAME_LENGTH, MAX_PINS, Pin, add_pin, choose_pin_name, read_pins, remove_pin
from nn_core.drawings.strokes import Drawing
from nn_core.errors import BadInput, StorageFailed
from nn_core.jobs.live_views import PinnedDrawings, select_pins
from nn_core.runs import RunFolder
from nn_core.training.loop import Step, train
from nn_core.training.state import TrainState

SEVEN = Drawing(280, 18, (((60, 70), (200, 70), (120, 230)),))
ONE = Drawing(280, 18, (((140, 40), (140, 240)),))
PINS = [Pin("a1", "my 7", "7", SEVEN), Pin("b2", "my 1", "1", ONE)]
MARKUP = "**<b>7</b>** [x](y)"
CPU = "training.device=cpu"


# Kept


def test_pins_are_read_in_order_and_removed_one_by_one(data_folder: Path) -> None:
    assert read_pins(data_folder) == []
    seven = add_pin(data_folder, SEVEN, label="7", name="my 7")
    one = add_pin(data_folder, ONE, label="1", name="my 1")
    assert (seven.drawing, seven.label, seven.name) == (SEVEN, "7", "my 7")
    assert read_pins(data_folder) == [seven, one]
    remove_pin(data_folder, seven.id)
    remove_pin(data_folder, "missing")
    assert read_pins(data_folder) == [one]


def test_one_pin_too_many_is_refused_with_a_message(data_folder: Path) -> None:
    for number in range(MAX_PINS):
        add_pin(data_folder, ONE, label="1", name=f"number {number}")
    before = (data_folder / "pinned.jsonl").read_bytes()
    with pytest.raises(BadInput, match=f"^{MAX_PINS} drawings are pinned, .* unpin one first"):
        add_pin(data_folder, SEVEN, label="7", name="one more")
    assert (data_folder / "pinned.jsonl").read_bytes() == before


def line_with(**changes: Any) -> bytes:
    return json.dumps({**PINS[0].to_object(), **changes}).encode()


@pytest.mark.parametrize(
    "damage",
    [
        b"nonsense",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{" * 100_000,
        line_with(id="../x"),
        line_with(id=7),
        line_with(name=None),
        line_with(name=" "),
        line_with(name="x" * (MAX_NAME_LENGTH + 1)),
        line_with(label=""),
        line_with(strokes=[]),
        line_with(strokes=[[[1, math.nan]]]),
        line_with(size=-1),
    ],
    ids=range(14),
)
def test_a_damaged_line_loses_no_pin_and_is_kept(data_folder: Path, damage: bytes) -> None:
    first = add_pin(data_folder, SEVEN, label="7", name="my 7")
    with (data_folder / "pinned.jsonl").open("ab") as file:
        file.write(damage)  # and no newline, as a full disk leaves it
    assert read_pins(data_folder) == [first]
    second = add_pin(data_folder, ONE, label="1", name="my 1")
    assert read_pins(data_folder) == [first, second]
    remove_pin(data_folder, first.id)
    assert read_pins(data_folder) == [second]
    assert (data_folder / "pinned.jsonl").read_bytes().split(b"\n")[0] == damage


def test_a_repeated_line_is_one_pin(data_folder: Path) -> None:
    data_folder.mkdir()
    (data_folder / "pinned.jsonl").write_bytes(line_with() + b"\n" + line_with(name="again") + b"\n")
    assert [pin.name for pin in read_pins(data_folder)] == ["my 7"]


def test_simultaneous_pins_are_all_kept(data_folder: Path) -> None:
    with ThreadPoolExecutor(MAX_PINS) as pool:
        list(pool.map(lambda number: add_pin(data_folder, ONE, label="1", name=str(number)), range(MAX_PINS)))
    assert sorted(int(pin.name) for pin in read_pins(data_folder)) == list(range(MAX_PINS))


@pytest.mark.parametrize("name", ["", "  \n ", "x" * (MAX_NAME_LENGTH + 1)])
def test_an_invalid_name_is_refused(data_folder: Path, name: str) -> None:
    with pytest.raises(BadInput, match=rf"of 1 to {MAX_NAME_LENGTH} characters\.$"):
        add_pin(data_folder, SEVEN, label="7", name=name)
    assert read_pins(data_folder) == []


def test_a_name_is_one_line_and_keeps_markup_as_text(data_folder: Path) -> None:
    assert add_pin(data_folder, SEVEN, label="7", name=f" {MARKUP}\n\x00x ").name == f"{MARKUP} x"
    assert read_pins(data_folder)[0].name == f"{MARKUP} x"


def test_an_empty_canvas_cannot_be_pinned(data_folder: Path) -> None:
    with pytest.raises(BadInput):
        add_pin(data_folder, Drawing(280, 18, ((),)), label="7", name="my 7")


def test_an_unwritable_data_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match=r"pinned drawings in '.*file'"):
        add_pin(tmp_path / "file", SEVEN, label="7", name="my 7")


def test_the_suggested_name_is_unused() -> None:
    pins = [PINS[0]]
    assert choose_pin_name([], "7") == "my 7"
    assert choose_pin_name(pins, "7") == "my 7 (2)"
    assert choose_pin_name([*pins, Pin("c3", "my 7 (2)", "7", SEVEN)], "7") == "my 7 (3)"
    long = choose_pin_name([], "a class with a very long name indeed")
    assert len(long) == MAX_NAME_LENGTH
    assert choose_pin_name([Pin("c3", long, "7", SEVEN)], "a class with a very long name indeed").endswith(" (2)")


# Asked about

RECIPES = {
    "dropout": ("model.name=net",),
    "batch norm, averaged weights": ("model.name=quick", "training.ema=0.99"),
}


@pytest.fixture(params=RECIPES)
def recipe(request: pytest.FixtureRequest, sample: Dataset) -> tuple[RunConfig, Dataset]:
    settings = ["training.batch_size=20", "training.epochs=2", CPU, *RECIPES[request.param]]
    pictures = Dataset(sample.spec, sample.train.take(torch.arange(0, 4000, 40)), sample.test)
    return apply_settings(get_preset("quick"), settings), pictures


def test_training_is_bit_identical_with_and_without_pins(recipe: tuple[RunConfig, Dataset]) -> None:
    outcomes = []
    for pins in ([], PINS):
        session = TrainState(*recipe, torch.device("cpu"))
        lines: list[Line] = []
        pinned = PinnedDrawings(session, pins, lines.append)
        pinned.on_start(session)
        events = []
        for event in train(session):
            training = [module.training for module in (session.model, session.eval_model)]
            pinned.refresh(session)
            assert [module.training for module in (session.model, session.eval_model)] == training
            events.append(event)
        steps = [line["step"] for line in lines]
        assert steps == (list(range(session.total_steps + 1)) if pins else [])
        outcomes.append((events, session.copy_weights(), torch.get_rng_state()))
    (events, weights, random), (seen_events, seen_weights, seen_random) = outcomes
    assert seen_events == events
    assert torch.equal(seen_random, random)
    for name, tensor in weights.items():
        assert torch.equal(seen_weights[name], tensor), name


def test_evaluating_pins_stays_within_its_share_of_the_time(sample: Dataset) -> None:
    """A training that never pauses, in a run so long that the number of updates sets no limit."""
    share = 0.01
    session = TrainState(apply_settings(get_preset("net"), [CPU]), sample, torch.device("cpu"))
    pinned = PinnedDrawings(session, PINS, lambda line: None, share)
    pinned.on_start(session)
    read: list[tuple[float, float]] = []
    while len(read) < 5:
        session.step += 1
        begun, count = time.thread_time(), pinned.update_count
        pinned.on_step(session, Step(None))
        if pinned.update_count > count:
            read.append((begun, time.thread_time()))
        assert read, "the very first step is read"
    for (begun, ended), (next_begun, _) in pairwise(read):
        assert next_begun - ended >= 0.6 * (ended - begun) / share


def test_pins_of_a_long_run_are_evaluated_no_more_often_than_a_chart_can_show(sample: Dataset) -> None:
    session = TrainState(
        apply_settings(get_preset("simple_net"), ["training.epochs=10000", CPU]), sample, torch.device("cpu")
    )
    pinned = PinnedDrawings(session, PINS, lambda line: None, max_share=1e9)
    session.step = 1
    pinned.on_step(session, Step(None))
    assert pinned.update_count == 1
    session.step += session.total_steps // 1000 - 1
    time.sleep(0.1)
    assert not pinned.is_due(session)
    session.step += 1
    assert wait_until(lambda: pinned.is_due(session), "it is time")


def test_nan_probabilities_of_pins_are_not_written(sample: Dataset) -> None:
    session = TrainState(apply_settings(get_preset("simple_net"), [CPU]), sample, torch.device("cpu"))
    with torch.no_grad():
        next(session.model.parameters()).fill_(math.nan)
    lines: list[Line] = []
    PinnedDrawings(session, PINS, lines.append).on_start(session)
    assert lines == []


def test_only_pins_that_the_network_can_read_are_evaluated(data_folder: Path, tmp_path: Path, sample: Dataset) -> None:
    seven = add_pin(data_folder, SEVEN, label="7", name="my 7")
    add_pin(data_folder, SEVEN, label="seven", name="a word")
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    device = torch.device("cpu")
    autoencoder = apply_settings(get_preset("quick"), ["model.name=autoencoder", "loss.name=mse"])
    assert select_pins(run, TrainState(autoencoder, sample, device), data_folder) == []
    assert run.pins() == []
    session = TrainState(get_preset("simple_net"), sample, device)
    assert select_pins(run, session, data_folder) == run.pins() == [seven]


@pytest.mark.parametrize("content", ["", "{}", "7", "null", '[{"id": "a"}]', "[[]]", "[" * 100_000], ids=range(7))
def test_a_run_with_an_invalid_pins_file_has_no_pins(tmp_path: Path, content: str) -> None:
    run = RunFolder(tmp_path)
    run.write_pins(PINS)
    assert run.pins() == PINS
    (tmp_path / "pins.json").write_text(content)
    assert run.pins() == []


Line = Mapping[str, Any]
