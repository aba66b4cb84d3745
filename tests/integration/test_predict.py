"""`predict`: one line of JSON for each drawing or picture, by the path that the Draw page uses."""

import json
from pathlib import Path

import pytest
import torch
from cli_in_process import nn_core
from example_drawings import scribbles
from PIL import Image
from processes import ROOT, assert_one_line

from nn_core.data import Dataset
from nn_core.drawings import Drawing
from nn_core.drawings.rasterize import render_canvas
from nn_core.inference import load_network, predict_drawing
from nn_core.paths import SHIPPED_RUN, get_data_folder
from nn_core.runs import RunFolder

ONE = '{"size": 280, "pen_width": 18, "strokes": [[[140, 50], [140, 230]]]}'
SMALL_ONE = '{"size": 280, "pen_width": 6, "strokes": [[[40, 30], [40, 90]]]}'
TWO_ONES = '{"size": 280, "pen_width": 18, "strokes": [[[190, 50], [190, 230]], [[70, 60], [70, 240]]]}'
EMPTY = '{"size": 280, "pen_width": 18, "strokes": []}'


def test_each_drawing_gets_a_line(finished_run: RunFolder, tmp_path: Path) -> None:
    file = tmp_path / "drawings.jsonl"
    file.write_text(f"{ONE}\n{SMALL_ONE}\n\n")
    result = nn_core("predict", finished_run.path, "--drawings", file)
    assert (result.returncode, result.stderr) == (0, "")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) == 2
    for line in lines:
        assert set(line["probabilities"]) == set("0123456789")
        assert sum(line["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        assert line["label"] == max(line["probabilities"], key=line["probabilities"].get)
        assert line["label"] == "1"
    network = load_network(finished_run, get_data_folder())
    directly = predict_drawing(network, Drawing.from_json(ONE))
    assert directly is not None
    assert lines[0]["probabilities"] == pytest.approx(directly.probabilities, abs=1e-5)


def test_several_digits_are_a_number_and_each_by_itself(finished_run: RunFolder, tmp_path: Path) -> None:
    file = tmp_path / "drawings.jsonl"
    file.write_text(TWO_ONES)
    result = nn_core("predict", finished_run.path, "--drawings", file)
    assert (result.returncode, result.stderr) == (0, "")
    number = json.loads(result.stdout)
    assert number["label"] == "11"
    assert [digit["label"] for digit in number["digits"]] == ["1", "1"]
    first, second = (digit["probabilities"] for digit in number["digits"])
    assert set(first) == set("0123456789")
    assert number["probabilities"] == {"11": pytest.approx(first["1"] * second["1"], abs=1e-5)}


def test_a_number_in_a_picture_is_read_in_order_and_its_ink_saved(tmp_path: Path) -> None:
    number = ROOT / "tests" / "support" / "cases" / "pictures" / "p-two-digits-12.png"
    result = nn_core("predict", SHIPPED_RUN, number, "--ink", tmp_path / "ink")
    assert (result.returncode, result.stderr) == (0, "")
    line = json.loads(result.stdout)
    assert (line["label"], line["refused"]) == ("12", False)
    assert [digit["label"] for digit in line["digits"]] == ["1", "2"]
    assert "message" not in line
    with Image.open(tmp_path / "ink" / "p-two-digits-12-ink.png") as ink:
        assert ink.size == (500, 300)
        assert ink.getextrema() == (0, 255)


def test_a_picture_that_cannot_be_read_says_what_helps(tmp_path: Path) -> None:
    blank, scribble = tmp_path / "blank.png", tmp_path / "scribble.png"
    Image.new("L", (200, 200), 240).save(blank)
    Image.fromarray((255 - 255 * render_canvas(scribbles(1)[0])).astype("uint8")).save(scribble)
    result = nn_core("predict", SHIPPED_RUN, blank, scribble, "--ink", tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    empty, refused = (json.loads(line) for line in result.stdout.splitlines())
    assert empty["label"] is None
    assert refused["refused"]
    for line in (empty, refused):
        assert "Crop to one digit; avoid lines and dark edges." in line["message"]
    assert (tmp_path / "blank-ink.png").exists()
    assert_one_line(nn_core("predict", SHIPPED_RUN, blank, "--ink", blank / "folder"), "--ink")


def test_pictures_of_the_test_split_are_read_as_the_network_reads_them(
    finished_run: RunFolder, sample: Dataset, tmp_path: Path
) -> None:
    files, wanted = [], []
    network = load_network(finished_run, get_data_folder())
    for index in range(0, 1000, 100):
        picture = sample.test.inputs[index, 0]
        for name, pixels in (("white-on-black", picture), ("black-on-white", 255 - picture)):
            files.append(tmp_path / f"{index}-{name}.png")
            Image.fromarray(pixels.numpy()).save(files[-1])
            wanted.append(str(int(network.compute_outputs(sample.test.inputs[index : index + 1]).argmax())))
    result = nn_core("predict", finished_run.path, *files)
    assert result.returncode == 0, result.stderr
    labels = [json.loads(line)["label"] for line in result.stdout.splitlines()]
    agreement = torch.tensor([a == b for a, b in zip(labels, wanted, strict=True)]).float().mean()
    assert len(labels) == 20
    assert agreement >= 0.9


def test_an_empty_canvas_gets_no_guess(finished_run: RunFolder, tmp_path: Path) -> None:
    file = tmp_path / "drawings.jsonl"
    file.write_text(EMPTY + "\n")
    result = nn_core("predict", finished_run.path, "--drawings", file)
    assert result.returncode == 0, result.stderr
    line = json.loads(result.stdout)
    assert line["label"] is None
    assert "Draw a digit" in line["message"]


def test_bad_drawings_and_pictures_are_named(finished_run: RunFolder, tmp_path: Path) -> None:
    file = tmp_path / "drawings.jsonl"
    file.write_text(f"{ONE}\n{{\n")
    result = nn_core("predict", finished_run.path, "--drawings", file)
    assert result.returncode == 2
    assert len(result.stdout.splitlines()) == 1, "what came before the bad line was answered"
    assert "drawings.jsonl, line 2" in result.stderr
    assert len(result.stderr.splitlines()) == 1

    no_picture = tmp_path / "note.png"
    no_picture.write_text("not a picture")
    assert_one_line(nn_core("predict", finished_run.path, no_picture), "note.png")
    assert_one_line(nn_core("predict", finished_run.path, tmp_path / "absent.png"), "absent.png")
    assert_one_line(nn_core("predict", finished_run.path), "--drawings")
    assert_one_line(nn_core("predict", finished_run.path, "--drawings", tmp_path), "Cannot read the drawings")


def test_predict_reports_unrecognised_drawings(tmp_path: Path) -> None:
    file = tmp_path / "drawings.jsonl"
    one = Drawing(280, 18, (((140, 50), (140, 230)),))
    file.write_text("\n".join(drawing.to_json() for drawing in [one, *scribbles(4)]))
    result = nn_core("predict", SHIPPED_RUN, "--drawings", file)
    assert result.returncode == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[0]["refused"] is False
    assert sum(line["refused"] for line in lines[1:]) >= 3
    assert all(line["label"] in line["probabilities"] for line in lines)
