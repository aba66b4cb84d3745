"""Export and import of weights and runs, and refusal of harmful archives."""

import io
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transfer_files import Harm, archive_of, import_archive

from nn_core.config import update_config
from nn_core.errors import BadInput, NNLabError
from nn_core.runs import RunFolder, RunLabel, list_runs, make_titles, rename_run
from nn_core.runs.environment import read_environments
from nn_core.transfer import import_run, write_weights

# Out


def test_weights_are_exported_as_safetensors_and_as_a_state_dict(copied_run: RunFolder) -> None:
    ours = load_file(copied_run.best_weights)
    packed, pickled = io.BytesIO(), io.BytesIO()
    write_weights(copied_run, "safetensors", packed)
    assert packed.getvalue() == copied_run.best_weights.read_bytes()
    write_weights(copied_run, "pt", pickled)
    pickled.seek(0)
    theirs = torch.load(pickled, weights_only=True)
    assert list(theirs) == sorted(ours)
    assert all(torch.equal(theirs[name], ours[name]) for name in ours)


def test_missing_or_damaged_weights_are_reported(copied_run: RunFolder) -> None:
    copied_run.best_weights.write_bytes(b"nothing")
    with pytest.raises(BadInput, match="damaged file, best"):
        write_weights(copied_run, "pt", io.BytesIO())
    copied_run.best_weights.unlink()
    copied_run.last_weights.unlink()
    with pytest.raises(BadInput, match="no trained weights yet"):
        write_weights(copied_run, "safetensors", io.BytesIO())


def test_an_archive_contains_the_run_without_process_files(copied_run: RunFolder, tmp_path: Path) -> None:
    copied_run.control_file.write_text("{}")
    (copied_run.path / ".last.state.1-2.tmp").write_text("half")
    file = archive_of(copied_run, tmp_path / "out.zip")
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert archive.read("finished/last.state") == copied_run.state_file.read_bytes()
    assert "finished/best.safetensors" in names
    assert not {"finished/run.lock", "finished/control.json"} & set(names)
    assert not any(".tmp" in name for name in names)
    assert archive_of(copied_run, tmp_path / "again.zip").read_bytes() == file.read_bytes()


def test_an_existing_name_gets_a_number_or_is_refused_if_requested(copied_run: RunFolder, tmp_path: Path) -> None:
    file, root = archive_of(copied_run, tmp_path / "out.zip"), tmp_path / "there"
    names = [import_run(file, root, tmp_path).run.name for _ in range(3)]
    assert names == ["finished", "finished-2", "finished-3"]
    with pytest.raises(BadInput, match="There is already a run named 'finished'"):
        import_run(file, root, tmp_path, name="finished")
    with pytest.raises(BadInput, match="cannot be the name of a run"):
        import_run(file, root, tmp_path, name="../out")
    assert import_run(file, root, tmp_path, name="mine").run.name == "mine"
    assert len(list(root.iterdir())) == 4


def test_a_name_and_a_note_travel_with_the_run(copied_run: RunFolder, tmp_path: Path) -> None:
    rename_run(copied_run, name="Rate 0.1: <b>good</b>", note="why")
    file, root = archive_of(copied_run, tmp_path / "out.zip"), tmp_path / "there"
    imported = import_run(file, root, tmp_path).run
    assert imported.label() == copied_run.label()
    chosen = import_run(file, root, tmp_path, name="mine").run
    assert chosen.label() == RunLabel(note="why")
    assert make_titles([imported, chosen]) == {"finished": "Rate 0.1: <b>good</b>", "mine": "mine"}


@pytest.mark.parametrize("content", [b"{", b"\0" * 100, b'{"name": "\\u001b\\u202e", "x": "' + b"y" * 9999 + b'"}'])
def test_of_a_hostile_label_nothing_is_left(copied_run: RunFolder, tmp_path: Path, content: bytes) -> None:
    file = changed_archive(copied_run, tmp_path / "out.zip", label__json=content)
    imported = import_run(file, tmp_path / "there", tmp_path).run
    assert imported.label() == RunLabel()
    assert len(imported.label_file.read_bytes()) < 60


