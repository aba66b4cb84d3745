"""The files of a run, in one table: their names, what they are for, and what export and import do with them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self, overload

from nn_core.paths import get_shipped_results_folder, is_shipped

__all__ = ["RUN_FILES", "RunFile", "RunFiles"]

_MB = 1 << 20


@dataclass(frozen=True)
class RunFile:
    """A row of the table. As an attribute of a run, it gives the path.

    Attributes:
        name: in the run folder.
        purpose: one phrase, which docs/architecture.md repeats.
        import_limit: the most bytes that an imported file may have; 0 for a file that is not imported, because it is computed again,
            or describes a process on another machine.
        is_exported: whether the ZIP of a run contains it.
    """

    name: str
    purpose: str
    import_limit: int = 0
    is_exported: bool = True

    @overload
    def __get__(self, run: None, owner: type) -> Self: ...
    @overload
    def __get__(self, run: "RunFiles", owner: type) -> Path: ...
    def __get__(self, run: "RunFiles | None", owner: type) -> Self | Path:
        return self if run is None else run.path / self.name


@dataclass(frozen=True)
class RunFiles:
    """A run folder and the paths of its files."""

    path: Path

    config_file = RunFile("config.json", "all settings of the run", _MB)
    status_file = RunFile("status.json", "status and progress, replaced about once a second", _MB)
    label_file = RunFile("label.json", "the name, the note and the tags that the user gave the run", _MB)
    group_file = RunFile("group.json", "the group of runs that differ only in the seed, if the run is in one", _MB)
    metrics_file = RunFile("metrics.jsonl", "the curves, append-only, one JSON object per line", 256 * _MB)
    state_file = RunFile("last.state", "the checkpoint that training resumes from", 4096 * _MB)
    previous_state = RunFile("previous.state", "the checkpoint before, in case that one is damaged", is_exported=False)
    damaged_state = RunFile("damaged.state", "a damaged checkpoint, kept for inspection", is_exported=False)
    last_weights = RunFile("last.safetensors", "the weights of the latest checkpoint", 2048 * _MB)
    best_weights = RunFile("best.safetensors", "the weights with the best validation result", 2048 * _MB)
    start_weights = RunFile("start.safetensors", "the weights of `training.start_from`", 2048 * _MB)
    environment_file = RunFile("environment.json", "versions, device and commit of each process that trained it", _MB)
    preview_file = RunFile("preview.json", "what a network for points or an autoencoder does at this moment")
    vitals_file = RunFile("vitals.jsonl", "the figures of each layer while the run trained, a line per step", 16 * _MB)
    examples_file = RunFile("examples.json", "the latest answers for ten held-out examples", 8 * _MB)
    network_file = RunFile("network.json", "the latest filters and activations of the network", 16 * _MB)
    neurons_file = RunFile("neurons.json", "what each neuron of a Playground network computes at this moment")
    pins_file = RunFile("pins.json", "the pinned drawings when the run started", 4 * _MB)
    evaluation_file = RunFile("evaluation.json", "the results on the test data")
    answers_file = RunFile("answers.safetensors", "the answer for each test example", is_exported=False)
    robustness_file = RunFile("robustness.json", "the accuracy on disturbed test examples")
    robustness_job = RunFile("robustness.job", "the progress of the process that measures it", is_exported=False)
    robustness_lock = RunFile("robustness.lock", "locked (flock) by that process while it lives", is_exported=False)
    robustness_cancel = RunFile("robustness.cancel", "a request to cancel it", is_exported=False)
    calibration_file = RunFile("calibration.safetensors", "confidence calibration and out-of-distribution detection")
    drawings_file = RunFile("drawings.jsonl", "the user's drawings that the run is trained on", 64 * _MB)
    teaching_file = RunFile("teaching.json", "the results of fine-tuning, before and after")
    log_file = RunFile("worker.log", "the output of the run's process")
    lock_file = RunFile("run.lock", "locked (flock) by the run's process while it lives", is_exported=False)
    control_file = RunFile(
        "control.json", "a request to pause, resume, stop, or train a batch or an epoch", is_exported=False
    )
    taken_control_file = RunFile("control.taken", "that request while the process reads it", is_exported=False)
    turn_file = RunFile("turn.json", "a request for another learning rate", is_exported=False)
    taken_turn_file = RunFile("turn.taken", "that request until the process has applied it", is_exported=False)
    edits_file = RunFile("edits.jsonl", "requests to set single weights", is_exported=False)
    taken_edits_file = RunFile("edits.taken", "those until the process has applied them", is_exported=False)
    edits_lock_file = RunFile(
        "edits.lock", "locked (flock) while such a request is written or taken", is_exported=False
    )
    viewed_file = RunFile("viewed", "touched while someone looks at a run that pauses otherwise", is_exported=False)
    speed_file = RunFile("speed.json", "how many batches a second the run may train", is_exported=False)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with NN Lab and is read-only."""
        return is_shipped(self.path)

    @property
    def results(self) -> Path:
        """The folder for evaluation and calibration: the run's own. For a shipped run it is beside the user's runs and is named
        after the weights, so that an update of NN Lab never shows results of older weights."""
        if not self.is_shipped:
            return self.path
        try:
            weights = self.best_weights.read_bytes()
        except OSError:
            weights = b""
        return get_shipped_results_folder(self.name) / hashlib.sha256(weights).hexdigest()[:16]

    def computed(self, file: Path) -> Iterator[Path]:
        """Yield where a file of results may be, the first choice first. file: its path in the run folder."""
        yield file
        if self.is_shipped:
            yield self.results / file.name


RUN_FILES = {file.name: file for file in vars(RunFiles).values() if isinstance(file, RunFile)}
"""By name."""
