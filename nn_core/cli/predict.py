"""predict: what a trained network makes of drawings, picture files and texts."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from nn_core.cli.runs import RunArgument, the_run
from nn_core.errors import BadInput, BadPicture
from nn_core.i18n import _
from nn_core.places import data_folder

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command()(predict)


def predict(
    run_name: RunArgument,
    images: Annotated[list[Path] | None, typer.Argument(metavar="IMAGE …", help="Picture files.")] = None,
    drawings: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Drawings, one JSON object of strokes a line.")
    ] = None,
    texts: Annotated[list[str] | None, typer.Option("--text", metavar="TEXT", help="A text; may be repeated.")] = None,
) -> None:
    """Print a line of JSON for each drawing, picture or text: the label and the probability of every class."""
    if [bool(images), bool(drawings), bool(texts)].count(True) != 1:
        raise BadInput(_("Give one of these: picture files, --drawings FILE.jsonl or --text TEXT."))
    from nn_core.drawings import Drawing
    from nn_core.inference import load_network, predict_drawing, predict_picture, predict_text

    network = load_network(the_run(run_name), data_folder())
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
        _print(predict_drawing(network, drawing), _("Draw a digit"))


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            _("Cannot read the drawings in '{file}': {reason}. Give a text file with a JSON object a line.").format(
                file=file, reason=error.strerror if isinstance(error, OSError) else _("it is not text")
            )
        ) from error


def _print(prediction: Any, message: str) -> None:
    if prediction is None:
        print(json.dumps({"label": None, "probabilities": {}, "message": message}))
        return
    probabilities = {label: round(share, 6) for label, share in prediction.probabilities.items()}
    print(json.dumps({"label": prediction.label, "probabilities": probabilities}), flush=True)
