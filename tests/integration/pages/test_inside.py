"""The page Look inside: what it shows of each network; and Evaluate and Draw for each kind of data."""

import json
import re
from pathlib import Path

import pytest
from apptest_pages import app, texts
from untrained_runs import untrained_run

from nn_core.inference import load_network, predict_picture
from nn_core.paths import get_data_folder
from nn_core.runs import list_runs


@pytest.mark.parametrize(
    ("preset", "settings", "shown"),
    [
        ("attention", (), ["Head by head", "divides the picture into squares", "It is:"]),
        ("autoencoder", ("model.latent=2",), ["Map of the latent numbers", "2 numbers", "From one picture to another"]),
        ("autoencoder", ("model.latent=5",), ["two of 5 directions in which they differ most"]),
        ("cnn", (), ["small pattern", "Excited most by the example", "the first row shows the patterns 1 to 8"]),
        ("simple_net", (), ["weights of one neuron", "Excited most by the example"]),
        ("rnn", (), ["Where the answer changes", "row or letter"]),
        ("text_rnn", (), ["Where the answer changes"]),
        ("text_attention", (), ["Which letters mattered"]),
    ],
)
def test_each_network_shows_what_it_has(
    runs_root: Path, preset: str, settings: tuple[str, ...], shown: list[str]
) -> None:
    run = untrained_run(runs_root, preset, *settings)
    test = app("inside", run=run.name)
    assert not test.exception
    assert not test.error
    everything = texts(test) + "\n".join(heading.value for heading in test.header)
    for words in shown:
        assert words in everything


def test_one_latent_number_has_no_map(runs_root: Path) -> None:
    run = untrained_run(runs_root, "autoencoder", "model.latent=1")
    test = app("inside", run=run.name)
    assert not test.exception
    assert not test.error
    headings = [heading.value for heading in test.header]
    assert "Map of the latent numbers" not in headings
    assert "From one picture to another" in headings


@pytest.mark.parametrize(("preset", "words"), [("text_cnn", "Text page"), ("plane", "Evaluate page")])
def test_where_there_is_nothing_to_see_it_says_where_to_look(runs_root: Path, preset: str, words: str) -> None:
    run = untrained_run(runs_root, preset)
    test = app("inside", run=run.name)
    assert not test.exception
    assert words in test.info[0].value


@pytest.mark.parametrize("card", ["patterns", "feature-maps", "map"])
def test_sample_digits_serve_where_the_data_is_missing_and_the_page_says_so(
    runs_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, card: str
) -> None:
    monkeypatch.setenv("NN_LAB_DATA", str(tmp_path))
    run = untrained_run(runs_root, "quick", "data.name=cifar10")
    test = app("inside", run=run.name, card=card)
    assert not test.exception
    assert not test.error
    assert "is not on this machine, so the examples are those of" in texts(test)
    assert test.button(key="download_data")
    assert test.number_input(key="inside_picture").max == 999


@pytest.mark.parametrize(
    ("card", "shown"),
    [
        ("patterns", "small pattern"),
        ("feature-maps", "arithmetic behind each pixel"),
        ("neurons", "Test pictures that excite it most"),
        ("map", "training pictures nearest to the example"),
    ],
)
def test_each_card_shows_the_shipped_network_at_the_first_start(runs_root: Path, card: str, shown: str) -> None:
    test = app("inside", card=card)
    assert not test.exception
    assert not test.error
    assert test.selectbox(key="run_picker").value == "pretrained-digits"
    assert shown in texts(test)


