"""What a URL holds: every value that a page writes into it is there again in a fresh session, and what it must not say is
named, with the rule and the remedy, and removed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from apptest_pages import PATIENCE_SECONDS, app
from streamlit.testing.v1 import AppTest

from nn_core.config import apply_settings, get_preset
from nn_core.config.optimizers import OPTIMIZER_SETTINGS
from nn_core.models.activations import ACTIVATIONS
from nn_core.runs import RunFolder, create_run
from ui.components.plane_choice import PLANAR
from ui.playground.url_parameters import list_url_values

SHIPPED = "pretrained-digits"
Widget = Callable[[AppTest], Any]

# (page, parameter, how its widget is found, values: the default, zero or empty, the first and the last)
WIDGETS: list[tuple[str, str, Widget, list[Any]]] = [
    ("playground", "noise", lambda test: test.slider(key="noise"), [0.0, 0.1, 0.15, 0.5]),
    ("playground", "points", lambda test: test.slider(key="points"), [100, 600, 2000]),
    ("playground", "examples", lambda test: test.select_slider(key="examples"), [0, 10, 500]),
    ("playground", "activation", lambda test: test.selectbox(key="activation"), ["relu", "tanh", "softplus"]),
    (
        "playground",
        "optimizer",
        lambda test: test.selectbox(key="optimizer"),
        ["adam", next(iter(OPTIMIZER_SETTINGS)), list(OPTIMIZER_SETTINGS)[-1]],
    ),
    ("playground", "rate", lambda test: test.select_slider(key="rate"), [0.003, 0.0001, 1.0]),
    ("playground", "l2", lambda test: test.select_slider(key="l2"), [0.0, 0.03]),
    ("playground", "seed", lambda test: test.number_input(key="seed"), [0, 7]),
    ("playground", "speed", lambda test: next(box for box in test.selectbox if box.label == "Speed"), [0, 20]),
    ("data", "set", lambda test: test.selectbox(key="dataset"), ["mnist_sample", "digits_8x8", "cifar10"]),
]


def query_of(test: AppTest) -> dict[str, list[str]]:
    return {key: [value] if isinstance(value, str) else list(value) for key, value in test.query_params.items()}


def sentences(test: AppTest) -> str:
    return "\n".join(warning.value for warning in test.warning)


@pytest.mark.parametrize(("page", "parameter", "find", "values"), WIDGETS, ids=[row[1] for row in WIDGETS])
def test_what_a_widget_is_set_to_is_there_again_in_a_fresh_session(
    runs_root: Path, page: str, parameter: str, find: Widget, values: list[Any]
) -> None:
    first = app(page)
    for value in values:
        find(first).set_value(value)
        first.run()
        url = query_of(first)
        again = app(page, **url)
        assert find(again).value == value, url
        assert not again.warning
        assert query_of(again) == url


@pytest.mark.parametrize(
    ("query", "hidden"),
    [("0", ()), ("1", (1,)), ("8-8", (8, 8)), ("16-16-16-16-16-16", (16,) * 6), ("3-1", (3, 1))],
)
def test_the_layers_in_the_url_are_those_of_the_network(runs_root: Path, query: str, hidden: tuple[int, ...]) -> None:
    test = app("playground", hidden=query)
    assert test.session_state["playground_shown"]["hidden"] == hidden
    assert not test.warning
    assert query_of(test) == {"hidden": [query]}


@pytest.mark.parametrize("name", PLANAR)
def test_the_data_in_the_url_are_those_of_the_plane(runs_root: Path, name: str) -> None:
    test = app("playground", set=name)
    assert test.session_state["playground_shown"]["set"] == name
    assert query_of(test) == {"set": [name]}


def test_every_value_of_the_playground_is_written_as_it_is_read() -> None:
    tried: dict[str, list[Any]] = {
        "set": PLANAR,
        "noise": [step / 20 for step in range(11)],
        "points": list(range(100, 2001, 100)),
        "examples": [10, 20, 50, 100, 200, 500, 0],
        "held_out": [0.05, 0.5],
        "function": ["x1*x2", "x1^2 + x2^2 < 1"],
        "drawn": [(), ((0.5, -2.0, 0), (2.0, 1.25, 3))],
        "features": [("x1",), ("x2", "x1_x2", "sin_x2")],
        "hidden": [(), (1,), (16,) * 6, (8, 4)],
        "activation": [*((name,) for name in ACTIVATIONS if name != "formula"), ("leaky_relu", "tanh")],
        "optimizer": list(OPTIMIZER_SETTINGS),
        "rate": [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0],
        "batch": [1, 256],
        "l1": [0.0, 0.0001, 1.0],
        "l2": [0.0, 0.0001, 1.0],
        "seed": [0, 2**31 - 1],
        "speed": [0, 1, 500],
        "hide": [(), ("data",), ("data", "seed", "curve")],
        "run": ["playground-2026-11-28-quiet-otter"],
    }
    values = {value.name: value for value in list_url_values()}
    assert values.keys() == tried.keys()
    for name, value in values.items():
        for shown in [*tried[name], value.default]:
            assert value.parse(value.format(shown)) == shown


# (page, query, words of the sentence, what is left of the URL)
REJECTED: list[tuple[str, dict[str, Any], list[str], dict[str, list[str]]]] = [
    ("playground", {"set": "mnist"}, ["set=mnist", "moons, circles", "Used instead: moons"], {}),
    ("playground", {"set": ""}, ["“set=”", "it must be one of moons"], {}),
    ("playground", {"noise": "0.12"}, ["noise=0.12", "from 0 to 0.5 in steps of 0.05", "Used instead: 0.1"], {}),
    ("playground", {"noise": "nan", "points": "700"}, ["noise=nan"], {"points": ["700"]}),
    ("playground", {"points": "0"}, ["points=0", "from 100 to 2000 in steps of 100", "Used instead: 600"], {}),
    ("playground", {"points": "6e2"}, ["points=6e2"], {}),
    ("playground", {"hidden": ""}, ["hidden=", "up to 6 layers, 1 to 16 each, such as 8-4, or 0"], {}),
    ("playground", {"hidden": "17"}, ["hidden=17", "Used instead: 8-8"], {}),
    ("playground", {"hidden": "8-0"}, ["hidden=8-0"], {}),
    ("playground", {"hidden": "1-1-1-1-1-1-1"}, ["hidden=1-1-1"], {}),
    ("playground", {"hidden": "9" * 5000}, ["hidden=9999", "…"], {}),
    ("playground", {"activation": "formula"}, ["activation=formula", "relu", "Used instead: tanh"], {}),
    ("playground", {"optimizer": "Adam"}, ["optimizer=Adam", "Used instead: adam"], {}),
    ("playground", {"rate": "0.002"}, ["rate=0.002", "0.0001, 0.0003"], {}),
    ("playground", {"rate": ["0.3", "1"]}, ["rate=0.3", "only the last of several values"], {"rate": ["1"]}),
    (
        "playground",
        {"run": "playground-gone"},
        ["run=playground-gone", "this run was deleted", "press Start"],
        {},
    ),
    ("playground", {"run": "trained"}, ["run=trained", "this run was deleted"], {}),
    ("data", {"set": "nothing"}, ["set=nothing", "the name of a data set", "Used instead: mnist_sample"], {}),
    ("data", {"set": ""}, ["“set=”"], {}),
    ("train", {"data": "nothing"}, ["data=nothing", "the name of a data set", "choose one below"], {}),
    ("train", {"like": "nobody", "data": "xor"}, ["like=nobody", "No run named", "Choose one of"], {"data": ["xor"]}),
    ("train", {"like": ""}, ["“like=”", "No run named"], {}),
    ("train", {"run": "nobody"}, ["run=nobody", "No run named", "Choose one of"], {}),
    *(
        (page, {"run": name}, [f"run={name}", "No run named", "Choose one of"], {"run": [shown]})
        for page, shown in (("evaluate", "trained"), ("draw", SHIPPED), ("inside", SHIPPED))
        for name in ("nobody", "")
    ),
    ("draw", {"run": "trained"}, ["run=trained", "of another kind"], {"run": [SHIPPED]}),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of points that has learned a moment."""
    from nn_core.jobs.runner import run_worker
    from nn_core.paths import get_data_folder

    class Quiet:
        def line(self, text: str) -> None: ...

        def progress(self, status: object) -> None: ...

    config = apply_settings(get_preset("plane"), ["training.epochs=1", "training.device=cpu"])
    run = create_run(tmp_path_factory.mktemp("trained"), config, "trained")
    lock = run.lock()
    run_worker(run, get_data_folder(), Quiet())
    lock.release()
    return run


