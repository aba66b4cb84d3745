"""Marks, lines and names on a decision boundary have enough contrast with every region."""

import tomllib

import pytest
from playwright.sync_api import Page
from processes import ROOT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_lines_and_names_stand_out_from_every_region(page: Page, theme: str) -> None:
    """A contrast of 3 for what is drawn, of 4.5 for text, against each region at its palest and its strongest."""
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"][theme]
    scripts = "\n".join(
        (ROOT / "ui/components" / name).read_text(encoding="utf-8")
        for name in ("shared/colours.js", "boundary/regions.js")
    )
    worst = page.evaluate(
        f"""({{colours, surface, ink}}) => {{
            {scripts}
            const [ground, text, ...regions] = [surface, ink, ...colours].map((colour) => rgbOf(colour, document.body));
            const steps = regions.flatMap((colour) => [FAINTEST, STRONGEST].map((share) => mixed(ground, colour, share)));
            const grounds = [ground, ...regions.map((colour) => mixed(ground, colour, STRONGEST))];
            const marks = regions.map((colour) => legible(colour, grounds));
            const least = (colour) => Math.min(...[ground, ...steps].map((each) => contrast(colour, each)));
            return {{mark: Math.min(...marks.map(least)), ink: least(text), same: contrast(ground, ground)}};
        }}""",
        {
            "colours": settings["chartCategoricalColors"][:4],
            "surface": settings["backgroundColor"],
            "ink": settings["textColor"],
        },
    )
    assert worst["same"] == 1
    assert worst["mark"] >= 3
    assert worst["ink"] >= 4.5
