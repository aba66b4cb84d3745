"""Matches the state_dicts of another program's file to a network: finds the network among wrappers, prefixes and stray entries, and
names the cause if it does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nn_core.data import DatasetSpec
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.transfer.state_dicts import StateDict, is_average
from nn_core.transfer.weight_matching import has_same_names, is_counter, match_by_order, match_weights

__all__ = ["ClassesDiffer", "Matched", "match_state_dicts", "remove_wrapping"]

_WRAPPING = re.compile(
    r"module|_orig_mod|model|net|network|nn|backbone|student|classifier|inner|wrapped|policy|self|ema|swa|model_ema|ema_model|online_model|"
    r"averaged?|shadow|teacher|generator|discriminator",
    re.IGNORECASE,
)
"""The names under which other programs store a network inside another module."""
_NO_LAYER = re.compile(
    r"(^|\.)(criterion|criteria|(\w+_)?loss(es)?(_?(fn|func|function|module))?|cost|metrics?|(\w+_)?(acc|accuracy|auroc|f1|confmat)|"
    r"optimi[sz]er|scheduler|scaler|(class_?|pos_)weights?|total_(ops|params)|n_averaged|num_updates|decay|initted)(\.|$)",
    re.IGNORECASE,
)
_STATISTIC = re.compile(r"(^|[._])(mean|std)$", re.IGNORECASE)
"""What a layer that normalises pictures has; the pixel scaling replaces it."""
_SHOWN = 5


class ClassesDiffer(BadInput):
    """The weights are of this network, but with another number of classes."""


@dataclass(frozen=True)
class Matched:
    """Weights with the network's names, and sentences about what was guessed or left out."""

    weights: Mapping[str, Tensor]
    notes: tuple[str, ...]


def match_state_dicts(
    found: list[StateDict], network: nn.Module, spec: DatasetSpec, *, called: str, name: str
) -> Matched:
    """Give the weights of the only network in the file that fits the names and types of ours.

    Args:
        found: not empty; the most likely state_dict first.
        network: may be on torch's `meta` device.
        spec: of its data set.
        called: the file's name in errors.
        name: the network's name in errors.

    Raises:
        ClassesDiffer: the network has another number of classes.
        BadInput: none fits for another reason; or several do, and nothing says which one is meant.
    """
    needed = network.state_dict()
    fits = [fit for state in found for fit in _list_fits(state, needed)]
    chosen = _choose(fits, called) if fits else None
    # With other names, the first one whose shapes fit.
    in_order = [state for state in found if not chosen and match_by_order(needed, remove_wrapping(state))]
    state = chosen.state if chosen else (in_order or found)[0]
    tensors = chosen.tensors if chosen else remove_wrapping(state)
    if not chosen:
        _explain_mismatch(needed, tensors, spec, called)
    weights, by_order = match_weights(tensors, network, called=called, network=name)
    notes = []
    if by_order:
        notes.append(
            _(
                "The layers in the file have other names. They were matched by their order, because all shapes are the same. Evaluate "
                "shows whether that was right."
            )
        )
    kept = (
        set(chosen.kept)
        if chosen
        else {entry for entry in state.tensors if not _is_no_layer(entry, state.tensors[entry])}
    )
    left_out = [entry for entry in (*state.tensors, *state.figures) if entry not in kept]
    if left_out:
        notes.append(
            _("Left out, because they are no layers of the network: {entries}.").format(entries=_join(left_out))
        )
    others = [fit.title for fit in fits if chosen and fit is not chosen]
    if chosen and others:
        notes.append(
            _("The file contains several versions of the network; '{used}' was used, not {others}.").format(
                used=chosen.title, others=_join(others)
            )
        )
    return Matched(weights, tuple(notes))


@dataclass(frozen=True)
class _Fit:
    """A network in the file whose names and shapes are ours, once `prefix` is removed."""

    state: StateDict
    prefix: str
    tensors: Mapping[str, Tensor]
    kept: tuple[str, ...]

    @property
    def title(self) -> str:
        return ".".join(part for part in (self.state.path, self.prefix.rstrip(".")) if part)


def _list_fits(state: StateDict, needed: Mapping[str, Tensor]) -> list[_Fit]:
    names = [name for name in needed if not is_counter(name)]
    given = state.tensors
    prefixes = dict.fromkeys(
        entry.removesuffix(names[0]) for entry in given if entry == names[0] or entry.endswith(f".{names[0]}")
    )
    fits = []
    for prefix in prefixes:
        if any(prefix + name not in given or given[prefix + name].shape != needed[name].shape for name in names):
            continue
        own = [entry for entry in given if entry.startswith(prefix) and not _is_no_layer(entry, given[entry])]
        others = [entry for entry in given if not entry.startswith(prefix) and not _is_no_layer(entry, given[entry])]
        is_whole = all(entry.removeprefix(prefix) in needed or is_counter(entry) for entry in own)
        if is_whole and (not others or _WRAPPING.fullmatch(prefix.partition(".")[0])):
            kept = tuple(prefix + name for name in needed if prefix + name in given)
            fits.append(_Fit(state, prefix, {entry.removeprefix(prefix): given[entry] for entry in kept}, kept))
    return fits


