"""What the live chart sends to the browser: whole histories, differences and thinned points."""

import json
import math
from dataclasses import replace

import pytest

from ui.components.live_chart.batches import (
    FULL_POINTS,
    MAX_RATE_CHANGES,
    TICK_POINTS,
    Curves,
    PinnedLine,
    Sent,
    make_next_batch,
    thin_points,
)

STEPS_PER_EPOCH = 100


def curves_of(points: int) -> Curves:
    steps = range(1, points + 1)
    epochs = [step / STEPS_PER_EPOCH for step in steps]
    checks = points // STEPS_PER_EPOCH
    return Curves(
        train_epoch=epochs,
        train_loss=[1 / step for step in steps],
        train_accuracy=[1 - 1 / step for step in steps],
        validation_epoch=[float(epoch) for epoch in range(1, checks + 1)],
        validation_loss=[0.5] * checks,
        validation_accuracy=[0.9] * checks,
    )


# What is sent


def test_the_first_batch_has_all_points_and_later_ones_only_new_points() -> None:
    first, sent = make_next_batch(curves_of(300), None, run="a", generation=0)
    second, sent = make_next_batch(curves_of(310), sent, run="a", generation=0)
    third, sent = make_next_batch(curves_of(330), sent, run="a", generation=0)
    assert (first["train"]["from"], first["train"]["to"], len(first["train"]["x"])) == (0, 300, 300)
    assert (second["train"]["from"], second["train"]["to"]) == (300, 310)
    # The third repeats the second's points, so that losing the second costs nothing.
    assert (third["train"]["from"], third["train"]["to"]) == (300, 330)
    assert third["train"]["x"] == [step / 100 for step in range(301, 331)]
    assert (third["validation"]["from"], third["validation"]["to"]) == (3, 3)


@pytest.mark.parametrize(("run", "generation", "points"), [("b", 0, 300), ("a", 1, 300), ("a", 0, 200)])
def test_another_run_new_generation_or_shorter_history_is_sent_in_full(run: str, generation: int, points: int) -> None:
    sent = Sent("a", 0, {"train": (280, 300), "validation": (2, 3)})
    batch, _ = make_next_batch(curves_of(points), sent, run=run, generation=generation)
    assert batch["train"]["from"] == 0
    assert len(batch["train"]["x"]) == points


def test_a_batch_stays_small_with_many_new_points() -> None:
    _, sent = make_next_batch(curves_of(100), None, run="a", generation=0)
    batch, _ = make_next_batch(curves_of(50_000), sent, run="a", generation=0)
    assert (batch["train"]["from"], batch["train"]["to"]) == (100, 50_000)
    assert len(batch["train"]["x"]) <= TICK_POINTS
    full, _ = make_next_batch(curves_of(50_000), None, run="a", generation=0)
    assert len(full["train"]["x"]) <= FULL_POINTS
    assert (full["train"]["x"][0], full["train"]["x"][-1]) == (0.01, 500.0)


def test_numbers_are_short_and_values_that_are_not_finite_become_gaps() -> None:
    curves = Curves([0.1, 0.2, 0.3], [1 / 3, math.nan, math.inf], [2 / 3, 0.5, math.nan], [], [], [])
    batch, _ = make_next_batch(curves, None, run="a", generation=0)
    assert batch["train"]["loss"] == [0.33333, None, None]
    assert batch["train"]["accuracy"] == [0.66667, 0.5, None]
    json.dumps(batch, allow_nan=False)


def test_thinning_keeps_the_ends_and_the_peaks_in_order() -> None:
    values = [1.0 + (i % 7) / 100 for i in range(10_000)]
    values[5_000], values[6_000], values[7_000] = 9.0, 0.1, math.nan
    kept = list(thin_points(values, 500))
    assert len(kept) <= 500
    assert kept == sorted(set(kept))
    assert {0, 5_000, 6_000, 9_999} <= set(kept)
    assert list(thin_points([math.nan] * 1000, 100))[-1] == 999


def test_each_batch_has_all_learning_rate_changes_up_to_a_limit() -> None:
    turns = [(0.5, 0.01), (2.123456789, 0.1 / 3)]
    batch, sent = make_next_batch(replace(curves_of(300), rate_changes=turns), None, run="a", generation=0)
    later, sent = make_next_batch(replace(curves_of(310), rate_changes=turns), sent, run="a", generation=0)
    assert batch["rateChanges"] == later["rateChanges"] == [(0.5, 0.01), (2.1235, 0.033333)]
    after_a_cut, _ = make_next_batch(replace(curves_of(200), rate_changes=turns[:1]), sent, run="a", generation=1)
    assert after_a_cut["rateChanges"] == [(0.5, 0.01)]
    busy, _ = make_next_batch(
        replace(curves_of(10), rate_changes=[(n / 100, 0.1) for n in range(9_999)]), None, run="b", generation=0
    )
    assert len(busy["rateChanges"]) == MAX_RATE_CHANGES
    assert busy["rateChanges"][-1] == (99.98, 0.1)


def test_a_network_that_does_not_classify_has_no_accuracies() -> None:
    curves = replace(curves_of(300), train_accuracy=[], validation_accuracy=[])
    batch, _ = make_next_batch(curves, None, run="a", generation=0)
    assert batch["train"]["accuracy"] == [None] * 300
    assert batch["validation"]["accuracy"] == [None] * 3
    assert len(batch["train"]["loss"]) == 300


def with_pins(points: int, *ids: str) -> Curves:
    epochs = [step / STEPS_PER_EPOCH for step in range(points)]
    lines = [PinnedLine(key, f"my {key}", epochs, [1 / 3] * points) for key in ids]
    return replace(curves_of(300), pinned=lines)


def test_each_pinned_drawing_is_sent_as_its_own_curve() -> None:
    first, sent = make_next_batch(with_pins(20, "a"), None, run="a", generation=0)
    (line,) = first["pinned"]
    assert (line["id"], line["name"], line["from"], line["to"]) == ("a", "my a", 0, 20)
    assert (line["x"][:2], line["share"]) == ([0.0, 0.01], [0.33333] * 20)
    second, sent = make_next_batch(with_pins(25, "a", "b"), sent, run="a", generation=0)
    assert [(line["from"], line["to"]) for line in second["pinned"]] == [(20, 25), (0, 25)]
    third, sent = make_next_batch(with_pins(30, "a", "b"), sent, run="a", generation=0)
    assert [(line["from"], line["to"]) for line in third["pinned"]] == [(20, 30), (25, 30)]
    much, _ = make_next_batch(with_pins(50_000, "a", "b"), sent, run="a", generation=0)
    assert [len(line["x"]) <= TICK_POINTS for line in much["pinned"]] == [True, True]
    for run, generation, points in (("b", 0, 30), ("a", 1, 30), ("a", 0, 29)):
        again, _ = make_next_batch(with_pins(points, "a", "b"), sent, run=run, generation=generation)
        assert [line["from"] for line in again["pinned"]] == [0, 0]
        assert again["train"]["from"] == 0
