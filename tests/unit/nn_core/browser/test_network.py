"""Which runs can run in a browser; the others are refused with a sentence."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from untrained_runs import untrained_run

from nn_core.browser import BROWSER_SCRIPTS, build_browser_network, get_browser_scripts
from nn_core.browser.network import check_runs_in_browser, choose_precision
from nn_core.errors import BadInput
from nn_core.inference import load_network
from nn_core.paths import get_data_folder


@pytest.mark.parametrize(
    ("preset", "settings", "reason"),
    [
        ("autoencoder", (), "Network 'autoencoder' reconstructs pictures"),
        ("playground", (), "points"),
        ("text_cnn", (), "text"),
        ("mlp", ("data.name=cifar10",), "reads photos or colours and cannot run in a browser"),
    ],
)
def test_other_runs_are_refused(preset: str, settings: tuple[str, ...], reason: str, tmp_path: Path) -> None:
    run = untrained_run(tmp_path, preset, *settings)
    with pytest.raises(BadInput, match=reason):
        build_browser_network(run, get_data_folder())


def test_a_network_that_rounding_changes_stays_exact(tmp_path: Path) -> None:
    network = load_network(untrained_run(tmp_path, "simple_net", "model.hidden=4"), get_data_folder())
    check_runs_in_browser(network)
    assert choose_precision(network) != "float32"
    cold = replace(network, calibration=replace(network.calibration, temperature=3e-3))
    assert choose_precision(cold) == "float32"
    with torch.no_grad():
        next(network.model.parameters()).fill_(torch.nan)
    assert choose_precision(network) == "float32"


def test_the_scripts_come_in_the_order_of_their_imports() -> None:
    scripts = get_browser_scripts()
    assert list(scripts)[-1] == "reader.js"
    assert set(scripts) == {file.name for file in BROWSER_SCRIPTS.glob("*.js")}
    assert "export function createReader(payload)" in scripts["reader.js"]
