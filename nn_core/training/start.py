"""What a run begins with: the data that it learns from, and the weights of another run where it starts from one."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from nn_core.config import RunConfig
from nn_core.data import Dataset, DatasetSpec, load_dataset
from nn_core.data.taught import drawn_split, known, taught, why_not_drawn
from nn_core.drawings.corrections import read_corrections
from nn_core.errors import BadInput, DamagedRun
from nn_core.i18n import _
from nn_core.models import build_model
from nn_core.runs import RunFolder
from nn_core.runs.create import weights_to_start_from
from nn_core.runs.weights import read_weights
from nn_core.training.session import Session

__all__ = ["begin", "learned_by", "must_fit_start"]


def learned_by(run: RunFolder, config: RunConfig, data_folder: Path) -> Dataset:
    """The run's data set, with the run's own copy of the user's drawings mixed in where its config asks for that.

    Raises DatasetUnavailable, BadInput for data that no drawing belongs to, DamagedRun where the drawings are gone.
    """
    dataset = load_dataset(config.data, data_folder)
    if not config.data.drawings.share:
        return dataset
    if sentence := why_not_drawn(dataset.spec):
        raise BadInput(_("{sentence} Set data.drawings.share to 0.").format(sentence=sentence))
    drawings = known(read_corrections(run.drawings_file), dataset.spec)
    if not drawings:
        raise DamagedRun(
            _(
                "Run '{run}' is to learn drawings, and its {file} holds none of a class that it knows. Teach it anew."
            ).format(run=run.name, file=run.drawings_file.name)
        )
    return taught(dataset, drawn_split(drawings, dataset.spec), config.data, config.training.seed, data_folder)


def begin(run: RunFolder, session: Session) -> None:
    """Give a fresh session the weights that the run starts from, if it does. Raises BadInput where they do not fit, DamagedRun
    where they are gone."""
    name = session.config.training.start_from
    if not name:
        return
    weights = _read(run.start_weights, run.name)
    _must_fit(weights, session.model.state_dict(), name)
    session.begin_with(weights)


def must_fit_start(config: RunConfig, spec: DatasetSpec, runs_root: Path) -> None:
    """For a run that is yet to be created. Raises BadInput for a `training.start_from` that cannot be, with these data."""
    file = weights_to_start_from(runs_root, config)
    if file:
        with torch.device("meta"):
            own = build_model(config.model, spec.problem).state_dict()
        _must_fit(_read(file, config.training.start_from), own, config.training.start_from)


def _read(file: Path, run: str) -> dict[str, Tensor]:
    try:
        return read_weights(file)
    except (OSError, SafetensorError) as error:
        raise DamagedRun(
            _(
                "Run '{run}' has a damaged file, {file}, so nothing can start from it. Restore it, or choose another run."
            ).format(run=run, file=file.name)
        ) from error


def _must_fit(theirs: Mapping[str, Tensor], ours: Mapping[str, Tensor], run: str) -> None:
    sizes = [{name: tuple(tensor.shape) for name, tensor in weights.items()} for weights in (theirs, ours)]
    if sizes[0] != sizes[1]:
        raise BadInput(
            _(
                "training.start_from = '{run}' has weights of other sizes than this network: its settings, the pictures' shape "
                "or the number of classes differ. Take that run's settings (--config with its config.json), or choose another "
                "run."
            ).format(run=run)
        )
