"""The mistakes of a run, or its largest errors, as parts of a report."""

from __future__ import annotations

from dataclasses import dataclass

from nn_core.errors import to_one_line
from nn_core.evaluation.answers import Answers
from nn_core.evaluation.mistake_files import ExportedExamples, make_example_pictures
from nn_core.evaluation.mistakes import select_errors, select_mistakes
from nn_core.export.report.charts import Points, draw_plane
from nn_core.export.report.facts import Examined, RunFacts
from nn_core.export.report.parts import Chart, encode_png, shorten, spread_places
from nn_core.formatting import format_confidence, format_loss, format_number
from nn_core.i18n import _
from nn_core.runs.reports import RegressionReport

__all__ = ["Example", "list_examples", "make_examples_chart"]

_MAX_EXAMPLES = 24
_MAX_SCATTERED = 600
_MAX_TEXT = 200


@dataclass(frozen=True)
class Example:
    """A test example. picture: a PNG as a URI, or empty. title: what it is; answer: what the network made of it."""

    title: str
    answer: str
    picture: str = ""


def list_examples(examined: Examined) -> tuple[list[Example], int]:
    """Return the mistakes with the highest confidence, or the examples with the largest errors, and how many there are in all."""
    found, network, test = examined.found, examined.network, examined.data.test
    rows = select_mistakes(found) if isinstance(found, Answers) else select_errors(found)
    chosen = rows[:_MAX_EXAMPLES]
    pictures = [""] * len(chosen)
    if examined.data.spec.kind == "pictures":
        exported = ExportedExamples(network, test, found)
        pictures = [encode_png(png) for png in make_example_pictures(exported, chosen)]
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
    places = spread_places(len(found), _MAX_SCATTERED)
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
