"""The bars with the probability of each class."""

import pytest

import ui.components.probability_bars as bars


def test_only_exact_zeros_and_ones_are_sent_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(bars, "_mount", lambda **arguments: sent.append(arguments["data"]))
    bars.draw_probability_bars({"a": 0.0, "b": 1e-9, "c": 0.123456789, "d": 1 - 1e-9, "e": 1.0}, key="bars")
    assert sent[0]["rows"] == [("a", 0.0), ("b", 1e-9), ("c", 0.12346), ("d", 0.99999), ("e", 1.0)]
