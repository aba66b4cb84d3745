"""Reports of runs that come with NN Lab in a browser: two pages of A4, accessible in both themes, nothing wider than a phone."""

import re
from pathlib import Path

import pytest
from axe import accessibility_violations, need_axe
from playwright.sync_api import Browser

from nn_core.export.report import make_report
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import find_run


@pytest.mark.parametrize("name", ["pretrained-digits", "pretrained-names", "pretrained-map"])
def test_a_report_is_printed_on_two_pages(browser: Browser, tmp_path: Path, name: str) -> None:
    need_axe()
    file = tmp_path / "report.html"
    file.write_text(make_report(find_run(get_runs_folder(), name), get_data_folder()), encoding="utf-8")
    context = browser.new_context(offline=True, bypass_csp=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(file.as_uri())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert not accessibility_violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    printed = page.pdf(prefer_css_page_size=True)
    context.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