def test_a_card_without_a_network_trains_one(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn_core.paths.SHIPPED_NAMES", ("pretrained-digits",))
    test = app("inside", card="attention")
    assert "None of your networks" in test.info[0].value
    test.button(key="train_one").click().run()
    assert not test.exception
    assert not test.error
    (run,) = list_runs(runs_root)
    assert (run.config().model.name, run.config().data.name) == ("attention", "mnist_sample")
    assert test.query_params["run"] == run.name
    assert run.status().is_active


def test_the_example_stays_when_the_card_changes_and_is_in_the_url(runs_root: Path) -> None:
    untrained_run(runs_root, "cnn")
    test = app("inside", run="cnn", card="feature-maps", example="41", layer="2")
    assert test.number_input(key="inside_picture").value == 41
    assert test.selectbox(key="layer_of_feature-maps").value == "2"
    test.number_input(key="inside_picture").set_value(42).run()
    assert test.query_params["example"] == "42"
    test.button(key="open_neurons").click().run()
    assert not test.exception
    assert test.query_params["card"] == "neurons"
    assert "no activation function follows" in texts(test)
    assert test.query_params["run"] == "cnn"
    assert test.number_input(key="inside_picture").value == 42
    test.button_group(key="inside_source").set_value("drawing").run()
    assert not test.exception
    assert test.query_params["source"] == "drawing"


@pytest.mark.parametrize(
    "query", [{"card": "x"}, {"example": "-1"}, {"example": "1e9"}, {"layer": "99"}, {"source": "<b>"}]
)
def test_a_wrong_value_in_the_url_is_a_sentence(runs_root: Path, query: dict[str, str]) -> None:
    untrained_run(runs_root, "cnn")
    test = app("inside", **{"run": "cnn", "card": "feature-maps", **query})
    assert not test.exception
    assert not test.error
    (name,) = query
    assert f"{name}=" in test.warning[0].value


def test_block_and_picture_can_be_chosen(runs_root: Path) -> None:
    run = untrained_run(runs_root, "attention")
    test = app("inside", run=run.name)
    assert "mean over 8 heads" in texts(test)
    test.button_group(key="block").set_value(1).run()
    assert "mean over 4 heads" in texts(test)
    before = test.number_input(key="inside_picture").value
    test.number_input(key="inside_picture").set_value(999).run()
    assert not test.error
    assert test.number_input(key="inside_picture").value == 999 != before
    test.button(key="inside_picture_another").click().run()
    assert not test.exception
    assert test.number_input(key="inside_picture").value in range(1000)


def test_evaluate_of_an_autoencoder_has_no_accuracy(runs_root: Path) -> None:
    run = untrained_run(runs_root, "autoencoder", "model.latent=2")
    test = app("evaluate", run=run.name)
    assert not test.exception
    assert not test.error
    evaluation = run.evaluation()
    assert evaluation
    metrics = {metric.label: metric.value for metric in test.metric}
    assert metrics["Test mean squared error"] == f"{evaluation.mean_squared_error:.4f}"
    assert "Test accuracy" not in metrics
    assert "0 would be a perfect copy" in texts(test)
    assert len(test.get("plotly_chart")) == 1


def test_evaluate_of_names_shows_names(runs_root: Path) -> None:
    run = untrained_run(runs_root, "text_cnn")
    test = app("evaluate", run=run.name)
    assert not test.exception
    assert not test.error
    assert "read as" in texts(test)
    from nn_core.data.builtin.surnames import make_surnames

    evaluation = run.evaluation()
    assert evaluation
    (mistakes,) = [each for each in test.get("bidi_component") if each.proto.component_name == "nn_lab.example_list"]
    shown, test_split = json.loads(mistakes.proto.json)["examples"], make_surnames()[1]
    assert shown
    for example in shown:
        name, label = test_split[example["index"]]
        assert name in example["title"]
        assert example["verdict"].startswith(evaluation.classes[label])


def test_evaluate_of_points_shows_the_plane(runs_root: Path) -> None:
    run = untrained_run(runs_root, "plane")
    test = app("evaluate", run=run.name)
    assert not test.exception
    assert not test.error
    assert "In the plane" in [heading.value for heading in test.header]
    assert any("the share of right answers" in element.value for element in test.caption)


@pytest.mark.parametrize("page", ["evaluate", "inside", "draw"])
def test_a_run_whose_data_set_is_gone_is_a_sentence(runs_root: Path, page: str) -> None:
    lost = untrained_run(runs_root, "quick", name="lost")
    other = untrained_run(runs_root, "quick", name="other")
    content = lost.config_file.read_text()
    assert '"mnist_sample"' in content
    lost.config_file.write_text(content.replace('"mnist_sample"', '"own-flowers"'))
    test = app(page, run=lost.name)
    assert not test.exception
    said = [element.value.replace("\\", "") for kind in (test.error, test.warning) for element in kind]
    assert len([sentence for sentence in said if "no data set 'own-flowers'" in sentence]) == 1
    if page != "evaluate":
        assert other.name in test.selectbox(key="run_picker").options
        assert lost.name not in test.selectbox(key="run_picker").options


def test_draw_offers_only_networks_that_read_pictures(runs_root: Path) -> None:
    for preset in ("text_cnn", "plane", "autoencoder", "quick"):
        untrained_run(runs_root, preset)
    test = app("draw", run="text-cnn")
    assert "of another kind" in test.warning[0].value
    options = test.selectbox(key="run_picker").options
    assert "quick" in options
    assert not {"text-cnn", "plane", "autoencoder"} & set(options)


def test_draw_names_the_garments(runs_root: Path) -> None:
    run = untrained_run(runs_root, "quick", "data.name=fashion_mnist")
    test = app("draw", run=run.name)
    assert not test.exception
    assert "Draw one of these" in [text.value for text in test.markdown]
    assert "Trouser" in texts(test)


def test_draw_takes_files_alone_for_photos(runs_root: Path) -> None:
    from PIL import Image

    run = untrained_run(runs_root, "quick", "data.name=cifar10")
    test = app("draw", run=run.name)
    assert "no drawings" in texts(test)
    assert [tab.label for tab in test.tabs] == ["Upload a picture", "Camera"]
    file = runs_root / "photo.png"
    Image.new("RGB", (60, 40), (10, 200, 30)).save(file)
    test.file_uploader(key="picture").set_value(("photo.png", file.read_bytes(), "image/png")).run()
    assert not test.exception
    assert not test.error
    assert "sure" in texts(test)
    assert "The whole picture is used" in test.file_uploader(key="picture").help


def test_the_whole_of_a_photo_is_used(runs_root: Path) -> None:
    """As the help of the Draw page says: what stands at the rim of a wide picture is seen, and its border fills the square up."""
    from PIL import Image

    network = load_network(untrained_run(runs_root, "quick", "data.name=cifar10"), get_data_folder())
    photo = Image.new("RGB", (300, 100), (0, 200, 0))
    photo.paste((250, 0, 0), (0, 20, 60, 80))
    photo.paste((0, 0, 250), (240, 20, 300, 80))
    photo.save(runs_root / "wide.png")
    prediction = predict_picture(network, (runs_root / "wide.png").read_bytes())
    assert prediction is not None
    assert prediction.picture is not None
    row = prediction.picture[:, 16]
    assert (row[:, 2].argmax(), row[:, -3].argmax()) == (0, 2), "red at the left, blue at the right"
    assert prediction.picture[:, 1].argmax(axis=0).tolist() == [1] * 32, "green fills the top"


def test_attention_is_shown_as_text_and_as_a_table(runs_root: Path) -> None:
    run = untrained_run(runs_root, "attention")
    test = app("inside", run=run.name)
    told = re.search(r"most at row (\d), column (\d) of 7 × 7 squares: (\d+\.\d)", texts(test))
    assert told
    (table,) = [element.value for element in test.table if "Square" in element.value.columns]
    row, column = int(told[1]), int(told[2])
    assert table.shape == (7, 8)
    largest = max(float(str(cell).split()[0]) for cell in table.drop(columns="Square").to_numpy().flat)
    assert str(table.iloc[row - 1, column]).startswith(told[3])
    assert float(told[3]) == largest


def test_a_broken_upload_is_named_and_the_map_stays(runs_root: Path) -> None:
    untrained_run(runs_root, "simple_net")
    test = app("inside", run="simple-net", card="map", source="upload")
    test.file_uploader(key="inside_upload").set_value(("notes.jpg", b"not a picture", "image/jpeg")).run()
    assert not test.exception
    assert ["'notes.jpg' is not a readable picture" in error.value for error in test.error] == [True]
    assert test.selectbox(key="layer_of_map").value
    assert test.get("plotly_chart")


def test_what_is_no_name_gets_no_guess(runs_root: Path) -> None:
    untrained_run(runs_root, "text_rnn", "model.cell=lstm")
    test = app("inside", run="text-rnn", card="memory", text="李明")
    assert not test.exception
    assert "type the name in Latin letters" in test.info[0].value
    assert "Where the answer changes" not in texts(test)
    test.text_input(key="inside_text").set_value("Rossi").run()
    assert "Where the answer changes" in texts(test)
    test.button_group(key="memory_kind").set_value("cells").run()
    assert "Inner memory" in test.get("plotly_chart")[0].proto.spec, "the scale says what it shows"
