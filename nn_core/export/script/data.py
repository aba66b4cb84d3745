"""Where a script gets its data from: a public file, its own code, or a ZIP of examples that is written together with it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from nn_core.data import Dataset
from nn_core.data.encode_text import decode, encode
from nn_core.errors import BadInput
from nn_core.i18n import _

if TYPE_CHECKING:
    from nn_core.data import DatasetSpec, Split

__all__ = ["DataSource", "find_data_source", "write_examples"]

_GENERATED = ("moons", "circles", "xor", "spiral", "blobs", "slope", "hills")
_IDX = {
    "mnist": "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "fashion_mnist": "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "kmnist": "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
}
"""The address of the four files of each; the first one of torchvision's."""
_MAX_BYTES = 100_000_000


@dataclass(frozen=True)
class DataSource:
    """Where a script gets its data from.

    Attributes:
        template: the file in `templates` that reads or generates them.
        needs_archive: whether `write_examples` has to write a file for the script.
        is_generated: whether the script generates them, so that another processor may round them differently.
        url: the address before the names of the files, if there are several.
        noise_scale: of generated points, see `toy2d.read_generated`; 0 for points with a value.
    """

    template: str
    needs_archive: bool = False
    is_generated: bool = False
    url: str = ""
    noise_scale: float = 0.0


def find_data_source(dataset: Dataset) -> DataSource:
    """Find where a script can get these data from. Raises BadInput if that is not possible."""
    spec = dataset.spec
    if spec.name == "mnist_sample":
        return DataSource("data_sample.py.jinja")
    if spec.name in _IDX:
        return DataSource("data_idx.py.jinja", url=_IDX[spec.name])
    if spec.name in _GENERATED:
        assert isinstance(spec.read, partial)
        noise_scale = 0.0 if spec.is_regression else spec.read.args[1]
        return DataSource("data_points.py.jinja", is_generated=True, noise_scale=noise_scale)
    size = dataset.train.inputs.nbytes + dataset.test.inputs.nbytes
    if dataset.train.group_ids is not None or size > _MAX_BYTES:
        raise BadInput(
            _(
                "data.name = '{name}' cannot be used by a script: it has {size:,} bytes of examples or versions of the same example, and at most "
                "{most:,} bytes of independent ones are written beside a script. Train a run on another data set, such as mnist."
            ).format(name=spec.name, size=size, most=_MAX_BYTES)
        )
    return DataSource("data_archive.py.jinja", needs_archive=True)


def write_examples(dataset: Dataset, folder: Path, stream: BinaryIO) -> None:
    """Write the examples as a ZIP: pictures as PNG, texts and points as CSV. Equal data give equal bytes."""
    with zipfile.ZipFile(stream, "w") as archive:
        splits = {"train": dataset.train, "test": dataset.test}
        raw = dataset.spec.raw_texts(folder) if dataset.spec.raw_texts else (None, None)
        for (name, split), texts in zip(splits.items(), raw, strict=True):
            for file, content in _pack_split(dataset.spec, name, split, texts):
                archive.writestr(zipfile.ZipInfo(file), content)


def _pack_split(spec: DatasetSpec, name: str, split: Split, texts: list[str] | None) -> Iterator[tuple[str, bytes]]:
    if spec.kind == "pictures":
        yield from _pack_pictures(name, split)
        return
    table = io.StringIO(newline="")
    labels = split.labels.tolist()
    if spec.kind == "text":
        # The texts as they were written, unless only the encoded ones are known.
        if texts is None or not encode(texts, spec.alphabet, spec.shape[0]).equal(split.inputs):
            texts = decode(split.inputs, spec.alphabet)
        csv.writer(table, lineterminator="\n").writerows(zip(texts, labels, strict=True))
    else:
        rows = [[*point, label] for point, label in zip(split.inputs.tolist(), labels, strict=True)]
        csv.writer(table, lineterminator="\n").writerows(rows)
    yield f"{name}.csv", table.getvalue().encode()


def _pack_pictures(name: str, split: Split) -> Iterator[tuple[str, bytes]]:
    from PIL import Image

    for number, (picture, label) in enumerate(zip(split.inputs, split.labels.tolist(), strict=True)):
        content = io.BytesIO()
        pixels = picture[0] if len(picture) == 1 else picture.permute(1, 2, 0)
        Image.fromarray(pixels.contiguous().numpy()).save(content, "png")
        yield f"{name}/{number:06d}-{label}.png", content.getvalue()
