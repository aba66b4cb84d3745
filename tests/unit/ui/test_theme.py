"""The themes' colours: contrast as WCAG 2.2 computes it, and colour-blind vision of the chart palette."""

import tomllib
from itertools import combinations

import numpy as np
import pytest
from processes import ROOT

THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
Colour = np.ndarray

# What linear red, green and blue become for who lacks a kind of cone, after Machado, Oliveira and Fernandes (2009), severity 1.
EYES = {
    "trichromat": np.eye(3),
    "protanope": np.array([[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]),
    "deuteranope": np.array([[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]),
    "tritanope": np.array([[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]),
}


def linear(colour: str) -> Colour:
    """Linear red, green and blue, from 0 to 1, of '#rrggbb'."""
    given = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(given <= 0.04045, given / 12.92, ((given + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    lights = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def lab(rgb: Colour) -> Colour:
    """CIE L*a*b* of linear sRGB."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.maximum(to_xyz @ rgb / [0.9505, 1, 1.0888], 1e-6))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_charts_have_enough_contrast(theme: str) -> None:
    colours = THEMES[theme]
    ground = colours["backgroundColor"]
    for name in ("textColor", "linkColor"):
        assert contrast(colours[name], ground) >= 4.5, name
        assert contrast(colours[name], colours["secondaryBackgroundColor"]) >= 4.5, name
    assert contrast(colours["primaryColor"], ground) >= 3
    for colour in colours["chartCategoricalColors"]:
        assert contrast(colour, ground) >= 3, colour


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eyes", EYES)
def test_chart_colours_are_distinguishable(theme: str, eyes: str) -> None:
    """A difference of 2 in CIE L*a*b* is just noticed; 15 is visible at a glance, in thin lines too."""
    seen = {
        colour: lab(np.clip(EYES[eyes] @ linear(colour), 0, 1)) for colour in THEMES[theme]["chartCategoricalColors"]
    }
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= 15, (one, other)
