"""The user's own drawings as a data set: what was stored on the Draw page with "No, this is a …"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nn_core.data.builtin.mnist import MNIST_SAMPLE
from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.registry import OWN
from nn_core.drawings.corrections import get_corrections_file, read_corrections
from nn_core.errors import DatasetUnavailable
from nn_core.i18n import _

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["OWN_DRAWINGS", "find_drawings_dataset"]

OWN_DRAWINGS = OWN + "my_drawings"
"""With an underscore, which no data set has that was made of a file."""

_FEWEST = 10
_TEST_SHARE = 0.2


def find_drawings_dataset(folder: Path) -> DatasetSpec | None:
    """None where nothing was stored yet. The classes are the ten digits, or the labels where others are among them."""
    labels = {each.label for each in read_corrections(get_corrections_file(folder))}
    if not labels:
        return None
    digits = labels <= set(MNIST_SAMPLE.classes)
    return DatasetSpec(
        name=OWN_DRAWINGS,
        title=_("My drawings"),
        about=_("What you drew on the Draw page and told the network what it is."),
        classes=MNIST_SAMPLE.classes if digits else tuple(sorted(labels)),
        shape=MNIST_SAMPLE.shape,
        mean=MNIST_SAMPLE.mean,
        std=MNIST_SAMPLE.std,
        ink=True,
        read=_read,
    )


def _read(folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    from nn_core.data.rehearsal import make_drawn_split
    from nn_core.data.split import split_stratified

    corrections = read_corrections(get_corrections_file(folder))
    spec = find_drawings_dataset(folder)
    if spec is None or len(corrections) < _FEWEST or len(spec.classes) < 2:
        raise DatasetUnavailable(
            _(
                "Your own drawings are {count}, and at least {fewest} of two classes are needed to learn from them alone. Draw "
                "more on the Draw page, or teach them to a network there."
            ).format(count=len(corrections), fewest=_FEWEST)
        )
    whole = make_drawn_split(corrections, spec)
    train, test = split_stratified(whole.labels, _TEST_SHARE, seed=0)
    return whole.take(train), whole.take(test)
