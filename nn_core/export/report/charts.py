"""Charts of a report as SVG, whose colours are variables of the page's style, so that they suit light, dark and paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, isfinite, log10

from nn_core.formatting import format_number
from nn_core.i18n import _
from nn_core.statistics.reliability import ConfidenceBin

__all__ = ["Line", "Points", "draw_lines", "draw_plane", "draw_reliability", "find_y_limits"]

_WIDTH, _HEIGHT = 350, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 24, 36
_MAX_TICKS = 5
_FIRST_SHARE = 0.1  # of a training, whose values may be far from all later ones
_DASHES = ("", "5 3", "2 3")
_MARKS = ("circle", "cross", "square", "triangle")


@dataclass(frozen=True)
class Line:
    """A curve. xs, ys: numbers that are not finite are left out."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]


@dataclass(frozen=True)
class Points:
    """Points that share a mark."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]


class _Axes:
    """Converts values to places in the picture, and draws grid, ticks and titles."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        self.x_ticks, (self.x_low, self.x_high) = _choose_ticks(min(xs), max(xs))
        self.y_ticks, (self.y_low, self.y_high) = _choose_ticks(min(ys), max(ys))

    def place(self, x: float, y: float) -> tuple[float, float]:
        across = (x - self.x_low) / (self.x_high - self.x_low)
        up = (y - self.y_low) / (self.y_high - self.y_low)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
        )

    def draw(self, x_title: str, y_title: str) -> str:
        parts = []
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        for tick in self.y_ticks:
            y = self.place(self.x_low, tick)[1]
            parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{right}"/>')
            parts.append(f'<text x="{_LEFT - 5}" y="{y + 3.5:.1f}" text-anchor="end">{_format_tick(tick)}</text>')
        for tick in self.x_ticks:
            x = self.place(tick, self.y_low)[0]
            parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{bottom}"/>')
            parts.append(f'<text x="{x:.1f}" y="{bottom + 13}" text-anchor="middle">{_format_tick(tick)}</text>')
        middle = (_LEFT + right) / 2
        parts.append(f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(x_title)}</text>')
        turned = f'transform="translate(10 {(_TOP + bottom) / 2}) rotate(-90)"'
        parts.append(f'<text {turned} text-anchor="middle">{escape(y_title)}</text>')
        return "".join(parts)


def find_y_limits(lines: Sequence[Line]) -> tuple[float, float] | None:
    """Return the range of the values after the first tenth of the training; None if it is at least half of the range of all."""
    start = _FIRST_SHARE * max(x for line in lines for x in line.xs)
    points = [(x, y) for line in lines for x, y in zip(line.xs, line.ys, strict=True) if isfinite(y)]
    every, later = [y for _x, y in points], [y for x, y in points if x >= start]
    if not later or max(every) - min(every) <= 2 * (max(later) - min(later)):
        return None
    return min(later), max(later)


def draw_lines(
    lines: Sequence[Line], *, x_title: str, y_title: str, alt: str, y_limits: tuple[float, float] | None = None
) -> str:
    """Draw curves with a legend, each with a dash of its own. Empty if there is nothing to draw.

    Args:
        x_title, y_title: with the unit.
        y_limits: the values that the chart must show; what is far from them is cut off. By default, all values.
    """
    kept = [(line, pairs) for line in lines if (pairs := _keep_finite(line.xs, line.ys))]
    if not kept:
        return ""
    axes = _Axes(
        [x for _line, pairs in kept for x, _y in pairs], y_limits or [y for _line, pairs in kept for _x, y in pairs]
    )
    body, curves, legend_x = axes.draw(x_title, y_title), "", float(_LEFT)
    for number, (line, pairs) in enumerate(kept):
        places = [axes.place(x, y) for x, y in pairs]
        pen = f'class="s{number}" stroke-dasharray="{_DASHES[number % len(_DASHES)]}"'
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        curves += f'<path {pen} d="M{path}"/>' if len(places) > 1 else _draw_mark(0, *places[0], f"p{number}")
        body += (
            f'<path {pen} d="M{legend_x:.0f} 12h22"/><text x="{legend_x + 26:.0f}" y="15.5">{escape(line.name)}</text>'
        )
        legend_x += 40 + 6 * len(line.name)
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    area = f'x="{_LEFT}" y="{_TOP}" width="{width}" height="{height}" viewBox="{_LEFT} {_TOP} {width} {height}"'
    clip = ' overflow="visible"' if y_limits is None else ""
    return _make_svg(f'{body}<svg aria-hidden="true" {area}{clip}>{curves}</svg>', alt)


