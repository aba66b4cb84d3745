"""The commands evaluate and predict: a trained network's results on the test data, and its answers for drawings, pictures and texts."""

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nn_core.cli.runs import JsonFlag, RunArgument, get_run
from nn_core.errors import BadInput, BadPicture
from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.task import get_plural

if TYPE_CHECKING:
    from nn_core.drawings import Drawing
    from nn_core.drawings.pictures import PictureSource
    from nn_core.inference.predict import Prediction, Reading

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command()(evaluate)
    app.command()(predict)


def evaluate(
    run_name: RunArgument,
    as_json: JsonFlag = False,
    mistakes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write the mistakes, the most confident first: FILE.csv, or FILE.zip with the pictures. For an autoencoder or a "
            "regression: all test examples, the largest errors first.",
        ),
    ] = None,
) -> None:
    """Evaluate a run's best network on the test data."""
    from nn_core.data import find_configured_dataset
    from nn_core.evaluation import evaluate_run
    from nn_core.evaluation.mistake_files import check_mistakes_file, save_mistakes
    from nn_core.runs.reports import (
        ReconstructionReport,
        RegressionReport,
        describe_missed_classes,
        describe_regression,
    )
    from nn_core.training.forward import translate_errors

    if mistakes:
        check_mistakes_file(mistakes)
    run = get_run(run_name)
    with translate_errors(run):
        evaluation = evaluate_run(run, get_data_folder())
        if mistakes:
            count = save_mistakes(run, mistakes, get_data_folder())
            print(_("{count:,} examples written to {file}.").format(count=count, file=mistakes), file=sys.stderr)
    if missed := describe_missed_classes(evaluation):
        print(missed, file=sys.stderr)
    if as_json:
        print(json.dumps(evaluation.to_json()))
        return
    samples = get_plural(find_configured_dataset(run.config().data, get_data_folder()).kind)
    if isinstance(evaluation, ReconstructionReport):
        text = _("Test error {error:.5f} (mean squared, of pixels from 0 to 1), {count:,} {samples}.")
        print(text.format(error=evaluation.mean_squared_error, count=evaluation.samples, samples=samples))
        return
    if isinstance(evaluation, RegressionReport):
        counted = _("{count:,} {samples}").format(count=evaluation.samples, samples=samples)
        print(f"{describe_regression(evaluation)} {counted}.")
        return
    low, high = evaluation.accuracy_interval
    print(
        _(
            "Test accuracy {accuracy} (95 % interval {low} to {high}), test loss {loss:.4f}, {count:,} {samples}."
        ).format(
            accuracy=format_percent(evaluation.accuracy, 2),
            low=format_percent(low, 2),
            high=format_percent(high, 2),
            loss=evaluation.loss,
            count=evaluation.samples,
            samples=samples,
        )
    )


def predict(
    run_name: RunArgument,
    images: Annotated[list[Path] | None, typer.Argument(metavar="IMAGE …", help="Picture files.")] = None,
    drawings: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Drawings, one JSON object with strokes per line.")
    ] = None,
    texts: Annotated[list[str] | None, typer.Option("--text", metavar="TEXT", help="A text; may be repeated.")] = None,
    points: Annotated[
        list[str] | None, typer.Option("--point", metavar="X1,X2", help="A point, such as 0.5,-1; may be repeated.")
    ] = None,
    ink_folder: Annotated[
        Path | None,
        typer.Option(
            "--ink", metavar="FOLDER", help="Save what was taken for ink in each picture, as FOLDER/NAME-ink.png."
        ),
    ] = None,
) -> None:
    """Print a line of JSON for each drawing, picture, text or point: the label and the probability of every class, or the value.

    For several digits in one drawing or picture: the whole number with its probability, and `digits` with the same for each digit.
    `refused` is true for an input that is not recognised; for a picture, `message` then says what helps.
    """
    if [bool(images), bool(drawings), bool(texts), bool(points)].count(True) != 1:
        raise BadInput(_("Give one of these: picture files, --drawings FILE.jsonl, --text TEXT or --point X1,X2."))
    from nn_core.drawings import Drawing
    from nn_core.inference import load_network, predict_point, predict_text, read_drawing, read_picture

    network = load_network(get_run(run_name), get_data_folder())
    for image in images or []:
        if ink_folder and network.spec.is_line_drawing:
            _save_ink(image, ink_folder)
        reading = read_picture(network, image)
        is_refused = network.spec.is_line_drawing and (reading is None or reading.is_out_of_distribution)
        advice = _("Crop to one digit; avoid lines and dark edges.") if is_refused else ""
        if reading is None:
            advice = _("No ink found. {advice}").format(advice=advice).strip()
        _print(reading, advice)
    for point in points or []:
        answer = predict_point(network, *_parse_point(point))
        if isinstance(answer, float):
            print(json.dumps({"value": answer}), flush=True)
        else:
            _print(answer)
    for text in texts or []:
        prediction = predict_text(network, text)
        _print(prediction, "" if prediction else _("Type a text"))
    for number, line in enumerate(_lines(drawings) if drawings else [], start=1):
        try:
            drawing = Drawing.from_json(line)
        except BadPicture as error:
            raise BadPicture(
                _("{file}, line {number}: {error}").format(file=drawings, number=number, error=error)
            ) from error
        reading_of_drawing = read_drawing(network, drawing)
        _print(reading_of_drawing, "" if reading_of_drawing else _("Draw a digit"))


def _parse_point(text: str) -> tuple[float, float]:
    try:
        x1, x2 = map(float, text.split(","))
        if math.isfinite(x1) and math.isfinite(x2):
            return x1, x2
    except ValueError:
        pass
    raise BadInput(
        _("'{text}' is not a point. Write two numbers with a comma, such as --point 0.5,-1.").format(text=text)
    )


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            _("Cannot read the drawings in '{file}': {reason}. Give a text file with one JSON object per line.").format(
                file=file, reason=error.strerror if isinstance(error, OSError) else _("it is not text")
            )
        ) from error


def _save_ink(image: Path, folder: Path) -> None:
    """Save a black picture with the ink in white; without ink, all of it is black."""
    import numpy as np
    from PIL import Image

    from nn_core.drawings.pictures import read_pixels
    from nn_core.drawings.preprocess import show_ink

    ink = show_ink(image)
    pixels = np.zeros(read_pixels(image).shape[:2], dtype=np.uint8) if ink is None else ink
    file = folder / f"{image.stem}-ink.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file)
    except OSError as error:
        raise BadInput(
            _("Cannot write '{file}': {reason}. Choose a folder for --ink that you may write to.").format(
                file=file, reason=error.strerror or error
            )
        ) from error


def _print(answer: "Prediction | Reading[Drawing] | Reading[PictureSource] | None", message: str = "") -> None:
    """Print an answer, and what helps where it is refused or there is none."""
    if answer is None:
        print(json.dumps({"label": None, "probabilities": {}, "message": message}))
        return
    from nn_core.inference import Reading

    parts = answer.parts if isinstance(answer, Reading) and len(answer.parts) > 1 else ()
    digits = {"digits": [_to_json(part.prediction) for part in parts]} if parts else {}
    advice = {"message": message} if message else {}
    print(json.dumps(_to_json(answer) | digits | advice), flush=True)


def _to_json(answer: "Prediction | Reading[Drawing] | Reading[PictureSource]") -> dict[str, object]:
    probabilities = {label: round(share, 6) for label, share in answer.probabilities.items()}
    return {"label": answer.label, "probabilities": probabilities, "refused": answer.is_out_of_distribution}
