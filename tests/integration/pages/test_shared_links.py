"""A reload or a shared link shows the same view."""

from pathlib import Path

import pytest
from apptest_pages import app, texts
from untrained_runs import untrained_run

from nn_core.runs import RunFolder


def test_the_open_tab_of_a_run(finished_run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(finished_run.path.parent))
    test = app("train", run=finished_run.name, view="network")
    assert not test.exception
    assert "Layers over the epochs" in [header.value for header in test.header]
    assert test.query_params["view"] == "network"
    test.session_state[f"views-{finished_run.name}"] = "Curves"
    test.run()
    assert "view" not in test.query_params
    test = app("train", run=finished_run.name, view="nothing")
    assert "“view=nothing”" in test.warning[0].value.replace("\\", "")


def test_the_typed_name(runs_root: Path) -> None:
    test = app("text", run="pretrained-names", text="Kowalczewski")
    assert test.text_input(key="typed_text").value == "Kowalczewski"
    assert "**Polish**" in texts(test)
    test.text_input(key="typed_text").set_value("Rossi").run()
    assert test.query_params["text"] == "Rossi"
    test.text_input(key="typed_text").set_value("").run()
    assert "text" not in test.query_params


def test_the_search_of_the_glossary(runs_root: Path) -> None:
    test = app("glossary", search="finite differ")
    assert test.main.get("page_link")[0].proto.label == "**Finite difference**"
    test.text_input(key="glossary_search").set_value("kernel").run()
    assert test.query_params["search"] == "kernel"


def test_what_the_map_shows(runs_root: Path) -> None:
    untrained_run(runs_root, "autoencoder", "model.latent=2")
    test = app("inside", run="autoencoder", card="map", of="layer", layer="1")
    assert not test.exception
    assert test.button_group(key="map_of").value == "layer"
    assert test.selectbox(key="layer_of_map").value == "1"
    untrained_run(runs_root, "simple_net")
    test = app("inside", run="simple-net", card="map", colour="mistake")
    assert not test.exception
    assert test.button_group(key="map_colour_True").value == "mistake"
    test.button_group(key="map_colour_True").set_value("class").run()
    assert "colour" not in test.query_params