def changed_archive(run: RunFolder, file: Path, **contents: bytes | None) -> Path:
    """The run's ZIP with files replaced (or, None, left out): their dots are written as '__'."""
    given = {name.replace("__", "."): content for name, content in contents.items()}
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(run.path.iterdir()):
            if path.name not in given:
                archive.write(path, f"finished/{path.name}")
        for name, content in given.items():
            if content is not None:
                archive.writestr(f"finished/{name}", content)
    return file


def test_a_running_run_is_imported_as_stopped(copied_run: RunFolder, tmp_path: Path) -> None:
    busy = copied_run.status().model_copy(update={"status": "running", "pid": 1, "created_at": "<b>", "message": "<b>"})
    file = changed_archive(copied_run, tmp_path / "out.zip", status__json=busy.model_dump_json().encode())
    status = import_archive(file, tmp_path).run.status()
    assert (status.status, status.pid, status.message) == ("stopped", None, "<b>")
    assert status.created_at.startswith("20")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"status": "sold", "created_at": "", "updated_at": ""}'])
def test_a_damaged_status_is_rebuilt_on_import(copied_run: RunFolder, tmp_path: Path, content: bytes) -> None:
    imported = import_archive(changed_archive(copied_run, tmp_path / "out.zip", status__json=content), tmp_path)
    assert imported.run.status().status == "stopped"
    assert imported.run.status().parameters == 101_770


@pytest.mark.parametrize(
    "content",
    [b"{}\n", b"no\n", b'{"kind": "train", "epoch": 1, "loss": NaN, "accuracy": 1}\n'],
)
def test_damaged_curves_are_omitted_with_a_note(copied_run: RunFolder, tmp_path: Path, content: bytes) -> None:
    imported = import_archive(changed_archive(copied_run, tmp_path / "out.zip", metrics__jsonl=content), tmp_path)
    assert "curves" in imported.notes[0]
    assert not imported.run.metrics_file.exists()


def test_what_a_run_was_trained_with_is_imported_unless_it_is_damaged(copied_run: RunFolder, tmp_path: Path) -> None:
    file = changed_archive(copied_run, tmp_path / "out.zip")
    imported = import_archive(file, tmp_path)
    assert read_environments(imported.run) == read_environments(copied_run) != []
    assert imported.run.status().preset == "simple_net"
    file = changed_archive(copied_run, tmp_path / "damaged.zip", environment__json=b'{"environments": [{}]}')
    imported = import_archive(file, tmp_path)
    assert "environment.json was damaged" in imported.notes[0]
    assert not imported.run.environment_file.exists()


def test_a_checkpoint_of_another_network_is_omitted_with_a_note(copied_run: RunFolder, tmp_path: Path) -> None:
    state = torch.load(copied_run.state_file, weights_only=True)
    state["model"]["1.weight"] = torch.zeros(3, 3)
    packed = io.BytesIO()
    torch.save(state, packed)
    for number, content in enumerate((packed.getvalue(), b"", pickle.dumps(Harm(tmp_path / "harmed")))):
        imported = import_archive(
            changed_archive(copied_run, tmp_path / f"{number}.zip", last__state=content), tmp_path
        )
        assert "last.state" in imported.notes[0]
        assert not imported.run.state_file.exists()
    assert not (tmp_path / "harmed").exists()


def test_an_imported_evaluation_is_ignored_and_computed_again(copied_run: RunFolder, tmp_path: Path) -> None:
    file = changed_archive(copied_run, tmp_path / "out.zip", evaluation__json=b'{"accuracy": 1.0}')
    assert import_archive(file, tmp_path).run.evaluation() is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"config__json": b"{"}, "not valid JSON"),
        ({"config__json": b"[]"}, "contains no settings"),
        ({"config__json": b'{"model": {"name": "resnet"}}'}, "Unknown model 'resnet'"),
        ({"config__json": b'{"data": {"name": "own-cats"}}'}, "own-cats"),
        ({"config__json": None}, "contains no config.json"),
        ({"best__safetensors": b"nothing"}, "'best.safetensors' is not a safetensors file"),
        ({"best__safetensors": None, "last__safetensors": None}, "has no trained weights"),
    ],
)
def test_a_refused_import_is_reported_and_leaves_nothing(
    copied_run: RunFolder, tmp_path: Path, changes: dict[str, bytes | None], sentence: str
) -> None:
    file = changed_archive(copied_run, tmp_path / "out.zip", **changes)
    with pytest.raises(NNLabError) as error:
        import_archive(file, tmp_path)
    assert sentence in str(error.value)
    assert str(tmp_path / "there") not in str(error.value)
    assert list((tmp_path / "there").iterdir()) == []