def draw_reliability(bins: Sequence[ConfidenceBin], alt: str) -> str:
    """Draw how often answers are right, with 95 % intervals, for each confidence. Bins with few answers are hollow."""
    axes = _Axes((0, 100), (0, 100))
    body = axes.draw(_("Confidence (%)"), _("Right answers (%)"))
    for each in bins:
        if each.accuracy is None or each.interval is None:
            continue
        x, y = axes.place(100 * each.low, 100 * each.accuracy)
        end, bottom = axes.place(100 * each.high, 0)
        kind = "few" if each.is_small else "bar"
        body += (
            f'<rect class="{kind}" x="{x + 1:.1f}" y="{y:.1f}" width="{end - x - 2:.1f}" height="{bottom - y:.1f}"/>'
        )
        middle = (x + end) / 2
        low, high = (axes.place(0, 100 * limit)[1] for limit in each.interval)
        body += f'<path class="whisker" d="M{middle:.1f} {low:.1f}V{high:.1f}m-3 0h6M{middle - 3:.1f} {low:.1f}h6"/>'
        body += f'<text class="count" x="{middle:.1f}" y="{_TOP - 4}" text-anchor="middle">{each.count:,}</text>'
    (x1, y1), (x2, y2) = axes.place(0, 0), axes.place(100, 100)
    body += f'<path class="s1" stroke-dasharray="5 3" d="M{x1} {y1}L{x2} {y2}"/>'
    return _make_svg(body, alt)


def draw_plane(groups: Sequence[Points], *, x_title: str, y_title: str, alt: str, diagonal: bool = False) -> str:
    """Draw points, with a mark for each group. diagonal: also draw where both coordinates are the same."""
    kept = [(group, pairs) for group in groups if (pairs := _keep_finite(group.xs, group.ys))]
    if not kept:
        return ""
    xs, ys = ([pair[axis] for _group, pairs in kept for pair in pairs] for axis in (0, 1))
    if diagonal:
        xs = ys = [*xs, *ys]
    axes = _Axes(xs, ys)
    body, legend_x = axes.draw(x_title, y_title), float(_LEFT)
    if diagonal:
        (x1, y1), (x2, y2) = (
            axes.place(value, value) for value in (max(axes.x_low, axes.y_low), min(axes.x_high, axes.y_high))
        )
        body += f'<path class="s1" stroke-dasharray="5 3" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'
    for number, (group, pairs) in enumerate(kept):
        body += "".join(_draw_mark(number, *axes.place(x, y), f"p{number % 4}") for x, y in pairs)
        name = group.name if len(group.name) <= 14 else f"{group.name[:13]}…"
        if legend_x + 6 * len(name) < _WIDTH - 30:
            body += _draw_mark(number, legend_x + 5, 12, f"p{number % 4}")
            body += f'<text x="{legend_x + 13:.0f}" y="15.5">{escape(name)}</text>'
            legend_x += 26 + 6 * len(name)
    return _make_svg(body, alt)


def _draw_mark(number: int, x: float, y: float, kind: str) -> str:
    match _MARKS[number % len(_MARKS)]:
        case "circle":
            return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>'
        case "cross":
            return f'<path class="{kind}" d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"/>'
        case "square":
            return f'<rect class="{kind}" x="{x - 2.2:.1f}" y="{y - 2.2:.1f}" width="4.4" height="4.4"/>'
        case _:
            return f'<path class="{kind}" d="M{x:.1f} {y - 3:.1f}l3 5.4h-6z"/>'


def _make_svg(body: str, alt: str) -> str:
    return f'<svg class="chart" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-label="{escape(alt)}">{body}</svg>'


def _keep_finite(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in zip(xs, ys, strict=False) if isfinite(x) and isfinite(y)]


def _choose_ticks(low: float, high: float) -> tuple[list[float], tuple[float, float]]:
    """Return round numbers from low to high, at most six, and the range of the axis: it begins and ends at such a number."""
    if high - low < 1e-9 * max(abs(high), 1e-6):
        low, high = low - max(abs(low), 1e-6) / 2, high + max(abs(high), 1e-6) / 2
    power = 10.0 ** floor(log10((high - low) / _MAX_TICKS))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if (high - low) / (power * factor) <= _MAX_TICKS)
    first, last = floor(low / step + 1e-9), -floor(-high / step + 1e-9)
    ticks = [number * step for number in range(first, last + 1)]
    return ticks, (ticks[0], ticks[-1])


def _format_tick(value: float) -> str:
    return format_number(value + 0.0, 4)
