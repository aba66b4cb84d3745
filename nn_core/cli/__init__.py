"""The command line. Results go to stdout, progress and messages to stderr. The exit status is 0, 1 for a failed run, or 2 for bad
input, with one line that says what to change."""

import sys

import typer
from typer.exceptions import TyperException

from nn_core.cli import (
    backprop,
    compare,
    control,
    data,
    diagnose,
    drawings,
    export,
    import_file,
    manage_runs,
    predict,
    robustness,
    runs,
    seeds,
    train,
    vitals,
)
from nn_core.errors import BadInput, NNLabError

__all__ = ["app", "main"]

_INTERRUPTED = 130  # typer returns this after Ctrl-C

app = typer.Typer(
    help="Train, watch, test and use neural networks.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for module in (
    train,
    seeds,
    control,
    runs,
    manage_runs,
    compare,
    diagnose,
    vitals,
    robustness,
    backprop,
    predict,
    export,
    import_file,
    data,
    drawings,
):
    module.register(app)


def main(program: str = "python -m nn_core") -> None:
    """Run the command line and exit. program: how the user calls it."""
    try:
        status = app(prog_name=program, standalone_mode=False)
    except TyperException as error:
        _quit(f"{error.format_message().removesuffix('.')}. See {program} --help.", 2)
    except BadInput as error:
        _quit(str(error), 2)
    except (NNLabError, OSError) as error:
        _quit(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        status = _INTERRUPTED
    if status == _INTERRUPTED:
        _quit("Interrupted.", 1)


def _quit(message: str, status: int) -> None:
    print(" ".join(message.split()), file=sys.stderr)
    sys.exit(status)
