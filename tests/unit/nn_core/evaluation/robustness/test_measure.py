"""The accuracy on disturbed examples, and the file that keeps it."""

from pathlib import Path

import pytest
import torch
from untrained_runs import untrained_run

from nn_core.data import Dataset
from nn_core.errors import BadInput
from nn_core.evaluation.answers import get_answers
from nn_core.evaluation.robustness import PERTURBATIONS, measure_robustness
from nn_core.evaluation.robustness.measure import choose_rows
from nn_core.inference import load_network
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.runs.robustness import read_robustness, write_robustness
from nn_core.statistics.proportions import compute_wilson_interval


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return untrained_run(tmp_path, "simple_net")


def test_level_0_is_the_accuracy_of_the_test(run: RunFolder) -> None:
    answers = get_answers(run, get_data_folder())
    report = measure_robustness(run, get_data_folder(), kinds=["rotation", "blur"])
    assert (report.examples, report.available, report.is_substitute) == (1000, 1000, False)
    for result in report.perturbations.values():
        plain = next(each for each in result.levels if each.level == 0)
        assert (plain.correct, plain.count) == (int(answers.is_correct.sum()), 1000)
        assert plain.interval == compute_wilson_interval(plain.correct, 1000)
    assert read_robustness(run) == report


def test_the_kept_answers_are_those_for_the_disturbed_examples(run: RunFolder, sample: Dataset) -> None:
    report = measure_robustness(run, get_data_folder(), kinds=["noise"], examples=50)
    network, result = load_network(run, get_data_folder()), report.perturbations["noise"]
    assert len({each.label for each in result.examples}) == len(result.examples), "of different classes"
    for example in result.examples:
        assert example.label == sample.test.labels[example.row]
        for level, answer in zip(result.levels, example.answers, strict=True):
            inputs = PERTURBATIONS["noise"].disturb(
                sample.test.inputs[[example.row]], level.level, [example.row], sample.spec
            )
            probabilities = network.compute_outputs(inputs).softmax(dim=1)[0]
            assert answer.predicted == int(probabilities.argmax())
            assert answer.confidence == pytest.approx(float(probabilities.max()), abs=1e-4)


def test_results_are_kept_one_by_one_and_added_to_those_for_the_same_examples(run: RunFolder) -> None:
    def stop_at_blur(_done: int, _total: int, title: str) -> None:
        if title == "Blur":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_robustness(
            run, get_data_folder(), kinds=["blur", "rotation"], examples=40, report_progress=stop_at_blur
        )
    kept = read_robustness(run)
    assert kept is not None
    assert list(kept.perturbations) == ["rotation"]
    seen: list[tuple[int, int]] = []
    more = measure_robustness(
        run,
        get_data_folder(),
        kinds=["contrast"],
        examples=40,
        report_progress=lambda done, total, _title: seen.append((done, total)),
    )
    assert list(more.perturbations) == ["rotation", "contrast"]
    assert seen == sorted(seen)
    assert seen[-1] == (7 * 40, 7 * 40)
    others = measure_robustness(run, get_data_folder(), kinds=["shift"], examples=30)
    assert list(others.perturbations) == ["shift"], "accuracies on other examples are not mixed with them"


def test_results_of_an_earlier_network_and_damaged_ones_are_not_read(run: RunFolder) -> None:
    report = measure_robustness(run, get_data_folder(), kinds=["contrast"], examples=20)
    write_robustness(run, report.model_copy(update={"step": 77}))
    assert read_robustness(run) is None
    run.robustness_file.write_text("{")
    assert read_robustness(run) is None


def test_what_cannot_be_measured_is_refused_with_a_remedy(run: RunFolder, tmp_path: Path) -> None:
    painter = untrained_run(tmp_path, "autoencoder", "model.latent=2")
    for where, kinds, words in (
        (run, ["rotatoin"], "Did you mean 'rotation'"),
        (run, ["typos"], "does not suit the examples of 'mnist_sample'. Choose one of: rotation"),
        (painter, [], "choose a run that classifies"),
    ):
        with pytest.raises(BadInput, match=words):
            measure_robustness(where, get_data_folder(), kinds=kinds)


def test_texts_and_points_are_measured_too(tmp_path: Path) -> None:
    for preset, kind in (("text_cnn", "typos"), ("plane", "measurement")):
        report = measure_robustness(untrained_run(tmp_path, preset), get_data_folder(), examples=30)
        assert list(report.perturbations) == [kind]
        assert {each.count for each in report.perturbations[kind].levels} == {30}


def test_the_chosen_examples_are_spread_evenly() -> None:
    assert choose_rows(5, 1000).tolist() == [0, 1, 2, 3, 4]
    assert choose_rows(5, None).tolist() == [0, 1, 2, 3, 4]
    assert choose_rows(1001, 11).tolist() == list(range(0, 1001, 100))
    assert len(torch.unique(choose_rows(10_000, 1000))) == 1000
