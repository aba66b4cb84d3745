"""Finds out which pixel scaling imported weights expect: each usual one is tried on pictures of the data set."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nn_core.config import RunConfig
from nn_core.data import Split, find_configured_dataset, load_dataset
from nn_core.data.scaling import Scaling, apply_scaling, describe_scaling, list_scalings
from nn_core.data.split import split_stratified, split_train_val
from nn_core.data.transforms import normalize, to_unit_float
from nn_core.formatting import format_loss, format_percent
from nn_core.i18n import _
from nn_core.models import MODELS
from nn_core.models.summary import compute_eval_batch_size, count_activations, list_layer_rows

__all__ = ["ScalingReport", "ScalingResult", "describe_choice", "measure_scalings"]

_MOST_PICTURES = 1000
_FEWEST_PICTURES = 200
_BATCH = 200


@dataclass(frozen=True)
class ScalingResult:
    """What the network does with one scaling.

    Attributes:
        scaling: the scaling.
        accuracy: from 0 to 1; None if the network reconstructs.
        loss: the cross-entropy, or the mean squared error of a network that reconstructs.
    """

    scaling: Scaling
    accuracy: float | None
    loss: float

    @property
    def figure(self) -> str:
        """The accuracy or the error, formatted."""
        if self.accuracy is not None:
            return format_percent(self.accuracy)
        return _("error {error}").format(error=format_loss(self.loss))


@dataclass(frozen=True)
class ScalingReport:
    """The usual scalings, best first.

    Attributes:
        results: empty if they could not be tried.
        pictures: how many were used.
        data: the name of the data set.
        chance: the accuracy of guessing the most frequent class.
    """

    results: tuple[ScalingResult, ...]
    pictures: int
    data: str
    chance: float

    @property
    def best(self) -> Scaling:
        """The scaling that does best; 'mean-std' if none was tried or none is better than guessing."""
        return "mean-std" if self.is_guessing or not self.results else self.results[0].scaling

    @property
    def is_guessing(self) -> bool:
        """Whether the network is no better than guessing with every scaling, within three standard errors."""
        accuracy = self.results[0].accuracy if self.results else None
        margin = 3 * math.sqrt(self.chance * (1 - self.chance) / max(1, self.pictures))
        return accuracy is not None and accuracy <= self.chance + margin

    def find(self, scaling: Scaling) -> ScalingResult | None:
        """Return the result of a scaling; None if it was not tried, or if another one has the same effect."""
        return next((result for result in self.results if result.scaling == scaling), None)


@torch.inference_mode()
def measure_scalings(network: nn.Module, config: RunConfig, data_folder: Path) -> ScalingReport | None:
    """Try the usual scalings on validation pictures, or on training pictures if there are few.

    Args:
        network: with its weights, on the CPU.
        config: of the network and its data set.
        data_folder: where the data set is. If it is not there, nothing is tried.

    Returns:
        The results; None if the data are not pictures.
    """
    spec = find_configured_dataset(config.data, data_folder)
    scalings = list_scalings(spec)
    if not scalings:
        return None
    if not spec.is_present(data_folder):
        return ScalingReport((), 0, spec.name, 0.0)
    samples = _choose_samples(config, data_folder)
    reconstructs = MODELS[config.model.name].goal != "classify"
    network.eval()
    found: list[tuple[ScalingResult, Tensor]] = []
    batch_size = min(_BATCH, compute_eval_batch_size(count_activations(list_layer_rows(network, spec.task), spec.task)))
    for scaling in scalings:
        scaled = apply_scaling(spec, scaling)
        outputs = torch.cat([network(normalize(batch, scaled)).float() for batch in samples.inputs.split(batch_size)])
        if reconstructs:
            errors = (outputs - to_unit_float(samples.inputs)).square().flatten(1).mean(dim=1)
            found.append((ScalingResult(scaling, None, _finite(errors.mean().item())), -errors))
        else:
            right = (outputs.argmax(dim=1) == samples.labels).float()
            loss = F.cross_entropy(outputs.double(), samples.labels).item()
            found.append((ScalingResult(scaling, right.mean().item(), _finite(loss)), right))
    counts = samples.labels.bincount()
    return ScalingReport(_rank(found), len(samples), spec.name, counts.max().item() / len(samples))


def _choose_samples(config: RunConfig, data_folder: Path) -> Split:
    """Return validation samples, stratified, or samples of all training data if there are too few."""
    dataset = load_dataset(config.data, data_folder, download=False)
    _train_rows, rows = split_train_val(dataset, config.data.validation_share, config.training.seed)
    if len(rows) < _FEWEST_PICTURES:
        rows = torch.arange(len(dataset.train))
    if len(rows) > _MOST_PICTURES:
        rows = rows[split_stratified(dataset.train.labels[rows], _MOST_PICTURES / len(rows), seed=0)[1]]
    return dataset.train.take(rows)


def _finite(loss: float) -> float:
    return loss if math.isfinite(loss) else math.inf


def _rank(found: list[tuple[ScalingResult, Tensor]]) -> tuple[ScalingResult, ...]:
    """Sort by accuracy. Among those whose difference to the best may be chance (McNemar, one standard error), take the lowest loss first:
    with the scaling of the training the network is also more certain."""
    ranked = sorted(found, key=lambda each: (-(each[0].accuracy or 0.0), each[0].loss))
    if ranked[0][0].accuracy is None:
        return tuple(result for result, _right in ranked)
    _best, best_right = ranked[0]
    close = []
    for result, right in ranked:
        differs = (best_right - right)[best_right != right]
        if differs.sum().item() <= math.sqrt(len(differs)):
            close.append(result)
    first = min(close, key=lambda result: result.loss)
    return first, *(result for result, _right in ranked if result is not first)


def describe_choice(report: ScalingReport, scaling: Scaling, *, chosen: bool) -> list[str]:
    """Say which scaling is stored with the network and why.

    Args:
        report: of `measure_scalings`.
        scaling: that is stored.
        chosen: whether the user named it.
    """
    if not report.results:
        if chosen:
            return []
        return [
            _(
                "The file does not say which pixel scaling the network expects, and {data} is not on this machine to try it: '{scaling}' "
                "({meaning}) is assumed. Download the data and import the file again to compare the usual ones."
            ).format(data=report.data, scaling=scaling, meaning=describe_scaling(scaling))
        ]
    figures = ", ".join(f"{result.scaling} {result.figure}" for result in report.results)
    notes = []
    if not chosen and not report.is_guessing:
        notes.append(
            _(
                "The file does not say which pixel scaling the network expects: '{scaling}' ({meaning}) is assumed and stored with the "
                "run, because it does best on {count:,} pictures of {data}: {figures}."
            ).format(
                scaling=scaling,
                meaning=describe_scaling(scaling),
                count=report.pictures,
                data=report.data,
                figures=figures,
            )
        )
        if any((result.accuracy or 0.0) > (report.results[0].accuracy or 0.0) for result in report.results):
            notes[-1] += " " + _("Where a difference may be chance, the lowest loss decides.")
    elif not chosen:
        notes.append(
            _(
                "The file does not say which pixel scaling the network expects: '{scaling}' ({meaning}) is assumed and stored with the run."
            ).format(scaling=scaling, meaning=describe_scaling(scaling))
        )
    elif (own := report.find(scaling)) and own is not report.results[0] and own.loss > report.results[0].loss:
        notes.append(
            _(
                "The pixel scaling '{scaling}' is stored with the run as you chose, but '{best}' does better on {count:,} pictures of "
                "{data}: {figures}."
            ).format(scaling=scaling, best=report.best, count=report.pictures, data=report.data, figures=figures)
        )
    if report.is_guessing:
        notes.append(
            _(
                "With every pixel scaling the network is about as good as guessing ({chance}): check that the data set, the order of the "
                "classes and the settings of the network are those of the training."
            ).format(chance=format_percent(report.chance))
        )
    return notes
