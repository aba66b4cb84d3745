"""A run folder: the files that describe a run, and the only thing that the app and a worker share."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from nn_core.atomic_io import replace_json
from nn_core.config import RunConfig, read_config, update_config
from nn_core.errors import BadInput, DamagedRun, NewerVersion, ReadOnlyRun, RunBusy, RunNotFound, UnknownSetting
from nn_core.i18n import N_, _
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.runs.file_cache import FileCache
from nn_core.runs.files import RunFiles
from nn_core.runs.lock import RunLock, is_locked
from nn_core.runs.queue import get_queue_position
from nn_core.runs.status import RunStatus
from nn_core.runs.status_recovery import recover_status
from nn_core.runs.weights import is_damaged

__all__ = ["Request", "RunFolder", "format_now"]

Request = Literal["pause", "resume", "stop"]

_MEASURED = {"samples", "step", "accuracy", "loss", "classes", "per_class"}
_MEASURE_ANEW = N_("The page Evaluate measures it again, and so does python -m nn_core evaluate.")


def format_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class RunFolder(RunFiles):
    """known: what was read of it before, for whoever looks at many runs, or often; without it each look reads the files."""

    known: FileCache | None = field(default=None, compare=False, repr=False)

    def config(self) -> RunConfig:
        """Raises RunNotFound, DamagedRun, ConfigError, or NewerVersion where a newer NN Lab wrote it."""
        file = self.config_file
        return self.known.of(file, self._read_config) if self.known else self._read_config(file)

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

    def must_be_changeable(self) -> None:
        """Raises ReadOnlyRun for the run that comes with NN Lab."""
        if self.is_shipped:
            raise ReadOnlyRun(
                _(
                    "'{run}' comes with NN Lab and is read-only, so that Draw always works. To train it further, start a new run with "
                    "training.start_from = '{run}'."
                ).format(run=self.name)
            )

    def write_config(self, config: RunConfig) -> None:
        self.must_be_changeable()
        replace_json(self.config_file, config.model_dump())

    def status(self) -> RunStatus:
        """As written, except that an active run without a living process is `interrupted`; where it cannot be read, what the other
        files tell, and its message says so. Raises BadInput where they cannot be read either."""
        status = self._written_status()
        if status.active and not is_locked(self.lock_file):
            # The worker may have ended between our two looks: what it wrote last is the truth.
            status = self._written_status()
            if status.active:
                return status.model_copy(update={"status": "interrupted"})
        return status

    def _written_status(self) -> RunStatus:
        try:
            return self.known.of(self.status_file, _read_status) if self.known else _read_status(self.status_file)
        except FileNotFoundError:
            return recover_status(self, _("is missing"))
        except (ValidationError, OSError):
            return recover_status(self, _("is damaged"))

    def write_status(self, status: RunStatus) -> None:
        self.must_be_changeable()
        # About once a second: what a power cut may take is no older than that.
        replace_json(
            self.status_file, status.model_copy(update={"updated_at": format_now()}).model_dump(), durable=False
        )

    def must_be_able_to_go_on(self) -> None:
        """Raises BadInput for a run that has weights but no state: starting over would overwrite them. ReadOnlyRun for the
        shipped run."""
        self.must_be_changeable()
        if self.best_weights.exists() and not (self.state_file.exists() or self.previous_state.exists()):
            raise BadInput(
                _(
                    "Run '{run}' was stored without {file}, so it cannot go on. Start a new run with its config.json."
                ).format(run=self.name, file=self.state_file.name)
            )

    def lock(self) -> RunLock:
        """Also forgets a request that was left for an earlier worker. Raises RunBusy if another process works on the run,
        ReadOnlyRun for the shipped run."""
        self.must_be_changeable()
        try:
            lock = RunLock(self.lock_file)
            for request in (self.control_file, self.turn_file, self.taken_turn_file):
                request.unlink(missing_ok=True)
            return lock
        except OSError as error:
            raise BadInput(
                _(
                    "Cannot write in the run folder '{run}': {reason}. Choose another folder with --runs or NN_LAB_RUNS."
                ).format(run=self.path, reason=error.strerror)
            ) from error

    def ask(self, request: Request) -> None:
        """Leave a request for the worker, which looks between batches. Raises RunBusy where no worker is at work, ReadOnlyRun
        for the shipped run."""
        self.must_be_changeable()
        status = self.status()
        if not status.active:
            raise RunBusy(
                _("Run '{run}' is {status}, so there is nothing to {request}.").format(
                    run=self.name, status=status.status, request=request
                )
            )
        if request == "pause" and status.status == "queued" and get_queue_position(self.path):
            raise RunBusy(
                _(
                    "Run '{run}' waits for its turn, so there is nothing to pause. Stop takes it out of the queue."
                ).format(run=self.name)
            )
        if request != "stop" and self._waiting_request() == "stop":
            return  # whoever asked for that waits for the run to end
        with translate_storage_errors(self.path):
            replace_json(self.control_file, {"request": request})

    def turn_learning_rate(self, rate: float) -> None:
        """Ask the worker to go on with this learning rate, before the schedule, from its next batch on; the last one that was
        asked for holds. Raises ConfigError for a rate that cannot be, RunBusy where no worker is at work.

        Raises ReadOnlyRun for the shipped run. A file of its own, so that it and another request never replace each other.
        """
        self.must_be_changeable()
        rate = _within_bounds(self.config(), rate)
        status = self.status()
        if not status.active:
            raise RunBusy(
                _(
                    "Run '{run}' is {status}, so its learning rate cannot be turned now. Resume it with --set optimizer.lr={rate:g}."
                ).format(run=self.name, status=status.status, rate=rate)
            )
        self.leave_turn(rate)

    def leave_turn(self, rate: float) -> None:
        """For a worker that is yet to come, by whoever holds the run's lock."""
        with translate_storage_errors(self.path):
            replace_json(self.turn_file, {"learning_rate": rate})

    @property
    def turning(self) -> bool:
        """Whether a turn of the learning rate waits, or is being obeyed at this moment."""
        return self.turn_file.exists() or self.taken_turn_file.exists()

    @contextmanager
    def taken_turn(self) -> Iterator[float | None]:
        """The learning rate that was asked for, if one was; inside, the worker obeys. One that comes meanwhile is not lost."""
        try:
            self.turn_file.replace(self.taken_turn_file)
        except FileNotFoundError:
            yield None
            return
        try:
            yield self._asked_learning_rate()
        finally:
            self.taken_turn_file.unlink(missing_ok=True)

    def _asked_learning_rate(self) -> float | None:
        try:
            return _within_bounds(self.config(), json.loads(self.taken_turn_file.read_bytes())["learning_rate"])
        except (BadInput, ValueError, LookupError, TypeError):
            return None

    def _waiting_request(self) -> Any:
        try:
            return json.loads(self.control_file.read_bytes()).get("request")
        except (OSError, ValueError, AttributeError):
            return None

    def take_stop(self) -> bool:
        """Whether somebody asked to stop; any other request is left for the worker that is yet to come."""
        return self._waiting_request() == "stop" and self.take_request() == "stop"

    def take_request(self) -> Request | None:
        """The request that waits, if one does; it is taken once, and one that comes meanwhile is not lost."""
        taken = self.taken_control_file
        try:
            self.control_file.replace(taken)
            request = json.loads(taken.read_bytes()).get("request")
        except (FileNotFoundError, ValueError, AttributeError):
            return None
        finally:
            taken.unlink(missing_ok=True)
        return request if request in ("pause", "resume", "stop") else None

    def evaluation(self) -> dict[str, Any] | None:
        """What `evaluation.json` holds; None before an evaluation. Raises DamagedRun.

        Of the shipped run, what it ships; where that is missing, damaged or of another network, what was measured here.
        """
        outdated: dict[str, Any] | None = None
        damage: DamagedRun | None = None
        for file in self.computed(self.evaluation_file):
            try:
                evaluation = self._read_evaluation(file)
            except FileNotFoundError:
                continue
            except DamagedRun as error:
                damage = damage or error
                continue
            if not self.is_shipped or _measured_best(evaluation, self.status()):
                return evaluation
            outdated = outdated or evaluation
        if damage and not outdated:
            raise damage
        return outdated

    def _read_evaluation(self, file: Path) -> dict[str, Any]:
        """Raises DamagedRun, FileNotFoundError."""
        try:
            evaluation = json.loads(file.read_bytes())
        except FileNotFoundError:
            raise
        except (OSError, ValueError, RecursionError) as error:
            raise self._damaged(file, _("it cannot be read"), _MEASURE_ANEW) from error
        if not isinstance(evaluation, dict) or not evaluation.keys() >= _MEASURED:
            raise self._damaged(file, _("it is not an evaluation"), _MEASURE_ANEW)
        return evaluation

    def evaluation_of(self, status: RunStatus) -> dict[str, Any] | None:
        """`evaluation()` if it measured the network that is the run's best one now; None otherwise. Raises DamagedRun."""
        evaluation = self.evaluation()
        return evaluation if evaluation and _measured_best(evaluation, status) else None

    def lacks_calibration(self, evaluation: Mapping[str, Any]) -> bool:
        """Whether the calibration that was written together with this evaluation is damaged or gone."""
        files = [file for file in self.computed(self.calibration_file) if file.exists()]
        return all(is_damaged(file) for file in files) and (bool(files) or "calibration_error" in evaluation)

    def _damaged(self, file: Path, reason: str, remedy: str = N_("Restore it, or delete the run.")) -> DamagedRun:
        return DamagedRun(
            _("Run '{run}' has a damaged file, {file}: {reason}. {remedy}").format(
                run=self.name, file=file.name, reason=reason, remedy=_(remedy)
            )
        )


def _read_status(file: Path) -> RunStatus:
    return RunStatus.model_validate_json(file.read_bytes())


def _measured_best(evaluation: Mapping[str, Any], status: RunStatus) -> bool:
    """Whether it is an evaluation of the network that is the best one by this status."""
    return bool(evaluation["step"] == (status.best.step if status.best else None))


def _within_bounds(config: RunConfig, rate: Any) -> float:
    """Raises ConfigError for what cannot be a learning rate."""
    checked: float = update_config(config, {"optimizer": {"lr": rate}}).optimizer.lr
    return checked
