"""A lesson: a run that starts from another one's network and learns the user's drawings, mixed with older examples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nn_core.config import RunConfig, apply_settings, update_config
from nn_core.data import AugmentationSettings, find_dataset
from nn_core.data.rehearsal import choose_rehearsal_data, explain_not_drawable, filter_known
from nn_core.drawings.corrections import Correction
from nn_core.errors import BadInput, NNLabError
from nn_core.i18n import _
from nn_core.models import MODELS
from nn_core.runs.create import create_run
from nn_core.runs.folder import RunFolder
from nn_core.runs.store import list_runs

__all__ = [
    "Transition",
    "create_finetune_run",
    "explain_not_finetunable",
    "list_finetune_runs",
    "make_finetune_config",
    "read_finetune_report",
    "read_transitions",
]

_SHARE = 0.05
_REHEARSED = 6000
_RATE = 0.0002


@dataclass(frozen=True)
class Transition:
    """How many drawings of one class a lesson moved from one answer to another; None stands for a refusal."""

    label: str
    before: str | None
    after: str | None
    count: int


def explain_not_finetunable(config: RunConfig, data_folder: Path) -> str:
    """Why a network cannot be taught drawings, in a sentence; empty where it can. Raises DatasetUnavailable."""
    if MODELS[config.model.name].goal != "classify":
        return _(
            "Network '{name}' gives pictures back and names no class, so it cannot be trained on drawings."
        ).format(name=config.model.name)
    spec = find_dataset(config.data.name, data_folder)
    if sentence := explain_not_drawable(spec):
        return sentence
    if choose_rehearsal_data(spec, data_folder) is None:
        return _(
            "It learned {data}, which is not on this machine; without older examples it would forget them. Fetch it first: "
            "python -m nn_core download {data}."
        ).format(data=spec.name)
    return ""


def make_finetune_config(parent: RunFolder, data_folder: Path) -> RunConfig:
    """How the parent's network is taught drawings: one short epoch. Raises BadInput where it cannot be."""
    config = parent.config()
    if sentence := explain_not_finetunable(config, data_folder):
        raise BadInput(_("Run '{run}': {sentence}").format(run=parent.name, sentence=sentence))
    rehearsed = choose_rehearsal_data(find_dataset(config.data.name, data_folder), data_folder)
    assert rehearsed, "why_not_taught says so"
    return update_config(
        config,
        {
            "data": {
                "name": rehearsed.name,
                "augmentation": AugmentationSettings().model_dump(),
                "drawings": {"share": _SHARE, "rehearse": _REHEARSED},
            },
            "optimizer": {"name": "adamw", "lr": _RATE, "weight_decay": 0.0},
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
) -> RunFolder:
    """A new run below `root`, to be launched. Drawings of a class that the network does not know are left out.

    settings: `path=value`, laid over `make_finetune_config`. Raises BadInput where the network cannot be taught, or none of the
    drawings is of a class that it knows.
    """
    config = apply_settings(make_finetune_config(parent, data_folder), settings)
    spec = find_dataset(config.data.name, data_folder)
    chosen = filter_known(drawings, spec)
    if not chosen:
        labels = sorted({each.label for each in drawings})
        raise BadInput(
            _("There is nothing to teach run '{run}': it knows {classes}, and of the drawings {what}.").format(
                run=parent.name,
                classes=", ".join(spec.classes),
                what=_("there are none yet")
                if not labels
                else _("there are only {labels}").format(labels=", ".join(labels)),
            )
        )
    return create_run(root, config, name, chosen)


def list_finetune_runs(root: Path, parent: str) -> list[RunFolder]:
    """The lessons below `root` that started from the run of that name, the newest first."""
    found = []
    for run in list_runs(root):
        with suppress(NNLabError):
            if run.drawings_file.exists() and run.config().training.start_from == parent:
                found.append(run)
    return found


def read_finetune_report(run: RunFolder) -> dict[str, Any] | None:
    """What teaching.json holds; None before it is there, and for a damaged one. See `finetuning.report`.

    Files of versions that did not count refusals have no `wrong` and `refused`, and their `right` includes refused drawings.
    """
    try:
        content = json.loads(run.teaching_file.read_bytes())
        before, after = content["before"], content["after"]
        known = _FIGURES + (_OF_REFUSALS if any(key in before for key in _OF_REFUSALS) else ())
        sound = all(isinstance(figures[key], int | float) for figures in (before, after) for key in known)
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return content if sound else None


def read_transitions(teaching: dict[str, Any]) -> list[Transition]:
    """How the answers to a lesson's drawings changed, the most frequent change first; empty where the file does not say which of
    them were refused, or is damaged.

    teaching: as `read_finetune_report` gives it.
    """
    counts: Counter[tuple[str, str | None, str | None]] = Counter()
    try:
        for each in teaching["drawings"]:
            before, after = (
                None if each[f"{time}_refused"] else str(each[time])  # a refused drawing has no answer
                for time in ("before", "after")
            )
            counts[str(each["label"]), before, after] += 1
    except (LookupError, TypeError):
        return []
    return [Transition(*key, count) for key, count in counts.most_common()]


_FIGURES = ("right", "of", "test_accuracy")
_OF_REFUSALS = ("wrong", "refused")