def _choose(fits: list[_Fit], called: str) -> _Fit:
    """Prefer the network itself to its average, and then the best one; equal ones are all the same. Raises BadInput."""
    fits = [fit for fit in fits if not is_average(fit.title)] or fits
    fits = [fit for fit in fits if "best" in fit.title.lower()] or fits
    first, *others = fits
    different = [fit for fit in others if not _is_equal(fit.tensors, first.tensors)]
    if different:
        raise BadInput(
            _(
                "'{file}' contains several networks that fit ({names}), and it is not clear which one is meant: save only one of them with "
                "torch.save."
            ).format(file=called, names=_join([first.title, *(fit.title for fit in different)]))
        )
    return first


def _is_equal(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> bool:
    try:
        return all(torch.equal(tensor.float(), theirs[name].float()) for name, tensor in ours.items())
    except RuntimeError:  # numbers of a type that torch can only store
        return False


def remove_wrapping(state: StateDict) -> dict[str, Tensor]:
    """Return the entries that may be layers, without what stands before all names."""
    tensors = {name: tensor for name, tensor in state.tensors.items() if not _is_no_layer(name, tensor)}
    while tensors:
        first = next(iter(tensors)).partition(".")[0]
        if not _WRAPPING.fullmatch(first) or not all(name.startswith(f"{first}.") for name in tensors):
            break
        tensors = {name.removeprefix(f"{first}."): tensor for name, tensor in tensors.items()}
    return tensors


def _is_no_layer(name: str, tensor: Tensor) -> bool:
    if is_counter(name):
        return False
    is_statistic = _STATISTIC.search(name) is not None and "running_" not in name and tensor.numel() <= 4
    return tensor.dim() == 0 or is_statistic or _NO_LAYER.search(name) is not None


def _explain_mismatch(
    needed: Mapping[str, Tensor], given: Mapping[str, Tensor], spec: DatasetSpec, called: str
) -> None:
    """Raises BadInput if only the number of classes or the size of the samples differs."""
    pairs = {name: given[name] for name in needed if name in given}
    if not has_same_names(needed, given):
        pairs = match_by_order(needed, given, same_shapes=False) or {}
    different = [name for name in needed if name in pairs and pairs[name].shape != needed[name].shape]
    if not pairs or not different:
        return
    last, classes = different[-1].rpartition(".")[0], spec.task.classes
    found = pairs[different[-1]].shape[:1]
    if different == [name for name in needed if name.rpartition(".")[0] == last and not is_counter(name)] and all(
        pairs[name].shape[:1] == found
        and pairs[name].shape[1:] == needed[name].shape[1:]
        and needed[name].shape[:1] == (classes,)
        for name in different
    ):
        raise ClassesDiffer(_describe_classes(found[0], spec, called))
    theirs, ours = pairs[different[0]].shape, needed[different[0]].shape
    if (
        spec.kind == "pictures"
        and len(different) == 1
        and different[0] == next(iter(needed))
        and len(theirs) == len(ours) > 1
        and theirs[:1] + theirs[2:] == ours[:1] + ours[2:]
    ):
        raise BadInput(
            _(
                "'{file}' was trained on other pictures: its first layer takes {found:,} {unit}, and those of {data} have {needed:,} ({shape}); "
                "choose the data set with pictures of that size and colour."
            ).format(
                file=called,
                found=theirs[1],
                unit=_("numbers") if len(theirs) == 2 else _("channels"),
                data=spec.name,
                needed=ours[1],
                shape=" × ".join(map(str, spec.shape)),
            )
        )


def _describe_classes(found: int, spec: DatasetSpec, called: str) -> str:
    if spec.name == "emnist_letters" and found == len(spec.classes) + 1:
        return _(
            "'{file}' distinguishes {found} classes, and {data} has {needed}: torchvision numbers the letters from 1, so remove the first "
            "row of the last layer (weight[1:] and bias[1:]) and save it again."
        ).format(file=called, found=found, data=spec.name, needed=spec.task.classes)
    return _(
        "'{file}' distinguishes {found} classes, and {data} has {needed}: choose the data set with {found} classes that the weights were "
        "trained on, or import it first on the Data page."
    ).format(file=called, found=found, data=spec.name, needed=spec.task.classes)


def _join(names: Iterable[str]) -> str:
    """The first names, each in quotes."""
    quoted = [f"'{name[:60] or '.'}'" for name in names]
    more = len(quoted) - _SHOWN
    return ", ".join(quoted[:_SHOWN]) + (_(" and {count:,} more").format(count=more) if more > 0 else "")
