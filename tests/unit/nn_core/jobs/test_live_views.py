"""Live previews: training is unchanged, how often they are written, and how the file is read."""

import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from nn_core.config import RunConfig, apply_settings, get_preset
from nn_core.data import Dataset, DatasetSpec, Split, load_dataset
from nn_core.jobs import live_views
from nn_core.jobs.live_views import Previews
from nn_core.jobs.previews import (
    PREVIEWS,
    SIZE,
    Boundary,
    Preview,
    Reconstructions,
    compute_square_extent,
    list_previews,
    make_previews,
    read_preview,
    write_preview,
)
from nn_core.runs import RunFolder
from nn_core.task import Goal, Kind
from nn_core.training import callbacks
from nn_core.training.loop import Epoch, Step, train
from nn_core.training.state import TrainState
from ui.train.live_view import VIEWS

CPU = torch.device("cpu")


def two_clouds() -> Dataset:
    """Class 0 on the left of the plane, class 1 on the right."""
    random = torch.Generator().manual_seed(5)
    labels = torch.arange(200) % 2
    points = torch.randn(200, 2, generator=random) * 0.3 + torch.stack([labels * 2.0 - 1, torch.zeros(200)], dim=1)
    spec = DatasetSpec("clouds", "Clouds", "", ("left", "right"), (2,), lambda *_: None, kind="points")  # type: ignore[arg-type]
    return Dataset(spec, Split(points[:160], labels[:160]), Split(points[160:], labels[160:]))


RECIPES = {
    "points": ("model.name=mlp", "model.hidden=[8, 8]"),
    "points, dropout and batch norm": ("model.name=mlp", "model.norm=batch", "model.dropout=0.3"),
    "points, averaged weights": ("model.name=mlp", "training.ema=0.99"),
    "points, a value": ("model.name=mlp", "model.hidden=[8, 8]", "loss.name=mse", "data.name=slope"),
    "autoencoder": ("model.name=autoencoder", "model.hidden=[32]", "loss.name=mse"),
}


@pytest.fixture(params=RECIPES)
def recipe(request: pytest.FixtureRequest, sample: Dataset) -> tuple[RunConfig, Dataset]:
    settings = ["training.batch_size=16", "training.epochs=3", "optimizer.name=adam", *RECIPES[request.param]]
    pictures = Dataset(sample.spec, sample.train.take(torch.arange(0, 4000, 40)), sample.test)
    config = apply_settings(get_preset("quick"), settings)
    if config.data.name == "slope":
        return config, load_dataset(config.data, Path("/nowhere"))
    return config, two_clouds() if "points" in request.param else pictures


def outcome(
    config: RunConfig, dataset: Dataset, folder: Path, *, looking: bool
) -> tuple[list[Step | Epoch], dict[str, Tensor], Tensor]:
    session = TrainState(config, dataset, CPU)
    events = []
    for event in train(session):
        events.append(event)
        if looking:
            training = [module.training for module in (session.model, session.eval_model)]
            Previews(RunFolder(folder), session).refresh(session)
            (shown,) = (
                read_preview(RunFolder(folder), each) for each in list_previews(session.goal, session.spec.kind)
            )
            assert shown.step == session.step
            assert [module.training for module in (session.model, session.eval_model)] == training
    return events, session.copy_weights(), torch.get_rng_state()


def test_training_is_bit_identical_with_and_without_previews(recipe: tuple[RunConfig, Dataset], tmp_path: Path) -> None:
    events, weights, random = outcome(*recipe, tmp_path, looking=False)
    seen_events, seen_weights, seen_random = outcome(*recipe, tmp_path, looking=True)
    assert seen_events == events
    assert torch.equal(seen_random, random)
    for name, tensor in weights.items():
        assert torch.equal(seen_weights[name], tensor), name


def test_a_boundary_has_the_class_of_each_cell_from_the_bottom_row_up(tmp_path: Path) -> None:
    session = TrainState(
        apply_settings(get_preset("quick"), ["model.name=mlp", "optimizer.lr=0.02"]), two_clouds(), CPU
    )
    for _ in train(session):
        pass
    session.model.eval()
    with torch.inference_mode():
        (shown,) = make_previews(session)
    assert isinstance(shown, Boundary)
    classes = np.frombuffer(base64.b64decode(shown.classes), np.uint8).reshape(SIZE, SIZE)
    confidence = np.frombuffer(base64.b64decode(shown.confidence), np.uint8).reshape(SIZE, SIZE)
    assert (classes[:, 0] == 0).all()
    assert (classes[:, -1] == 1).all()
    assert confidence.min() >= 127, "of two classes, the likelier has at least a half"
    left, right, bottom, top = shown.extent
    row, column = 50, 20
    place = torch.tensor(
        [[left + (column + 0.5) / SIZE * (right - left), bottom + (row + 0.5) / SIZE * (top - bottom)]]
    )
    session.model.eval()
    expected = session.model(place).softmax(dim=1).max(dim=1)
    assert classes[row, column] == expected.indices.item()
    assert confidence[row, column] == round(255 * expected.values.item())


