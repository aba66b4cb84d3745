"""Custom data sets from an archive of pictures: what is accepted, what is refused and why."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from custom_files import COLOURS, classes, drawing, encoded, made, refused_pictures, splits, zipped
from PIL import Image

from nn_core.data import DATASETS, DataSettings, find_dataset, list_datasets, load_dataset
from nn_core.data.custom import LIMITS, read_custom_spec
from nn_core.data.custom.metadata import summarize
from nn_core.data.custom.picture_import import make_picture_dataset
from nn_core.data.split import split_train_test

# What a ZIP of pictures becomes


def test_a_zip_becomes_a_data_set(tmp_path: Path) -> None:
    result = made(classes(10), tmp_path, side=32, colour=True)
    assert result.name == "own-colours"
    spec = find_dataset("own-colours", tmp_path)
    assert (spec.kind, spec.shape, spec.classes, spec.title) == (
        "pictures",
        (3, 32, 32),
        ("blue", "green", "red"),
        "Colours",
    )
    assert spec.task.classes == 3
    assert not spec.is_line_drawing
    assert spec.is_present(tmp_path)
    assert list(list_datasets(tmp_path)) == [*DATASETS, "own-colours"]
    data = load_dataset(DataSettings(name="own-colours"), tmp_path)
    assert data.train.inputs.dtype == torch.uint8
    assert data.train.labels.dtype == torch.int64
    assert data.train.class_counts(3) == [8, 8, 8]
    assert data.test.class_counts(3) == [2, 2, 2]
    scaled = data.train.inputs.double() / 255
    assert spec.mean == pytest.approx(scaled.mean(dim=(0, 2, 3)).tolist(), abs=1e-3)
    assert spec.std == pytest.approx(scaled.std(dim=(0, 2, 3)).tolist(), abs=1e-3)
    middle = data.train.inputs[:, :, 16, 16].double()
    for label, name in enumerate(spec.classes):
        strongest = middle[data.train.labels == label].mean(dim=0).argmax().item()
        assert strongest == ["red", "green", "blue"].index(name)
    assert set(summarize(result.metadata).split()) >= {"30", "24", "6"}


def test_grey_pictures_have_one_channel(tmp_path: Path) -> None:
    made(classes(), tmp_path, side=28, colour=False)
    assert read_custom_spec("own-colours", tmp_path).shape == (1, 28, 28)


def test_folders_around_the_classes_and_hidden_files_do_not_count(tmp_path: Path) -> None:
    files = classes(5, above="holiday/pictures/")
    files |= {"__MACOSX/holiday/._0.png": b"x", "holiday/.DS_Store": b"x", "holiday/pictures/red/.hidden.png": b"x"}
    files |= {"holiday/pictures/red/indoors/9.png": drawing(COLOURS["red"]), "holiday/pictures/red/Thumbs.db": b"x"}
    about = made(files, tmp_path).metadata
    assert about.counts == {"blue": 5, "green": 5, "red": 6}
    assert about.skipped == {}


def test_train_and_test_folders_are_honoured(tmp_path: Path) -> None:
    again = drawing(COLOURS["red"])
    files = classes(6, above="set/train/") | classes(3, above="set/test/")
    files |= {"set/train/red/twin.png": again, "set/test/red/twin.png": again}
    about = made(files, tmp_path).metadata
    assert about.train == (6, 6, 6)
    assert about.test == (3, 3, 4)
    assert about.skipped == {"also_in_test": 1}
    assert "the same as a test picture (such as set/train/red/twin.png)" in summarize(about)


def test_equal_images_are_in_the_same_split_in_any_order(tmp_path: Path) -> None:
    files = classes(12)
    for i in range(6):
        files[f"red/again{i}.png"] = files[f"red/{i}.png"]
    made(files, tmp_path / "a")
    made(dict(reversed(files.items())), tmp_path / "b")

    def pictures(folder: Path) -> list[set[bytes]]:
        return [{picture.numpy().tobytes() for picture in split.inputs} for split in splits("own-colours", folder)]

    train, test = pictures(tmp_path / "a")
    assert not train & test
    assert (train, test) == tuple(pictures(tmp_path / "b"))


def test_the_test_split_has_a_fifth_of_every_class_despite_duplicates() -> None:
    lot = random.Random(1)
    for _round in range(200):
        kinds = [lot.randint(2, 9) for _class in range(3)]
        samples = [(label, lot.randrange(kinds[label])) for label in range(3) for _i in range(lot.randint(5, 60))]
        digests = [bytes([label, kind]) for label, kind in samples]
        labels = [label for label, _kind in samples]
        for_test = split_train_test(digests, labels)
        assert not {d for d, t in zip(digests, for_test, strict=True) if t} & {
            d for d, t in zip(digests, for_test, strict=True) if not t
        }
        for label in range(3):
            if len({kind for owner, kind in samples if owner == label}) > 1:
                mine = [t for t, owner in zip(for_test, labels, strict=True) if owner == label]
                assert 0 < sum(mine) < len(mine)
    many = split_train_test([bytes([i // 256, i % 256]) for i in range(1000)], [i % 2 for i in range(1000)])
    assert sum(many) == 200


def test_broken_and_huge_images_are_skipped_and_counted(tmp_path: Path) -> None:
    whole = drawing(COLOURS["red"])
    files = classes(6) | {
        "red/cut.png": whole[: len(whole) // 2],
        "red/text.jpg": b"not a picture",
        "red/empty.gif": b"",
        "red/readme.txt": b"hello",
        "red/huge.png": encoded(Image.new("1", (3000, 3000))),
        "loose.png": whole,
    }
    about = made(files, tmp_path, limits=replace(LIMITS, pixels=1_000_000)).metadata
    assert about.skipped == {"broken": 3, "too_large": 1, "not_picture": 1, "no_class": 1}
    assert about.counts == {"blue": 6, "green": 6, "red": 6}
    sentence = summarize(about)
    assert "3 cannot be read (such as red/cut.png)" in sentence
    assert "1 too many pixels (such as red/huge.png)" in sentence


# Pictures that look the same


def blank(shade: int, noise: int = 0) -> bytes:
    lot = np.random.default_rng()
    return encoded(Image.fromarray((shade + lot.integers(0, noise + 1, (20, 20))).astype(np.uint8)))


def test_blank_pictures_are_called_blank(tmp_path: Path) -> None:
    identical = {f"{label}/{i}.png": blank(0) for label in ("a", "b") for i in range(8)}
    assert "All pictures look the same (blank?): 16 of 16 are identical" in refused_pictures(identical, tmp_path)
    noisy = {f"{label}/{i}.png": blank(240, 4) for label in ("a", "b") for i in range(8)}
    assert "look the same (blank?): 16 of 16" in refused_pictures(noisy, tmp_path)
    nearly = {f"{label}/{i}.png": blank(255) for label in ("a", "b") for i in range(20)}
    nearly |= {"a/x.png": drawing(COLOURS["red"]), "b/x.png": drawing(COLOURS["blue"])}
    assert "look the same (blank?): 40 of 42" in refused_pictures(nearly, tmp_path)


def test_pictures_of_one_colour_can_be_classes(tmp_path: Path) -> None:
    files = {f"dark/{i}.png": blank(10 + i) for i in range(8)} | {f"light/{i}.png": blank(200 + i) for i in range(8)}
    about = make_picture_dataset(zipped(files), "Shades", tmp_path).metadata
    assert about.counts == {"dark": 8, "light": 8}


def test_uneven_classes_are_mentioned(tmp_path: Path) -> None:
    about = made(classes(60, ["red"]) | classes(6, ["blue"]), tmp_path).metadata
    assert about.warnings == ("The classes are uneven: 'red' has 60 pictures and 'blue' 6.",)
    assert made(classes(20, ["red"]) | classes(6, ["blue"]), tmp_path / "other").metadata.warnings == ()


def test_the_report_shows_samples_of_each_class(tmp_path: Path) -> None:
    samples = made(classes(30), tmp_path).samples
    assert {(sample.file or "").split("/")[0] == sample.label for sample in samples} == {True}
    assert {sample.label for sample in samples} == set(COLOURS)
    assert len(samples) == 20
