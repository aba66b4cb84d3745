"""Groups of runs with other seeds: who is in one, what it says, and what its means leave out."""

import statistics
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from seed_groups import finish_run, make_group

from nn_core.config import apply_settings
from nn_core.runs import RunFolder, list_runs, rename_run
from nn_core.runs.groups import RunGroup, find_group, list_groups, make_member_name
from nn_core.runs.label import MAX_NAME_LENGTH

ACCURACIES = (0.9, 0.94, 0.95)


def only_group(root: Path) -> RunGroup:
    [group] = list_groups(list_runs(root))
    return group


def test_a_group_has_the_mean_and_the_spread_of_its_runs(tmp_path: Path) -> None:
    members = make_group(tmp_path, ACCURACIES)
    group = only_group(tmp_path)
    assert [member.run for member in group.members] == members
    assert [member.seed for member in group.members] == [0, 1, 2]
    assert (group.finished, group.figure, group.is_active) == (3, "accuracy", False)
    assert group.test
    assert group.test.mean == pytest.approx(statistics.fmean(ACCURACIES))
    assert group.test.standard_deviation == pytest.approx(statistics.stdev(ACCURACIES))
    assert group.validation
    assert group.validation.mean == pytest.approx(statistics.fmean(ACCURACIES) - 0.01)
    assert find_group(members[1], list_runs(tmp_path)) == group


def test_runs_that_have_not_finished_do_not_count(tmp_path: Path) -> None:
    members = make_group(tmp_path, ACCURACIES[:2], seeds_total=4)
    members[2].write_status(members[2].status().model_copy(update={"status": "stopped"}))
    group = only_group(tmp_path)
    assert [member.status for member in group.members] == ["finished", "finished", "stopped", "interrupted"]
    assert group.finished == 2
    assert group.test
    assert group.test.count == 2


def test_a_deleted_member_leaves_the_group_and_the_last_one_is_none(tmp_path: Path) -> None:
    members = make_group(tmp_path, ACCURACIES)
    rmtree(members[0].path)
    assert [member.seed for member in only_group(tmp_path).members] == [1, 2]
    rmtree(members[1].path)
    assert list_groups(list_runs(tmp_path)) == []
    assert find_group(members[2], list_runs(tmp_path)) is None


def test_a_member_with_other_settings_is_named_and_left_out(tmp_path: Path) -> None:
    members = make_group(tmp_path, ACCURACIES)
    members[2].write_config(apply_settings(members[2].config(), ["training.epochs=20", "training.threads=2"]))
    group = only_group(tmp_path)
    assert [member.left_out for member in group.members] == [
        "",
        "",
        "Its settings differ: training.epochs = 20 instead of 4.",
    ]
    assert group.test
    assert group.test.count == 2


def test_a_changed_learning_rate_is_named_too(tmp_path: Path) -> None:
    members = make_group(tmp_path, ACCURACIES)
    members[0].write_status(members[0].status().model_copy(update={"learning_rate": 0.123}))
    assert only_group(tmp_path).members[0].left_out == "Its learning rate was changed while it trained."


def test_a_copy_of_a_member_is_counted_once(tmp_path: Path) -> None:
    members = make_group(tmp_path, ACCURACIES)
    copytree(members[1].path, tmp_path / "a copy")
    group = only_group(tmp_path)
    assert len(group.members) == 4
    assert group.test
    assert group.test.count == 3
    assert [bool(member.left_out) for member in group.members] in (
        [False, False, True, False],
        [False, True, False, False],
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"group": "x y", "seed": 0}',
        b'{"group": "<b>", "seed": 0}',
        b'{"group": "a", "seed": -1}',
        b"\xff",
    ],
)
def test_a_damaged_file_means_no_group(tmp_path: Path, content: bytes) -> None:
    members = make_group(tmp_path, ACCURACIES)
    members[0].group_file.write_bytes(content)
    assert [member.seed for member in only_group(tmp_path).members] == [1, 2]


def test_a_damaged_member_is_shown_and_not_counted(tmp_path: Path) -> None:
    members = make_group(tmp_path, ACCURACIES)
    members[1].config_file.write_text("{")
    group = only_group(tmp_path)
    assert [(member.seed, member.status) for member in group.members] == [
        (0, "finished"),
        (1, "damaged"),
        (2, "finished"),
    ]
    assert group.members[1].left_out == "It cannot be read."


def test_a_group_is_called_like_the_run_that_was_repeated(tmp_path: Path) -> None:
    members = make_group(tmp_path, ACCURACIES, "training.seed=7", name="<b>$x$</b>")
    assert [run.label().name for run in members] == ["<b>$x$</b>", "<b>$x$</b> · seed 8", "<b>$x$</b> · seed 9"]
    assert only_group(tmp_path).name == "<b>$x$</b>"
    rename_run(members[0], name="another")
    assert only_group(tmp_path).name == "another"
    rmtree(members[0].path)
    assert only_group(tmp_path).name == "<b>$x$</b>"


def test_a_group_without_a_name_is_called_by_its_settings(tmp_path: Path) -> None:
    make_group(tmp_path, ACCURACIES, "training.seed=7")
    assert only_group(tmp_path).name == "Dense layers (MLP), 4 epochs"


def test_a_long_name_has_room_for_the_seed() -> None:
    assert make_member_name("a", 3) == "a · seed 3"
    long = make_member_name("W" * 80, 2**31 - 1)
    assert len(long) <= MAX_NAME_LENGTH
    assert long.endswith("W… · seed 2147483647")


def test_an_own_result_of_a_running_member_is_not_counted(tmp_path: Path) -> None:
    """Its curves are there; its best epoch may still change."""
    members: list[RunFolder] = make_group(tmp_path, ACCURACIES)
    with members[0].lock():
        members[0].write_status(members[0].status().model_copy(update={"status": "running"}))
        group = only_group(tmp_path)
        assert group.is_active
        assert group.members[0].validation == pytest.approx(0.89)
        assert group.test
        assert group.test.count == 2
    finish_run(members[0], 0.9)
