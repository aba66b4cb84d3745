"""Reports and model cards of every kind of run: what they say, that user text stays text, and that files need nothing else."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from cli_in_process import nn_core
from custom_files import made_of, table
from in_process_runs import trained

from nn_core.config import apply_settings, get_preset
from nn_core.export.report import make_card, make_report
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, RunLabel, create_run

SMALL = ("training.device=cpu", "training.epochs=2", "data.train_examples=120")
HOSTILE = ("<b>bold</b>", "$x$ **y** `z` | a", "שלום", "x" * 60)
RUNS: dict[str, tuple[str, ...]] = {
    "pictures": ("quick",),
    "texts": ("text_cnn", "data.name=own-greetings", "data.train_examples=0", "training.batch_size=8"),
    "copies": ("autoencoder",),
    "points": ("plane",),
    "values": ("plane", "data.name=function", "data.plane.function=x1*x2", "loss.name=mse"),
}


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def find(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunFolder]]:
    """A trained run of each kind, in the folders of runs and data that commands use."""
    root, data = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NN_LAB_RUNS", str(root))
        patch.setenv("NN_LAB_DATA", str(data))
        made_of(table([(f"word {name[:3]} {number}", name) for name in HOSTILE for number in range(12)], "\t"), data)
        found = {}
        for name, (preset, *settings) in RUNS.items():
            run = create_run(root, apply_settings(get_preset(preset), [*SMALL, *settings]), name)
            trained(run)
            found[name] = run
        found["texts"].write_label(RunLabel.from_text("<script>alert(1)</script> [x](y)", "<i>note</i>"))
        yield found


@pytest.fixture(scope="module")
def pages(runs: dict[str, RunFolder]) -> dict[str, Page]:
    return {name: Page(make_report(run, get_data_folder())) for name, run in runs.items()}


@pytest.mark.parametrize("name", RUNS)
def test_a_report_is_one_accessible_file_without_scripts(pages: dict[str, Page], name: str) -> None:
    page = pages[name]
    assert page.find("html") == [{"lang": "en"}]
    assert len(page.find("h1")) == 1
    assert not page.find("script")
    assert not page.find("link")
    policy = next(meta["content"] for meta in page.find("meta") if meta.get("http-equiv"))
    assert policy
    assert policy.startswith("default-src 'none'")
    assert all((image["src"] or "").startswith("data:image/png;base64,") and image["alt"] for image in page.find("img"))
    assert all(svg.get("aria-label") or svg.get("aria-hidden") for svg in page.find("svg"))
    assert len(page.find("caption")) == len(page.find("table"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "pictures",
            ("Test accuracy", "Confusion matrix", "Calibration", "Per class", "read as", "1,000 test pictures"),
        ),
        ("texts", ("Test accuracy", "Confusion matrix", "Per class", "test texts")),
        ("copies", ("Mean squared error", "each picture beside its copy", "Error of each class")),
        ("points", ("Confusion matrix", "Right and wrong answers", "test points")),
        ("values", ("Root mean squared error", "Predicted and true values", "Largest errors", "R²")),
    ],
)
def test_a_report_says_what_applies(pages: dict[str, Page], name: str, said: tuple[str, ...]) -> None:
    text = " ".join(pages[name].text.split())
    for words in (*said, "training.epochs", "Loss", "Licence", "python -m nn_core train", "PyTorch"):
        assert words in text
    for words in ("Confusion matrix", "Calibration error") if name in ("copies", "values") else ():
        assert words not in text


def test_names_stay_text(pages: dict[str, Page], runs: dict[str, RunFolder]) -> None:
    page = pages["texts"]
    assert HOSTILE[0] in page.text
    assert "<script>alert(1)</script>" in page.text
    assert not [tag for tag, _attributes in page.tags if tag in ("script", "i", "a")]
    card = make_card(runs["texts"], get_data_folder())
    body = card.split("---\n", 2)[2]
    assert "<" not in body.replace("&lt;", "")
    assert r"\$x\$ \*\*y\*\* \`z\` \| a" in body
    assert r"\[x\](y)" in body


@pytest.mark.parametrize("name", RUNS)
def test_a_card_has_metadata_that_a_parser_reads(runs: dict[str, RunFolder], name: str) -> None:
    card = make_card(runs[name], get_data_folder())
    _empty, head, body = card.split("---\n", 2)
    metadata = yaml.safe_load(head)
    assert metadata["library_name"] == "pytorch"
    (model,) = metadata["model-index"]
    (result,) = model["results"]
    assert [metric["type"] for metric in result["metrics"]] == metadata["metrics"]
    evaluation = runs[name].evaluation()
    assert evaluation
    if evaluation.accuracy is not None:
        assert result["metrics"][0]["value"] == pytest.approx(evaluation.accuracy, abs=1e-6)
    for heading in ("Uses", "Out-of-Scope Use", "Bias, Risks, and Limitations", "Training Data", "Evaluation"):
        assert re.search(rf"^##+ {heading}$", body, re.MULTILINE)
    assert f"python -m nn_core predict {name} " in body


def test_a_run_without_results_has_a_report_of_its_settings(runs: dict[str, RunFolder]) -> None:
    run = create_run(runs["pictures"].path.parent, apply_settings(get_preset("quick"), []), "new")
    text = " ".join(Page(make_report(run, get_data_folder())).text.split())
    assert "has not been evaluated" in text
    assert "Network" in text
    assert "Confusion matrix" not in text
    assert "not been evaluated" in make_card(run, get_data_folder())


def test_the_command_writes_both(runs: dict[str, RunFolder], tmp_path: Path) -> None:
    for form, ending in (("report", "html"), ("card", "md")):
        target = tmp_path / f"points.{ending}"
        done = nn_core("export", "points", "--as", form, "--to", target)
        assert done.stdout.splitlines()[-1] == str(target)
        assert target.stat().st_size > 1000
    refused = nn_core("export", "nothing", "--as", "report")
    assert refused.returncode
