"""Accuracy of the shipped recipe on ways of writing that are not in the training data: `python -m scripts.unseen_writing`.

The data do not say who drew which digit, so people cannot be held out. Ways of writing can: the drawings of each digit are
divided into ten groups by the path of the pen (k-means), and two groups of each digit, with all their versions, are kept out of
the training data. That is harder than drawings of other people, who share most ways of writing. Takes about five minutes.
"""

import sys
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from nn_core.config import read_config
from nn_core.data import Dataset, Split, load_dataset
from nn_core.data.builtin.pen_digits import load_pen_split, read_pen_drawings
from nn_core.drawings import Drawing
from nn_core.inference import TrainedNetwork
from nn_core.paths import SHIPPED_RUN, get_data_folder
from nn_core.training.loop import Epoch, train
from nn_core.training.state import TrainState

_WAYS = 10  # of writing each digit
_HELD_OUT = 2  # of them
_POINTS = 24  # along the pen's path
_STROKE = 1.5  # distance that one more stroke adds, in sides of the box


def main() -> None:
    config = read_config(SHIPPED_RUN / "config.json")
    dataset = load_dataset(config.data, get_data_folder())
    drawn = load_pen_split(get_data_folder())
    held_out = _ways_held_out(drawn.labels.numpy())
    session = TrainState(config, _without(dataset, torch.from_numpy(held_out)), torch.device("cpu"))
    for event in train(session):
        if isinstance(event, Epoch):
            print(f"Epoch {session.epoch} of {config.training.epochs}", file=sys.stderr)
    network = TrainedNetwork(config, dataset.spec, session.eval_model.eval(), session.device)
    held = drawn.take(torch.from_numpy(held_out).nonzero().flatten())
    once, again = (
        float((logits.argmax(dim=1) == held.labels).double().mean())
        for logits in (network.compute_outputs(held.inputs), network.compute_tta_outputs(held.inputs))
    )
    print(
        f"{len(held):,} drawings in ways of writing that are not in the training data: {again:.2%} right, {once:.2%} with a single view."
    )


def _ways_held_out(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    from sklearn.cluster import KMeans

    courses = np.stack([_course(drawing) for drawing, _label in read_pen_drawings()])
    random = np.random.default_rng(0)
    held_out = np.zeros(len(labels), dtype=np.bool_)
    for label in range(10):
        rows = np.flatnonzero(labels == label)
        ways = KMeans(_WAYS, n_init=3, random_state=0).fit_predict(courses[rows])
        held_out[rows] = np.isin(ways, random.permutation(_WAYS)[:_HELD_OUT])
    return held_out


def _course(drawing: Drawing) -> npt.NDArray[np.float64]:
    """The pen's path in a box of side 1, at equal distances, and the number of strokes."""
    points = np.concatenate([np.array(stroke) for stroke in drawing.strokes if stroke])
    low, high = points.min(axis=0), points.max(axis=0)
    inside = (points - (low + high) / 2) / max(float((high - low).max()), 1e-9)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(inside, axis=0), axis=1))])
    equal = np.linspace(0, along[-1], _POINTS)
    course = [np.interp(equal, along, axis) for axis in inside.T]
    return np.concatenate([*course, [_STROKE * len(drawing.strokes)]])


def _without(dataset: Dataset, held_out: torch.Tensor) -> Dataset:
    """All versions of a drawing have its number as their group, after the groups of the images from paper."""
    group_ids = dataset.train.group_ids
    assert group_ids is not None
    paper = int(group_ids.max()) + 1 - len(held_out)
    learned = torch.cat([torch.ones(paper, dtype=torch.bool), ~held_out])[group_ids]
    rows = learned.nonzero().flatten()
    taken = dataset.train.take(rows)
    return replace(dataset, train=Split(taken.inputs, taken.labels, group_ids=group_ids[rows]))


if __name__ == "__main__":
    main()
