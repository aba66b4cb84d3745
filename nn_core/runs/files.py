"""What the files of a run are called, and what each is for."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nn_core.paths import get_shipped_results_folder, is_shipped

__all__ = ["RunFiles"]


@dataclass(frozen=True)
class RunFiles:
    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with NN Lab and is read-only."""
        return is_shipped(self.path)

    @property
    def results(self) -> Path:
        """The folder to write evaluation and calibration to: the run's own. For the shipped run it is beside the user's runs and
        named after the weights, so that NN Lab never shows figures of older weights after an update."""
        if not self.is_shipped:
            return self.path
        try:
            weights = self.best_weights.read_bytes()
        except OSError:
            weights = b""
        return get_shipped_results_folder() / hashlib.sha256(weights).hexdigest()[:16]

    def computed(self, file: Path) -> Iterator[Path]:
        """Where a file of computed results may be read, the first choice first. file: as it is called in the run folder."""
        yield file
        if self.is_shipped:
            yield self.results / file.name

    @property
    def config_file(self) -> Path:
        return self.path / "config.json"

    @property
    def metrics_file(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def status_file(self) -> Path:
        return self.path / "status.json"

    @property
    def state_file(self) -> Path:
        return self.path / "last.state"

    @property
    def previous_state(self) -> Path:
        """The checkpoint before `state_file`, for when that is damaged."""
        return self.path / "previous.state"

    @property
    def damaged_state(self) -> Path:
        """A `state_file` that was damaged, out of the way."""
        return self.path / "damaged.state"

    @property
    def last_weights(self) -> Path:
        return self.path / "last.safetensors"

    @property
    def best_weights(self) -> Path:
        return self.path / "best.safetensors"

    @property
    def start_weights(self) -> Path:
        """What training begins with, where that is another run's network."""
        return self.path / "start.safetensors"

    @property
    def drawings_file(self) -> Path:
        """The user's drawings that this run learns."""
        return self.path / "drawings.jsonl"

    @property
    def teaching_file(self) -> Path:
        return self.path / "teaching.json"

    @property
    def evaluation_file(self) -> Path:
        return self.path / "evaluation.json"

    @property
    def calibration_file(self) -> Path:
        return self.path / "calibration.safetensors"

    @property
    def log_file(self) -> Path:
        return self.path / "worker.log"

    @property
    def lock_file(self) -> Path:
        return self.path / "run.lock"

    @property
    def control_file(self) -> Path:
        return self.path / "control.json"

    @property
    def taken_control_file(self) -> Path:
        """A request while its worker reads it."""
        return self.path / "control.taken"

    @property
    def turn_file(self) -> Path:
        return self.path / "turn.json"

    @property
    def taken_turn_file(self) -> Path:
        return self.path / "turn.taken"
