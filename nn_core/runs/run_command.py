"""How a run is repeated: the preset that its settings came from, its command line, and what the command line does not repeat."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from nn_core.config import PRESETS
from nn_core.config.repeat import choose_preset, make_command
from nn_core.i18n import _
from nn_core.runs.folder import RunFolder
from nn_core.runs.metrics import History

__all__ = ["Origin", "find_origin", "list_limits", "make_run_command"]


class Origin(NamedTuple):
    """A preset. is_recorded: whether the run was started from it; otherwise it is the one whose settings differ least."""

    preset: str
    is_recorded: bool


def find_origin(run: RunFolder, data_folder: Path) -> Origin:
    """Find the preset with which the run's settings are compared. Raises BadInput for a damaged run."""
    preset = run.status().preset
    if preset in PRESETS:
        return Origin(preset, is_recorded=True)
    return Origin(choose_preset(run.config(), data_folder), is_recorded=False)


def make_run_command(run: RunFolder, data_folder: Path) -> str:
    """Return the command line that trains with the run's settings; "" for a run whose weights were imported. Raises BadInput."""
    if run.status().has_imported_weights:
        return ""
    return make_command(run.config(), find_origin(run, data_folder).preset, data_folder)


def list_limits(run: RunFolder, history: History) -> Sequence[str]:
    """Say what the command line does not repeat, a sentence each. Raises BadInput for a damaged run."""
    config = run.config()
    limits = []
    if config.data.drawings.share:
        limits.append(_("The command trains on the drawings that are stored now, not on those of this run."))
    if config.training.start_from:
        limits.append(_("The command starts from the present weights of the run in training.start_from."))
    if history.lr_changes:
        limits.append(
            _(
                "While this run trained, the learning rate was changed ({count}×), which the command does not repeat."
            ).format(count=len(history.lr_changes))
        )
    if history.edits:
        limits.append(
            _("While this run trained, single weights were set ({count}×), which the command does not repeat.").format(
                count=len(history.edits)
            )
        )
    return limits
