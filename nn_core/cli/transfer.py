"""The commands export, import and code."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nn_core.atomic_io import replace_bytes, replace_file
from nn_core.cli.runs import RunArgument, get_run
from nn_core.cli.train import ConfigOption, RunsOption, SetOption, build_config
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder

if TYPE_CHECKING:
    from nn_core.data.scaling import Scaling

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("export")(export_run)
    app.command("import")(import_file)
    app.command("code")(print_code)


def export_run(
    run_name: RunArgument,
    export_format: Annotated[
        Literal["safetensors", "pt", "zip", "code"],
        typer.Option(
            "--as", help="Weights as safetensors or as a state dict (pt), the whole run (zip), or a program (code)."
        ),
    ] = "safetensors",
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Output file. Default: <run>.<ending> in the current folder.")
    ] = None,
) -> None:
    """Write a run's weights, the whole run as a ZIP, or its network as a program. Prints the file's path."""
    from nn_core.transfer import write_archive, write_weights

    run = get_run(run_name)
    target = to or Path(f"{run.name}.{'py' if export_format == 'code' else export_format}")
    try:
        match export_format:
            case "zip":
                replace_file(target, lambda stream: write_archive(run, stream))
            case "code":
                replace_bytes(target, _generate_program(run).encode())
            case _:
                replace_file(target, lambda stream: write_weights(run, export_format, stream))
    except OSError as error:
        raise BadInput(
            _("Cannot write '{file}': {reason}. Choose another file with --to.").format(
                file=target, reason=error.strerror or error
            )
        ) from error
    print(target)


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A run's ZIP, or weights: .safetensors, .pt, .pth.")],
    preset_name: Annotated[
        str | None,
        typer.Option("--preset", metavar="NAME", help="For weights: the preset whose network they belong to."),
    ] = None,
    config_file: ConfigOption = None,
    settings: SetOption = None,
    runs: RunsOption = None,
    name: Annotated[str | None, typer.Option("--name", help="Name of the run. Default: that of the file.")] = None,
    scaling: Annotated[
        str | None,
        typer.Option(
            "--scaling",
            metavar="NAME",
            help="For weights: the pixel scaling they expect, such as mean-std, 0-1, -1-1, 0-255 or 0-1-inverted. Default: the best one.",
        ),
    ] = None,
) -> None:
    """Import a run's ZIP, or weights for the network that the settings describe. The last line is the run folder."""
    from nn_core.data import find_configured_dataset
    from nn_core.data.scaling import parse_scaling
    from nn_core.transfer import import_run, import_weights

    if not file.is_file():
        raise BadInput(
            _("There is no file '{file}'. Give a run's ZIP, or weights in .safetensors, .pt or .pth.").format(file=file)
        )
    root = (runs or get_runs_folder()).absolute()
    if file.suffix.lower() == ".zip":
        if preset_name or config_file or settings or scaling:
            raise BadInput(
                _(
                    "The ZIP of a run contains its settings: remove --preset, --config, --set and --scaling for '{file}'."
                ).format(file=file.name)
            )
        imported = import_run(file, root, get_data_folder(), name=name)
    else:
        config = build_config(preset_name or "quick", config_file, settings or [])
        spec = find_configured_dataset(config.data, get_data_folder())
        known = (
            parse_scaling(scaling) if scaling else _find_scaling(preset_name or "quick", config_file, settings or [])
        )
        imported = import_weights(file, config, spec, root, name=name, scaling=known, data_folder=get_data_folder())
    for note in imported.notes:
        print(note, file=sys.stderr)
    print(imported.run.path)


def _find_scaling(preset_name: str, config_file: Path | None, settings: list[str]) -> "Scaling | None":
    """Return the pixel scaling that the file or the settings name; None if they name none."""
    from nn_core.config import apply_settings, get_preset, read_config, update_config

    def read(scaling: "Scaling") -> "Scaling":
        base = update_config(get_preset(preset_name), {"data": {"scaling": scaling}})
        return apply_settings(read_config(config_file, base=base) if config_file else base, settings).data.scaling

    named = read("mean-std")
    return named if read("0-255") == named else None


def print_code(run_name: RunArgument) -> None:
    """Print a run's network as a standalone program that loads the run's weights."""
    print(_generate_program(get_run(run_name)), end="")


def _generate_program(run: RunFolder) -> str:
    from nn_core.data import find_scaled_dataset
    from nn_core.transfer import generate_code

    config = run.config()
    return generate_code(config, find_scaled_dataset(config.data, get_data_folder()))
