"""Which runs can be compared, and what a comparison of them can and cannot say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from nn_core.config import RunConfig
from nn_core.data import Dataset, DatasetSpec, DataSettings, find_scaled_dataset, load_dataset
from nn_core.errors import BadInput
from nn_core.evaluation.held_out import HeldOutData, find_held_out_settings
from nn_core.i18n import _
from nn_core.models import get_goal
from nn_core.runs import RunFolder, make_titles
from nn_core.task import Goal, get_plural

__all__ = [
    "LETTERS",
    "MAX_RUNS",
    "Participant",
    "Remark",
    "check_runs",
    "describe_comparability",
    "gather_participants",
]

LETTERS = "ABCDEFGH"
"""What sentences call the runs, in their order."""
MAX_RUNS = len(LETTERS)


@dataclass(frozen=True)
class Participant:
    """One of the runs that are compared.

    Attributes:
        letter: what sentences call it.
        title: what pages call it; the user's text.
        run: the run.
        config: its settings.
        goal: what its network does.
        spec: its data set, with the scaling that its network expects.
        data: the examples that it answers. Runs with the same examples share one object.
        is_imported: whether its weights were trained elsewhere.
    """

    letter: str
    title: str
    run: RunFolder
    config: RunConfig
    goal: Goal
    spec: DatasetSpec
    data: HeldOutData
    is_imported: bool


@dataclass(frozen=True)
class Remark:
    """A sentence about a comparison.

    Attributes:
        kind: blocks: their results cannot be compared; caution: what else may explain a difference; note: what they share.
        sentence: for the user. It calls the runs by their letters.
    """

    kind: Literal["blocks", "caution", "note"]
    sentence: str


def check_runs(names: Sequence[str]) -> None:
    """Check the number of runs. Raises BadInput."""
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadInput(_("Run '{run}' was given twice: give each run once.").format(run=twice))
    if not 2 <= len(names) <= MAX_RUNS:
        raise BadInput(
            _("A comparison needs 2 to {most} runs, and {count} were given: {remedy}.").format(
                most=MAX_RUNS,
                count=len(names),
                remedy=_("add another one") if len(names) < 2 else _("leave some out"),
            )
        )


def gather_participants(
    runs: Sequence[RunFolder], data_folder: Path, load: Callable[[DataSettings], Dataset] | None = None
) -> list[Participant]:
    """Read the runs and the examples that they answer.

    Args:
        runs: 2 to 8; the first one is what the others are compared with.
        data_folder: where the data sets are.
        load: loads a data set, `load_dataset` without a download by default.

    Raises:
        BadInput: there are too few or too many; one of them is still active, or it cannot be read.
        DatasetUnavailable: neither the data set of a run nor a substitute is on this machine.
    """
    check_runs([str(run.path) for run in runs])
    load = load or (lambda settings: load_dataset(settings, data_folder, download=False))
    titles, datasets = make_titles(runs), dict[str, Dataset]()
    loaded, participants = list[HeldOutData](), list[Participant]()
    for letter, run in zip(LETTERS, runs, strict=False):
        config, status = run.config(), run.status()
        if status.is_active:
            raise BadInput(
                _("Run '{run}' is {status}: compare it when its training has ended.").format(
                    run=run.name, status=_(status.status)
                )
            )
        spec = find_scaled_dataset(config.data, data_folder)
        wanted = find_held_out_settings(config, data_folder) or config.data
        # What is not here does not change the test examples.
        settings = DataSettings(name=wanted.name, plane=wanted.plane)
        key = settings.model_dump_json()
        datasets[key] = dataset = datasets.get(key) or load(settings)
        data = HeldOutData(dataset.spec, settings, dataset.test, is_substitute=wanted is not config.data)
        shared = next((each for each in loaded if _has_same_examples(each, data)), data)
        loaded.append(data)
        if shared is not data and shared.is_substitute != data.is_substitute:
            shared = HeldOutData(shared.spec, shared.settings, shared.test, data.is_substitute)
        goal = get_goal(config.model.name, spec.task)
        participants.append(
            Participant(letter, titles[run.name], run, config, goal, spec, shared, status.has_imported_weights)
        )
    return participants


def _has_same_examples(one: HeldOutData, other: HeldOutData) -> bool:
    if one.settings == other.settings:
        return True
    if one.spec.classes != other.spec.classes or one.test.inputs.shape != other.test.inputs.shape:
        return False
    return torch.equal(one.test.labels, other.test.labels) and torch.equal(one.test.inputs, other.test.inputs)


def describe_comparability(participants: Sequence[Participant]) -> list[Remark]:
    """Say what keeps the runs from being compared, what else than the settings may explain a difference, and what they share."""
    if blocks := _find_blocks(participants):
        return [Remark("blocks", sentence) for sentence in blocks]
    cautions = [*_find_doubts(participants), *_find_other_splits(participants)]
    data, samples = participants[0].data, get_plural(participants[0].spec.kind)
    sentence = _("All runs answer the same {count:,} test {samples} of {data}.")
    if not any(each.is_imported or each.data.is_substitute or each.config.training.start_from for each in participants):
        sentence = _(
            "All runs answer the same {count:,} test {samples} of {data}, which none of them used for training or to choose its best epoch."
        )
    notes = [sentence.format(count=len(data.test), samples=samples, data=_(data.spec.title))]
    if _has_same_split(participants):
        notes.append(
            _("They were also trained and validated on the same {samples}: seed and shares are equal.").format(
                samples=samples
            )
        )
    return [*(Remark("caution", each) for each in cautions), *(Remark("note", each) for each in notes)]


def _find_blocks(participants: Sequence[Participant]) -> list[str]:
    """Why the results of the runs cannot be compared."""
    does = {"classify": _("classify"), "reconstruct": _("reconstruct their input"), "regress": _("predict a number")}
    goals = _group(participants, lambda each: does[each.goal])
    if len(goals) > 1:
        return [
            _("The runs do different things ({goals}), so only their settings can be compared.").format(
                goals=_list_groups(goals)
            )
        ]
    if all(_has_same_examples(participants[0].data, each.data) for each in participants):
        return []
    names = _group(participants, lambda each: _(each.data.spec.title))
    if len(names) == 1:
        return [
            _(
                "The runs use {data} with different settings, so their test {samples} differ and their results cannot be compared one by "
                "one. Train them with the same settings of the data."
            ).format(data=next(iter(names)), samples=get_plural(participants[0].spec.kind))
        ]
    return [
        _(
            "The runs are tested on different examples ({data}), so a difference of their results may come from the examples. Their "
            "settings can be compared. To compare the networks, train them on the same data set."
        ).format(data=_list_groups(names))
    ]


def _find_doubts(participants: Sequence[Participant]) -> list[str]:
    """Which runs may have seen the test examples before."""
    doubts = [
        _(
            "The data set of {letter}, {data}, is not on this machine. It answers {substitute} instead, and may have been trained on some "
            "of these examples: its figures are not those of its test."
        ).format(letter=each.letter, data=_(each.spec.title), substitute=_(each.data.spec.title))
        for each in participants
        if each.data.is_substitute
    ]
    doubts += [
        _(
            "The weights of {letter} were imported. If they were trained on these examples, its result is too good."
        ).format(letter=each.letter)
        for each in participants
        if each.is_imported
    ]
    return doubts + [
        _(
            "{letter} started from the weights of another run. If that one was trained on other data, it may have seen some of these "
            "examples."
        ).format(letter=each.letter)
        for each in participants
        if each.config.training.start_from
    ]


def _find_other_splits(participants: Sequence[Participant]) -> list[str]:
    """In what the training data of the runs differ. The test examples never depend on it."""
    trained = [each for each in participants if not each.is_imported]
    sentences = []
    seeds = _group(trained, lambda each: str(each.config.training.seed))
    if len(seeds) > 1:
        sentences.append(
            _(
                "Their seeds differ ({seeds}). The seed decides the random choices of the training, and which training examples are held "
                "out for validation. The test examples are the same for every seed."
            ).format(seeds=_list_groups(seeds))
        )
    shares = _group(trained, lambda each: f"{100 * each.config.data.validation_share:g} %")
    if len(shares) > 1:
        sentences.append(
            _(
                "They hold out different shares of the training examples for validation ({shares}), so they learned from different "
                "examples, and others chose their best epochs. The test examples are the same."
            ).format(shares=_list_groups(shares))
        )
    counts = _group(
        trained, lambda each: f"{each.config.data.train_examples:,}" if each.config.data.train_examples else _("all")
    )
    if len(counts) > 1:
        sentences.append(
            _("The number of their training examples is limited differently ({counts}).").format(
                counts=_list_groups(counts)
            )
        )
    names = _group(trained, lambda each: _(each.spec.title))
    if len(names) > 1:
        sentences.append(_("They were trained on different data sets ({names}).").format(names=_list_groups(names)))
    if drawn := [each.letter for each in trained if each.config.data.drawings.share]:
        sentences.append(
            _("The user's own drawings were part of the training data of {letters}.").format(letters=", ".join(drawn))
        )
    return sentences


def _has_same_split(participants: Sequence[Participant]) -> bool:
    splits = {
        (
            each.config.data.name,
            each.config.training.seed,
            each.config.data.validation_share,
            each.config.data.train_examples,
        )
        for each in participants
    }
    return len(splits) == 1 and not any(each.is_imported or each.config.data.drawings.share for each in participants)


def _group(participants: Sequence[Participant], describe: Callable[[Participant], str]) -> dict[str, list[str]]:
    """The letters of the runs by a description of each."""
    groups: dict[str, list[str]] = {}
    for each in participants:
        groups.setdefault(describe(each), []).append(each.letter)
    return groups


def _list_groups(groups: dict[str, list[str]]) -> str:
    """Such as "A, C: 10 %; B: 20 %"."""
    return "; ".join(f"{', '.join(letters)}: {text}" for text, letters in groups.items())
