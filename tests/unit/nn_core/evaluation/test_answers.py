"""The answer for each test example: computed, stored, and read again only while they belong to the run's best network."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from untrained_runs import untrained_run

from nn_core.errors import DatasetUnavailable
from nn_core.evaluation import evaluate_run
from nn_core.evaluation.answers import get_answers, read_answers, write_answers
from nn_core.evaluation.held_out import find_held_out_settings, load_held_out_data
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, get_shipped_run
from nn_core.runs.reports import ClassificationReport


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return untrained_run(tmp_path, "simple_net", "model.hidden=16")


def test_the_stored_answers_are_those_of_the_evaluation(run: RunFolder) -> None:
    report = evaluate_run(run, get_data_folder())
    assert isinstance(report, ClassificationReport)
    stored = read_answers(run)
    assert stored is not None
    assert int(stored.is_correct.sum()) == round(report.accuracy * report.samples)
    assert stored.probabilities.sum(dim=1).allclose(torch.ones(len(stored)))
    run.answers_file.unlink()
    computed = get_answers(run, get_data_folder())
    assert torch.equal(computed.logits, stored.logits)
    assert computed.temperature == pytest.approx(stored.temperature)
    assert not run.answers_file.exists(), "reading writes nothing"


def test_answers_of_another_network_or_that_are_damaged_are_not_used(run: RunFolder) -> None:
    evaluate_run(run, get_data_folder())
    answers = read_answers(run)
    assert answers is not None
    write_answers(run.answers_file, replace(answers, step=2))
    assert read_answers(run) is None
    run.answers_file.write_bytes(run.answers_file.read_bytes()[:-1])
    assert read_answers(run) is None
    write_answers(run.answers_file, replace(answers, is_substitute=True))
    assert not run.answers_file.exists(), "answers for other data never replace the run's own"


def test_a_network_whose_data_is_not_here_is_examined_on_a_substitute_with_the_same_classes(
    data_folder: Path, run: RunFolder
) -> None:
    shipped = get_shipped_run()
    assert shipped is not None
    assert load_held_out_data(shipped.config(), data_folder).is_substitute
    assert not load_held_out_data(run.config(), data_folder).is_substitute


def test_a_network_for_other_classes_has_no_substitute(tmp_path: Path, data_folder: Path) -> None:
    config = untrained_run(tmp_path, "simple_net", "data.name=fashion_mnist").config()
    assert find_held_out_settings(config, data_folder) is None
    with pytest.raises(DatasetUnavailable):
        load_held_out_data(config, data_folder)
