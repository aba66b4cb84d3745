"""Numbers, percentages and durations as people read them."""

import pytest

from nn_core.formatting import (
    format_bytes,
    format_confidence,
    format_decimal,
    format_duration,
    format_loss,
    format_number,
    format_percent,
    format_percent_range,
)


def test_fractions_become_percentages() -> None:
    assert format_percent(0.9876) == "98.8 %"
    assert format_percent(0.98765, 2) == "98.77 %"
    assert format_percent(1, 0) == "100 %"
    assert format_percent(0.9225) == "92.3 %", "as in the browser: a half is rounded up"
    assert format_loss(0.03125) == "0.0313"
    assert format_loss(float("nan")) == "nan"
    assert format_percent_range(0.971, 0.98) == "97.1–98.0 %"
    assert format_percent_range(0.971, 0.98, between=" to ") == "97.1 to 98.0 %"


def test_no_confidence_is_shown_as_100_percent() -> None:
    assert format_confidence(0.972) == "97.2 %"
    assert format_confidence(0.9989) == "99.9 %"
    assert format_confidence(0.999) == format_confidence(1) == "over 99.9 %"


def test_numbers_below_0_have_a_minus_sign() -> None:
    assert format_decimal(-0.834) == "−0.83"
    assert format_decimal(-0.001) == "0.00"
    assert format_decimal(2.5, 1) == "2.5"
    assert format_decimal(0.125) == "0.13", "a half is rounded up, as in the browser"


def test_losses_have_four_decimals() -> None:
    assert format_loss(0.12345) == "0.1235"
    assert format_loss(12) == "12.0000"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1:00 min"), (185, "3:05 min"), (3599.7, "1:00 h"), (4800, "1:20 h")],
)
def test_durations_have_the_unit_of_their_length(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (47_040_000, "47 MB"), (12_345, "12.3 kB"), (5e12, "5e+03 GB")]
)
def test_bytes_have_a_decimal_unit(count: float, text: str) -> None:
    assert format_bytes(count) == text


def test_negative_numbers_have_a_minus_sign() -> None:
    assert format_number(-0.000012345678) == "−1.23457e−05"
    assert format_number(0.0) == "0"
    assert format_number(0.25, 3, "+") == "+0.25"
    assert format_number(-2.0, 3, "+") == "−2"
