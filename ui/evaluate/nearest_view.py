"""The training examples nearest to an example: pictures, texts, or points in the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_number
from nn_core.i18n import _
from nn_core.jobs.previews import Boundary, Surface
from ui.app import cache
from ui.app.glossary import describe_view
from ui.app.text import escape_markdown
from ui.components.boundary import PlaneText, draw_plane
from ui.components.boundary.points import FILLED, HOLLOW, WRONG, compute_extent, make_points
from ui.components.data_table import Column, show_data_table
from ui.components.surface import draw_surface
from ui.components.surface.points import make_value_points
from ui.evaluate.examined import Examined
from ui.inspect.picture_row import show_picture_row
from ui.inspect.slow_results import compute_with_progress

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.evaluation.nearest import NearExample

__all__ = ["describe_nearest_answers", "show_nearest"]

_COUNT = 8
_SIZE = 64  # cells along each side of the plane


def show_nearest(examined: Examined, index: int, *, answer: int | None = None) -> None:
    """Show the nearest training examples with class, or true value, and distance.

    Args:
        examined: the run and its data.
        index: of the test example.
        answer: the index of the class that the network answers, if it classifies. A wrong point is crossed out in the plane.
    """
    from nn_core.evaluation.nearest import TrainingFeatures, compute_training_features, find_nearest_training

    network, dataset = examined.network, examined.dataset
    training = compute_with_progress(
        (str(examined.run.path), cache.get_weights_version(examined.run), examined.settings.model_dump_json()),
        TrainingFeatures,
        lambda report: compute_training_features(
            network, dataset, is_substitute=examined.is_substitute, on_progress=report
        ),
        text=_("Running the network on the training examples …"),
        keep=2,
    )
    near = find_nearest_training(network, training, dataset.test.inputs[index], _COUNT)
    describe_view(
        _("The training examples for which the network's last hidden layer computes nearly the same numbers."),
        _(
            "Look for wrong labels among them, and for other classes: the network computes nearly the same for these and for this example."
        ),
        "nearest_neighbour",
        "label",
        "training_data",
        key="nearest_training",
    )
    rows = _to_indices(near)
    names = _list_classes(examined, dataset.train.labels[rows])
    if examined.spec.kind == "pictures":
        captions = [
            f"{escape_markdown(name)} · {_format(each.distance)}" for name, each in zip(names, near, strict=True)
        ]
        alts = [
            _("Training picture {row}, class {name}, distance {distance}").format(
                row=each.row, name=name, distance=_format(each.distance)
            )
            for name, each in zip(names, near, strict=True)
        ]
        show_picture_row(dataset.train.inputs[rows], captions, key="nearest_training", names=alts)
    else:
        _show_table(examined, near, names)
    if examined.spec.kind == "points":
        is_correct = answer in (None, int(dataset.test.labels[index]))
        _show_in_plane(examined, index, rows, is_correct=is_correct)
    st.caption(
        " ".join(
            filter(
                None,
                (
                    _count_classes(examined, index, rows, answer),
                    _say_what_was_compared(examined, len(training.rows), training.total),
                ),
            )
        )
    )


def _count_classes(examined: Examined, index: int, rows: Tensor, answer: int | None) -> str:
    """How many of the training examples are of the true class, and of the one that a wrong answer says."""
    classes = examined.dataset.spec.classes
    if not classes:
        return ""
    label, near = int(examined.dataset.test.labels[index]), examined.dataset.train.labels[rows].tolist()
    text = _("{same} of these {count} are of the class {name}.").format(
        same=near.count(label), count=len(near), name=escape_markdown(classes[label])
    )
    if answer is None or answer == label:
        return text
    return f"{text} {describe_nearest_answers(near.count(answer), escape_markdown(classes[answer]))}"


def describe_nearest_answers(count: int, answer: str) -> str:
    """Say how many of the training examples nearest to a mistake are of the class that it was taken for."""
    if count:
        return _("{count} are of the class {answer}, which it answers.").format(count=count, answer=answer)
    return _(
        "None is of the class {answer}, which it answers: its last layer weighs each of these numbers, so a small difference in some of "
        "them can decide."
    ).format(answer=answer)


def _say_what_was_compared(examined: Examined, compared: int, total: int) -> str:
    """Which training examples were compared, and what the distances are."""
    text = _(
        "Distances are Euclidean, between these numbers. {compared:,} of {total:,} training examples were compared."
    )
    sentence = text.format(compared=compared, total=total)
    if not examined.is_substitute:
        return sentence
    return (
        sentence
        + " "
        + _(
            "The run's training data is not on this machine: these are training examples of {substitute} instead."
        ).format(substitute=escape_markdown(_(examined.dataset.spec.title)))
    )


def _show_table(examined: Examined, near: list[NearExample], names: list[str]) -> None:
    from nn_core.data.encode_text import decode

    inputs = examined.dataset.train.inputs[_to_indices(near)]
    if examined.spec.kind == "text":
        columns = [Column(_("Text, as read"), decode(inputs, examined.spec.alphabet))]
    else:
        columns = [
            Column(title, [_format(value) for value in values])
            for title, values in zip(("x₁", "x₂"), inputs.T.tolist(), strict=True)
        ]
    distances = [each.distance for each in near]
    columns.append(Column(_("Class") if examined.spec.classes else _("True value"), names))
    columns.append(Column(_("Distance"), list(map(_format, distances)), distances))
    show_data_table(columns, caption=_("The nearest training examples, nearest first."), key="nearest_table")


def _show_in_plane(examined: Examined, index: int, rows: Tensor, *, is_correct: bool) -> None:
    """Show the test point, filled or crossed out, and the training points as outlines."""
    import torch

    dataset, network = examined.dataset, examined.network
    inputs = torch.cat([dataset.train.inputs[rows], dataset.test.inputs[index : index + 1]])
    labels = torch.cat([dataset.train.labels[rows], dataset.test.labels[index : index + 1]])
    styles = torch.full((len(labels),), HOLLOW)
    styles[-1] = FILLED if is_correct else WRONG
    label = _("The test point and its {count} nearest training points").format(count=len(rows))
    if network.goal == "regress":
        values = make_value_points(inputs, labels, styles, dataset)
        surface = Surface.compute(network.compute_outputs, values.extent, values.low, values.high, size=_SIZE)
        draw_surface(values, surface, label, hollow=_("nearest training points"), key="nearest_surface")
        return
    points = make_points(inputs, labels, styles, dataset.spec.classes, compute_extent(dataset))
    boundary = Boundary.compute(network.compute_outputs, points.extent, size=_SIZE)
    text = PlaneText(
        label=label,
        description=label,
        hollow=_("nearest training points"),
        wrong="" if is_correct else _("this test point"),
    )
    draw_plane(points, boundary, text, key="nearest_plane")


def _to_indices(near: list[NearExample]) -> Tensor:
    import torch

    return torch.tensor([each.row for each in near], dtype=torch.long)


def _list_classes(examined: Examined, labels: Tensor) -> list[str]:
    classes = examined.dataset.spec.classes
    return [classes[int(label)] if classes else _format(float(label)) for label in labels]


def _format(value: float) -> str:
    return format_number(value, 3)
