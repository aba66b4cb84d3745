"""Flipped bits and truncated files: the newest complete data is used, and a message says so. Processes that die while they
write are in test_interrupted_writes.py."""

import io
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from in_process_runs import assert_same_outcome, figures, three_epochs, trained
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from nn_core.config import apply_settings
from nn_core.errors import BadInput, DamagedRun
from nn_core.inference import load_network
from nn_core.paths import get_data_folder
from nn_core.runs import History, RunFolder, create_run
from nn_core.runs.weights import check_complete, pack_weights, read_weights
from nn_core.training.checkpoint import append_checksum, has_valid_checksum, load_checkpoint
from nn_core.transfer import write_archive, write_weights

CONFIG = three_epochs()


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The same, stopped after its second epoch; its previous checkpoint is of the first."""
    run = create_run(tmp_path_factory.mktemp("stopped"), CONFIG, "run")
    trained(run, 1)
    trained(run, 2)
    return run


@pytest.fixture
def run(stopped: RunFolder, tmp_path: Path) -> RunFolder:
    return RunFolder(shutil.copytree(stopped.path, tmp_path / "run"))


def flip(file: Path, bit: int) -> None:
    content = bytearray(file.read_bytes())
    content[bit // 8 % len(content)] ^= 1 << bit % 8
    file.write_bytes(content)


# Checksums


def bits(file: Path) -> Iterator[int]:
    """All of the first and of the last bytes, and some in between."""
    size = 8 * file.stat().st_size
    yield from range(0, 8 * 64, 5)
    yield from range(size - 8 * 90, size)
    yield from random.sample(range(size), 300)


def test_a_flipped_bit_anywhere_in_a_checkpoint_is_detected(stopped: RunFolder, tmp_path: Path) -> None:
    file = tmp_path / "last.state"
    assert has_valid_checksum(stopped.state_file)
    content = stopped.state_file.read_bytes()
    for bit in bits(stopped.state_file):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(changed)
        assert not has_valid_checksum(file), bit
    for end in (0, 1, 22, 100, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:end])
        assert not has_valid_checksum(file), end
    file.write_bytes(content + b"\0")
    assert not has_valid_checksum(file)


def test_a_flipped_bit_anywhere_in_a_weights_file_is_detected(stopped: RunFolder) -> None:
    content = stopped.best_weights.read_bytes()
    check_complete(io.BytesIO(content))
    names = content.index(b"__metadata__"), content.index(b"nn_lab"), content.index(b"sha256")
    unseen = {
        byte for place in names for byte in range(place, place + 14)
    }  # without them there is no checksum to compare
    for bit in {*bits(stopped.best_weights)}:
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        if bit // 8 not in unseen:
            with pytest.raises(SafetensorError):
                check_complete(io.BytesIO(changed))


def test_a_weights_file_truncated_anywhere_is_detected(stopped: RunFolder) -> None:
    content = stopped.best_weights.read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    for end in (0, 7, 8, 20, 100, header - 1, header, header + 1, len(content) // 2, len(content) - 1):
        with pytest.raises(SafetensorError):
            check_complete(io.BytesIO(content[:end]))


def test_files_without_a_checksum_are_read(run: RunFolder) -> None:
    """As older versions of NN Lab, and others, write them."""
    weights = load_file(run.best_weights)
    save_file(weights, run.best_weights, {"nn_lab": '{"model": "simple_net"}'})
    assert read_weights(run.best_weights).keys() == weights.keys()
    torch.save(torch.load(run.state_file, weights_only=True), run.state_file)
    state = load_checkpoint(run)
    assert state
    assert not state.is_previous


def test_equal_weights_give_equal_files() -> None:
    weights = {"b": torch.ones(3), "a": torch.zeros((), dtype=torch.int64), "c": torch.ones(2, dtype=torch.bfloat16)}
    assert pack_weights(weights, {"step": 1}) == pack_weights(dict(reversed(weights.items())), {"step": 1})
    assert pack_weights(weights, {"step": 1}) != pack_weights(weights, {"step": 2})


def test_a_checkpoint_with_a_checksum_is_readable_by_torch_and_unzip() -> None:
    import zipfile

    stream = io.BytesIO()
    torch.save({"a": torch.arange(3)}, stream)
    append_checksum(stream)
    stream.seek(0)
    assert torch.load(stream, weights_only=True)["a"].tolist() == [0, 1, 2]
    assert zipfile.ZipFile(stream).testzip() is None


# A damaged checkpoint


def test_a_damaged_checkpoint_is_set_aside_and_the_previous_one_used(
    run: RunFolder, uninterrupted_run: RunFolder
) -> None:
    assert (torch.load(run.state_file, weights_only=True)["position"][0], run.status().epochs_done) == (2, 2)
    flip(run.state_file, 8 * (run.state_file.stat().st_size // 2))
    damaged = run.state_file.read_bytes()
    lines = trained(run)
    [sentence] = [line for line in lines if "damaged" in line]
    assert sentence.startswith("last.state was damaged and was moved to damaged.state; check the disk.")
    assert "of step 18" in sentence
    assert run.status().message == sentence
    assert run.damaged_state.read_bytes() == damaged
    assert has_valid_checksum(run.state_file)
    assert_same_outcome(run, uninterrupted_run)


def test_a_missing_checkpoint_is_replaced_by_the_previous_one(run: RunFolder, uninterrupted_run: RunFolder) -> None:
    run.state_file.unlink()
    assert [line for line in trained(run) if line.startswith("last.state was missing.")]
    assert_same_outcome(run, uninterrupted_run)


def test_a_damaged_checkpoint_never_becomes_the_previous_one(run: RunFolder) -> None:
    flip(run.state_file, 10_000)
    trained(run, 2)
    for file in (run.state_file, run.previous_state):
        assert has_valid_checksum(file)


def test_if_both_checkpoints_are_damaged_nothing_changes_and_the_remedy_is_named(run: RunFolder) -> None:
    flip(run.state_file, 10_000)
    flip(run.previous_state, 10_000)
    before = {file.name: file.read_bytes() for file in run.path.iterdir() if file.name != "status.json"}
    with pytest.raises(DamagedRun, match=r"last\.state, previous\.state.*training\.start_from = 'run'"):
        trained(run)
    assert run.status().status == "failed"
    assert {file.name: file.read_bytes() for file in run.path.iterdir() if file.name != "status.json"} == before
    load_network(run, get_data_folder())


def test_two_checkpoints_are_kept_and_only_the_last_is_exported(run: RunFolder) -> None:
    import zipfile

    trained(run, 2)
    assert {file.name for file in run.path.glob("*.state")} == {"last.state", "previous.state"}
    target = io.BytesIO()
    write_archive(run, target)
    assert [name for name in zipfile.ZipFile(target).namelist() if name.endswith(".state")] == ["run/last.state"]


# Damaged weights


def test_damaged_weights_are_refused_and_rewritten_on_resume(run: RunFolder, uninterrupted_run: RunFolder) -> None:
    flip(run.best_weights, 8 * (run.best_weights.stat().st_size - 500))
    load_file(run.best_weights)  # which notices nothing
    with pytest.raises(DamagedRun, match=r"damaged file, best\.safetensors"):
        load_network(run, get_data_folder())
    with pytest.raises(DamagedRun, match=r"damaged file, best\.safetensors"):
        write_weights(run, "safetensors", io.BytesIO())
    begun = apply_settings(CONFIG, ["training.start_from=run"])
    with pytest.raises(BadInput, match=r"damaged file, best\.safetensors"):
        create_run(run.path.parent, begun)
    lines = trained(run)
    assert "best.safetensors was damaged and has been written again from last.state." in lines
    assert_same_outcome(run, uninterrupted_run)


# Damaged metrics


def test_a_run_with_truncated_metrics_resumes(run: RunFolder, uninterrupted_run: RunFolder) -> None:
    content = run.metrics_file.read_bytes()
    run.metrics_file.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    trained(run)
    assert (run.path / "last.safetensors").read_bytes() == (uninterrupted_run.path / "last.safetensors").read_bytes()
    history = History(run.metrics_file)
    history.update()
    assert history.unreadable == 0
    assert 0 < len(history.train.epoch) < len(figures(uninterrupted_run))


# A damaged status


@pytest.mark.parametrize("content", [None, b"", bytes(300)], ids=["gone", "empty", "zeros"])
def test_a_run_without_a_readable_status_resumes(
    run: RunFolder, uninterrupted_run: RunFolder, content: bytes | None
) -> None:
    before = run.status()
    run.status_file.unlink() if content is None else run.status_file.write_bytes(content)
    status = run.status()
    assert status.status == "interrupted"
    assert (status.step, status.steps, status.epochs_done) == (before.step, before.steps, before.epochs_done)
    assert status.best == before.best
    trained(run)
    assert_same_outcome(run, uninterrupted_run)
    assert run.status().message == ""
