"""The members of a group are created: which seeds they get, and what is copied."""

import json
import threading
from pathlib import Path
from shutil import rmtree

import pytest
from seed_groups import make_group
from untrained_runs import untrained_run

from nn_core.config import apply_settings, get_preset
from nn_core.errors import BadInput
from nn_core.paths import SHIPPED_RUN
from nn_core.runs import RunFolder, create_run, list_runs
from nn_core.runs.groups import find_group
from nn_core.runs.repeat import create_next_member, plan_members


def make_run(root: Path, *settings: str) -> RunFolder:
    return create_run(root, apply_settings(get_preset("plane"), settings))


def complete(root: Path, run: RunFolder, total: int) -> list[RunFolder]:
    members = []
    while member := create_next_member(root, run, total):
        members.append(member)
    return members


def list_seeds(root: Path, run: RunFolder) -> list[int]:
    group = find_group(run, list_runs(root))
    assert group
    return [member.seed for member in group.members]


def test_the_next_seeds_follow_that_of_the_run(tmp_path: Path) -> None:
    run = make_run(tmp_path, "training.seed=5")
    first, second = complete(tmp_path, run, 3)
    assert list_seeds(tmp_path, run) == [5, 6, 7]
    assert first.config().model_copy(update={"training": run.config().training}) == run.config()
    assert json.loads(second.group_file.read_text()) == {
        "version": 1,
        "group": json.loads(run.group_file.read_text())["group"],
        "seed": 7,
        "origin": run.name,
    }
    assert complete(tmp_path, second, 3) == [], "it is complete, whoever asks"
    complete(tmp_path, second, 4)
    assert list_seeds(tmp_path, run) == [5, 6, 7, 8]


def test_the_seed_of_a_deleted_member_is_used_again(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    first, _second = complete(tmp_path, run, 3)
    rmtree(first.path)
    assert plan_members(run, list_runs(tmp_path), 5).seeds == (1, 3, 4)


def test_the_largest_seed_is_followed_by_zero(tmp_path: Path) -> None:
    run = make_run(tmp_path, f"training.seed={2**31 - 1}")
    complete(tmp_path, run, 3)
    assert list_seeds(tmp_path, run) == [0, 1, 2**31 - 1]


@pytest.mark.parametrize("total", [-1, 0, 1, 17])
def test_a_group_has_2_to_16_runs(tmp_path: Path, total: int) -> None:
    with pytest.raises(BadInput, match="Choose a number from 2 to 16"):
        create_next_member(tmp_path, make_run(tmp_path), total)


def test_a_shipped_run_is_repeated_and_stays_as_it_is(tmp_path: Path) -> None:
    shipped = RunFolder(SHIPPED_RUN)
    before = {file.name for file in SHIPPED_RUN.iterdir()}
    members = complete(tmp_path, shipped, 2)
    assert {file.name for file in SHIPPED_RUN.iterdir()} == before
    assert list_seeds(tmp_path, shipped) == list_seeds(tmp_path, members[0]) == [1, 2]
    assert [run.label().name for run in members] == ["pretrained-digits · seed 1", "pretrained-digits · seed 2"]
    complete(tmp_path, shipped, 3)
    assert list_seeds(tmp_path, shipped) == [1, 2, 3]


def test_imported_weights_are_no_member(tmp_path: Path) -> None:
    imported = untrained_run(tmp_path, "simple_net")
    complete(tmp_path, imported, 2)
    assert list_seeds(tmp_path, imported) == [1, 2]
    assert not imported.group_file.exists()


def test_start_weights_are_those_of_the_run_although_their_origin_is_gone(tmp_path: Path) -> None:
    parent = untrained_run(tmp_path, "simple_net")
    run = create_run(tmp_path, apply_settings(get_preset("simple_net"), [f"training.start_from={parent.name}"]))
    rmtree(parent.path)
    [member] = complete(tmp_path, run, 2)
    assert member.start_weights.read_bytes() == run.start_weights.read_bytes()


def test_a_damaged_group_file_is_written_again(tmp_path: Path) -> None:
    members = make_group(tmp_path, (0.9, 0.91, 0.92))
    members[0].group_file.write_text("{")
    complete(tmp_path, members[0], 4)
    assert list_seeds(tmp_path, members[3 - 1]) == [0, 1, 2, 3]


def test_a_member_that_trained_on_does_not_pass_that_on(tmp_path: Path) -> None:
    members = make_group(tmp_path, (0.9, 0.91, 0.92))
    members[0].write_config(apply_settings(members[0].config(), ["training.epochs=50"]))
    [new] = complete(tmp_path, members[0], 4)
    assert new.config().training.epochs == 4


def test_two_who_ask_at_once_get_no_seed_twice(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    threads = [threading.Thread(target=complete, args=(tmp_path, run, 6)) for _thread in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list_seeds(tmp_path, run) == [0, 1, 2, 3, 4, 5]
    assert len(list_runs(tmp_path)) == 6
