"""A person trains a network, reads how its settings differ from the preset's, copies the command that repeats it, and downloads its
metrics, its report and its network for other programs."""

import json
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas
from example_drawings import drawing_of
from journey import TRAINING_MS, Journey
from PIL import Image
from playwright.sync_api import expect
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from nn_core.config.repeat import build_config
from nn_core.drawings.rasterize import render_canvas

Start = Callable[..., Journey]


def test_a_run_tells_how_it_was_made(start_journey: Start, tmp_path: Path) -> None:
    journey = start_journey(at="/train")
    page = journey.page
    journey.fill("Epochs", "1")
    journey.press("start_training")
    run = journey.see_finished()
    about = page.locator(".st-key-about_run")
    journey.see("was started from the preset quick", within="about_run")
    epochs = about.get_by_role("row").filter(has_text="training.epochs")
    expect(epochs).to_contain_text("preset: 12")
    about.get_by_text("Only what differs", exact=True).click()
    expect(about.get_by_role("row")).to_have_count(1)
    journey.picture("differences")

    about.get_by_role("tab", name="Settings").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    journey.expect_address("/train", run=run.name, about="command")
    journey.reload()
    code = about.get_by_test_id("stCode").first
    expect(code).to_contain_text("--preset quick --set training.epochs=1")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code.get_by_role("button", name="Copy to clipboard").click()
    words = shlex.split(page.evaluate("navigator.clipboard.readText()"))
    assert build_config(words[5], words[7::2], tmp_path) == run.config()
    for command in ("evaluate {}", "predict {} picture.png", "export {} --as report", "export {} --as onnx"):
        journey.see(f"python -m nn_core {command.format(run.name)}", within="commands")
    journey.picture("commands")

    about.get_by_role("tab", name="Environment").click()
    journey.see("PyTorch", within="about_run")
    about.get_by_role("tab", name="Log").click()
    expect(about.get_by_test_id("stCode")).to_contain_text(re.compile("Epoch 1 of 1: validation accuracy"))
    journey.picture("log")

    about.get_by_role("tab", name="Files").click()
    journey.see("the curves, append-only", within="about_run")
    journey.expect_address("/train", run=run.name, about="files")
    table = pandas.read_csv(journey.download("download_csv", tmp_path))
    assert set(table.split) == {"train", "validation", "test"}
    assert len(pandas.read_parquet(journey.download("download_parquet", tmp_path))) == len(table)
    packed = journey.download("download_tensorboard", tmp_path)
    assert packed.name == f"{run.name}.tensorboard.zip"
    zipfile.ZipFile(packed).extractall(tmp_path / "events")
    events = EventAccumulator(str(tmp_path / "events" / run.name))
    events.Reload()
    assert len(events.Scalars("loss/validation")) == 1
    config = journey.download("download_file_config_json", tmp_path)
    assert config.read_bytes() == run.config_file.read_bytes()

    page.locator(".st-key-export_run button").first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="Report")).to_be_checked()
    journey.picture("export")
    report = export(journey, tmp_path)
    assert report.name == f"{run.name}.report.html"
    assert count_printed_pages(journey, report) == 2

    dialog.get_by_text("ONNX Runtime", exact=True).click()
    expect(dialog).to_contain_text(f"export {run.name} --as onnx")
    packed = export(journey, tmp_path)
    expect(dialog).to_contain_text(f"python {run.name}.predict.py picture.png")
    expect(dialog).to_contain_text("Checked with ONNX Runtime")
    journey.picture("onnx")
    zipfile.ZipFile(packed).extractall(tmp_path / "onnx")
    Image.fromarray((255 * render_canvas(drawing_of("eight"))).astype("uint8")).save(tmp_path / "eight.png")
    command = [sys.executable, "-I", tmp_path / "onnx" / f"{run.name}.predict.py", tmp_path / "eight.png"]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert set(answer["probabilities"]) == set("0123456789")

    dialog.get_by_text("Model card", exact=True).click()
    dialog.get_by_role("button", name="Make the file").click()  # and once more, closed while it works
    expect(dialog.get_by_role("progressbar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    journey.back()
    expect(about.get_by_role("tab", name="Log")).to_have_attribute("aria-selected", "true")
    journey.see_no_error()


def export(journey: Journey, folder: Path) -> Path:
    """Make the file of the chosen format in the dialog, and download it."""
    dialog = journey.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make the file").click()
    expect(dialog.get_by_role("progressbar")).to_be_visible()
    expect(dialog.get_by_role("button", name="Download")).to_be_visible(timeout=TRAINING_MS)
    return journey.download("download_export", folder)


def count_printed_pages(journey: Journey, report: Path) -> int:
    """How many pages of A4 the report has on paper. It is opened without a network connection, and must be accessible."""
    page = journey.page.context.new_page()
    page.context.set_offline(True)
    page.goto(report.as_uri())
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    journey.page.context.set_offline(False)
    return len(re.findall(rb"/Type\s*/Page\b", printed))
