"""Makes a data set of pictures from a table with a column for each pixel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nn_core.data.custom.metadata import SHOWN_SAMPLES, CustomDataset, Metadata, Sample, write_metadata
from nn_core.data.custom.store import choose_free_name
from nn_core.data.custom.tables.columns import find_column
from nn_core.data.custom.tables.overview import Overview
from nn_core.data.custom.tables.pixels import PixelLayout, read_pixels
from nn_core.data.custom.tables.reader import Table, check_classes, normalize_label
from nn_core.data.custom.tables.rows import TableRows
from nn_core.data.custom.validation import Limits, check_enough_samples, make_natural_key
from nn_core.data.custom.writer import Progress, compute_mean_and_std, open_writer
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["make_pixel_dataset"]

_MIN_SIDE, _MAX_SIDE = 28, 64


def make_pixel_dataset(
    rows: TableRows,
    overview: Overview,
    name: str,
    folder: Path,
    *,
    label_column: str | int | None,
    limits: Limits,
    on_progress: Progress | None,
) -> CustomDataset:
    """Make the data set `own-…` in the data folder. See `table_import.make_table_dataset`.

    Pictures keep their size, if it is from 28 to 64 pixels.
    """
    layout = _choose_label(overview, label_column)
    title, name, dataset_folder = choose_free_name(name, folder)
    side = min(max(layout.side, _MIN_SIDE), _MAX_SIDE)
    table, pictures, samples = _read_pictures(rows, overview, layout, limits, on_progress)
    classes = sorted(set(table.labels), key=make_natural_key)
    with open_writer(dataset_folder, (layout.channels, side, side), classes, len(table.labels)) as writer:
        for picture, label in zip(pictures, table.labels, strict=True):
            writer.add(picture if side == layout.side else _resize(picture, side), label)
        check_enough_samples(writer.count_distinct(), limits, table.describe_skipped())
        train, test = writer.choose_splits()
        mean, std = compute_mean_and_std(writer.write("train", train))
        writer.write("test", test)
        metadata = Metadata(
            kind="pictures",
            title=title,
            classes=writer.classes,
            shape=writer.shape,
            mean=mean,
            std=std,
            train=writer.count_classes(train),
            test=writer.count_classes(test),
            skipped=dict(table.skipped),
            skipped_example=table.skipped_example,
            warnings=(*overview.warnings, *_describe_layout(layout, side)),
        )
        write_metadata(writer.folder, metadata)
    return CustomDataset(name=name, metadata=metadata, samples=tuple(samples))


def _choose_label(overview: Overview, label_column: str | int | None) -> PixelLayout:
    layout = overview.pixels
    assert layout is not None
    if label_column is not None:
        layout = replace(layout, label=find_column(label_column, overview.columns, "--label-column"))
    if layout.label is None:
        raise BadInput(
            _(
                "The table has pictures of {side} × {side} pixels, but no column of labels. Add a column 'label' with the class of "
                "each picture."
            ).format(side=layout.side)
        )
    return layout


def _read_pictures(
    rows: TableRows, overview: Overview, layout: PixelLayout, limits: Limits, on_progress: Progress | None
) -> tuple[Table, list[npt.NDArray[np.uint8]], list[Sample]]:
    """Read the labels and pictures of all usable rows, and some of them as samples. In bytes, they are smaller than the table."""
    assert layout.label is not None
    table, width = Table(), overview.heading.width
    pictures: list[npt.NDArray[np.uint8]] = []
    samples: list[Sample] = []
    for line, cells in rows.read():
        if line <= overview.heading.last_line:
            continue
        reason, label, picture = "width", "", None
        if not any(map(str.strip, cells)):
            reason = "empty"
        elif len(cells) == width or (len(cells) > width and not any(map(str.strip, cells[width:]))):
            label = normalize_label(cells[layout.label])
            picture = read_pixels(cells, layout) if label else None
            reason = "broken" if label else "no_label"
        if picture is None:
            table.skip(reason, line)
            continue
        if on_progress and len(pictures) % 100 == 0:
            on_progress(min(len(pictures), overview.count), max(overview.count, 1))
        table.labels.append(label)
        pictures.append(picture)
        if len(samples) < SHOWN_SAMPLES:
            samples.append(Sample(file=_("line {line}").format(line=line), label=label))
    check_classes(table, overview.columns, layout.label, limits)
    return table, pictures, samples


def _resize(picture: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    from PIL import Image

    channels = [
        np.asarray(Image.fromarray(channel).resize((side, side), Image.Resampling.BILINEAR)) for channel in picture
    ]
    return np.stack(channels)


def _describe_layout(layout: PixelLayout, side: int) -> list[str]:
    sentences = []
    if side != layout.side:
        sentences.append(
            _("The pictures have {old} × {old} pixels and were scaled to {new} × {new}.").format(
                old=layout.side, new=side
            )
        )
    if layout.top != 255:
        sentences.append(_("The brightness of white is {top}; it became 255.").format(top=layout.top))
    return sentences
