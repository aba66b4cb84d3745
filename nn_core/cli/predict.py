"""The commands evaluate and predict: a trained network's results on the test data, and its answers for drawings, pictures and texts."""

import json
import sys
from collections.abc import Sequence
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
    from nn_core.inference.predict import Prediction, Reading

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command()(evaluate)
    app.command()(predict)


def evaluate(run_name: RunArgument, as_json: JsonFlag = False) -> None:
    """Evaluate a run's best network on the test data."""
    from nn_core.data import find_dataset
    from nn_core.evaluation import evaluate_run
    from nn_core.runs.reports import ReconstructionReport, describe_missed_classes
    from nn_core.training.forward import translate_errors

    run = get_run(run_name)
    with translate_errors(run):
        evaluation = evaluate_run(run, get_data_folder())
    if missed := describe_missed_classes(evaluation):
        print(missed, file=sys.stderr)
    if as_json:
        print(json.dumps(evaluation.to_json()))
        return
    samples = get_plural(find_dataset(run.config().data.name, get_data_folder()).kind)
    if isinstance(evaluation, ReconstructionReport):
        text = _("Test error {error:.5f} (mean squared, of pixels from 0 to 1), {count:,} {samples}.")
        print(text.format(error=evaluation.mean_squared_error, count=evaluation.samples, samples=samples))
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
) -> None:
    """Print a line of JSON for each drawing, picture or text: the label and the probability of every class.

    For several digits in one drawing: the whole number with its probability, and `digits` with the same for each digit.
    `refused` is true for an input that is not recognised.
    """
    if [bool(images), bool(drawings), bool(texts)].count(True) != 1:
        raise BadInput(_("Give one of these: picture files, --drawings FILE.jsonl or --text TEXT."))
    from nn_core.drawings import Drawing
    from nn_core.inference import load_network, predict_picture, predict_text, read_drawing

    network = load_network(get_run(run_name), get_data_folder())
    for image in images or []:
        _print(predict_picture(network, image), _("No ink found"))
    for text in texts or []:
        _print(predict_text(network, text), _("Type a text"))
    for number, line in enumerate(_lines(drawings) if drawings else [], start=1):
        try:
            drawing = Drawing.from_json(line)
        except BadPicture as error:
            raise BadPicture(
                _("{file}, line {number}: {error}").format(file=drawings, number=number, error=error)
            ) from error
        reading = read_drawing(network, drawing)
        digits = reading.parts if reading and len(reading.parts) > 1 else ()
        _print(reading, _("Draw a digit"), [part.prediction for part in digits])


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            _("Cannot read the drawings in '{file}': {reason}. Give a text file with one JSON object per line.").format(
                file=file, reason=error.strerror if isinstance(error, OSError) else _("it is not text")
            )
        ) from error


def _print(answer: "Prediction | Reading | None", message: str, digits: "Sequence[Prediction]" = ()) -> None:
    """Print an answer, or a message where there is none. digits: the answers for each of several digits."""
    if answer is None:
        print(json.dumps({"label": None, "probabilities": {}, "message": message}))
    else:
        parts = {"digits": [_to_json(digit) for digit in digits]} if digits else {}
        print(json.dumps(_to_json(answer) | parts), flush=True)


def _to_json(answer: "Prediction | Reading") -> dict[str, object]:
    probabilities = {label: round(share, 6) for label, share in answer.probabilities.items()}
    return {"label": answer.label, "probabilities": probabilities, "refused": answer.is_out_of_distribution}
