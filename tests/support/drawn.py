"""Points that somebody might have drawn by hand."""

from nn_core.data import DataSettings, PlaneSettings
from nn_core.data.drawn_points import DrawnPoint

__all__ = ["DRAWN_POINTS", "drawn_settings"]

DRAWN_POINTS: tuple[DrawnPoint, ...] = tuple(
    (centre + 0.05 * (number % 7), 0.1 * (number % 10) - 0.5, label)
    for label, centre in ((0, -1.2), (2, 0.9))
    for number in range(30)
)
"""Thirty of class A on the left, thirty of class C on the right."""


def drawn_settings(points: tuple[DrawnPoint, ...] = DRAWN_POINTS) -> DataSettings:
    return DataSettings(name="drawn", plane=PlaneSettings(drawn=points))