@pytest.mark.parametrize(
    ("page", "query", "words", "left"), REJECTED, ids=[f"{row[0]}-{row[1]}"[:60] for row in REJECTED]
)
def test_what_a_url_must_not_say_is_named_and_removed(
    trained: RunFolder,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    query: dict[str, Any],
    words: list[str],
    left: dict[str, list[str]],
) -> None:
    monkeypatch.setenv("NN_LAB_RUNS", str(trained.path.parent))
    test = app(page, **query)
    assert not test.exception
    assert not test.error
    said = sentences(test).replace("\\", "")
    for word in words:
        assert word in said
    assert said.count("The link contains") == 1
    assert query_of(test) == left
    test.run()
    assert words[0] in sentences(test).replace("\\", ""), "it stays until the URL changes"


def test_a_rejected_value_is_never_markup(runs_root: Path) -> None:
    test = app("playground", set="<b>no</b> **bold** [x](javascript:1) :red[y]")
    said = sentences(test)
    assert "<b>" not in said
    assert "**bold**" not in said
    assert "[x](" not in said
    assert ":red[" not in said


def test_the_sentence_goes_once_the_url_changes(runs_root: Path) -> None:
    test = app("playground", noise="77")
    assert test.warning
    test.slider(key="points").set_value(900)
    test.run()
    assert not test.warning
    assert query_of(test) == {"points": ["900"]}


