"""The results of a run as parts of a report: curves, confusion matrix, calibration, and the scores of the classes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from nn_core.export.report.charts import Line, draw_lines, draw_reliability, find_y_limits
from nn_core.export.report.facts import RunFacts
from nn_core.export.report.parts import Chart, Table, encode_png, shorten, spread_places
from nn_core.formatting import format_loss, format_number, format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.runs.metrics import Curve
from nn_core.runs.reports import ClassificationReport, ReconstructionReport
from nn_core.statistics.calibration import describe_verdict
from nn_core.statistics.scores import AverageScores, Score

__all__ = [
    "Matrix",
    "draw_calibration",
    "draw_curves",
    "draw_matrix",
    "list_scores",
]

MAX_CELLS = 12  # classes of a matrix that is a table
MAX_MATRIX = 1000  # classes of a matrix that is a picture
_MAX_POINTS = 400  # of a curve
_MAX_ROWS = 20  # of the data of a chart
_MAX_COLUMN = 4
_PIXELS = 600  # the side of a matrix as a picture, about


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix. levels: how dark each cell is, 0 to 8."""

    classes: Sequence[str]
    counts: Sequence[Sequence[int]]
    levels: Sequence[Sequence[int]]

    @property
    def is_long(self) -> bool:
        """Whether the names of the columns are too long to be written side by side."""
        return max(map(len, self.classes)) > _MAX_COLUMN


def draw_curves(facts: RunFacts) -> list[Chart]:
    """Draw the loss, and the accuracy or R², of training and validation."""
    history = facts.history
    kinds = [(_("Loss"), _("Loss"), "loss", 1)]
    if facts.goal == "classify":
        kinds.append((_("Accuracy"), _("Right answers (%)"), "accuracy", 100))
    elif facts.goal == "regress":
        kinds.append(("R²", "R²", "r_squared", 1))
    charts = []
    for title, unit, column, factor in kinds:
        lines = [
            _make_line(_("training"), history.train, column, factor),
            _make_line(_("validation"), history.validation, column, factor),
        ]
        values = [value for value in lines[1].ys if isfinite(value)] or [v for v in lines[0].ys if isfinite(v)]
        if not values:
            continue
        best = (min if column == "loss" else max)(values)
        alt = _(
            "{title} over {epochs} epochs, training and validation: first {first}, last {last}, best {best}."
        ).format(
            title=title,
            epochs=format_number(max([*lines[0].xs, *lines[1].xs]), 4),
            first=format_number(values[0], 4),
            last=format_number(values[-1], 4),
            best=format_number(best, 4),
        )
        limits = find_y_limits(lines)
        svg = draw_lines(lines, x_title=_("Epoch"), y_title=unit, alt=alt, y_limits=limits)
        note = _("Training: mean over batches of training {samples}. Validation: {samples} that are held out.")
        if limits:
            note += " " + _("The first steps are outside the chart.")
        charts.append(Chart(title, svg, note.format(samples=facts.samples), _make_curve_table(title, unit, lines)))
    return charts


def _make_line(name: str, curve: Curve, column: str, factor: float) -> Line:
    count = len(curve.epoch)
    values = getattr(curve, column)
    places = spread_places(count, _MAX_POINTS)
    return Line(name, [curve.epoch[place] for place in places], [factor * values[place] for place in places])


