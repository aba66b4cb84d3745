"""Creates fine-tuning runs: they start from another run's network and train on the user's drawings, mixed with older examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from nn_core.config import RunConfig, apply_settings, update_config
from nn_core.data import AugmentationSettings, find_configured_dataset
from nn_core.data.rehearsal import choose_rehearsal_data, explain_not_drawable, filter_known
from nn_core.drawings.corrections import Correction
from nn_core.errors import BadInput, NNLabError
from nn_core.i18n import _
from nn_core.models import MODELS
from nn_core.runs.create import create_run
from nn_core.runs.folder import RunFolder
from nn_core.runs.label import RunLabel
from nn_core.runs.store import list_runs

__all__ = ["create_finetune_run", "explain_not_finetunable", "list_finetune_runs", "make_finetune_config"]

_SHARE = 0.05  # of the training samples that are drawings
_REHEARSED = 6000  # older examples
_LEARNING_RATE = 0.0002


def explain_not_finetunable(config: RunConfig, data_folder: Path) -> str:
    """Return a sentence that says why a network cannot be fine-tuned on drawings; empty if it can. Raises DatasetUnavailable."""
    if MODELS[config.model.name].goal != "classify":
        return _(
            "Network '{name}' reconstructs pictures and predicts no class, so it cannot be trained on drawings."
        ).format(name=config.model.name)
    spec = find_configured_dataset(config.data, data_folder)
    if sentence := explain_not_drawable(spec):
        return sentence
    if choose_rehearsal_data(spec, data_folder) is None:
        return _(
            "It was trained on {data}, which is not on this machine. Without older examples it would forget them. Download them first: "
            "python -m nn_core download {data}."
        ).format(data=spec.name)
    return ""


def make_finetune_config(parent: RunFolder, data_folder: Path) -> RunConfig:
    """Return the settings that fine-tune the parent's network in one short epoch. Raises BadInput if it cannot be fine-tuned."""
    config = parent.config()
    if sentence := explain_not_finetunable(config, data_folder):
        raise BadInput(_("Run '{run}': {sentence}").format(run=parent.name, sentence=sentence))
    rehearsed = choose_rehearsal_data(find_configured_dataset(config.data, data_folder), data_folder)
    assert rehearsed, "explain_not_finetunable checks this"
    return update_config(
        config,
        {
            "data": {
                "name": rehearsed.name,
                "augmentation": AugmentationSettings().model_dump(),
                "drawings": {"share": _SHARE, "rehearse": _REHEARSED},
            },
            "optimizer": {"name": "adamw", "lr": _LEARNING_RATE, "weight_decay": 0.0},
            "scheduler": {"name": "one_cycle"},
            "training": {
                "epochs": 1,
                "batch_size": 100,
                "patience": 0,
                "clip_norm": 0.0,
                "ema": 0.0,
                "compile": False,
                "start_from": parent.name,
            },
        },
    )


def create_finetune_run(
    root: Path,
    parent: RunFolder,
    drawings: Sequence[Correction],
    data_folder: Path,
    *,
    settings: Iterable[str] = (),
    name: str | None = None,
    label: RunLabel | None = None,
) -> RunFolder:
    """Create a run to be launched.

    Args:
        root: the folder of runs.
        parent: the run whose network is fine-tuned.
        drawings: those of a class that the network does not know are left out.
        data_folder: where its data is.
        settings: `path=value`, which override those of `make_finetune_config`.
        name: of the new run's folder; None for a generated one.
        label: the name and the note that the user gave the new run.

    Raises:
        BadInput: the network cannot be fine-tuned, or no drawing is of a class that it knows.
    """
    config = apply_settings(make_finetune_config(parent, data_folder), settings)
    spec = find_configured_dataset(config.data, data_folder)
    chosen = filter_known(drawings, spec)
    if not chosen:
        labels = sorted({each.label for each in drawings})
        raise BadInput(
            _("Run '{run}' has no drawings to train on: it knows {classes}, and {what}.").format(
                run=parent.name,
                classes=", ".join(spec.classes),
                what=_("there are no drawings yet")
                if not labels
                else _("there are only drawings of {labels}").format(labels=", ".join(labels)),
            )
        )
    return create_run(root, config, name, chosen, label)


def list_finetune_runs(root: Path, parent: str) -> list[RunFolder]:
    """Return the fine-tuning runs in `root` that started from the run of that name, the newest first."""
    found = []
    for run in list_runs(root):
        with suppress(NNLabError):
            if run.drawings_file.exists() and run.config().training.start_from == parent:
                found.append(run)
    return found