def test_reconstructions_show_validation_images(sample: Dataset) -> None:
    config = apply_settings(get_preset("quick"), ["model.name=autoencoder", "model.hidden=[32]", "loss.name=mse"])
    session = TrainState(config, sample, CPU)
    next(train(session))
    session.model.eval()
    with torch.inference_mode():
        (shown,) = make_previews(session)
    assert isinstance(shown, Reconstructions)
    assert shown.shape == (10, 1, 28, 28)
    originals = torch.frombuffer(bytearray(base64.b64decode(shown.originals)), dtype=torch.uint8).view(shown.shape)
    held_out = sample.train.inputs[session.validation_rows]
    rows = [int(torch.nonzero((held_out == original).flatten(1).all(dim=1))[0]) for original in originals]
    assert rows == sorted(set(rows)), "different ones, and all of them held out"
    assert len(set(sample.train.labels[session.validation_rows][rows].tolist())) >= 8, "of many classes"


def test_image_classifiers_have_no_preview(tmp_path: Path, sample: Dataset) -> None:
    session = TrainState(get_preset("simple_net"), sample, CPU)
    previews = Previews(RunFolder(tmp_path), session)
    previews.on_step(session, Step(None))
    previews.on_end(session)
    assert make_previews(session) == []
    assert list(tmp_path.iterdir()) == []


class FakeTime:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        return self.now


@pytest.fixture
def fake_time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    clock = FakeTime()
    monkeypatch.setattr(callbacks, "time", clock)
    return clock


def list_written(previews: Previews, session: TrainState, clock: FakeTime, steps: int) -> list[float]:
    """The times at which previews were written, while each step takes 10 ms."""
    times = []
    for _ in range(steps):
        session.step += 1
        clock.now += 0.01
        started_at, count = clock.now, previews.update_count
        previews.on_step(session, Step(None))
        if previews.update_count > count:
            times.append(started_at)
    return times


def test_previews_stay_within_their_share_of_the_time(
    tmp_path: Path, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each costs 0.2 s and they may take a tenth of the time, so one is written every two seconds."""
    session = TrainState(apply_settings(get_preset("quick"), ["model.name=mlp", "model.hidden=[8]"]), two_clouds(), CPU)

    def make_slowly(state: TrainState) -> list[Preview]:
        fake_time.now += 0.2
        return make_previews(state)

    monkeypatch.setattr(live_views, "make_previews", make_slowly)
    times = list_written(Previews(RunFolder(tmp_path), session, max_share=0.1), session, fake_time, 1000)
    assert times[0] == pytest.approx(100.01), "the first step is shown"
    pauses = [after - before - 0.2 for before, after in pairwise(times[1:])]
    assert len(pauses) >= 3
    assert pauses == pytest.approx([2.0] * len(pauses), abs=0.02)


def test_cheap_previews_are_written_four_times_a_second(tmp_path: Path, fake_time: FakeTime) -> None:
    session = TrainState(apply_settings(get_preset("quick"), ["model.name=mlp"]), two_clouds(), CPU)
    times = list_written(Previews(RunFolder(tmp_path), session), session, fake_time, 200)
    assert [after - before for before, after in pairwise(times)] == pytest.approx([0.25] * (len(times) - 1), abs=0.02)
    assert 7 <= len(times) <= 9
    shown = read_preview(RunFolder(tmp_path), Boundary)
    assert shown
    assert 1 < shown.step <= session.step


def test_a_full_disk_does_not_end_the_run(tmp_path: Path) -> None:
    session = TrainState(apply_settings(get_preset("quick"), ["model.name=mlp"]), two_clouds(), CPU)
    Previews(RunFolder(tmp_path / "nowhere"), session).on_end(session)


BOUNDARY = Boundary(step=3, epoch=0.5, extent=(-1, 1, -1, 1), size=2, classes="AAEAAQ==", confidence="/////w==")
BROKEN = {
    "half": BOUNDARY.model_dump_json()[:40],
    "empty": "",
    "not JSON": "\x00\xff",
    "of another kind": json.dumps({"kind": "attention", "step": 1, "epoch": 1}),
    "a list": "[]",
    "without its bytes": BOUNDARY.model_copy(update={"confidence": "/w=="}).model_dump_json(),
    "not base64": BOUNDARY.model_copy(update={"classes": "<b>&</b>"}).model_dump_json(),
    "far too large": BOUNDARY.model_copy(update={"size": 10**6}).model_dump_json(),
    "without an extent": BOUNDARY.model_copy(update={"extent": (1, 1, 0, 1)}).model_dump_json(),
    "of no pictures": Reconstructions(step=1, epoch=1, shape=(1, 1, 1, 1), originals="AA==", made="AA==")
    .model_copy(update={"shape": (0, 1, 1, 1), "originals": "", "made": ""})
    .model_dump_json(),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_an_invalid_preview_file_is_ignored(tmp_path: Path, content: str) -> None:
    run = RunFolder(tmp_path)
    assert read_preview(run, Boundary) is None
    (tmp_path / "preview.json").write_text(content)
    assert read_preview(run, Boundary) is None
    write_preview(run, BOUNDARY)
    assert read_preview(run, Boundary) == BOUNDARY


def test_the_square_around_points_has_equal_sides_even_around_a_single_one() -> None:
    left, right, bottom, top = compute_square_extent([0, 4], [1, 2])
    assert right - left == pytest.approx(top - bottom)
    assert (left < 0, right > 4) == (True, True)
    assert (bottom + top) / 2 == pytest.approx(1.5)
    assert compute_square_extent([1], [1]) == (0, 2, 0, 2)


def test_each_live_view_is_shown_and_has_its_own_file() -> None:
    assert list(VIEWS) == list(PREVIEWS)
    for goal in get_args(Goal):
        for kind in get_args(Kind):
            files = [preview.file for preview in list_previews(goal, kind, "plane_mlp")]
            assert len(files) == len(set(files))
