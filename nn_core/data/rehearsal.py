"""The training data for fine-tuning on the user's drawings: repeated drawings, mixed with older examples.

This is rehearsal against catastrophic forgetting (McCloskey and Cohen, 1989): a network that is trained on the new examples
alone soon gets the older ones wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.builtin.pen_digits import PEN_DIGITS, get_variant_file, load_pen_split, read_pen_drawings
from nn_core.data.custom.drawings import make_drawn_split
from nn_core.data.dataset import Dataset, DatasetSpec, Split, join_splits
from nn_core.data.registry import DATASETS
from nn_core.data.settings import AugmentationSettings
from nn_core.drawings.corrections import Correction
from nn_core.i18n import _

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["choose_rehearsal_data", "explain_not_drawable", "filter_known", "mix_rehearsal"]

MAX_REPEATS = 100
"""The most copies of one drawing in an epoch, so that two or three drawings do not dominate it."""
_VARIATION = AugmentationSettings(rotate=5, shift=0.5, scale=0.05, shear=5)
_PEN_FRACTION = 1 / 3
"""How many of the older digits are drawn with a pen, like drawings on the Draw page."""


def explain_not_drawable(spec: DatasetSpec) -> str:
    """Explain in a sentence why a network for these data cannot be trained on drawings; empty if it can."""
    if spec.kind != "pictures":
        return _("It learned {data}, which are not pictures, so it cannot be trained on drawings.").format(
            data=spec.name
        )
    if not spec.is_line_drawing:
        return _("It learned {data}, which are photos, so it cannot be trained on drawings.").format(data=spec.name)
    return ""


def filter_known(corrections: Sequence[Correction], spec: DatasetSpec) -> list[Correction]:
    """Return the corrections whose class is in the data set."""
    return [each for each in corrections if each.label in spec.classes]


def choose_rehearsal_data(spec: DatasetSpec, folder: Path) -> DatasetSpec | None:
    """Choose the data set that older examples are taken from.

    Returns:
        `spec` if it is in `folder`, else the largest data set with the same classes that is, else None.
    """
    similar = [
        other
        for other in DATASETS.values()
        if other.is_line_drawing and (other.classes, other.shape, other.mean) == (spec.classes, spec.shape, spec.mean)
    ]
    # Larger ones come later in the registry.
    return next((each for each in (spec, *reversed(similar)) if each.is_present(folder)), None)


def mix_rehearsal(dataset: Dataset, drawn: Split, settings: DataSettings, seed: int, folder: Path) -> Dataset:
    """Return `dataset` with fewer training samples, followed by copies of the drawings.

    The drawings are never held out for validation. Samples that a run with the same seed holds out of the whole data set are
    not used for training here either.

    Args:
        dataset: the older examples.
        drawn: the drawings.
        settings: how many older examples to take, and the fraction of the drawings in the result.
        seed: the seed of the run.
        folder: the data folder.
    """
    import torch

    from nn_core.data.split import split_train_val

    train_rows, _val_rows = split_train_val(dataset, settings.validation_share, seed, settings.train_examples)
    wanted = settings.drawings.rehearse
    old = _sample(dataset.train.take(train_rows), wanted)
    if (dataset.spec.classes, dataset.spec.shape) == (PEN_DIGITS.classes, PEN_DIGITS.shape):
        pen_count = max(round(_PEN_FRACTION * wanted), wanted - len(old))  # a small data set needs more of them
        old = join_splits([_sample(old, wanted - pen_count), _load_pen_digits(pen_count, folder)])
    fraction = settings.drawings.share
    copies = round(fraction / (1 - fraction) * len(old) / len(drawn))
    rows = torch.arange(len(drawn)).repeat(min(MAX_REPEATS, max(1, copies)))
    repeated = _vary_copies(drawn.take(rows), len(drawn), seed)
    return replace(dataset, train=join_splits([old, repeated]), never_held_out=len(repeated))


def _vary_copies(drawn: Split, originals: int, seed: int) -> Split:
    """Augment all samples after the first `originals`. Older examples are not augmented: after full training, augmented versions
    are new to the network, and learning them harmed its accuracy more than the drawings did."""
    import torch

    from nn_core.data.transforms import augment_batch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pictures = augment_batch(drawn.inputs, _VARIATION).round().to(torch.uint8)
    pictures[:originals] = drawn.inputs[:originals]
    return Split(pictures, drawn.labels)


def _load_pen_digits(most: int, folder: Path) -> Split:
    if get_variant_file(folder, 0).exists():
        return _sample(load_pen_split(folder), most)
    # Rasterizing all of them would take longer than the fine-tuning.
    drawings = list(read_pen_drawings())
    chosen = drawings[:: max(1, len(drawings) // most)][:most]
    return make_drawn_split([Correction(PEN_DIGITS.classes[digit], drawing) for drawing, digit in chosen], PEN_DIGITS)


def _sample(split: Split, most: int) -> Split:
    """Take at most `most` samples, stratified by class; always the same ones."""
    from nn_core.data.split import split_stratified

    if len(split) <= most:
        return split
    return split.take(split_stratified(split.labels, most / len(split), seed=0)[1])
