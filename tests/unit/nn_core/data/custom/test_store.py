"""Custom data sets in the data folder: names, completeness, and training on them."""

import io
import json
from pathlib import Path

import pytest
import torch
from custom_files import classes, greetings, made, made_of, splits, table, zipped

from nn_core.config import RunConfig, apply_settings
from nn_core.data import DatasetSpec, DataSettings, find_dataset, load_dataset
from nn_core.data.custom import (
    choose_storage,
    delete_custom_dataset,
    list_custom_datasets,
    read_custom_spec,
)
from nn_core.data.custom.example_archive import make_example_zip
from nn_core.data.custom.picture_import import make_picture_dataset
from nn_core.data.custom.store import make_slug
from nn_core.errors import BadInput, DatasetUnavailable, StorageFailed
from nn_core.training.loop import Epoch, train
from nn_core.training.state import TrainState

CPU = torch.device("cpu")


# Names


def test_titles_in_any_script_get_distinct_ascii_slugs() -> None:
    assert make_slug("My Cats & Dogs!") == "my-cats-dogs"
    assert make_slug("Äpfel") == "apfel"
    cats, dogs = make_slug("кот 1"), make_slug("пёс 1")
    assert cats.startswith("1-")
    assert cats != dogs
    assert make_slug("猫").isascii()
    assert make_slug("...") == ""


@pytest.mark.parametrize("title", ["", "  ", "...", "x" * 61, "a\x00b", "a\u202eb"])
def test_an_invalid_title_is_refused(tmp_path: Path, title: str) -> None:
    with pytest.raises(BadInput, match="cannot name a data set"):
        make_picture_dataset(zipped(classes(5)), title, tmp_path)


def test_a_name_can_be_used_once(tmp_path: Path) -> None:
    made(classes(5), tmp_path)
    with pytest.raises(BadInput, match="already is a data set 'COLOURS!'"):
        make_picture_dataset(zipped(classes(5)), "COLOURS!", tmp_path)


@pytest.mark.parametrize(
    "name", ["own-", "own-..", "own-../own/colours", "own-/etc", "own-a/b", "own-A", "own-.making-x"]
)
def test_names_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    made(classes(5), tmp_path)
    with pytest.raises(DatasetUnavailable):
        read_custom_spec(name, tmp_path)
    with pytest.raises(BadInput):
        delete_custom_dataset(name, tmp_path)
    assert list_custom_datasets(tmp_path)


# Whole or not at all


def test_a_cancelled_data_set_leaves_nothing(tmp_path: Path) -> None:
    class GivenUp(BaseException):
        pass

    def give_up(done: int, total: int) -> None:
        assert total == 24
        if done == 10:
            raise GivenUp

    with pytest.raises(GivenUp):
        made(classes(8), tmp_path, on_progress=give_up)
    assert list((tmp_path / "own").iterdir()) == []
    assert made(classes(8), tmp_path).name == "own-colours"


def test_a_data_set_appears_only_when_complete(tmp_path: Path) -> None:
    seen = []
    made(classes(8), tmp_path, on_progress=lambda done, total: seen.append(list(list_custom_datasets(tmp_path))))
    assert seen == [[]] * 24
    assert list(list_custom_datasets(tmp_path)) == ["own-colours"]


def test_an_unwritable_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("in the way")
    with pytest.raises(StorageFailed, match="NN_LAB_DATA"):
        made(classes(5), tmp_path)


# Deleted and damaged


def test_a_run_reports_that_its_data_set_was_deleted(tmp_path: Path) -> None:
    made(classes(5), tmp_path)
    delete_custom_dataset("own-colours", tmp_path)
    assert list((tmp_path / "own").iterdir()) == []
    assert list_custom_datasets(tmp_path) == {}
    for act in (
        lambda: find_dataset("own-colours", tmp_path),
        lambda: load_dataset(DataSettings(name="own-colours"), tmp_path),
        lambda: delete_custom_dataset("own-colours", tmp_path),
    ):
        with pytest.raises(DatasetUnavailable, match="may have been deleted"):
            act()
    with pytest.raises(BadInput, match="not a custom data set"):
        delete_custom_dataset("mnist", tmp_path)


