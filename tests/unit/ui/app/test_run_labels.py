"""Labels of runs: results of runs whose data set is missing, and one format for percentages."""

from pathlib import Path

from runs_with_a_result import run_of

from nn_core.finetuning.report import FinetuneReport, FinetuneScores
from nn_core.formatting import format_percent, format_percent_range
from nn_core.jobs import messages
from nn_core.runs.reports import ClassificationReport
from ui.app.run_labels import describe_result, get_run_labels


def test_a_run_without_its_data_set_is_labelled_with_examples(runs_root: Path) -> None:
    run = run_of(runs_root, "simple_net")
    config = run.config()
    run.write_config(config.model_copy(update={"data": config.data.model_copy(update={"name": "own-gone"})}))
    said = describe_result(get_run_labels(run), run.status(), None)
    assert said == "**Done.** Its validation accuracy is 93.2 %. It has not been tested on new examples yet."


def test_percentages_have_the_same_format_everywhere() -> None:
    assert (format_percent(0.9942, 2), format_percent(0.99), format_percent(1, 0)) == ("99.42 %", "99.0 %", "100 %")
    assert format_percent_range(0.971, 0.98, 2) == "97.10–98.00 %"
    report = ClassificationReport.model_construct(accuracy=0.976, classes=[], confusion_matrix=[])
    assert messages.describe_test(report) == "Test accuracy 97.60 %."
    before = FinetuneScores(correct=1, wrong=2, out_of_distribution=3, count=6, test_accuracy=0.5)
    after = before.model_copy(update={"test_accuracy": 0.6})
    assert messages.describe_finetuning(FinetuneReport.model_construct(before=before, after=after)) == (
        "Your drawings: recognised 1 → 1, read wrongly 2 → 2, not recognised 3 → 3 of 6. Test accuracy: 50.00 → 60.00 %."
    )