def test_weights_of_another_network_in_a_run_are_refused(copied_run: RunFolder, tmp_path: Path) -> None:
    config = update_config(copied_run.config(), {"model": {"hidden": 64}}).model_dump_json().encode()
    with pytest.raises(BadInput, match="has 128 × 784 numbers, and 64 × 784 are needed"):
        import_archive(changed_archive(copied_run, tmp_path / "out.zip", config__json=config), tmp_path)


# Archives that mean harm


def entry(name: str, content: bytes = b"x", *, mode: int = 0o100644) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info, content


HOSTILE = {
    "climbs out": ([entry("../evil.txt")], "outside the run folder"),
    "climbs out deep": ([entry("finished/../../evil.txt")], "outside the run folder"),
    "absolute": ([entry("/tmp/evil.txt")], "outside the run folder"),
    "of Windows": ([entry("..\\evil.txt")], "outside the run folder"),
    "a drive": ([entry("C:evil.txt")], "outside the run folder"),
    "a link": ([entry("finished/worker.log", b"/etc/passwd", mode=0o120777)], "is a link"),
    "a bomb": ([entry("finished/worker.log", bytes(40 << 20))], "-fold when unpacked"),
    "a bomb aside": ([entry("finished/else.bin", bytes(40 << 20))], "-fold when unpacked"),
    "a huge config": ([entry("finished/config.json", b"[" * (2 << 20))], "has 2 MB, which is too large"),
    "many files": ([entry(f"finished/{number}") for number in range(1001)], "1,001 files"),
    "a long table": ([entry(f"finished/{number:0200d}") for number in range(5000)], "too many files"),
    "two runs": ([entry("one/config.json"), entry("two/config.json")], "contains 2 runs"),
    "two of a name": ([entry("a/config.json", b"{}"), entry("a/config.json", b"{}")], "two files with the same name"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", HOSTILE)
def test_a_harmful_archive_is_refused_before_unpacking(tmp_path: Path, case: str) -> None:
    entries, sentence = HOSTILE[case]
    file = tmp_path / "harm.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for info, content in entries:
            archive.writestr(info, content)
    with pytest.raises(BadInput) as error:
        import_archive(file, tmp_path)
    assert sentence in str(error.value)
    assert {path.name for path in tmp_path.rglob("*")} == {"harm.zip", "there"}


@pytest.mark.parametrize("damage", ["nothing", "cut", "flipped", "locked", "lying"])
def test_a_damaged_archive_is_refused_with_a_message(copied_run: RunFolder, tmp_path: Path, damage: str) -> None:
    content = bytearray(archive_of(copied_run, tmp_path / "out.zip").read_bytes())
    table = content.rfind(b"PK\x01\x02")
    match damage:
        case "nothing":
            content = bytearray(b"no zip")
        case "cut":
            del content[len(content) // 2 :]
        case "flipped":
            content[200:400] = bytes(200)
        case "locked":
            content[table + 8] |= 1
        case "lying":
            content[table + 24 : table + 28] = (5).to_bytes(4, "little")
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(BadInput, match="cannot be imported"):
        import_archive(tmp_path / "bad.zip", tmp_path)
    assert list_runs(tmp_path / "there") == []


def test_unknown_files_of_an_archive_are_not_imported(copied_run: RunFolder, tmp_path: Path) -> None:
    (copied_run.path / "run_me.sh").write_text("#!/bin/sh")
    (copied_run.path / "deeper").mkdir()
    imported = import_archive(archive_of(copied_run, tmp_path / "out.zip"), tmp_path)
    assert not (imported.run.path / "run_me.sh").exists()
