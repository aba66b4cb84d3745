"""`surnames`: which language is a name from? The names are those that the `Faker` package carries.

What is kept of its lists, so that the figures mean what they say:

- A name that two of the languages share, accents and capitals aside, has no right answer and is dropped.
- Men's form alone, where women have another: beside Novák in training, Nováková in the test would be no new name.
- Of spellings that differ by accents alone, the one with more of them: Benítez, and not Benitez too.
- Names that differ by what goes before (Ó, Mac, van, de la) are one family, and stay in one split.
- Whole sentences ("Coreth von und zu Coredo") are dropped: before the last word, words of up to three letters may stand.
- Of large lists 800 names, and a fifth of each for the test, both chosen by a hash of the family, so for ever the same.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from nn_core.data.dataset import DatasetSpec, Split
from nn_core.data.transforms.encode_text import encode
from nn_core.i18n import N_

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["SURNAMES", "make_surnames"]

_LISTS = {
    "Croatian": ("hr_HR.last_names",),
    "Dutch": ("nl_NL.last_names",),
    "English": ("en_GB.last_names",),
    "French": ("fr_FR.last_names", "fr_CA.last_names"),
    "German": ("de_DE.last_names", "de_AT.last_names"),
    "Irish": ("ga_IE.last_names",),
    "Italian": ("it_IT.last_names",),
    "Polish": ("pl_PL.male_last_names", "pl_PL.unisex_last_names"),
    "Slovak": ("sk_SK.last_names_male",),
    "Spanish": ("es_ES.last_names", "es_MX.last_names", "es_CL.last_names"),
    "Swedish": ("sv_SE.last_names",),
}
_MOST_PER_LANGUAGE = 800
_TEST_SHARE = 0.2
_LENGTH = 16
_WELL_FORMED = re.compile(r"(?:'?[^\W\d_]{1,3} )*[^\W\d_]+(?:['-][^\W\d_]+)*")
_WITHOUT_STROKE = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe"})


def make_surnames() -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """(to train on, to test): names as they are written, with their labels, in the order of the splits."""
    lists = [_names(sources) for sources in _LISTS.values()]
    languages_with = Counter(bare for names in lists for bare in names)
    train: list[tuple[str, int]] = []
    test: list[tuple[str, int]] = []
    for label, names in enumerate(lists):
        families = defaultdict(list)
        for bare, name in names.items():
            if languages_with[bare] == 1:
                families[_bare(name.rpartition(" ")[2])].append((name, label))
        in_hash_order = sorted(families, key=lambda family: sha256(family.encode()).digest())
        chosen = [families[family] for family in in_hash_order]
        count = min(_MOST_PER_LANGUAGE, sum(map(len, chosen)))
        held_out = _up_to(round(_TEST_SHARE * count), chosen)
        test += [member for family in chosen[:held_out] for member in family]
        last = _up_to(count, chosen)
        train += [member for family in chosen[held_out:last] for member in family]
    return train, test


def _names(sources: Iterable[str]) -> dict[str, str]:
    """Bare form → name as written, of the well-formed names in Faker's lists."""
    names: dict[str, str] = {}
    for source in sources:
        locale, _dot, attribute = source.partition(".")
        # A locale's module alone: all of Faker would take a second.
        for raw in getattr(import_module(f"faker.providers.person.{locale}").Provider, attribute):
            name = normalize("NFC", raw).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
            if len(name) <= _LENGTH and _WELL_FORMED.fullmatch(name):
                bare = _bare(name)
                names[bare] = max(names.get(bare, ""), name, key=lambda form: len(form.encode()))
    return names


def _bare(name: str) -> str:
    """The letters alone, small and without accents: "Ó Néill" → "oneill", "Müller" → "muller"."""
    letters = normalize("NFD", name.casefold()).translate(_WITHOUT_STROKE)
    return "".join(letter for letter in letters if letter.isalpha())


def _up_to(count: int, families: list[list[tuple[str, int]]]) -> int:
    """How many whole families come nearest to `count` names, without exceeding it."""
    names = 0
    for position, family in enumerate(families):
        names += len(family)
        if names > count:
            return position
    return len(families)


def _read(_folder: Path, _settings: DataSettings) -> tuple[Split, Split]:
    import torch

    (train, train_labels), (test, test_labels) = (zip(*part, strict=True) for part in make_surnames())
    return (
        Split(encode(train, SURNAMES.alphabet, _LENGTH), torch.tensor(train_labels)),
        Split(encode(test, SURNAMES.alphabet, _LENGTH), torch.tensor(test_labels)),
    )


def _written(_folder: Path) -> tuple[list[str], list[str]]:
    train, test = make_surnames()
    return [name for name, _label in train], [name for name, _label in test]


SURNAMES = DatasetSpec(
    name="surnames",
    title=N_("Surnames (7,700 of 11 languages)"),
    about=N_(
        "Which of eleven languages is a surname from? 6,170 names to learn from, 1,540 to test, and none of them is common to two languages. They come with NN Lab, so no network is needed."
    ),
    classes=tuple(_LISTS),
    shape=(_LENGTH,),
    kind="text",
    # Of the training names, as `collect_alphabet` gives it; a constant, for the names are read only when they are wanted.
    alphabet=" '-abcdefghijklmnopqrstuvwxyzßàáäåçèéëíîñóôöùúüýąćčďđęľłńňśšťźżž",
    written=_written,
    read=_read,
)
