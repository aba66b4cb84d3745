"""Fine-tuning: stored drawings, runs that start from the weights of another, and both together."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from untrained_runs import untrained_run
from upside_down_sevens import finetune_result, sevens, upside_down_seven

from nn_core.atomic_io import replace_json
from nn_core.config import apply_settings, get_preset
from nn_core.config.overrides import apply_resume_settings
from nn_core.data import OWN_DRAWINGS, Dataset, DataSettings, find_dataset, list_datasets, load_dataset
from nn_core.data.custom.drawings import make_drawn_split
from nn_core.data.rehearsal import mix_rehearsal
from nn_core.drawings import Drawing
from nn_core.drawings.corrections import (
    delete_corrections,
    read_corrections,
    store_correction,
)
from nn_core.errors import BadInput, BadPicture, ConfigError, DamagedRun, DatasetUnavailable, RunNotFound, StorageFailed
from nn_core.finetuning.report import FinetuneReport, Transition, read_finetune_report
from nn_core.finetuning.run import create_finetune_run
from nn_core.runs import RunFolder, create_run
from nn_core.training.setup import check_start_weights, load_initial_weights
from nn_core.training.state import TrainState

CPU = torch.device("cpu")


# The drawings that are stored


def test_stored_drawings_are_read_in_order(corrections_file: Path) -> None:
    stored = [store_correction(str(number), upside_down_seven(number), corrections_file) for number in range(3)]
    found = read_corrections(corrections_file)
    assert found == stored
    assert [each.label for each in found] == ["0", "1", "2"]
    assert found[1].drawing == upside_down_seven(1)
    delete_corrections(corrections_file, [found[1]])
    assert read_corrections(corrections_file) == [stored[0], stored[2]]
    delete_corrections(corrections_file)
    assert read_corrections(corrections_file) == []
    assert not corrections_file.exists()


def test_damaged_lines_are_skipped_without_losing_others(corrections_file: Path) -> None:
    first = store_correction("7", upside_down_seven(0), corrections_file)
    with corrections_file.open("ab") as stream:
        stream.write(b'{"label": "7", "size": 280\n\xff\xfe\n{"label": 7')
    second = store_correction("8", upside_down_seven(1), corrections_file)
    assert read_corrections(corrections_file) == [first, second]


def test_simultaneous_stores_lose_nothing(corrections_file: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        stored = list(
            pool.map(lambda number: store_correction("7", upside_down_seven(number), corrections_file), range(40))
        )
    assert set(read_corrections(corrections_file)) == set(stored)
    assert len(set(stored)) == 40


def test_invalid_corrections_are_not_stored(corrections_file: Path, tmp_path: Path) -> None:
    with pytest.raises(BadPicture, match="no strokes"):
        store_correction("7", Drawing(280, 18, ()), corrections_file)
    with pytest.raises(BadPicture, match="label"):
        store_correction("", upside_down_seven(0), corrections_file)
    (tmp_path / "a-file").write_text("")
    with pytest.raises(StorageFailed, match="Cannot write"):
        store_correction("7", upside_down_seven(0), tmp_path / "a-file" / "corrections.jsonl")
    assert read_corrections(corrections_file) == []


def test_the_drawings_are_a_data_set_of_their_own(data_folder: Path, corrections_file: Path) -> None:
    assert OWN_DRAWINGS not in list_datasets(data_folder)
    with pytest.raises(DatasetUnavailable, match="no data set"):
        find_dataset(OWN_DRAWINGS, data_folder)
    for number in range(9):
        store_correction(str(number % 2), upside_down_seven(number), corrections_file)
    spec = list_datasets(data_folder)[OWN_DRAWINGS]
    assert (spec.classes, spec.shape, spec.is_line_drawing) == (tuple("0123456789"), (1, 28, 28), True)
    with pytest.raises(DatasetUnavailable, match="at least 10"):
        load_dataset(DataSettings(name=OWN_DRAWINGS), data_folder)
    store_correction("1", upside_down_seven(9), corrections_file)
    data = load_dataset(DataSettings(name=OWN_DRAWINGS), data_folder)
    assert (len(data.train), len(data.test)) == (8, 2)
    assert data.train.inputs.amax(dim=(1, 2, 3)).min() > 200
    store_correction("a cat", upside_down_seven(0), corrections_file)
    assert find_dataset(OWN_DRAWINGS, data_folder).classes == ("0", "1", "a cat")


# Runs that start from another


def test_a_run_starts_from_the_weights_of_another(tmp_path: Path, sample: Dataset) -> None:
    parent = untrained_run(tmp_path, "simple_net", name="parent")
    config = apply_settings(
        get_preset("simple_net"), ["training.start_from=parent", "training.ema=0.9", "training.seed=5"]
    )
    run = create_run(tmp_path, config, "child")
    weights = load_file(parent.best_weights)
    shutil.rmtree(parent.path)  # the run has a copy
    session = TrainState(config, sample, CPU)
    load_initial_weights(run, session)
    for network in (session.model, session.eval_model):
        assert all(torch.equal(tensor, weights[name]) for name, tensor in network.state_dict().items())
    run.start_weights.write_bytes(b"torn")
    with pytest.raises(DamagedRun, match=r"start\.safetensors"):
        load_initial_weights(run, session)


def test_mismatched_start_weights_are_refused(tmp_path: Path) -> None:
    spec = find_dataset("mnist_sample", tmp_path)
    untrained_run(tmp_path, "mlp", "model.hidden=[8]", name="parent")
    create_run(tmp_path, get_preset("mlp"), "fresh")
    fits = apply_settings(get_preset("mlp"), ["training.start_from=parent", "model.hidden=[8]"])
    check_start_weights(fits, spec, tmp_path)
    for config, error, sentence in (
        (apply_settings(fits, ["training.start_from=missing"]), RunNotFound, "No run named 'missing'"),
        (apply_settings(fits, ["training.start_from=../parent"]), RunNotFound, "No run named"),
        (apply_settings(fits, ["training.start_from=fresh"]), BadInput, "no trained weights"),
        (apply_settings(get_preset("quick"), ["training.start_from=parent"]), BadInput, "Set model.name to mlp"),
    ):
        with pytest.raises(error, match=sentence):
            create_run(tmp_path, config, "child")
        assert not (tmp_path / "child").exists()
    for config, data in (
        (apply_settings(fits, ["model.hidden=[9]"]), spec),
        (fits, find_dataset("digits_8x8", tmp_path)),
        (fits, find_dataset("emnist_letters", tmp_path)),
    ):
        with pytest.raises(BadInput, match="do not fit this network"):
            check_start_weights(config, data, tmp_path)
    with pytest.raises(ConfigError, match=r"training\.start_from cannot be changed"):
        apply_resume_settings(fits, ["training.start_from="])


# Drawings among older examples


def test_drawings_are_repeated_and_never_held_out(data_folder: Path, sample: Dataset) -> None:
    settings = ["data.drawings.share=0.2", "data.drawings.rehearse=900", "data.validation_share=0.3"]
    config = apply_settings(get_preset("mlp"), settings)
    drawn = make_drawn_split(sevens(5), sample.spec)
    mixed = mix_rehearsal(sample, drawn, config.data, config.training.seed, data_folder)
    assert len(mixed.train) - mixed.never_held_out == 900
    assert mixed.never_held_out == 225  # a fifth of all
    assert torch.equal(mixed.train.inputs[900:905], drawn.inputs)
    assert not torch.equal(mixed.train.inputs[905:910], drawn.inputs), "later ones are as drawn another time"
    session = TrainState(config, mixed, CPU)
    learned, held = session.train_rows.tolist(), session.validation_rows.tolist()
    assert set(range(900, 1125)) <= set(learned)
    assert max(held) < 900
    assert len(held) == 270
    # Of the whole data set's own validation split nothing is learned.
    whole = TrainState(apply_settings(config, ["data.drawings.share=0"]), sample, CPU)
    held_pictures = {whole.samples.inputs[row].numpy().tobytes() for row in whole.validation_rows}
    assert held_pictures.isdisjoint(picture.numpy().tobytes() for picture in mixed.train.inputs)


def test_one_drawing_does_not_dominate_the_data(data_folder: Path, sample: Dataset) -> None:
    config = apply_settings(get_preset("mlp"), ["data.drawings.share=0.5"])
    mixed = mix_rehearsal(sample, make_drawn_split(sevens(1), sample.spec), config.data, 0, data_folder)
    assert mixed.never_held_out == 100


def test_fine_tuning_rehearses_data_that_is_on_the_disk(data_folder: Path, runs_root: Path) -> None:
    run = untrained_run(runs_root, "quick", "data.name=mnist")
    child = create_finetune_run(runs_root, run, sevens(), data_folder, settings=["training.seed=3"])
    config = child.config()
    assert (config.data.name, config.training.start_from, config.training.seed) == ("mnist_sample", "quick", 3)
    assert read_corrections(child.drawings_file) == sevens()
    assert child.start_weights.read_bytes() == run.best_weights.read_bytes()


def test_transitions_are_counted() -> None:
    teaching = finetune_result(("1", False), ("7", False))
    teaching["drawings"] = [*teaching["drawings"], *2 * finetune_result(("7", True), ("7", False))["drawings"]]
    report = FinetuneReport.model_validate(teaching)
    assert report.count_transitions() == [Transition("7", None, "7", 2), Transition("7", "1", "7", 1)]


def test_a_damaged_report_is_ignored(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    for damaged in ({"before": {}}, {"drawings": 3}, {"drawings": [7]}, {"drawings": [{"label": "7"}]}):
        replace_json(run.teaching_file, {**finetune_result(("1", False), ("7", False)), **damaged})
        assert read_finetune_report(run) is None
