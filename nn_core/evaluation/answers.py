"""What a network that classifies answered for each test example: the basis of its mistakes, curves and comparisons.

`answers.safetensors` keeps the answers for the run's own test data, if they are not too large.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from nn_core.atomic_io import replace_bytes
from nn_core.evaluation.held_out import HeldOutData, load_held_out_data
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.runs import RunFolder
from nn_core.runs.weights import check_complete, pack_weights

__all__ = ["Answers", "answer_examples", "get_answers", "read_answers", "write_answers"]

_MOST_BYTES = 64 << 20  # of a file; larger answers are computed each time


@dataclass(frozen=True)
class Answers:
    """The answers for all examples of a test split, in its order.

    Attributes:
        labels: int64 [count], the true classes.
        logits: float32 [count, classes], before calibration.
        out_of_distribution: bool [count], unlike everything that the network was trained on.
        temperature: of the calibration; the logits are divided by it.
        step: the training step after which the network was saved.
        data_name: the data set that the examples are from.
        is_substitute: whether that is not the run's own.
    """

    labels: Tensor
    logits: Tensor
    out_of_distribution: Tensor
    temperature: float
    step: int | None
    data_name: str
    is_substitute: bool = False

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def probabilities(self) -> Tensor:
        """float32 [count, classes], calibrated."""
        return (self.logits / self.temperature).softmax(dim=1)

    @cached_property
    def predicted(self) -> Tensor:
        """int64 [count]."""
        return self.probabilities.argmax(dim=1)

    @cached_property
    def confidence(self) -> Tensor:
        """float32 [count], the calibrated probability of the answer."""
        return self.probabilities.amax(dim=1)

    @cached_property
    def is_correct(self) -> Tensor:
        """bool [count]."""
        return self.predicted == self.labels

    @cached_property
    def losses(self) -> Tensor:
        """float32 [count], the cross-entropy of the true class, calibrated. From the logits, because tiny probabilities are rounded to 0."""
        log_probabilities = (self.logits / self.temperature).log_softmax(dim=1)
        return -log_probabilities.gather(1, self.labels[:, None]).flatten()


def answer_examples(
    network: TrainedNetwork,
    data: HeldOutData,
    step: int | None,
    on_progress: Callable[[float], None] = lambda _done: None,
) -> Answers:
    """Run the network on each test example. on_progress: is called with the fraction that is done."""
    logits, unlike = [], []
    for batch in data.test.inputs.split(network.batch_size):
        outputs, features = network.compute_outputs_and_features(batch)
        logits.append(outputs)
        unlike.append(network.calibration.detect_out_of_distribution(features))
        on_progress(len(logits) * network.batch_size / max(1, len(data.test)))
    return Answers(
        labels=data.test.labels,
        logits=torch.cat(logits),
        out_of_distribution=torch.cat(unlike),
        temperature=network.calibration.temperature,
        step=step,
        data_name=data.spec.name,
        is_substitute=data.is_substitute,
    )


def get_answers(
    run: RunFolder,
    data_folder: Path,
    device: torch.device | None = None,
    *,
    data: HeldOutData | None = None,
    network: TrainedNetwork | None = None,
    on_progress: Callable[[float], None] = lambda _done: None,
) -> Answers:
    """Return the stored answers of the run's best network; else compute them. Writes nothing.

    Args:
        run: the run.
        data_folder: where its data is.
        device: the CPU by default.
        data: from `load_held_out_data`, if it is in memory already.
        network: the run's, if it is in memory already.
        on_progress: is called with the fraction that is computed.

    Raises:
        DamagedRun: the run cannot be read.
        DatasetUnavailable: neither its data nor a substitute is on this machine.
    """
    data = data or load_held_out_data(run.config(), data_folder)
    if not data.is_substitute and (stored := read_answers(run)) and torch.equal(stored.labels, data.test.labels):
        return stored
    best = run.status().best
    network = network or load_network(run, data_folder, device)
    return answer_examples(network, data, best.step if best else None, on_progress)


def write_answers(file: Path, answers: Answers) -> None:
    """Write the answers, unless they are too large or for a substitute: then an earlier file is deleted. Raises OSError."""
    if answers.is_substitute or answers.logits.nbytes > _MOST_BYTES:
        file.unlink(missing_ok=True)
        return
    tensors = {"labels": answers.labels, "logits": answers.logits, "out_of_distribution": answers.out_of_distribution}
    metadata = {"step": answers.step, "temperature": answers.temperature, "data": answers.data_name}
    replace_bytes(file, bytes(pack_weights(tensors, metadata)))


def read_answers(run: RunFolder) -> Answers | None:
    """Read the stored answers; None if there are none, they are damaged, or they are of another network than the best
    one."""
    best = run.status().best
    for file in run.computed(run.answers_file):
        try:
            answers = _read(file)
        except (OSError, SafetensorError, ValueError, LookupError, TypeError):
            continue
        if answers.step == (best.step if best else None):
            return answers
    return None


def _read(file: Path) -> Answers:
    with file.open("rb") as stream:
        check_complete(stream)
    with safe_open(file, framework="pt") as content:
        metadata = json.loads((content.metadata() or {})["nn_lab"])
        return Answers(
            labels=content.get_tensor("labels"),
            logits=content.get_tensor("logits"),
            out_of_distribution=content.get_tensor("out_of_distribution"),
            temperature=float(metadata["temperature"]),
            step=metadata["step"],
            data_name=str(metadata["data"]),
        )
