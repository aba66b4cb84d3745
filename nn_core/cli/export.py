"""The commands export and code."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from nn_core.atomic_io import replace_bytes, replace_file
from nn_core.cli.runs import RunArgument, get_run
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, make_titles

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("export")(export_run)
    app.command("code")(print_code)


ExportFormat = Literal[
    "safetensors",
    "pt",
    "zip",
    "code",
    "onnx",
    "script",
    "notebook",
    "page",
    "report",
    "card",
    "csv",
    "parquet",
    "tensorboard",
]
_OF_SEVERAL: tuple[ExportFormat, ...] = ("csv", "parquet", "tensorboard")
_ENDINGS: dict[ExportFormat, str] = {
    "code": "py",
    "script": "train.py",
    "notebook": "ipynb",
    "page": "html",
    "report": "report.html",
    "card": "md",
}
"""Those that differ from the name of the format."""


def export_run(
    run_names: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...",
            help="A run's name, or the path of its folder. Several: only as csv, parquet or tensorboard.",
        ),
    ],
    export_format: Annotated[
        ExportFormat,
        typer.Option(
            "--as",
            help="Weights as safetensors or as a state dict (pt), the whole run (zip), the network as a program (code) or for ONNX Runtime with a "
            "program that predicts (onnx), a script or a Jupyter notebook that repeats the training and proves that the result is the same "
            "(script, notebook), a page that reads drawings without NN Lab (page), the results as a page to print or a model card (report, "
            "card), the metrics as a table (csv, parquet), or a folder of event files (tensorboard).",
        ),
    ] = "safetensors",
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Output file, or for tensorboard a new folder. Default: <run>.<ending> in the current folder, metrics.<ending> for several runs.",
        ),
    ] = None,
) -> None:
    """Write a run's weights, the whole run, its network as a program, an ONNX file or a page, or the metrics of runs. Prints the path."""
    runs = [get_run(name) for name in run_names]
    _check_together(runs, export_format)
    stem = runs[0].name if len(runs) == 1 else "metrics"
    target = to or Path(f"{stem}.{_ENDINGS.get(export_format, export_format)}")
    try:
        if export_format == "tensorboard":
            _write_event_files(runs, target)
        elif export_format in ("csv", "parquet"):
            from nn_core.export import write_csv, write_parquet

            titles = make_titles(runs)
            write = write_csv if export_format == "csv" else write_parquet
            replace_file(target, lambda stream: write(runs, titles, stream))
        else:
            _write_run(runs[0], export_format, target)
    except OSError as error:
        raise BadInput(
            _("Cannot write '{file}': {reason}. Choose another file with --to.").format(
                file=target, reason=error.strerror or error
            )
        ) from error
    print(target)


def _check_together(runs: list[RunFolder], export_format: ExportFormat) -> None:
    """Check that these runs can be in one file of this format. Raises BadInput."""
    names = [run.name for run in runs]
    if len(runs) > 1 and export_format not in _OF_SEVERAL:
        raise BadInput(
            _("--as {format} takes one run, not {count}: export them one by one, or as {others}.").format(
                format=export_format, count=len(runs), others=", ".join(_OF_SEVERAL)
            )
        )
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise BadInput(_("'{run}' is given twice. Give each run once.").format(run=repeated))


def _write_run(run: RunFolder, export_format: ExportFormat, target: Path) -> None:
    """Write weights, the whole run or the program. Raises OSError, BadInput."""
    from nn_core.transfer import write_archive, write_weights

    match export_format:
        case "zip":
            replace_file(target, lambda stream: write_archive(run, stream))
        case "script" | "notebook":
            _write_script(run, target, is_notebook=export_format == "notebook")
        case "report" | "card":
            _write_document(run, target, is_card=export_format == "card")
        case "code":
            replace_bytes(target, _generate_program(run).encode())
        case "page":
            from nn_core.export.page import build_pages

            replace_bytes(target, build_pages(run, get_data_folder()).file.html)
        case "safetensors" | "pt":
            replace_file(target, lambda stream: write_weights(run, export_format, stream))
        case "onnx":
            _write_onnx(run, target)


def _write_onnx(run: RunFolder, target: Path) -> None:
    """Write the ONNX file and its program. Raises OSError, BadInput."""
    from nn_core.export.onnx_files import get_program_file, write_onnx_files

    difference = write_onnx_files(run, get_data_folder(), target)
    print(
        _("Checked with ONNX Runtime: the outputs differ from the network's by at most {difference:.7f}.").format(
            difference=difference
        ),
        file=sys.stderr,
    )
    print(get_program_file(target))


def _write_script(run: RunFolder, target: Path, *, is_notebook: bool) -> None:
    """Write a script or a notebook that repeats the run, and beside it the data that it needs. Raises OSError, NNLabError."""
    from nn_core.export.script import write_script

    script = write_script(run, get_data_folder(), target.name, is_notebook=is_notebook)
    if script.archive:
        data = target.with_name(script.archive_name)
        replace_file(data, script.archive)
        print(_("Its data are in {file}, which it needs.").format(file=data), file=sys.stderr)
    replace_bytes(target, script.code.encode())


def _write_document(run: RunFolder, target: Path, *, is_card: bool) -> None:
    """Write the report or the model card. Raises OSError, NNLabError."""
    from nn_core.export.report import make_card, make_report
    from nn_core.training.forward import translate_errors

    with translate_errors(run):
        text = (make_card if is_card else make_report)(run, get_data_folder())
    replace_bytes(target, text.encode(errors="replace"))


def _write_event_files(runs: list[RunFolder], folder: Path) -> None:
    """Write event files into a new folder, all or none. Raises OSError, BadInput."""
    from nn_core.export import write_event_folder

    if folder.exists():
        raise BadInput(
            _("'{folder}' already exists: delete it, or choose another folder with --to.").format(folder=folder)
        )
    with tempfile.TemporaryDirectory(prefix=".export-", dir=folder.absolute().parent) as aside:
        without = write_event_folder(runs, Path(aside) / "events")
        (Path(aside) / "events").rename(folder)
    if without:
        names = ", ".join(run.name for run in without)
        print(
            _("No histograms were recorded for {runs}: they need training.vitals=true.").format(runs=names),
            file=sys.stderr,
        )


def print_code(run_name: RunArgument) -> None:
    """Print a run's network as a standalone program that loads the run's weights."""
    print(_generate_program(get_run(run_name)), end="")


def _generate_program(run: RunFolder) -> str:
    from nn_core.data import find_scaled_dataset
    from nn_core.transfer import generate_code

    config = run.config()
    return generate_code(config, find_scaled_dataset(config.data, get_data_folder()))
