"""Decides which pictures are for training and which for the test, from the splits that an archive states."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from nn_core.data.custom.archives.folders import Located
from nn_core.data.custom.archives.splits import Role, SplitName
from nn_core.data.custom.validation import quote_names
from nn_core.i18n import _

__all__ = ["choose_splits"]

Chosen = list[tuple[Located, str, SplitName]]


def choose_splits(labelled: Sequence[Located]) -> tuple[Chosen, list[str]]:
    """Return each picture with its class and its split, and sentences about what was assumed.

    Training and test pictures stay apart. With both, validation pictures are used for training, because NN Lab holds back its
    own validation data; without a test, they are the test. If a split has no picture of a class, all pictures are divided
    again.

    Args:
        labelled: the pictures with a class.
    """
    warnings: list[str] = []
    labels = _join_cases(labelled, warnings)
    counts: dict[Role | None, set[str]] = defaultdict(set)
    for each, label in zip(labelled, labels, strict=True):
        counts[each.role].add(label)
    splits: dict[Role | None, SplitName] = {"train": "train", "test": "test", "val": "test"}
    if {"train", "test", "val"} <= counts.keys():
        splits["val"] = "train"
        warnings.append(
            _(
                "The archive has training, validation and test pictures. The validation pictures are used for training: NN Lab "
                "holds back its own."
            )
        )
    elif {"train", "val"} <= counts.keys():
        warnings.append(_("The archive has no test pictures with classes, so its validation pictures are the test."))
    chosen: Chosen = [(each, label, splits.get(each.role, "any")) for each, label in zip(labelled, labels, strict=True)]
    found = {split for _each, _label, split in chosen}
    pairs = {(label, split) for _each, label, split in chosen}
    missing = sorted({label for label in labels if not {(label, "train"), (label, "test")} <= pairs})
    if found != {"train", "test"} or missing:
        if "train" in found and "test" in found and missing:
            warnings.append(
                _(
                    "The class {names} is missing in the training or the test pictures, so all pictures were divided again: a fifth "
                    "is for the test."
                ).format(names=quote_names(missing))
            )
        elif found & {"train", "test"}:
            warnings.append(_("Only one split of the archive has classes, so a fifth of its pictures is for the test."))
        chosen = [(each, label, "any") for each, label, _split in chosen]
    return chosen, warnings


def _join_cases(labelled: Sequence[Located], warnings: list[str]) -> list[str]:
    """Return the label of each picture. `Cat` in one split and `cat` in another are one class, unless a split has both."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    by_split: dict[tuple[Role | None, str], set[str]] = defaultdict(set)
    for each in labelled:
        names[each.label.casefold()][each.label] += 1
        by_split[each.role, each.label.casefold()].add(each.label)
    distinct = {key for (_role, key), found in by_split.items() if len(found) > 1}
    joined = {key: found.most_common(1)[0][0] for key, found in names.items() if len(found) > 1 and key not in distinct}
    if joined:
        warnings.append(
            _("Folders that differ only in capital letters are one class: {names}.").format(
                names=quote_names(joined.values())
            )
        )
    return [joined.get(each.label.casefold(), each.label) for each in labelled]
