"""The diagram of a network: its stages, that each is drawn, and that text is escaped."""

import re
import tomllib
from base64 import b64decode
from xml.etree import ElementTree

import pytest
from color_contrast import contrast, mixed, rgb_of
from processes import ROOT

from nn_core.diagram.render import DiagramStyle, render_diagram
from nn_core.diagram.stages import Group, Item, list_network_items, list_stages
from nn_core.models import MODELS, describe_layers
from nn_core.models.autoencoder import AutoencoderSettings
from nn_core.models.cnn import BlockSettings, CNNSettings
from nn_core.models.mlp import MLPSettings
from nn_core.settings import Section
from nn_core.task import TaskSpec

THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
STYLES = {
    scheme: DiagramStyle(
        THEMES[scheme]["textColor"], THEMES[scheme]["backgroundColor"], THEMES[scheme]["chartCategoricalColors"]
    )
    for scheme in ("light", "dark")
}
PROBLEMS = {
    "pictures": TaskSpec("pictures", (1, 28, 28), 10),
    "text": TaskSpec("text", (16,), 11, 60),
    "points": TaskSpec("points", (2,), 2),
}


def items_of(settings: Section, task: TaskSpec = PROBLEMS["pictures"]) -> list[Item]:
    name: str = settings.name  # type: ignore[attr-defined]
    return list_network_items(describe_layers(settings, task), task, MODELS[name].goal)


def pictures(html: str, kind: str) -> list[ElementTree.Element]:
    """The SVGs of that kind, read as XML."""
    found = re.findall(rf'<img class="{kind}" alt="" src="data:image/svg\+xml;base64,([^"]+)">', html)
    return [ElementTree.fromstring(b64decode(one)) for one in found]


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, model in MODELS.items() for kind in model.reads], ids=str
)
def test_every_network_is_drawn_with_one_shape_for_each_stage(name: str, kind: str) -> None:
    task = PROBLEMS[kind]
    given = {"rows": ()} if name == "layers" and kind == "points" else {}  # its default rows are for pictures
    settings = MODELS[name].settings.model_validate(given)
    items = items_of(settings, task)
    stages = list_stages(items)
    html = render_diagram(items, [str(number) for number in range(task.classes)], STYLES["light"])
    assert stages[0].shape == task.shape
    assert stages[-1].shape == (task.shape if MODELS[name].goal == "reconstruct" else (task.classes,))
    assert html.count('class="nn-stage"') == len(stages)
    assert len(pictures(html, "nn-drawn")) == len(stages)
    assert len(pictures(html, "nn-link")) == len(stages) - 1
    for stage in stages:
        assert " × ".join(map(str, stage.shape)) in html


@pytest.mark.parametrize("name", ["quick", "cnn", "attention", "autoencoder", "rnn"])
def test_the_diagram_contains_all_parameters(name: str) -> None:
    settings, task = MODELS[name].settings(), PROBLEMS["pictures"]
    drawn = sum(stage.parameters for stage in list_stages(items_of(settings)))
    assert drawn == sum(row.parameters for row in describe_layers(settings, task))


def test_activations_and_norms_are_folded_into_their_layer() -> None:
    _picture, first, second, output = list_stages(items_of(MLPSettings(hidden=(64, 32), norm="batch", dropout=0.2)))
    assert first.notes == ("batch norm", "ReLU", "dropout 0.2")
    assert (first.shape, second.shape, output.title) == ((64,), (32,), "Output")


def test_a_network_of_twelve_blocks_shows_one_of_them_and_how_often() -> None:
    blocks = (BlockSettings(stride=2), *[BlockSettings(residual=True)] * 11)
    items = items_of(CNNSettings(blocks=blocks))
    (repeated,) = [item for item in items if isinstance(item, Group)]
    (residual,) = repeated.items
    assert repeated.repeats == 11
    assert isinstance(residual, Group)
    assert residual.residual
    html = render_diagram(items, [], STYLES["dark"])
    assert html.count('class="nn-stage"') == 5
    assert "× 11" in html
    assert "plus input · ReLU" in html


def test_a_list_describes_the_diagram() -> None:
    html = render_diagram(
        items_of(MLPSettings(hidden=(64, 32), dropout=0.2)), [str(number) for number in range(10)], STYLES["light"]
    )
    assert 'role="img" aria-label="Diagram of the network, from Picture 1 × 28 × 28 to Output 10"' in html
    listed = html[html.index("<ol") :]
    assert 'aria-label="Layers of the network"' in listed
    assert re.findall(r"<li>(.*?)</li>", listed) == [
        "Picture 1 × 28 × 28",
        "Dense 64, ReLU, dropout 0.2, 50,240 parameters",
        "Dense 32, ReLU, dropout 0.2, 2,080 parameters",
        "Output 10, 330 parameters",
    ]


def test_the_list_names_repeated_blocks_and_residual_connections() -> None:
    blocks = (BlockSettings(stride=2), *[BlockSettings(residual=True)] * 11)
    html = render_diagram(items_of(CNNSettings(blocks=blocks)), [], STYLES["dark"])
    assert "<li>Repeated 11 times:<ol><li>Residual connection: the input is added" in html


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_shape_of_a_diagram_contrasts_with_the_page(name: str, scheme: str) -> None:
    ground = rgb_of(THEMES[scheme]["backgroundColor"])
    ink = rgb_of(THEMES[scheme]["textColor"])
    items = items_of(MODELS[name].settings(), PROBLEMS[MODELS[name].reads[0]])
    html = render_diagram(items, [str(number) for number in range(10)], STYLES[scheme])
    for svg in [*pictures(html, "nn-drawn"), *pictures(html, "nn-link")]:
        for part in svg.iter():
            for element in part:
                stroke = element.get("stroke") or part.get("stroke")
                if not stroke or stroke == "none" or element.get("stroke-width") == "0.7":
                    continue  # a grid inside a shape that has an outline
                color = ink if stroke == "currentColor" else rgb_of(stroke)
                covered = float(element.get("opacity") or part.get("opacity") or 1)
                assert contrast(mixed(ground, color, covered), ground) >= 3, f"{stroke} at {covered}"


def test_the_latent_layer_of_an_autoencoder_has_its_own_role() -> None:
    for settings in (AutoencoderSettings(latent=2), AutoencoderSettings(latent=2, style="convolutional")):
        (latent,) = [stage for stage in list_stages(items_of(settings)) if stage.role == "latent"]
        assert latent.shape == (2,)


def test_class_names_are_escaped() -> None:
    evil = '<script>alert("1")</script>&'
    html = render_diagram(items_of(MLPSettings(), PROBLEMS["points"]), [evil, "b"], STYLES["light"])
    assert "<script" not in html
    texts = [element.text for element in pictures(html, "nn-drawn")[-1].iter() if element.tag.endswith("text")]
    assert texts == ["<script>ale…", "b"]
    assert not any(element.tag.endswith("script") for svg in pictures(html, "nn-drawn") for element in svg.iter())


def test_sizes_in_the_diagram_follow_the_shapes() -> None:
    html = render_diagram(items_of(MODELS["quick"].settings()), [], STYLES["light"])
    sides = []
    for svg in pictures(html, "nn-drawn")[:4]:
        sides.append(max(float(element.get("width", 0)) for element in svg.iter() if element.tag.endswith("rect")))
    assert sides == sorted(sides, reverse=True)
    assert len(set(sides)) >= 3
