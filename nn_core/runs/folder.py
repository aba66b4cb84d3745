"""A run folder: the files of a run, through which the app and the worker communicate."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from nn_core.atomic_io import replace_json
from nn_core.config import RunConfig, read_config
from nn_core.drawings.pins import MAX_PINS, Pin
from nn_core.errors import BadInput, DamagedRun, NewerVersion, ReadOnlyRun, RunNotFound, UnknownSetting
from nn_core.i18n import N_, _
from nn_core.runs.cache import FileCache
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.runs.label import RunLabel, read_label
from nn_core.runs.lock import RunLock, is_locked
from nn_core.runs.reports import ClassificationReport, EvaluationReport, read_evaluation_report
from nn_core.runs.requests import Request, RunRequests
from nn_core.runs.status import RunStatus, recover_status
from nn_core.runs.weights import is_damaged

__all__ = ["Request", "RunFolder", "format_now"]

Content = TypeVar("Content")

_EVALUATE_AGAIN = N_("The page Evaluate measures it again, and so does python -m nn_core evaluate.")


def format_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class RunFolder(RunRequests):
    """The folder of one run. cache: keeps what was read from the files until they change; without it every call reads them."""

    cache: FileCache | None = field(default=None, compare=False, repr=False)

    def config(self) -> RunConfig:
        """Read config.json.

        Raises:
            RunNotFound: The run was deleted or renamed.
            DamagedRun, ConfigError: The file is damaged.
            NewerVersion: A newer NN Lab wrote it.
        """
        return self.read_cached(self.config_file, self._read_config)

    def read_cached(self, file: Path, read: Callable[[Path], Content]) -> Content:
        """Return `read(file)`, from the run's cache if the file has not changed."""
        return self.cache.read(file, read) if self.cache else read(file)

    def _read_config(self, file: Path) -> RunConfig:
        if not file.is_file():
            if not self.path.is_dir():
                raise RunNotFound(_("Run '{run}' is no longer there: it was deleted or renamed.").format(run=self.name))
            raise self._damaged(file, _("it is missing"))
        try:
            return read_config(file)
        except UnknownSetting as error:
            raise NewerVersion(
                _("Run '{run}' may have been written by a newer NN Lab: open it with that one. {error}").format(
                    run=self.name, error=error
                )
            ) from error

    def check_writable(self) -> None:
        """Check that the run may be changed. Raises ReadOnlyRun for a run that comes with NN Lab."""
        if self.is_shipped:
            raise ReadOnlyRun(
                _(
                    "'{run}' comes with NN Lab and is read-only, so that it always works. To train it further, start a new run with "
                    "training.start_from = '{run}'."
                ).format(run=self.name)
            )

    def write_config(self, config: RunConfig) -> None:
        """Replace config.json. Raises OSError, or ReadOnlyRun for the shipped run."""
        self.check_writable()
        replace_json(self.config_file, config.model_dump())

    def label(self) -> RunLabel:
        """Read the name and the note that the user gave the run; both are empty without a label.json, or if it is damaged."""
        return self.read_cached(self.label_file, read_label) if self.label_file.exists() else RunLabel()

    def write_label(self, label: RunLabel) -> None:
        """Replace label.json, also while the run trains. Raises StorageFailed, or ReadOnlyRun for the shipped run."""
        self.check_writable()
        with translate_storage_errors(self.path):
            replace_json(self.label_file, label.model_dump())

    def status(self) -> RunStatus:
        """Read status.json. An active run without a living process is `interrupted`.

        If the file cannot be read, the status is recovered from the run's other files, and its message says so.

        Raises:
            BadInput: The other files cannot be read either.
        """
        status = self._read_written_status()
        if status.is_active and not is_locked(self.lock_file):
            # The worker may have ended after the first read; then its last status counts.
            status = self._read_written_status()
            if status.is_active:
                return status.model_copy(update={"status": "interrupted"})
        return status

    def _read_written_status(self) -> RunStatus:
        try:
            return self.read_cached(self.status_file, _read_status)
        except FileNotFoundError:
            return recover_status(self, _("is missing"))
        except (ValidationError, OSError):
            return recover_status(self, _("is damaged"))

    def write_status(self, status: RunStatus) -> None:
        """Replace status.json. Raises OSError, or ReadOnlyRun for the shipped run."""
        self.check_writable()
        # Not durable, because it is written about once a second: a power cut loses no more than that.
        replace_json(
            self.status_file, status.model_copy(update={"updated_at": format_now()}).model_dump(), durable=False
        )

    def check_resumable(self) -> None:
        """Check that the run can be started or resumed.

        Raises:
            BadInput: It has weights but no checkpoint, so starting over would overwrite the weights.
            ReadOnlyRun: It is the shipped run.
        """
        self.check_writable()
        if self.best_weights.exists() and not (self.state_file.exists() or self.previous_state.exists()):
            raise BadInput(
                _(
                    "Run '{run}' was stored without {file}, so it cannot be resumed. Start a new run with its config.json."
                ).format(run=self.name, file=self.state_file.name)
            )

    def lock(self) -> RunLock:
        """Lock the run, and delete requests to an earlier worker.

        Raises:
            RunBusy: Another process works on the run.
            ReadOnlyRun: It is the shipped run.
        """
        self.check_writable()
        try:
            lock = RunLock(self.lock_file)
            self.delete_requests()
            return lock
        except OSError as error:
            raise BadInput(
                _(
                    "Cannot write into the run folder '{run}': {reason}. Choose another folder with --runs or NN_LAB_RUNS."
                ).format(run=self.path, reason=error.strerror)
            ) from error

    def pins(self) -> list[Pin]:
        """Read the drawings that were pinned when the run started. It and its curves keep using them, even if they were unpinned since.

        Empty for a missing or damaged file, because the run's other curves do not depend on it.
        """
        try:
            pins = [Pin.from_object(item) for item in json.loads(self.pins_file.read_bytes())][:MAX_PINS]
        except (OSError, BadInput, ValueError, TypeError, RecursionError):
            return []
        return list({pin.id: pin for pin in pins}.values())

    def write_pins(self, pins: Sequence[Pin]) -> None:
        """Replace pins.json. Raises OSError."""
        replace_json(self.pins_file, [pin.to_object() for pin in pins])

    def evaluation(self) -> EvaluationReport | None:
        """Return the content of `evaluation.json`; None before an evaluation. Raises DamagedRun.

        For the shipped run, a result measured on this machine replaces a shipped one that is missing, damaged or outdated.
        """
        outdated: EvaluationReport | None = None
        damage: DamagedRun | None = None
        for file in self.computed(self.evaluation_file):
            try:
                evaluation = self.read_cached(file, read_evaluation_report)
            except FileNotFoundError:
                continue
            except (OSError, ValidationError):
                damage = damage or self._damaged(file, _("it is not an evaluation"), _EVALUATE_AGAIN)
                continue
            if not self.is_shipped or _is_of_best(evaluation, self.status()):
                return evaluation
            outdated = outdated or evaluation
        if damage and not outdated:
            raise damage
        return outdated

    def evaluation_of(self, status: RunStatus) -> EvaluationReport | None:
        """Return `evaluation()` if it is of the network that is the best one by this status, otherwise None. Raises DamagedRun."""
        evaluation = self.evaluation()
        return evaluation if evaluation and _is_of_best(evaluation, status) else None

    def is_calibration_missing(self, evaluation: EvaluationReport) -> bool:
        """Whether the calibration that was written together with this evaluation is damaged or missing."""
        files = [file for file in self.computed(self.calibration_file) if file.exists()]
        has_calibration = isinstance(evaluation, ClassificationReport) and evaluation.calibration_error is not None
        return all(is_damaged(file) for file in files) and (bool(files) or has_calibration)

    def _damaged(self, file: Path, reason: str, remedy: str = N_("Restore it, or delete the run.")) -> DamagedRun:
        return DamagedRun(
            _("Run '{run}' has a damaged file, {file}: {reason}. {remedy}").format(
                run=self.name, file=file.name, reason=reason, remedy=_(remedy)
            )
        )


def _read_status(file: Path) -> RunStatus:
    return RunStatus.model_validate_json(file.read_bytes())


def _is_of_best(evaluation: EvaluationReport, status: RunStatus) -> bool:
    """Whether it is an evaluation of the network that is the best one by this status."""
    return evaluation.step == (status.best.step if status.best else None)
