"""Makes a data set from a table of texts and labels, or of pixels and labels."""

from pathlib import Path
from typing import BinaryIO

import numpy as np

from nn_core.data.custom.metadata import SHOWN_SAMPLES, CustomDataset, Metadata, Sample, write_metadata
from nn_core.data.custom.pixel_import import make_pixel_dataset
from nn_core.data.custom.store import choose_free_name
from nn_core.data.custom.tables.overview import inspect_rows
from nn_core.data.custom.tables.reader import Table, read_columns
from nn_core.data.custom.tables.rows import open_rows
from nn_core.data.custom.validation import LIMITS, Limits, check_enough_samples, make_natural_key
from nn_core.data.custom.writer import DatasetWriter, Progress, open_writer
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["MAX_TEXT_LENGTH", "MIN_TEXT_LENGTH", "make_table_dataset"]

MIN_TEXT_LENGTH, MAX_TEXT_LENGTH = 8, 1000
_MAX_DEFAULT_LENGTH = 200
_BLOCK = 2000  # texts encoded at once


def make_table_dataset(
    file: Path | BinaryIO,
    name: str,
    folder: Path,
    *,
    text_column: str | int | None = None,
    label_column: str | int | None = None,
    length: int | None = None,
    limits: Limits = LIMITS,
    on_progress: Progress | None = None,
) -> CustomDataset:
    """Make the data set `own-…` in the data folder.

    Texts that are equal after cutting and in lower case count as the same sample.

    Args:
        file: see `tables.rows.open_rows`. A table of pixels gives a data set of pictures, unless a column of texts is named.
        name: the title.
        folder: the data folder.
        text_column: its name or number, counted from 1. By default, it is chosen by name and content.
        label_column: the same.
        length: characters of a text; longer texts are cut, shorter ones padded. By default, a length that is enough for 95 % of
            the texts, at most 200.
        limits: what is allowed.
        on_progress: see `Progress`.

    Raises:
        BadInput: the table or an argument is invalid, or the columns are unclear.
        StorageFailed: the data set cannot be written.
    """
    if length is not None and not MIN_TEXT_LENGTH <= length <= MAX_TEXT_LENGTH:
        raise BadInput(
            _("A text length of {length} characters is not possible: choose one from {low} to {high}.").format(
                length=length, low=MIN_TEXT_LENGTH, high=MAX_TEXT_LENGTH
            )
        )
    choose_free_name(name, folder)  # before the table is read, which may take long
    with open_rows(file, limits) as rows:
        overview = inspect_rows(rows, limits)
        if overview.pixels and text_column is None:
            return make_pixel_dataset(
                rows, overview, name, folder, label_column=label_column, limits=limits, on_progress=on_progress
            )
        table = read_columns(rows, overview, text_column, label_column, limits)
    return _make_text_dataset(table, name, folder, length, limits, on_progress)


def _make_text_dataset(
    table: Table, name: str, folder: Path, length: int | None, limits: Limits, on_progress: Progress | None
) -> CustomDataset:
    from nn_core.data.encode_text import collect_alphabet

    title, name, dataset_folder = choose_free_name(name, folder)
    classes = sorted(set(table.labels), key=make_natural_key)
    length = length or _choose_length(table)
    alphabet = collect_alphabet(table.texts)
    with open_writer(dataset_folder, (length,), classes, len(table.texts)) as writer:
        _add_texts(table, alphabet, writer, on_progress)
        compared = _("Texts were compared by their first {length} characters.").format(length=length)
        check_enough_samples(writer.count_distinct(), limits, [compared])
        train, test = writer.choose_splits()
        writer.write("train", train)
        writer.write("test", test)
        metadata = Metadata(
            kind="text",
            title=title,
            classes=writer.classes,
            shape=(length,),
            alphabet=alphabet,
            length=length,
            train=writer.count_classes(train),
            test=writer.count_classes(test),
            skipped=dict(table.skipped),
            skipped_example=table.skipped_example,
            columns=table.columns,
            warnings=tuple(table.warnings),
        )
        write_metadata(writer.folder, metadata)
    samples = zip(table.texts[:SHOWN_SAMPLES], table.labels, strict=False)
    return CustomDataset(
        name=name, metadata=metadata, samples=tuple(Sample(text=text, label=label) for text, label in samples)
    )


def _choose_length(table: Table) -> int:
    long_enough = int(np.quantile([len(text) for text in table.texts], 0.95, method="higher"))
    return min(max(long_enough, MIN_TEXT_LENGTH), _MAX_DEFAULT_LENGTH)


def _add_texts(table: Table, alphabet: str, writer: DatasetWriter, on_progress: Progress | None) -> None:
    from nn_core.data.encode_text import encode

    for start in range(0, len(table.texts), _BLOCK):
        if on_progress:
            on_progress(start, len(table.texts))
        encoded = np.asarray(encode(table.texts[start : start + _BLOCK], alphabet, writer.shape[0]))
        for sample, label in zip(encoded, table.labels[start : start + _BLOCK], strict=True):
            writer.add(sample, label)
