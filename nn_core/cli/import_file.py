"""The command import."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nn_core.cli.train import ConfigOption, RunsOption, SetOption
from nn_core.config.repeat import build_config
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder

if TYPE_CHECKING:
    from nn_core.data.scaling import Scaling

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    app.command("import")(import_file)


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
        config = build_config(preset_name or "quick", settings or [], get_data_folder(), config_file)
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
