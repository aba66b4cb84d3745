"""What a network learns that is taught the user's drawings: them again and again, between older examples.

Rehearsal, against what McCloskey and Cohen (1989) called catastrophic forgetting: a network that saw the new examples alone
would soon read nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.builtin.pen_digits import PEN_DIGITS, get_variant_file, load_pen_split, read_pen_drawings
from nn_core.data.dataset import Dataset, DatasetSpec, Split
from nn_core.data.registry import DATASETS
from nn_core.data.transforms.augment_settings import AugmentationSettings
from nn_core.drawings.corrections import Correction
from nn_core.i18n import _

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.data.settings import DataSettings

__all__ = ["choose_rehearsal_data", "explain_not_drawable", "filter_known", "make_drawn_split", "mix_rehearsal"]

MOST_REPEATED = 100
"""So often at most is one drawing learned in an epoch: two or three of them must not be all there is."""
_ANOTHER_TIME = AugmentationSettings(rotate=5, shift=0.5, scale=0.05, shear=5)
_PEN_SHARE = 1 / 3
"""Of the older digits, how many are drawn with a pen, as what comes on the Draw page is."""


def explain_not_drawable(spec: DatasetSpec) -> str:
    """Why a network that learned these data cannot be taught drawings, in a sentence; empty where it can."""
    if spec.kind != "pictures":
        return _("It learned {data}, which are no pictures, so it cannot be trained on drawings.").format(
            data=spec.name
        )
    if not spec.ink:
        return _("It learned {data}, which are photos, so it cannot be trained on drawings.").format(data=spec.name)
    return ""


def filter_known(corrections: Sequence[Correction], spec: DatasetSpec) -> list[Correction]:
    """Those whose class the data set has."""
    return [each for each in corrections if each.label in spec.classes]


def choose_rehearsal_data(spec: DatasetSpec, folder: Path) -> DatasetSpec | None:
    """The data set that older examples are taken from: `spec`, or where it is not in `folder` one of the same classes that is;
    None where there is none."""
    alike = [
        other
        for other in DATASETS.values()
        if other.ink and (other.classes, other.shape, other.mean) == (spec.classes, spec.shape, spec.mean)
    ]
    # Of those at hand the largest is the last.
    return next((each for each in (spec, *reversed(alike)) if each.is_present(folder)), None)


def mix_rehearsal(dataset: Dataset, drawn: Split, settings: DataSettings, seed: int, folder: Path) -> Dataset:
    """`dataset` with fewer training samples, and with `drawn` among them as often as their share takes. The drawings are at the
    end, and none of them is held out. What a run of the same seed holds out of the whole data set is not learned here either."""
    import torch

    from nn_core.data.split import split_train_val

    learned, _held = split_train_val(dataset, settings.validation_share, seed)
    wanted = settings.drawings.rehearse
    old = _some(dataset.train.take(learned), wanted)
    if (dataset.spec.classes, dataset.spec.shape) == (PEN_DIGITS.classes, PEN_DIGITS.shape):
        with_pen = max(round(_PEN_SHARE * wanted), wanted - len(old))  # a small data set needs more of them
        old = _joined(_some(old, wanted - with_pen), _pen_digits(with_pen, folder))
    share = settings.drawings.share
    copies = round(share / (1 - share) * len(old) / len(drawn))
    rows = torch.arange(len(drawn)).repeat(min(MOST_REPEATED, max(1, copies)))
    again = _varied(drawn.take(rows), len(drawn), seed)
    return replace(dataset, train=_joined(old, again), always_learned=len(again))


def make_drawn_split(corrections: Sequence[Correction], spec: DatasetSpec) -> Split:
    """The drawings as pictures of that data set, which must have their classes."""
    import numpy as np
    import torch

    from nn_core.data.transforms.resize import resize_to_spec
    from nn_core.drawings.preprocess import prepare_drawing

    prepared = [(prepare_drawing(each.drawing), each.label) for each in corrections]
    pictures = [resize_to_spec(picture, spec) for picture, _label in prepared if picture is not None]
    labels = [spec.classes.index(label) for picture, label in prepared if picture is not None]
    return Split(torch.from_numpy(np.stack(pictures)), torch.tensor(labels, dtype=torch.int64))


def _varied(drawn: Split, as_drawn: int, seed: int) -> Split:
    """All but the first `as_drawn` as they might have been drawn another time. The older examples stay as they are: varied ones
    are new to a network that has learned them to the end, and learning those cost it more than the drawings did."""
    import torch

    from nn_core.data.transforms.augment import augment_batch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pictures = augment_batch(drawn.inputs, _ANOTHER_TIME).round().to(torch.uint8)
    pictures[:as_drawn] = drawn.inputs[:as_drawn]
    return Split(pictures, drawn.labels)


def _pen_digits(most: int, folder: Path) -> Split:
    if get_variant_file(folder, 0).exists():
        return _some(load_pen_split(folder), most)
    # Drawing all of them would take longer than the whole lesson.
    drawings = list(read_pen_drawings())
    chosen = drawings[:: max(1, len(drawings) // most)][:most]
    return make_drawn_split([Correction(PEN_DIGITS.classes[digit], drawing) for drawing, digit in chosen], PEN_DIGITS)


def _some(split: Split, most: int) -> Split:
    """At most so many, of every class in proportion; always the same."""
    from nn_core.data.split import split_stratified

    if len(split) <= most:
        return split
    return split.take(split_stratified(split.labels, most / len(split), seed=0)[1])


def _joined(first: Split, second: Split) -> Split:
    import torch

    def both(a: Tensor, b: Tensor) -> Tensor:
        return torch.cat([a, b])

    return Split(both(first.inputs, second.inputs), both(first.labels, second.labels))
