"""`surnames`: which language is a name from? The names are those in the `Faker` package.

Its lists are filtered so that the test accuracy is meaningful:

- A name that occurs in two of the languages, ignoring accents and case, has no right answer and is dropped.
- If women's forms differ, only men's forms are used: with Novák in training, Nováková in the test would not be a new name.
- Of spellings that differ only in accents, the one with more accents is used: Benítez, not Benitez.
- Names that differ only in a prefix (Ó, Mac, van, de la) are one family and stay in one split.
- Long names ("Coreth von und zu Coredo") are dropped: only words of up to three letters may precede the last word.
- Large lists are cut to 800 names, and a fifth of each list is for the test. Both are chosen by a hash of the family, so they
  never change.
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
from nn_core.data.encode_text import encode
from nn_core.errors import BadInput, to_one_line
from nn_core.i18n import N_, _

if TYPE_CHECKING:
    from nn_core.data.settings import DataSettings

__all__ = ["SURNAMES", "check_surname", "describe_refusal", "make_surnames"]

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
_MAX_PER_LANGUAGE = 800
_TEST_FRACTION = 0.2
_LENGTH = 16
_MIN_LETTERS = 2
_MAX_SHOWN = 40  # characters of a text in a message
_WELL_FORMED = re.compile(r"(?:'?[^\W\d_]{1,3} )*[^\W\d_]+(?:['-][^\W\d_]+)*")
_WITHOUT_STROKE = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe"})


def make_surnames() -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Return (training names, test names) with their labels, in the order of the splits."""
    lists = [_load_names(sources) for sources in _LISTS.values()]
    language_counts = Counter(key for names in lists for key in names)
    train: list[tuple[str, int]] = []
    test: list[tuple[str, int]] = []
    for label, names in enumerate(lists):
        families = defaultdict(list)
        for key, name in names.items():
            if language_counts[key] == 1:
                families[_make_key(name.rpartition(" ")[2])].append((name, label))
        in_hash_order = sorted(families, key=lambda family: sha256(family.encode()).digest())
        ordered = [families[family] for family in in_hash_order]
        count = min(_MAX_PER_LANGUAGE, sum(map(len, ordered)))
        held_out = _count_families(round(_TEST_FRACTION * count), ordered)
        test += [member for family in ordered[:held_out] for member in family]
        last = _count_families(count, ordered)
        train += [member for family in ordered[held_out:last] for member in family]
    return train, test


def check_surname(text: str) -> None:
    """Raise BadInput for a text that cannot be a surname: one with digits or symbols, of one letter, or in another script.

    Letters that the network does not know are allowed as long as it knows most of them.
    """
    name = normalize("NFC", text.strip().lower()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    letters = [character for character in name if character.isalpha()]
    shown = to_one_line(text.strip(), _MAX_SHOWN)
    if others := [character for character in name if not (character.isalpha() or character in " -'.")]:
        raise BadInput(
            _(
                "'{text}' is not a name, because it contains '{character}': type only letters, spaces, hyphens and apostrophes, as in "
                "O'Brien."
            ).format(text=shown, character=to_one_line(others[0], 1))
        )
    if len(letters) < _MIN_LETTERS:
        raise BadInput(
            _("'{text}' is too short for a name: type at least {count} letters.").format(text=shown, count=_MIN_LETTERS)
        )
    if 2 * sum(letter in SURNAMES.alphabet for letter in letters) < len(letters):
        raise BadInput(
            _("'{text}' has letters that the network has never seen: type the name in Latin letters.").format(
                text=shown
            )
        )


def describe_refusal(text: str) -> str:
    """Say why a typed text cannot be a surname; empty if it can, and for a text of spaces."""
    if text.strip():
        try:
            check_surname(text)
        except BadInput as error:
            return str(error)
    return ""


def _load_names(sources: Iterable[str]) -> dict[str, str]:
    """Return the well-formed names in Faker's lists, by their keys."""
    names: dict[str, str] = {}
    for source in sources:
        locale, _dot, attribute = source.partition(".")
        # Only the locale's module: importing all of Faker takes a second.
        for raw in getattr(import_module(f"faker.providers.person.{locale}").Provider, attribute):
            name = normalize("NFC", raw).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
            if len(name) <= _LENGTH and _WELL_FORMED.fullmatch(name):
                key = _make_key(name)
                names[key] = max(names.get(key, ""), name, key=lambda form: len(form.encode()))
    return names


def _make_key(name: str) -> str:
    """Return only the letters, in lower case and without accents: "Ó Néill" → "oneill", "Müller" → "muller"."""
    letters = normalize("NFD", name.casefold()).translate(_WITHOUT_STROKE)
    return "".join(letter for letter in letters if letter.isalpha())


def _count_families(count: int, families: list[list[tuple[str, int]]]) -> int:
    """Return how many of the first families have at most `count` names together."""
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


def _get_raw_texts(_folder: Path) -> tuple[list[str], list[str]]:
    train, test = make_surnames()
    return [name for name, _label in train], [name for name, _label in test]


SURNAMES = DatasetSpec(
    name="surnames",
    licence=N_("MIT (Faker)"),
    title=N_("Surnames (7,700 of 11 languages)"),
    about=N_(
        "Which of eleven languages is a surname from? 6,170 names for training, 1,540 for the test. No name occurs in two of the "
        "languages. They come with NN Lab, so no download is needed."
    ),
    classes=tuple(_LISTS),
    shape=(_LENGTH,),
    kind="text",
    # `collect_alphabet` of the training names. A constant, because the names are only read when they are used.
    alphabet=" '-abcdefghijklmnopqrstuvwxyzßàáäåçèéëíîñóôöùúüýąćčďđęľłńňśšťźżž",
    raw_texts=_get_raw_texts,
    read=_read,
    train_counts=lambda settings: (614, 640, 363, 398, 640, 640, 640, 640, 579, 640, 378),
)