def test_a_run_of_other_settings_than_the_url_has_is_not_shown(
    runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = apply_settings(get_preset("plane"), ["data.name=spiral", "training.epochs=1"])
    create_run(runs_root, config, "playground-spiral")
    test = app("playground", run="playground-spiral", noise="0.2")
    assert "trained with other settings" in sentences(test)
    assert query_of(test) == {"noise": ["0.2"]}


def test_another_visit_shows_what_the_session_last_showed_and_the_url_says_so(runs_root: Path) -> None:
    test = app("playground", hidden="0", noise="0")
    test.switch_page("pages/data.py").run()
    test.query_params.clear()
    test.switch_page("pages/playground.py").run()
    assert test.slider(key="noise").value == 0
    assert query_of(test) == {"hidden": ["0"], "noise": ["0"]}


def test_another_visit_by_a_link_shows_what_the_link_says(runs_root: Path) -> None:
    test = app("playground", hidden="0", noise="0")
    test.switch_page("pages/data.py").run()
    test.query_params.clear()
    test.query_params["points"] = "200"
    test.switch_page("pages/playground.py").run()
    assert (test.slider(key="noise").value, test.slider(key="points").value) == (0.1, 200)
    assert query_of(test) == {"points": ["200"]}


def test_the_training_form_forgets_the_data_of_the_url_with_another_kind(runs_root: Path) -> None:
    test = app("train", data="xor")
    test.button_group(key="kind").set_value("pictures")
    test.run()
    assert query_of(test) == {}


def networks_beside() -> None:
    import streamlit as st

    from ui.draw.side_by_side import _choose_networks

    names = ["a", "b", "c", "d", "e", "f"]
    st.session_state["chosen"] = _choose_networks(names, "own", {name: name for name in names}, key="question")


def beside(*names: str) -> AppTest:
    test = AppTest.from_function(networks_beside, default_timeout=PATIENCE_SECONDS)
    if names:
        test.query_params["beside"] = list(names)
    return test.run()


@pytest.mark.parametrize("chosen", [[], ["a"], ["a", "b"], ["f", "c", "d", "e"]])
def test_the_networks_beside_are_there_again_in_a_fresh_session(chosen: list[str]) -> None:
    first = beside()
    assert first.session_state["chosen"] == ["a", "b"]
    first.multiselect[0].set_value(chosen)
    first.run()
    again = beside(*query_of(first).get("beside", []))
    assert again.session_state["chosen"] == chosen
    assert not again.warning


@pytest.mark.parametrize(
    ("asked", "shown", "left", "words"),
    [
        (["x", "b"], ["b"], ["b"], "beside=x"),
        (["x"], [], [""], "choose one from the list"),
        (["a", "b", "c", "d", "e"], ["a", "b", "c", "d"], ["a", "b", "c", "d"], "at most 4 networks fit"),
    ],
)
def test_networks_beside_that_cannot_be_shown_are_named(
    asked: list[str], shown: list[str], left: list[str], words: str
) -> None:
    test = beside(*asked)
    assert test.session_state["chosen"] == shown
    assert words in sentences(test).replace("\\", "")
    assert query_of(test) == {"beside": left}
    assert words in sentences(test.run()).replace("\\", "")


def test_the_page_itself_is_no_network_beside_and_that_needs_no_word() -> None:
    test = beside("own", "c")
    assert test.session_state["chosen"] == ["c"]
    assert not test.warning


def test_the_run_that_is_trained_is_the_one_that_the_url_describes(runs_root: Path) -> None:
    query = {"set": "blobs", "noise": "0", "points": "2000", "hidden": "0", "activation": "relu", "rate": "1"}
    test = app("playground", optimizer="sgd", **query)
    assert not test.warning
    assert query_of(test) == {"optimizer": ["sgd"], **{key: [value] for key, value in query.items()}}
    config = AppTest.from_function(_config_of_the_playground, default_timeout=PATIENCE_SECONDS)
    config.session_state["playground_shown"] = test.session_state["playground_shown"]
    found = config.run().session_state["config"]
    assert (found.data.name, found.data.plane.noise, found.data.plane.points) == ("blobs", 0, 2000)
    assert (found.model.features, found.model.layers) == (("x1", "x2"), ())
    assert (found.optimizer.name, found.optimizer.lr) == ("sgd", 1)


def _config_of_the_playground() -> None:
    import streamlit as st

    from ui.playground.shown import make_shown_config

    st.session_state["config"] = make_shown_config()
