"""What the confusion matrix sends to the browser, and its summary."""

import base64
import json
import zlib
from dataclasses import asdict

import numpy as np
import pytest
from many_classes import make_sparse_matrix

from nn_core.runs.reports import ClassificationReport, Confusion, describe_matrix
from ui.components.confusion_matrix import Packed, pack_cells

MANY = 1_000


def evaluation(*rows: list[int], names: str = "abc") -> ClassificationReport:
    pairs = [
        Confusion(true=names[true], predicted=names[guess], count=count, examples=[])
        for true, row in enumerate(rows)
        for guess, count in enumerate(row)
        if count and true != guess
    ]
    return ClassificationReport(
        samples=sum(map(sum, rows)),
        step=None,
        accuracy=0.5,
        accuracy_interval=(0.4, 0.6),
        loss=1.0,
        classes=list(names),
        confusion_matrix=list(rows),
        per_class={},
        confusions=sorted(pairs, key=lambda pair: -pair.count),
    )


# What is sent and said


def unpack(packed: Packed) -> list[int]:
    width, text = packed
    planes = np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=np.uint8).reshape(width, -1)
    numbers: list[int] = np.ascontiguousarray(planes.T).view(f"<u{width}").ravel().tolist()
    return numbers


def test_only_cells_that_are_not_zero_are_sent() -> None:
    cells = pack_cells([[5, 0, 2], [0, 0, 0], [0, 300, 7]])
    assert unpack(cells.gaps) == [0, 1, 4, 0]
    assert unpack(cells.counts) == [5, 2, 300, 7]
    assert (cells.gaps[0], cells.counts[0]) == (1, 2)
    empty = pack_cells([[0, 0], [0, 0]])
    assert unpack(empty.gaps) == unpack(empty.counts) == []


@pytest.mark.parametrize(
    ("counts", "most"),
    [
        (make_sparse_matrix(MANY, 50_000), 100_000),
        (np.random.default_rng(0).integers(0, 20, (MANY, MANY)).tolist(), 1_000_000),
        (np.random.default_rng(0).integers(1, 1000, (MANY, MANY)).tolist(), 2_000_000),
    ],
    ids=["50,000 samples", "no empty row", "half a billion samples"],
)
def test_a_thousand_classes_need_less_than_two_megabytes(counts: list[list[int]], most: int) -> None:
    assert len(json.dumps(asdict(pack_cells(counts)))) < most


def test_the_summary_has_the_accuracy_and_the_most_confused_pairs() -> None:
    said = describe_matrix(evaluation([90, 9, 1], [0, 100, 0], [2, 0, 98]), "text")
    assert said == (
        "288 of 300 texts were read correctly (96.00 %). "
        "Most frequent confusions: a read as b (9 times), c read as a (2 times), a read as c (once)."
    )
    assert describe_matrix(evaluation([3, 0, 0], [0, 3, 0], [0, 0, 3]), "points") == "All 9 points were read correctly."
    tied = describe_matrix(evaluation([9, 1, 0], [2, 9, 1], [1, 1, 9]), "text")
    assert tied.endswith(
        "Most frequent confusions: b read as a (2 times), a read as b (once), b read as c (once) and 2 others as often."
    )
