"""A curve as a small SVG for the documentation."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

__all__ = ["write_curve"]

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 44, 48
_LINES = 4


def write_curve(file: Path, points: Sequence[tuple[float, float]], *, title: str, across: str, up: str) -> None:
    """An SVG of the points (x, y), with axes from zero. across and up: titles of the axes. Readable on light and dark backgrounds."""
    most_x, most_y = (_round_number(max(point[axis] for point in points)) for axis in (0, 1))
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    places = " ".join(f"{_LEFT + width * x / most_x:.1f},{_TOP + height * (1 - y / most_y):.1f}" for x, y in points)
    lines = [_across(number / _LINES, most_y, height) for number in range(_LINES + 1)]
    lines += [_below(number / _LINES, most_x, width) for number in range(_LINES + 1)]
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12" '
        f'fill="#7c7f93" role="img" aria-label="{escape(title)}">\n'
        f'<text x="{_LEFT}" y="20" font-size="14" font-weight="600">{escape(title)} ({escape(up)})</text>\n'
        + "\n".join(lines)
        + f'\n<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}" text-anchor="end">{escape(across)}</text>\n'
        f'<polyline points="{places}" fill="none" stroke="#6366f1" stroke-width="2"/>\n</svg>\n',
        encoding="utf-8",
    )


def _across(share: float, most: float, height: float) -> str:
    y = _TOP + height * (1 - share)
    return (
        f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#7c7f93" stroke-opacity="0.25"/>'
        f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share * most:,.0f}</text>'
    )


def _below(share: float, most: float, width: float) -> str:
    return f'<text x="{_LEFT + width * share:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">{share * most:,.0f}</text>'


def _round_number(most: float) -> float:
    """The next larger value whose quarters have short labels."""
    size = 10.0 ** (len(str(int(most))) - 1)
    return next(size * step for step in (1, 2, 4, 6, 8, 10) if size * step >= most)
