"""Surnames: no name is in two languages or splits; the number of names per language; encoding text."""

import re
from pathlib import Path
from unicodedata import normalize

import pytest
import torch

from nn_core.data import DATASETS, DataSettings, load_dataset
from nn_core.data.builtin.surnames import SURNAMES, check_surname, make_surnames
from nn_core.data.encode_text import collect_alphabet, decode, encode
from nn_core.errors import BadInput

TRAIN, TEST = make_surnames()


def bare(name: str) -> str:
    """Small letters without accents, strokes and German double vowels, by rules of this test's own."""
    plain = name.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ł", "l").replace("đ", "d")
    return re.sub("[^a-z]", "", normalize("NFD", plain))


def counts(names: list[tuple[str, int]]) -> list[int]:
    return torch.tensor([label for _name, label in names]).bincount(minlength=len(SURNAMES.classes)).tolist()


def test_eleven_languages_have_a_similar_number_of_names() -> None:
    whole = counts(TRAIN + TEST)
    assert len(whole) == 11
    assert min(whole) >= 400
    assert max(whole) <= 800
    for train, test, both in zip(counts(TRAIN), counts(TEST), whole, strict=True):
        assert train + test == both
        assert test / both == pytest.approx(0.2, abs=0.005)


def test_names_are_unique_ignoring_accents_and_case() -> None:
    names = [bare(name) for name, _label in TRAIN + TEST]
    assert len(set(names)) == len(names)


def test_no_family_is_in_both_splits() -> None:
    def families(names: list[tuple[str, int]]) -> set[tuple[str, int]]:
        return {(bare(name.split()[-1]), label) for name, label in names}

    assert not families(TRAIN) & families(TEST)


def test_slavic_names_are_in_the_masculine_form() -> None:
    slavic = [SURNAMES.classes.index(language) for language in ("Slovak", "Polish", "Croatian")]
    names = {name for name, label in TRAIN + TEST if label in slavic}
    assert not [name for name in names if name.endswith(("ová", "ská", "cká"))]
    assert not [name for name in names if name.endswith("ska") and name[:-1] + "i" in names]


def test_names_are_spelled_as_usual() -> None:
    written = [name for name, _label in TRAIN + TEST]
    assert {"Fitzgerald", "van Dooren", "Ó Haoláin", "Benítez"} <= set(written)
    assert all(2 <= len(name) <= SURNAMES.shape[0] for name in written)
    assert all(re.fullmatch(r"[\w' -]+", name) and not re.search(r"\d|_", name) for name in written)
    assert all(name == normalize("NFC", name) for name in written)


def test_the_splits_hold_these_names_in_this_order() -> None:
    data = load_dataset(DataSettings(name="surnames"), Path("/nowhere"))
    assert SURNAMES.raw_texts is not None
    for split, part, written in zip(
        (data.train, data.test), (TRAIN, TEST), SURNAMES.raw_texts(Path("/nowhere")), strict=True
    ):
        assert written == [name for name, _label in part]
        assert split.labels.tolist() == [label for _name, label in part]
        assert split.inputs.dtype == torch.uint8
        assert split.inputs.shape == (len(part), *SURNAMES.shape)
        read_back = decode(split.inputs, SURNAMES.alphabet)
        assert sum(back == name.lower() for back, name in zip(read_back, written, strict=True)) >= len(part) - 3


def test_the_alphabet_is_that_of_the_training_names() -> None:
    assert collect_alphabet(name for name, _label in TRAIN) == SURNAMES.alphabet
    assert SURNAMES.task.symbols == len(SURNAMES.alphabet) + 2
    assert DATASETS["surnames"] is SURNAMES


# Text as numbers


def test_text_is_encoded_as_alphabet_indices_and_decoded() -> None:
    inputs = encode(["abc", "Cab", "", "a?c", "abcabc"], "abc", 4)
    assert inputs.dtype == torch.uint8
    assert inputs.tolist() == [[2, 3, 4, 0], [4, 2, 3, 0], [0, 0, 0, 0], [2, 1, 4, 0], [2, 3, 4, 2]]
    assert decode(inputs, "abc") == ["abc", "cab", "", "a�c", "abca"]
    assert encode([], "abc", 4).shape == (0, 4)


def test_accents_and_apostrophes_are_normalised() -> None:
    alphabet = collect_alphabet(["O\u2019Né"])
    assert alphabet == "'noé"
    for typed in ("O'NÉ", "o\u2019ne\u0301"):
        assert decode(encode([typed], alphabet, 8), alphabet) == ["o'né"]


def test_the_largest_alphabet_fits_into_a_byte() -> None:
    many = [chr(0x4E00 + number) for number in range(300)]
    alphabet = collect_alphabet([*many, *many[100:]])
    assert len(alphabet) == 250
    assert set(many[100:]) <= set(alphabet)
    assert encode(["".join(many)], alphabet, 300).max() == 251
    assert collect_alphabet(["ccc", "bb", "a"], most=2) == "bc"


def test_every_name_of_the_set_is_taken_for_a_name() -> None:
    for names in make_surnames():
        for name, _label in names:
            check_surname(name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("R2D2", "contains '2'"),
        ("x_y", "contains '_'"),
        ("a\nb", "contains"),
        ("7", "contains '7'"),
        ("K", "at least 2 letters"),
        ("- '", "at least 2 letters"),
        ("Иванов", "Latin letters"),
        ("山田", "Latin letters"),
        ("1" * 500, "^'1{18} … 1{18}' is not a name"),
    ],
)
def test_what_is_no_name_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as refused:
        check_surname(text)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["Ng", "d'Arc", "St. John", "Møller", "O\u2019Brien", "Mu\u0308ller", "LI"])
def test_names_with_unknown_letters_or_other_spellings_are_taken(text: str) -> None:
    check_surname(text)
