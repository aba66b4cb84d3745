"""The results of a fine-tuning run: `teaching.json`, which `teach` also prints. Needs no torch.

The names of the fields are those on disk, except where an alias says otherwise.
"""

from collections import Counter
from dataclasses import dataclass

from pydantic import Field, ValidationError

from nn_core.runs.folder import RunFolder
from nn_core.runs.reports import Report

__all__ = ["DrawingAnswers", "FinetuneReport", "FinetuneScores", "Transition", "read_finetune_report"]


@dataclass(frozen=True)
class Transition:
    """How many drawings of one class changed from one answer to another. An answer is None where the drawing is out of
    distribution."""

    label: str
    before: str | None
    after: str | None
    count: int


class FinetuneScores(Report):
    """The results of one network.

    Attributes:
        correct: drawings that are recognised; in files of older versions also those that are out of distribution.
        wrong: drawings that are read as another class; None in files of older versions.
        out_of_distribution: drawings that are not recognised; None in files of older versions.
        count: all drawings.
        test_accuracy: from 0 to 1.
    """

    correct: int = Field(validation_alias="right", serialization_alias="right")
    wrong: int | None = None
    out_of_distribution: int | None = Field(default=None, validation_alias="refused", serialization_alias="refused")
    count: int = Field(validation_alias="of", serialization_alias="of")
    test_accuracy: float


class DrawingAnswers(Report):
    """What both networks answer for one drawing.

    Attributes:
        label: the right answer.
        before: the most probable class before fine-tuning.
        after: the same after it.
        was_out_of_distribution: before; None in files of older versions.
        is_out_of_distribution: after; None in files of older versions.
    """

    label: str
    before: str
    after: str
    was_out_of_distribution: bool | None = Field(
        default=None, validation_alias="before_refused", serialization_alias="before_refused"
    )
    is_out_of_distribution: bool | None = Field(
        default=None, validation_alias="after_refused", serialization_alias="after_refused"
    )


class FinetuneReport(Report):
    """Both networks on the drawings and on the test data.

    Attributes:
        run: the fine-tuning run.
        parent: the run that it started from.
        test_samples: the size of the test split.
        before: the parent's results.
        after: the results after fine-tuning.
        drawings: in the order of the run's drawings.
    """

    run: str
    parent: str
    test_samples: int
    before: FinetuneScores
    after: FinetuneScores
    drawings: list[DrawingAnswers] = Field(default_factory=list)

    def count_transitions(self) -> list[Transition]:
        """Return how the answers changed, the most frequent change first; empty for a file that does not say which drawings were out
        of distribution."""
        counts: Counter[tuple[str, str | None, str | None]] = Counter()
        for each in self.drawings:
            if each.was_out_of_distribution is None or each.is_out_of_distribution is None:
                return []
            before = None if each.was_out_of_distribution else each.before
            after = None if each.is_out_of_distribution else each.after
            counts[each.label, before, after] += 1
        return [Transition(*key, count) for key, count in counts.most_common()]


def read_finetune_report(run: RunFolder) -> FinetuneReport | None:
    """None before the file is written, and for a damaged one."""
    try:
        return FinetuneReport.model_validate_json(run.teaching_file.read_bytes())
    except (OSError, ValidationError):
        return None
