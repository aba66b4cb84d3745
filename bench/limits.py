"""How long single actions take that a person waits for, each beside the limit that it has to keep.

The test suite runs them too, but says nothing about their time: a busy machine would let it fail.
"""

import io
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from browsing import new_page, open_page
from PIL import Image, ImageDraw
from playwright.sync_api import expect
from processes import ROOT
from serving import serve

from bench.harness import Bench
from bench.table import Row, skip
from nn_core.data import DataSettings, load_dataset
from nn_core.data.builtin.pen_digits import read_pen_drawings
from nn_core.drawings.preprocess import prepare_drawing
from nn_core.errors import ConfigError
from nn_core.inference import load_network, predict_picture
from nn_core.models.formula import Formula
from nn_core.models.formula.activation import FormulaActivation
from nn_core.runs import get_shipped_run

__all__ = ["measure"]

_STEEP = ("sin(" * 35 + "x" + ")" * 35, "+".join(["x"] * 90), "*".join(["sin(x)"] * 28), "cos(60*x)")
_REFUSED = ("log(x)", "1/x", "exp(exp(x))", "x**x", "sqrt(abs(x))", "(" * 200 + "x" + ")" * 200)
_DRAWINGS = 300


def measure(bench: Bench) -> list[Row]:
    return [
        _row("A steep or long formula is checked, the slowest", max(map(_seconds, map(_check, _STEEP))), 10),
        _row("A formula is refused, the slowest", max(map(_seconds, map(_refuse, _REFUSED))), 2),
        _row("A drawing is prepared, mean", _seconds(_prepare) / _DRAWINGS, 0.015),
        *_phone_photo(),
        *_stored_data(),
        *_reconnect(bench),
    ]


def _row(what: str, seconds: float, limit: float) -> Row:
    return Row(what, f"{seconds:.3f} s", figure=f"{seconds:.3f} s", target=f"< {limit:g} s", met=seconds < limit)


def _seconds(action: Callable[[], object]) -> float:
    started_at = time.perf_counter()
    action()
    return time.perf_counter() - started_at


def _check(text: str) -> Callable[[], object]:
    return lambda: FormulaActivation(text)


def _refuse(text: str) -> Callable[[], object]:
    def parse() -> None:
        try:
            Formula.parse(text)
        except ConfigError:
            return
        raise AssertionError(f"{text} is accepted")

    return parse


def _prepare() -> None:
    for drawing, _label in islice(read_pen_drawings(), _DRAWINGS):
        prepare_drawing(drawing)


def _phone_photo() -> list[Row]:
    """A dark stroke on light paper, with twelve megapixels."""
    run = get_shipped_run()
    if run is None:
        return skip("A photo of 12 megapixels is read", "there is no shipped network")
    network = load_network(run, Path())
    image = Image.new("RGB", (3000, 4000), (230, 228, 220))
    ImageDraw.Draw(image).line([(1400, 800), (1600, 3200)], fill=(40, 40, 60), width=160)
    file = io.BytesIO()
    image.save(file, "JPEG")
    return [_row("A photo of 12 megapixels is read", _seconds(lambda: predict_picture(network, file.getvalue())), 3)]


def _stored_data() -> list[Row]:
    """pen_digits are drawn once and then read from a file."""
    with tempfile.TemporaryDirectory() as folder:
        drawn, read = (_seconds(lambda: load_dataset(DataSettings(name="pen_digits"), Path(folder))) for _ in range(2))
    return [
        Row(
            "Stored pen digits are loaded",
            f"{read:.2f} s",
            f"drawn: {drawn:.2f} s",
            f"{read / drawn:.2f} ×",
            "< 0.2 ×",
            read < drawn / 5,
        )
    ]


def _reconnect(bench: Bench) -> list[Row]:
    """A page whose server was killed shows its run again with the next server."""
    what = "A server starts again → an open page is connected"
    if bench.screen is None:
        return skip(what, bench.no_screen)
    app = "[data-testid=stApp][data-test-connection-state=CONNECTED]"
    log = bench.folder / "reconnect.log"
    with new_page(bench.screen.browser) as page:
        with serve(ROOT / "app.py", ROOT, log, {}) as (url, _server):
            open_page(page, f"{url}/runs")
        expect(page.locator(app)).to_have_count(0)
        page.wait_for_timeout(6000)  # by now it asks as seldom as it ever does
        with serve(ROOT / "app.py", ROOT, log, {}, port=int(url.rpartition(":")[2])):
            seconds = _seconds(lambda: page.locator(app).wait_for(timeout=60_000))
    return [_row(what, seconds, 5)]
