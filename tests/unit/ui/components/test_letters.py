"""Letters and how much each matters."""

import pytest

import ui.components.letters as letters


def test_differences_of_percentages_are_percentage_points(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(letters, "_mount", lambda **arguments: sent.append(arguments["data"]))
    letters.draw_letters("ab", [0.5, -0.1], title="Attention", key="shades")
    letters.draw_letters("ab", [0.5, -0.1], title="Loss of confidence", key="shades", are_points=True)
    assert [data["unit"] for data in sent] == ["%", "pp"]
