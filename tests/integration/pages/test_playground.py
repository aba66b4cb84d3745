"""The Playground without a browser: what a link sets and hides, and how a run is trained step by step."""

from pathlib import Path

from apptest_pages import PATIENCE_SECONDS, app
from processes import end_workers, the_only_run
from waiting import wait_until

from nn_core.data.drawn_points import encode_points

DRAWN = [(x / 10, (1 if label else -1) * 0.8, label) for x in range(-10, 10, 2) for label in (0, 1)]


def test_step_starts_a_run_that_pauses_after_one_batch_and_epoch_goes_on(runs_root: Path) -> None:
    test = app("playground", features="x1_x2", hidden="0", set="xor", l2="0.001", batch="16", seed="3", speed="500")
    try:
        test.button(key="step_training").click().run()
        assert not test.exception
        run = the_only_run(runs_root)
        config = run.config()
        assert (config.model.features, config.model.layers) == (("x1_x2",), ())
        assert (config.training.l2, config.training.batch_size, config.training.seed) == (0.001, 16, 3)
        assert run.speed() == 500
        wait_until(lambda: run.status().status == "paused", "it pauses", PATIENCE_SECONDS)
        assert run.status().step == 1
        assert test.run().button(key="start_training").label == "Resume"
        test.button(key="epoch_training").click().run()
        wait_until(lambda: run.status().epochs_done == 1, "the epoch is over", PATIENCE_SECONDS)
        test.button(key="reset_training").click().run()
        wait_until(lambda: run.status().status == "stopped", "it stops", PATIENCE_SECONDS)
        assert test.button(key="start_training").label == "Start"
    finally:
        end_workers(runs_root)


def test_a_link_hides_controls_and_their_values_count(runs_root: Path) -> None:
    test = app("playground", hide="data,rate,step,curve,seed", set="circles", rate="0.1", seed="5")
    assert not test.exception
    assert not [slider for slider in test.select_slider if slider.key == "rate"]
    assert not [button for button in test.button if button.key in ("step_training", "epoch_training")]
    assert test.slider(key="noise").value == 0.1
    shown = test.session_state["playground_shown"]
    assert (shown["set"], shown["rate"], shown["seed"]) == ("circles", 0.1, 5)
    assert test.run().query_params["hide"] in ("data,rate,step,curve,seed", ["data,rate,step,curve,seed"])


def test_drawn_points_come_with_the_link_and_too_few_are_explained(runs_root: Path) -> None:
    few = app("playground", set="drawn", drawn=encode_points(DRAWN[:4]))
    assert few.button(key="start_training").disabled
    assert any("4 drawn points" in info.value for info in few.info)
    enough = app("playground", set="drawn", drawn=encode_points(DRAWN))
    assert not enough.exception
    assert not enough.button(key="start_training").disabled
    assert len(enough.session_state["playground_shown"]["drawn"]) == 20


def test_an_impossible_function_is_explained_and_the_last_one_stays(runs_root: Path) -> None:
    test = app("playground", set="function", function="x1*x2")
    assert not test.exception
    test.text_input(key="function").set_value("x1 +").run()
    assert len(test.error) == 1
    assert test.session_state["playground_shown"]["function"] == "x1*x2"
    test.text_input(key="function").set_value("x1^2 + x2^2 < 1").run()
    assert not test.error
    assert test.session_state["playground_shown"]["function"] == "x1^2 + x2^2 < 1"


def test_each_layer_has_its_activation(runs_root: Path) -> None:
    test = app("playground", hidden="4-3", activation="relu-tanh")
    assert test.selectbox(key="activation").value == "mixed"
    test.selectbox(key="activation").set_value("sigmoid").run()
    assert test.session_state["playground_shown"]["activation"] == ("sigmoid",)
    wrong = app("playground", hidden="4-3", activation="relu-tanh-relu")
    assert "there are 2 hidden layers" in wrong.warning[0].value
    assert wrong.selectbox(key="activation").value == "tanh"
