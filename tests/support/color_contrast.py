"""The contrast of two colours, as WCAG 2.2 defines it."""

import re

__all__ = ["contrast", "mixed", "rgb_of"]

Rgb = tuple[float, float, float]


def rgb_of(color: str) -> Rgb:
    """From '#4f46e5', or as a browser computes it: 'rgb(79, 70, 229)' or 'color(srgb 0.31 0.27 0.9)'."""
    if color.startswith("#"):
        return tuple(int(color[place : place + 2], 16) for place in (1, 3, 5))  # type: ignore[return-value]
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", color.removeprefix("color(srgb"))[:3])
    return (255 * red, 255 * green, 255 * blue) if color.startswith("color(") else (red, green, blue)


def mixed(ground: Rgb, color: Rgb, share: float) -> Rgb:
    """The colour over the ground, where `share` of it covers."""
    red, green, blue = (below + share * (above - below) for below, above in zip(ground, color, strict=True))
    return red, green, blue


def contrast(one: Rgb, other: Rgb) -> float:
    """From 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Rgb) -> float:
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
