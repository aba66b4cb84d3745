"""The results of a run as parts of a report: curves, confusion matrix, mistakes, calibration, and the scores of the classes."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from nn_core.errors import to_one_line
from nn_core.evaluation.answers import Answers
from nn_core.evaluation.mistake_files import ExportedExamples, make_example_pictures
from nn_core.evaluation.mistakes import select_errors, select_mistakes
from nn_core.export.report.charts import Line, Points, draw_lines, draw_plane, draw_reliability
from nn_core.export.report.facts import Examined, RunFacts
from nn_core.formatting import format_confidence, format_loss, format_number, format_percent, format_percent_range
from nn_core.i18n import _
from nn_core.runs.metrics import Curve
from nn_core.runs.reports import ClassificationReport, ReconstructionReport, RegressionReport
from nn_core.statistics.calibration import describe_verdict
from nn_core.statistics.scores import AverageScores, Score

__all__ = [
    "Chart",
    "Example",
    "Matrix",
    "Table",
    "draw_calibration",
    "draw_curves",
    "draw_matrix",
    "list_examples",
    "list_scores",
    "make_examples_chart",
]

MAX_CELLS = 12  # classes of a matrix that is a table
MAX_MATRIX = 1000  # classes of a matrix that is a picture
_MAX_POINTS = 400  # of a curve
_MAX_ROWS = 20  # of the data of a chart
_MAX_EXAMPLES = 24
_MAX_SCATTERED = 600
_MAX_NAME = 40  # characters
_MAX_TEXT = 200
_MAX_COLUMN = 4
_PIXELS = 600  # the side of a matrix as a picture, about


@dataclass(frozen=True)
class Table:
    """A table with a caption. The first cell of each row is its heading. rows: the first `printed` are printed."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    printed: int = 0

    @property
    def left_out(self) -> int:
        return max(0, len(self.rows) - self.printed)


@dataclass(frozen=True)
class Chart:
    """An SVG or a picture, and its figures. picture: a PNG as a URI, with its alternative text, instead of the SVG."""

    title: str
    svg: str
    note: str
    data: Table | None = None
    picture: str = ""
    alt: str = ""


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


@dataclass(frozen=True)
class Example:
    """A test example. picture: a PNG as a URI, or empty. title: what it is; answer: what the network made of it."""

    title: str
    answer: str
    picture: str = ""


def shorten(name: str) -> str:
    """Return a name of a class that fits into a cell."""
    return to_one_line(name, _MAX_NAME)


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
        svg = draw_lines(lines, x_title=_("Epoch"), y_title=unit, alt=alt)
        note = _("Training: mean over batches of training {samples}. Validation: {samples} that are held out.")
        charts.append(Chart(title, svg, note.format(samples=facts.samples), _make_curve_table(title, unit, lines)))
    return charts


def _make_line(name: str, curve: Curve, column: str, factor: float) -> Line:
    count = len(curve.epoch)
    values = getattr(curve, column)
    places = _spread(count, _MAX_POINTS)
    return Line(name, [curve.epoch[place] for place in places], [factor * values[place] for place in places])


def _spread(count: int, most: int) -> list[int]:
    """Return up to `most` evenly chosen places, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [round(number * (count - 1) / (most - 1)) for number in range(most)]


def _make_curve_table(title: str, unit: str, lines: Sequence[Line]) -> Table:
    rows = [
        [f"{x:.2f}", line.name, format_number(line.ys[place], 5)]
        for line in lines
        for place in _spread(len(line.xs), _MAX_ROWS // 2)
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
    return _encode(stream.getvalue())


def _encode(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"


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


def list_examples(examined: Examined) -> tuple[list[Example], int]:
    """Return the mistakes with the highest confidence, or the examples with the largest errors, and how many there are in all."""
    found, network, test = examined.found, examined.network, examined.data.test
    rows = select_mistakes(found) if isinstance(found, Answers) else select_errors(found)
    chosen = rows[:_MAX_EXAMPLES]
    pictures = [""] * len(chosen)
    if examined.data.spec.kind == "pictures":
        exported = ExportedExamples(network, test, found)
        pictures = [_encode(png) for png in make_example_pictures(exported, chosen)]
    examples = [
        Example(*_describe_example(examined, row), picture)
        for row, picture in zip(chosen.tolist(), pictures, strict=True)
    ]
    return examples, len(rows)


def _describe_example(examined: Examined, row: int) -> tuple[str, str]:
    found, classes = examined.found, examined.data.spec.classes
    if examined.texts:
        title = to_one_line(examined.texts[row], _MAX_TEXT)
    elif examined.data.spec.kind == "points":
        title = ", ".join(format_number(value, 3) for value in examined.data.test.inputs[row].tolist())
        title = f"({title})"
    else:
        title = ""
    if isinstance(found, Answers):
        true = shorten(classes[int(found.labels[row])])
        answer = _("{true} read as {predicted}, {confidence}").format(
            true=true,
            predicted=shorten(classes[int(found.predicted[row])]),
            confidence=format_confidence(float(found.confidence[row])),
        )
        return title, answer
    if found.predicted is not None:
        answer = _("true {true}, predicted {predicted}").format(
            true=format_number(float(found.labels[row]), 4), predicted=format_number(float(found.predicted[row]), 4)
        )
        return title, answer
    name = shorten(classes[int(found.labels[row])])
    return title, _("{name}: error {error}").format(name=name, error=format_loss(float(found.errors[row])))


def make_examples_chart(facts: RunFacts) -> Chart | None:
    """Draw test points by class with the mistakes, or the predicted values beside the true ones; None for other networks."""
    examined = facts.examined
    if isinstance(facts.evaluation, RegressionReport) and facts.evaluation.scatter:
        chosen = facts.evaluation.scatter[:_MAX_SCATTERED]
        points = Points(_("a test point"), [each.value for each in chosen], [each.predicted for each in chosen])
        alt = _("Predicted and true values of {count:,} test points; on the diagonal they are equal.").format(
            count=len(chosen)
        )
        title = _("Predicted and true values")
        svg = draw_plane([points], x_title=_("True value"), y_title=_("Predicted value"), alt=alt, diagonal=True)
        return Chart(title, svg, _("{count:,} of {source}.").format(count=len(chosen), source=facts.source))
    if not examined or examined.data.spec.kind != "points" or not isinstance(examined.found, Answers):
        return None
    return _draw_points(examined, examined.found)


def _draw_points(examined: Examined, found: Answers) -> Chart:
    places = _spread(len(found), _MAX_SCATTERED)
    inputs = examined.data.test.inputs
    right = [place for place in places if found.is_correct[place]]
    wrong = [place for place in places if not found.is_correct[place]]
    groups = [
        Points(name, *([float(inputs[place, axis]) for place in some] for axis in (0, 1)))
        for name, some in ((_("right"), right), (_("wrong"), wrong))
    ]
    alt = _("{count:,} test points in the plane, {wrong:,} of them classified wrongly.").format(
        count=len(places), wrong=len(wrong)
    )
    svg = draw_plane(groups, x_title="x1", y_title="x2", alt=alt)
    return Chart(
        _("Right and wrong answers"), svg, _("{count:,} of {source}.").format(count=len(places), source=examined.source)
    )
