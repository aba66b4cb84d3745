"""Real digits drawn with a pen, and a seven for machines that do not have them."""

import gzip
import itertools
import json
import os
from functools import cache
from pathlib import Path

from processes import SHARED_DATA

__all__ = ["PEN_DIGITS", "SEVEN", "pen_digits"]

PEN_DIGITS = Path(os.environ.get("NN_LAB_SHARED_DATA") or SHARED_DATA) / "pen_digits" / "train.jsonl.gz"
SEVEN = (((60.0, 60.0), (120.0, 58.0), (200.0, 62.0), (150.0, 140.0), (110.0, 230.0)), ((90.0, 150.0), (190.0, 146.0)))


@cache
def pen_digits():
    """The strokes of 300 real digits."""
    with gzip.open(PEN_DIGITS, "rt") as file:
        return [json.loads(line)["strokes"] for line in itertools.islice(file, 300)]
