"""Makes a data set of a CSV of text and label."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nn_core.data.custom.csv_reader import Table, read_table
from nn_core.data.custom.metadata import Made, Metadata, write_metadata
from nn_core.data.custom.split import split_train_test
from nn_core.data.custom.store import choose_free_name
from nn_core.data.custom.validation import LIMITS, Limits, check_enough_samples, make_natural_key
from nn_core.data.custom.writer import DatasetWriter, open_writer
from nn_core.data.custom.zip_images import Progress
from nn_core.errors import BadInput
from nn_core.i18n import _

__all__ = ["LONGEST_TEXT", "SHORTEST_TEXT", "make_text_dataset"]

SHORTEST_TEXT, LONGEST_TEXT = 8, 1000
_LONGEST_BY_ITSELF = 200
_BLOCK = 2000  # texts encoded at once


def make_text_dataset(
    csv_file: Path | BinaryIO,
    name: str,
    folder: Path,
    *,
    length: int | None = None,
    limits: Limits = LIMITS,
    on_progress: Progress | None = None,
) -> Made:
    """The data set `own-…` in the data folder, of texts with `length` characters: longer ones are cut, shorter ones filled up.
    Left out, it is the length that 95 % of the texts keep within, and at most 200.

    See `table.read_table` for the CSV and `division.divide` for the test split; texts that are alike once they are cut and in
    small letters count as equal. Raises BadInput, StorageFailed.
    """
    if length is not None and not SHORTEST_TEXT <= length <= LONGEST_TEXT:
        raise BadInput(
            _("Texts of {length} characters cannot be made: choose a length from {low} to {high}.").format(
                length=length, low=SHORTEST_TEXT, high=LONGEST_TEXT
            )
        )
    from nn_core.data.transforms.encode_text import collect_alphabet

    title, name, place = choose_free_name(name, folder)
    table = read_table(csv_file, limits)
    classes = sorted(set(table.labels), key=make_natural_key)
    length = length or _usual_length(table)
    alphabet = collect_alphabet(table.texts)
    with open_writer(place, (length,), len(table.texts)) as shop:
        _collect(table, classes, alphabet, shop, on_progress)
        different = shop.different()
        cut = _("Texts were compared by their first {length} characters.").format(length=length)
        check_enough_samples(Counter({label: different[i] for i, label in enumerate(classes)}), limits, [cut])
        for_test = split_train_test(shop.digests, shop.labels)
        rows = {
            split: [i for i, chosen in enumerate(for_test) if chosen == (split == "test")]
            for split in ("train", "test")
        }
        for split, members in rows.items():
            shop.write(split, members)
        counts = {split: Counter(shop.labels[row] for row in members) for split, members in rows.items()}
        about = Metadata(
            kind="text",
            title=title,
            classes=tuple(classes),
            shape=(length,),
            alphabet=alphabet,
            length=length,
            train=tuple(counts["train"][i] for i in range(len(classes))),
            test=tuple(counts["test"][i] for i in range(len(classes))),
            skipped=dict(table.skipped),
            skipped_example={reason: _("line {line}").format(line=line) for reason, line in table.skipped_line.items()},
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        write_metadata(shop.folder, about)
    return Made(name=name, about=about)


def _usual_length(table: Table) -> int:
    usual = int(np.quantile([len(text) for text in table.texts], 0.95, method="higher"))
    return min(max(usual, SHORTEST_TEXT), _LONGEST_BY_ITSELF)


def _collect(
    table: Table, classes: list[str], alphabet: str, shop: DatasetWriter, on_progress: Progress | None
) -> None:
    from nn_core.data.transforms.encode_text import encode

    number = {label: i for i, label in enumerate(classes)}
    for start in range(0, len(table.texts), _BLOCK):
        if on_progress:
            on_progress(start, len(table.texts))
        encoded = np.asarray(encode(table.texts[start : start + _BLOCK], alphabet, shop.shape[0]))
        for sample, label in zip(encoded, table.labels[start : start + _BLOCK], strict=True):
            shop.add(sample, number[label])
