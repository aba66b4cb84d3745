"""Figures that components are sent: probabilities, and what letters matter."""

import pytest

import ui.components.letters as letters
import ui.components.probability_bars as bars


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    calls: list[dict[str, object]] = []
    for component in (bars, letters):
        monkeypatch.setattr(component, "_mount", lambda **arguments: calls.append(arguments["data"]))
    return calls


def test_only_exact_zeros_and_ones_are_sent_as_such(sent: list[dict[str, object]]) -> None:
    bars.draw_probability_bars({"a": 0.0, "b": 1e-9, "c": 0.123456789, "d": 1 - 1e-9, "e": 1.0}, key="bars")
    assert sent[0]["rows"] == [("a", 0.0), ("b", 1e-9), ("c", 0.12346), ("d", 0.99999), ("e", 1.0)]


def test_differences_of_percentages_are_percentage_points(sent: list[dict[str, object]]) -> None:
    letters.draw_letters("ab", [0.5, -0.1], title="Attention", key="shades")
    letters.draw_letters("ab", [0.5, -0.1], title="Loss of confidence", key="shades", are_points=True)
    assert [data["unit"] for data in sent] == ["%", "pp"]
