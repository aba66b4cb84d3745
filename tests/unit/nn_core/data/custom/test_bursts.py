"""Pictures taken in bursts: a burst is never divided, and what is missing or uneven is said."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nn_core.data.custom.bursts import (
    BurstPicture,
    check_class_name,
    describe_balance,
    explain_not_ready,
    make_group_keys,
    pack_bursts,
)
from nn_core.data.custom.picture_import import make_picture_dataset
from nn_core.data.registry import load_dataset
from nn_core.data.settings import DataSettings
from nn_core.errors import BadInput


def take(label: str, burst: int, count: int, level: int = 0) -> list[BurstPicture]:
    """A burst of nearly the same pictures, whose brightness tells which burst it is."""
    noise = np.random.default_rng(burst)
    pictures = []
    for _number in range(count):
        pixels = np.clip(noise.normal(level, 2, (40, 40)), 0, 255).astype(np.uint8)
        pixels[:8] = 255
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, "JPEG", quality=95)
        pictures.append(BurstPicture(label, burst, content.getvalue()))
    return pictures


def test_no_burst_is_in_training_and_test(tmp_path: Path) -> None:
    levels = {1: 20, 2: 60, 3: 100, 4: 140, 5: 180}
    pictures = [
        picture
        for burst, level in levels.items()
        for label in ("cat", "dog")
        for picture in take(label, burst if label == "cat" else burst + 10, 8, level)
    ]
    made = make_picture_dataset(io.BytesIO(pack_bursts(pictures)), "My cats", tmp_path)
    assert made.metadata.classes == ("cat", "dog")
    assert made.metadata.train == (32, 32)
    assert made.metadata.test == (8, 8)
    assert any("burst" in warning for warning in made.metadata.warnings)
    data = load_dataset(DataSettings(name=made.name), tmp_path)
    for label in (0, 1):
        seen = [
            {round(float(each[:, 20:].float().mean()) / 40) for each in split.inputs[split.labels == label]}
            for split in (data.train, data.test)
        ]
        assert len(seen[0]) == 4
        assert len(seen[1]) == 1
        assert not seen[0] & seen[1]


def test_a_class_of_one_burst_is_divided_by_its_pictures(tmp_path: Path) -> None:
    pictures = [*take("cat", 1, 10), *take("dog", 2, 10, 50), *take("dog", 3, 10, 90)]
    made = make_picture_dataset(io.BytesIO(pack_bursts(pictures)), "One burst", tmp_path)
    assert made.metadata.train == (8, 10)
    assert made.metadata.test == (2, 10)


def test_other_file_names_are_no_bursts() -> None:
    digests = [b"a", b"b"]
    assert make_group_keys(["cat/burst.jpg", "cat/my-burst-1-1.jpg"], digests, [0, 0]) == digests
    keys = make_group_keys(["c/burst-1-1.jpg", "c/burst-1-2.jpg", "c/burst-2-1.jpg"], [b"a", b"b", b"c"], [0, 0, 0])
    assert keys[0] == keys[1] != keys[2]


def test_what_is_missing_is_said() -> None:
    assert "two classes" in explain_not_ready(take("cat", 1, 5))
    assert "at least 5 pictures. Take more of 'dog'" in explain_not_ready([*take("cat", 1, 5), *take("dog", 2, 4)])
    single = [*take("cat", 1, 5), *take("cat", 2, 5), *take("dog", 3, 9)]
    assert "two bursts" in explain_not_ready(single)
    assert "'dog'" in explain_not_ready(single)
    assert explain_not_ready([*single, *take("dog", 4, 1)]) == ""


def test_few_and_uneven_pictures_are_warned_of() -> None:
    few, uneven = describe_balance([*take("cat", 1, 40), *take("dog", 2, 12)])
    assert "'dog'" in few
    assert "'cat'" not in few
    assert "'cat' has 40 pictures and 'dog' 12" in uneven
    assert describe_balance([*take("cat", 1, 40), *take("dog", 2, 30)]) == []


@pytest.mark.parametrize(
    "name",
    ["", "a/b", "<b>", "**cat**", "..", ".x", "test", "Training", "pictures", "x" * 41, "a\nb\u202e", "__MACOSX"],
)
def test_a_name_that_means_something_else_in_an_archive_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="cannot name a class"):
        check_class_name(name, [])


@pytest.mark.parametrize("name", ["7", "$x$", "_cat_ [x](y)", "😀", "שלום", "cat 2"])
def test_other_names_are_classes(name: str, tmp_path: Path) -> None:
    assert check_class_name(f"  {name} ", []) == name
    pictures = [*take(name, 1, 5, 20), *take(name, 2, 5, 40), *take("other", 3, 5, 60), *take("other", 4, 5, 80)]
    made = make_picture_dataset(io.BytesIO(pack_bursts(pictures)), "Names", tmp_path)
    assert set(made.metadata.classes) == {name, "other"}


def test_the_same_name_in_another_case_is_refused() -> None:
    with pytest.raises(BadInput, match="class 'Cat' already"):
        check_class_name("cat", ["Cat"])
    assert check_class_name("Cat", ["Cat"]) == "Cat"
