"""The networks that browsers load: what changes their URL, what is sent, and what is not."""

import gzip
import os
from pathlib import Path

import pytest
from untrained_runs import untrained_run

from nn_core.browser import build_browser_network
from nn_core.errors import BadInput
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, find_run
from ui.http.browser_networks import FOLDER, find_browser_file, make_network_path, make_script_path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setenv("NN_LAB_RUNS", str(tmp_path))
    return untrained_run(tmp_path, "simple_net")


def test_the_network_is_sent_under_the_hash_of_its_weights(run: RunFolder) -> None:
    path = make_network_path(run)
    assert path.startswith(f"{FOLDER}/")
    assert path.endswith("/simple-net")
    file = find_browser_file(path)
    assert file
    assert gzip.decompress(file.content) == build_browser_network(run, get_data_folder()).payload
    assert find_browser_file(path) is file, "it is prepared once"

    os.utime(run.best_weights, (1, 1))
    assert make_network_path(run) == path, "the same weights again"
    weights = bytearray(run.best_weights.read_bytes())
    weights[-1] ^= 1
    run.best_weights.write_bytes(weights)
    changed = make_network_path(run)
    assert changed != path
    assert find_browser_file(path) is None, "a browser would keep the other weights under the old URL"
    assert find_browser_file(changed)


def test_the_script_is_sent_under_the_hash_of_its_code() -> None:
    file = find_browser_file(make_script_path())
    assert file
    assert file.media_type == "text/javascript"
    assert b"export function createReader" in gzip.decompress(file.content)


@pytest.mark.parametrize("name", ["simple-net", "missing", "../simple-net", "..%2Fsimple-net", "", "a/b", "%00", "%ff"])
def test_an_unknown_path_has_no_file(run: RunFolder, name: str) -> None:
    assert find_browser_file(f"{FOLDER}/0123456789abcdef/{name}") is None


def test_a_network_that_reads_no_drawings_is_refused_in_a_sentence(run: RunFolder) -> None:
    names = find_run(run.path.parent, "pretrained-names")
    for _again in range(2):
        with pytest.raises(BadInput, match="was trained on surnames"):
            find_browser_file(make_network_path(names))