def _make_curve_table(title: str, unit: str, lines: Sequence[Line]) -> Table:
    rows = [
        [f"{x:.2f}", line.name, format_number(line.ys[place], 5)]
        for line in lines
        for place in spread_places(len(line.xs), _MAX_ROWS // 2)
        for x in [line.xs[place]]
    ]
    caption = _("{title}: evenly chosen points of the curves").format(title=title)
    return Table(caption, [_("Epoch"), _("Curve"), unit], rows)


def draw_matrix(evaluation: ClassificationReport) -> Matrix | Chart | None:
    """Return the matrix as a table, of more classes as a picture; None for too many."""
    counts, classes = evaluation.confusion_matrix, [shorten(name) for name in evaluation.classes]
    if len(classes) > MAX_MATRIX:
        return None
    if len(classes) <= MAX_CELLS:
        levels = [[round(8 * count / max(1, sum(row))) for count in row] for row in counts]
        return Matrix(classes, counts, levels)
    import numpy as np
    from PIL import Image

    shares = np.asarray(counts, dtype=np.float64)
    shares /= np.maximum(1, shares.sum(axis=1, keepdims=True))
    dark = (255 * (1 - np.sqrt(shares))).round().astype(np.uint8)
    picture = Image.fromarray(np.kron(dark, np.ones((max(1, _PIXELS // len(classes)),) * 2, dtype=np.uint8)))
    pairs = [
        [shorten(pair.true), shorten(pair.predicted), f"{pair.count:,}"] for pair in evaluation.confusions[:_MAX_ROWS]
    ]
    table = Table(_("The most frequent confusions"), [_("True class"), _("Answer"), _("Count")], pairs, 8)
    note = _(
        "A row for each of the {count:,} true classes and a column for each answer, from the first class to the last; the darker, the larger its share of the row."
    )
    alt = _("Confusion matrix of {count:,} classes as a picture; the right answers are on its diagonal.")
    return Chart(
        _("Confusion matrix"),
        "",
        note.format(count=len(classes)),
        table,
        _to_uri(picture),
        alt.format(count=len(classes)),
    )


def _to_uri(picture: object) -> str:
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)  # type: ignore[attr-defined]
    return encode_png(stream.getvalue())


def list_scores(facts: RunFacts) -> Table | None:
    """Return the scores of each class with intervals, or its reconstruction error; the lowest first if there are many."""
    evaluation = facts.evaluation
    if isinstance(evaluation, ReconstructionReport):
        errors = [
            [
                shorten(name),
                "–" if each.mean_squared_error is None else format_loss(each.mean_squared_error),
                f"{each.support:,}",
            ]
            for name, each in evaluation.per_class.items()
        ]
        caption = _("Error of each class, on {source}").format(source=facts.source)
        return Table(caption, [_("Class"), _("Mean squared error"), facts.samples.capitalize()], errors, 12)
    scores = facts.scores
    if not isinstance(evaluation, ClassificationReport) or not scores:
        return None
    order = list(range(len(evaluation.classes)))
    caption = _("Scores of each class with 95 % intervals, on {source}")
    if len(order) > 12:
        order.sort(key=lambda index: scores.classes[index].recall.value)
        caption = _("Scores of each class with 95 % intervals, the lowest recall first, on {source}")
    rows = [[_("Macro average"), *_format_scores(scores.macro), f"{evaluation.samples:,}"]]
    rows += [
        [
            shorten(evaluation.classes[index]),
            *_format_scores(scores.classes[index]),
            f"{scores.classes[index].support:,}",
        ]
        for index in order
    ]
    head = [_("Class"), _("Precision"), _("Recall"), "F1", facts.samples.capitalize()]
    return Table(caption.format(source=facts.source), head, rows, 13)


def _format_scores(scores: AverageScores) -> list[str]:
    return [_format_score(score) for score in (scores.precision, scores.recall, scores.f1)]


def _format_score(score: Score) -> str:
    if score.interval is None:
        return format_percent(score.value) if score.value else "–"
    low, high = score.interval
    # The interval may go into the next line of a narrow table, but nothing within it.
    return f"{format_percent(score.value)} ({100 * low:.1f}–{100 * high:.1f})".replace(
        " %", "\N{NO-BREAK SPACE}%"
    ).replace("–", "\N{WORD JOINER}–\N{WORD JOINER}")


def draw_calibration(facts: RunFacts) -> Chart | None:
    """Draw the reliability diagram after temperature scaling; its note is the verdict with the error and its interval."""
    if not facts.examined or not facts.examined.calibration:
        return None
    before, after = facts.examined.calibration
    error = _("Calibration error {error}, 95 % interval {range}; before temperature scaling {before}.").format(
        error=format_percent(after.error.corrected),
        range=format_percent_range(*after.error.interval),
        before=format_percent(before.error.corrected),
    )
    verdict = describe_verdict(before, after, facts.samples, is_substitute=facts.examined.data.is_substitute)
    title = _("Calibration, after temperature scaling")
    alt = _("How many of {source} were read correctly, by confidence. {error}").format(
        source=facts.examined.source, error=error
    )
    rows = [
        [
            format_percent_range(each.low, each.high, 0),
            f"{each.count:,}",
            "–" if each.accuracy is None else format_percent(each.accuracy),
            format_percent_range(*each.interval) if each.interval else "–",
            format_percent(each.confidence) if each.count else "–",
        ]
        for each in after.bins
    ]
    head = [_("Confidence"), _("Answers"), _("Right"), _("95 % interval"), _("Mean confidence")]
    return Chart(
        title,
        draw_reliability(after.bins, alt),
        f"{error} {verdict}",
        Table(_("Accuracy at each confidence"), head, rows),
    )