def test_damaged_data_sets_are_reported_and_can_be_deleted(tmp_path: Path) -> None:
    made(classes(5), tmp_path)
    place = tmp_path / "own" / "colours"
    for damage in (b"", b"nothing", (place / "train-inputs.npy").read_bytes()[:1000]):
        (place / "train-inputs.npy").write_bytes(damage)
        for budget in (None, 0):
            with pytest.raises(DatasetUnavailable, match="damaged"):
                splits("own-colours", tmp_path, budget)
    (place / "train-inputs.npy").unlink()
    assert not read_custom_spec("own-colours", tmp_path).is_present(tmp_path)
    about = json.loads((place / "about.json").read_text())
    for damage in ("{", json.dumps({**about, "version": 2}), json.dumps({**about, "classes": ["one"]})):
        (place / "about.json").write_text(damage)
        assert list_custom_datasets(tmp_path) == {}
    delete_custom_dataset("own-colours", tmp_path)
    assert not place.exists()


# Streaming


@pytest.mark.filterwarnings("error")  # torch warns once a process of memory that cannot be written to
def test_data_above_the_memory_budget_is_streamed_unchanged(tmp_path: Path) -> None:
    made(classes(10), tmp_path, side=28, colour=True)
    spec = read_custom_spec("own-colours", tmp_path)
    size = 30 * 3 * 28 * 28
    assert choose_storage(spec, tmp_path) == "memory"
    assert choose_storage(spec, tmp_path, budget=size) == "memory"
    assert choose_storage(spec, tmp_path, budget=size - 1) == "streams"
    in_memory, streamed = splits("own-colours", tmp_path), splits("own-colours", tmp_path, budget=0)
    assert not in_memory[0].streamed
    assert streamed[0].streamed
    for a, b in zip(in_memory, streamed, strict=True):
        assert torch.equal(a.inputs, b.inputs)
        assert torch.equal(a.labels, b.labels)


def config(name: str, *settings: str) -> RunConfig:
    return apply_settings(
        RunConfig(),
        [f"data.name={name}", "training.epochs=2", "training.batch_size=7", "training.device=cpu", *settings],
    )


def learned(spec: DatasetSpec, folder: Path, *settings: str) -> list[float]:
    """Losses and accuracies after each of two epochs."""
    from nn_core.data import Dataset

    chosen = config(spec.name, *settings)
    session = TrainState(chosen, Dataset(spec, *spec.read(folder, chosen.data)), CPU)
    ends = [record.validation for record in train(session) if isinstance(record, Epoch)]
    return [figure for end in ends for figure in (end.loss, end.accuracy or 0.0)]


@pytest.mark.filterwarnings("error")
def test_training_on_a_stream_equals_training_in_memory(tmp_path: Path) -> None:
    made(classes(15), tmp_path, side=32, colour=True)
    for settings in ((), ("data.augmentation.shift=2", "data.augmentation.rotate=5")):
        in_memory = learned(read_custom_spec("own-colours", tmp_path), tmp_path, *settings)
        assert in_memory == learned(read_custom_spec("own-colours", tmp_path, budget=0), tmp_path, *settings)


@pytest.mark.filterwarnings("error")
def test_streamed_text_trains_too(tmp_path: Path) -> None:
    made_of(table(greetings(40)), tmp_path)
    settings = ("model.name=text_cnn", "optimizer.name=adam", "optimizer.lr=0.01")
    in_memory = learned(read_custom_spec("own-greetings", tmp_path), tmp_path, *settings)
    assert in_memory == learned(read_custom_spec("own-greetings", tmp_path, budget=0), tmp_path, *settings)
    assert in_memory[-1] == 1.0


@pytest.mark.filterwarnings("error")
def test_a_network_predicts_the_same_from_a_stream(tmp_path: Path) -> None:
    from nn_core.inference.network import TrainedNetwork
    from nn_core.models import build_model

    made(classes(10), tmp_path, side=28, colour=False)
    spec = read_custom_spec("own-colours", tmp_path)
    network = TrainedNetwork(config(spec.name), spec, build_model(config(spec.name).model, spec.task).eval(), CPU)
    tests = [splits("own-colours", tmp_path, budget)[1].inputs for budget in (None, 0)]
    assert torch.equal(network.compute_outputs(tests[0]), network.compute_outputs(tests[1]))


def test_the_example_is_constant_and_valid(tmp_path: Path) -> None:
    assert make_example_zip() == make_example_zip()
    about = make_picture_dataset(io.BytesIO(make_example_zip()), "Example", tmp_path, colour=True).metadata
    assert about.counts == {"circles": 30, "crosses": 30, "squares": 30}
    assert about.skipped == {}
