"""The charts of a report: valid SVG with alternative text, round ticks, and no numbers that cannot be drawn."""

from math import inf, nan
from xml.etree import ElementTree

import pytest

from nn_core.export.report.charts import Line, Points, draw_lines, draw_plane, draw_reliability, find_y_limits
from nn_core.statistics.reliability import make_bins


def read_texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")]


@pytest.mark.parametrize("values", [[0.1, 0.2], [5.0, 5.0], [0.0, 0.0], [1e-9, 3e9], [-2.0, 7.5], [3.0]])
def test_curves_of_any_size_are_drawn(values: list[float]) -> None:
    svg = draw_lines([Line("a", range(len(values)), values)], x_title="Epoch", y_title="Loss", alt="<a>")
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == "<a>"
    assert {"Epoch", "Loss", "a"} <= set(read_texts(svg))
    assert "nan" not in svg
    assert 3 <= len(read_texts(svg)) <= 20


def test_ticks_are_round() -> None:
    svg = draw_lines([Line("a", (0, 14), (0.03, 2.35))], x_title="Epoch", y_title="Loss", alt="")
    assert {"0", "0.5", "1", "1.5", "2", "2.5", "5", "10", "15"} <= set(read_texts(svg))


def test_first_values_do_not_hide_the_later_ones() -> None:
    epochs = [0, 0.5, 1, 5, 10]
    assert find_y_limits([Line("training", epochs, [9, 3, 1, nan, 0.5]), Line("validation", [5, 10], [2, 1])]) == (
        0.5,
        2,
    )
    assert find_y_limits([Line("training", epochs, [3, 3, 2, 1.5, 0.5])]) is None, "nothing is hidden"
    assert find_y_limits([Line("training", [0.1, 0.2], [nan, nan])]) is None


def test_what_is_not_finite_is_left_out() -> None:
    assert not draw_lines([Line("a", (0, 1), (nan, inf))], x_title="x", y_title="y", alt="")
    assert "inf" not in draw_lines([Line("a", (0, 1, 2), (1, inf, 2))], x_title="x", y_title="y", alt="")


def test_bins_with_few_answers_are_hollow() -> None:
    svg = draw_reliability(make_bins([0.95] * 30 + [0.5], [True] * 31), "bins")
    assert svg.count('class="bar"') == 1
    assert svg.count('class="few"') == 1
    assert {"30", "1"} <= set(read_texts(svg))


def test_groups_of_points_have_different_marks() -> None:
    groups = [Points("<right>", (0, 1), (0, 1)), Points("wrong", (0.5,), (0.2,))]
    svg = draw_plane(groups, x_title="x1", y_title="x2", alt="points", diagonal=True)
    assert svg.count("<circle") == 3
    assert "<right>" in read_texts(svg)
