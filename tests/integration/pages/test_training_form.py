"""The form of a new run: what it shows for each network, and what it makes of what is typed."""

from pathlib import Path

import pytest
from processes import ROOT
from streamlit.testing.v1 import AppTest

from nn_core.config import PRESETS, apply_settings, get_default_epochs
from nn_core.data import DATASETS
from nn_core.models import MODELS
from nn_core.task import Goal
from nn_core.training.losses import list_losses as losses_of_the_engine
from ui.train.new_run import list_loss_names

_PATIENCE_SECONDS = 60
KINDS = {name: DATASETS[config.data.name].kind for name, config in PRESETS.items()}


def form(preset: str = "", **query: str) -> AppTest:
    """The Train page, with a preset chosen."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=_PATIENCE_SECONDS)
    test.run()
    for key, value in query.items():
        test.query_params[key] = value
    test.switch_page("pages/train.py").run()
    if preset:
        test.button_group(key="kind").set_value(KINDS[preset]).run()
        test.radio(key="preset").set_value(preset).run()
    return test


def parameters(test: AppTest) -> str:
    return str(next(metric.value for metric in test.metric if metric.label == "Parameters"))


def drawn(test: AppTest) -> str:
    """The diagram."""
    return str(next(element.proto.body for element in test.get("html") if "nn-diagram" in element.proto.body))


def sentences(test: AppTest) -> str:
    return "\n".join(error.value for error in test.error).replace("\\", "")


def marked_rows(test: AppTest) -> list[str]:
    """The sentences shown at rows of a list."""
    return [mark.value.replace("\\", "") for mark in test.markdown if mark.value.startswith(":red[")]


def keys(test: AppTest) -> set[str]:
    kinds = (test.number_input, test.slider, test.selectbox, test.text_input, test.toggle, test.checkbox)
    return {widget.key for widgets in kinds for widget in widgets if widget.key}


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_shows_its_network_ready_to_start(runs_root: Path, preset: str) -> None:
    test = form(preset)
    assert not test.exception
    assert not test.error
    assert test.selectbox(key=f"{preset}.model.name").value == PRESETS[preset].model.name
    assert not test.button(key="start_training").disabled
    assert 'class="nn-stage"' in drawn(test)
    assert int(parameters(test).replace(",", "")) > 0


def test_features_are_chosen_and_at_least_one_is_needed() -> None:
    test = form("playground")
    field = "playground.model.plane_mlp.features"
    test.multiselect(key=field).set_value(["x1"]).run()
    assert parameters(test) == f"{1 * 4 + 4 + 4 * 2 + 2}"
    test.multiselect(key=field).set_value([]).run()
    assert "at least one is needed" in sentences(test)


def test_changing_the_network_changes_the_count_and_the_drawing() -> None:
    test = form("mlp")
    before, picture = parameters(test), drawn(test)
    test.text_input(key="mlp.model.mlp.hidden").set_value("32").run()
    # 784·32+32, two for each neuron of the batch norm, 32·10+10
    assert parameters(test) == f"{784 * 32 + 32 + 2 * 32 + 32 * 10 + 10:,}"
    assert parameters(test) != before
    assert drawn(test) != picture


@pytest.mark.parametrize("typed", ["256, many", "0", "256 99999", "1.5"])
def test_an_invalid_list_gets_one_message_and_the_last_valid_one_stays(typed: str) -> None:
    test = form("mlp")
    hidden = "mlp.model.mlp.hidden"
    test.text_input(key=hidden).set_value("64; 32").run()
    good = parameters(test)
    test.text_input(key=hidden).set_value(typed).run()
    assert len(test.error) == 1
    assert f"'{typed}' is not valid: write 0 to 20 whole numbers from 1 to 8192, such as " in sentences(test)
    assert parameters(test) == good
    test.text_input(key=hidden).set_value("").run()
    assert not test.error
    assert parameters(test) == "7,850"


def test_settings_that_mean_nothing_are_not_shown() -> None:
    test = form("autoencoder")
    path = "autoencoder.model.autoencoder"
    assert f"{path}.hidden" in keys(test)
    assert not keys(test) & {f"{path}.channels", f"{path}.formula"}
    test.selectbox(key=f"{path}.style").set_value("convolutional").run()
    assert f"{path}.channels" in keys(test)
    assert f"{path}.hidden" not in keys(test)
    assert not test.error
    assert not any(".plane." in key for key in keys(test))
    assert not any(".augmentation." in key for key in keys(form("plane")))


@pytest.mark.parametrize("goal", ["classify", "reconstruct", "regress"])
def test_losses_offered_are_those_of_the_engine(goal: Goal) -> None:
    assert list_loss_names(goal) == losses_of_the_engine(goal)


def test_an_autoencoder_is_offered_its_own_losses() -> None:
    test = form("quick")
    test.selectbox(key="quick.model.name").set_value("autoencoder").run()
    loss = test.selectbox(key="quick.loss.name")
    assert loss.value == "mse"
    assert len(loss.options) == len(losses_of_the_engine("reconstruct"))
    assert not test.error
    test.selectbox(key="quick.model.name").set_value("net").run()
    assert test.selectbox(key="quick.loss.name").value in losses_of_the_engine("classify")
    assert not test.error


def test_a_mismatch_of_rows_is_reported_at_its_row_and_nothing_is_lost() -> None:
    test = form("layers")
    rows = "layers.model.layers.rows"
    test.number_input(key=f"{rows}.7.linear.neurons").set_value(50).run()
    built = parameters(test)
    test.button(key=f"{rows}.6.up").click().run()  # Flatten above the second pool
    (mark,) = marked_rows(test)
    assert "Row 7, Pool" in mark
    assert "6272" in mark
    assert "channels × height × width" in mark
    assert test.button(key="start_training").disabled
    test.button(key=f"{rows}.6.down").click().run()
    assert not marked_rows(test)
    assert not test.error
    assert parameters(test) == built
    assert test.number_input(key=f"{rows}.7.linear.neurons").value == 50


def test_rows_are_added_taken_out_and_changed() -> None:
    test = form("layers")
    rows = "layers.model.layers.rows"
    before = int(parameters(test).replace(",", ""))
    test.selectbox(key=f"{rows}.new").set_value("linear").run()
    test.button(key=f"{rows}.add").click().run()
    assert test.number_input(key=f"{rows}.9.linear.neurons").value == 64
    assert int(parameters(test).replace(",", "")) == before + 64 * 64 + 64
    test.button(key=f"{rows}.6.delete").click().run()
    (mark,) = marked_rows(test)
    assert "Row 7, Dense: the input is 32 × 7 × 7" in mark
    test.selectbox(key=f"{rows}.5.name").set_value("flatten").run()
    assert not marked_rows(test)
    assert not test.button(key="start_training").disabled


def test_blocks_of_one_kind_have_no_kind_to_choose() -> None:
    test = form("cnn")
    rows = "cnn.model.cnn.blocks"
    test.button(key=f"{rows}.add").click().run()
    assert f"{rows}.3.channels" in keys(test)
    assert f"{rows}.3.name" not in keys(test)
    for row in (3, 2, 1):
        test.button(key=f"{rows}.{row}.delete").click().run()
    assert test.button(key=f"{rows}.0.delete").disabled
    test.number_input(key=f"{rows}.0.kernel").set_value(4).run()
    assert "A kernel of 4 pixels has no centre" in sentences(test)
    assert test.button(key="start_training").disabled


def test_a_formula_is_drawn_and_a_wrong_one_gets_its_sentence() -> None:
    test = form("mlp")
    path = "mlp.model.mlp"
    assert f"{path}.formula" not in keys(test)
    test.selectbox(key=f"{path}.activation").set_value("formula").run()
    assert not test.error
    assert len(test.get("plotly_chart")) == 1
    assert "your formula" in drawn(test)
    test.text_input(key=f"{path}.formula").set_value("1/x").run()
    assert "has no finite value at 0" in sentences(test)
    assert not test.get("plotly_chart")
    assert test.button(key="start_training").disabled


def test_an_address_chooses_the_data_and_a_network_that_reads_them() -> None:
    for name in ("fashion_mnist", "spiral", "surnames", "digits_8x8"):
        test = form(data=name)
        preset = str(test.radio(key="preset").value)
        assert test.selectbox(key=f"{preset}.data.name").value == name
        assert DATASETS[name].kind in MODELS[PRESETS[preset].model.name].reads
        assert not test.error
    assert form(data="nobody's").radio(key="preset").value == "quick"


def epochs(test: AppTest, preset: str) -> int:
    return int(test.number_input(key=f"{preset}.training.epochs").value)


def test_the_epochs_follow_the_data_set_until_somebody_edits_them() -> None:
    test = form("quick")
    assert epochs(test, "quick") == get_default_epochs("quick", "mnist_sample")
    for name in ("mnist", "mnist_sample", "fashion_mnist"):
        test.selectbox(key="quick.data.name").set_value(name).run()
        assert epochs(test, "quick") == get_default_epochs("quick", name)
    test.number_input(key="quick.training.epochs").set_value(7).run()
    test.selectbox(key="quick.data.name").set_value("mnist_sample").run()
    assert epochs(test, "quick") == 7
    assert epochs(form("quick", data="mnist"), "quick") == get_default_epochs("quick", "mnist")


def test_the_epochs_of_another_run_are_kept_on_other_data(runs_root: Path) -> None:
    from nn_core.runs import create_run

    create_run(runs_root, apply_settings(PRESETS["quick"], ["training.epochs=5"]), "five")
    test = form(like="five")
    assert epochs(test, "like-five") == 5
    test.selectbox(key="like-five.data.name").set_value("mnist").run()
    assert epochs(test, "like-five") == 5


def test_data_that_the_network_cannot_read_are_a_sentence() -> None:
    test = form("quick", data="digits_8x8")
    test.selectbox(key="quick.data.name").set_value("digits_8x8").run()
    assert "needs pictures of at least 14 × 14 pixels" in sentences(test)
    assert test.button(key="start_training").disabled


def test_settings_of_a_run_whose_data_are_gone_can_be_taken_to_others(runs_root: Path) -> None:
    from nn_core.runs import create_run

    config = apply_settings(PRESETS["text_cnn"], ["data.name=own-gone", "model.channels=7"])
    create_run(runs_root, config, "orphan")
    test = form(like="orphan")
    assert "'own-gone' no longer exists" in test.warning[0].value.replace("\\", "")
    assert test.selectbox(key="like-orphan.data.name").value == "surnames"
    assert test.number_input(key="like-orphan.model.text_cnn.channels").value == 7
    assert not test.error
