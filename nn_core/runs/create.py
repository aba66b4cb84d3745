"""Creates a run folder, with copies of what the run needs: another run's weights, the user's drawings."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from safetensors import SafetensorError

from nn_core.atomic_io import replace_bytes, replace_file, replace_json, sync_to_disk
from nn_core.config import RunConfig
from nn_core.drawings.corrections import Correction, pack_corrections
from nn_core.errors import BadInput, DamagedRun
from nn_core.i18n import _
from nn_core.runs.folder import RunFolder, format_now
from nn_core.runs.groups import GroupFile
from nn_core.runs.label import RunLabel
from nn_core.runs.status import RunStatus
from nn_core.runs.store import check_run_name, create_folder, find_run, suggest_run_names
from nn_core.runs.weights import check_complete

__all__ = ["create_run", "find_start_weights"]


def create_run(
    root: Path,
    config: RunConfig,
    name: str | None = None,
    drawings: Sequence[Correction] = (),
    label: RunLabel | None = None,
    *,
    group: GroupFile | None = None,
    weights: Path | None = None,
    preset: str = "",
) -> RunFolder:
    """Create a folder in `root` with the config and the status `queued`. If that fails, no folder is left.

    The weights of `training.start_from` and the drawings are copied, so that the run can be repeated when the originals are gone.

    Args:
        name: Of the folder. Default: a random name.
        drawings: The run trains on these if `data.drawings.share` is above 0.
        label: The name and the note that the user gave the run.
        group: The group of runs with other seeds that it belongs to.
        weights: The file with the weights to start from; default: the best ones of the run that `training.start_from` names.
        preset: The preset from which the settings were made; "" if there was none.

    Raises:
        BadInput: The name is taken or not possible, drawings or weights are missing, or the folder cannot be written.
    """
    if name:
        check_run_name(name)
    weights = weights or find_start_weights(root, config)
    if config.data.drawings.share and not drawings:
        raise BadInput(
            _(
                "data.drawings.share = {share:g} needs drawings of your own, and there are none: draw and label some on the Draw "
                "page, or set it to 0."
            ).format(share=config.data.drawings.share)
        )
    with _translate_write_errors(root):
        folder = RunFolder(create_folder(root, name, suggest_run_names(date.today())))
        try:
            _write_files(folder, config, weights, drawings, label, group, preset)
        except OSError:
            shutil.rmtree(folder.path, ignore_errors=True)
            raise
        return folder


def find_start_weights(root: Path, config: RunConfig) -> Path | None:
    """Return the file with the best weights of the run that `training.start_from` names; None if it is empty.

    Raises:
        BadInput: The run does not exist, has no weights or has another network.
        DamagedRun: Its weights are damaged.
    """
    if not config.training.start_from:
        return None
    other = find_run(root, config.training.start_from)
    theirs = other.config()
    network = theirs.model.name
    if network != config.model.name:
        raise BadInput(
            _(
                "training.start_from = '{run}' has the network '{theirs}', but model.name = '{ours}', and the weights do not fit. "
                "Set model.name to {theirs}, or choose another run."
            ).format(run=other.name, theirs=network, ours=config.model.name)
        )
    if theirs.data.scaling != config.data.scaling:
        raise BadInput(
            _(
                "training.start_from = '{run}' expects the pixel scaling '{theirs}', but data.scaling = '{ours}', and the weights "
                "would see other numbers. Set data.scaling to {theirs}, or choose another run."
            ).format(run=other.name, theirs=theirs.data.scaling, ours=config.data.scaling)
        )
    if not other.best_weights.exists():
        raise BadInput(
            _(
                "training.start_from = '{run}' has no trained weights yet. Train it for an epoch first, or choose another run."
            ).format(run=other.name)
        )
    try:
        with other.best_weights.open("rb") as stream:
            check_complete(stream)
    except (OSError, SafetensorError) as error:
        raise DamagedRun(
            _(
                "Run '{run}' has a damaged file, {file}, so nothing can start from it. Restore it, or choose another run."
            ).format(run=other.name, file=other.best_weights.name)
        ) from error
    return other.best_weights


def _write_files(
    folder: RunFolder,
    config: RunConfig,
    weights: Path | None,
    drawings: Sequence[Correction],
    label: RunLabel | None,
    group: GroupFile | None,
    preset: str,
) -> None:
    if weights:
        with weights.open("rb") as source:
            replace_file(folder.start_weights, lambda target: shutil.copyfileobj(source, target))
    if config.data.drawings.share:
        replace_bytes(folder.drawings_file, pack_corrections(drawings))
    if label and (label.name or label.note or label.tags):
        replace_json(folder.label_file, label.model_dump())
    if group:
        replace_json(folder.group_file, group.model_dump())
    folder.write_status(
        RunStatus(
            status="queued",
            created_at=format_now(),
            updated_at=format_now(),
            epochs=config.training.epochs,
            preset=preset,
        )
    )
    folder.write_config(config)  # last: a folder with a config is listed as a run
    sync_to_disk(folder.path.parent)


@contextmanager
def _translate_write_errors(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(
            _("Cannot write a run into '{root}': {reason}. Choose another folder with --runs or NN_LAB_RUNS.").format(
                root=root, reason=error.strerror
            )
        ) from error
