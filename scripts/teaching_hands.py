"""The effect of fine-tuning for people whose 7s the shipped network reads badly: `python -m scripts.teaching_hands [RUN]`.

Ten simulated people, each with their own slant, rotation, proportions and bar, draw fifty crossed 7s. The network is fine-tuned on the
ten with the lowest confidence. Measured are the other forty, MNIST's test data and the slashed zeros of `scripts.handwriting`, which
the network must not forget. Needs MNIST in the data folder; takes about two minutes.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from nn_core.data import DataSettings, load_dataset
from nn_core.drawings import Drawing
from nn_core.drawings.corrections import Correction, pack_corrections
from nn_core.drawings.preprocess import prepare_drawing
from nn_core.inference import TrainedNetwork, load_network
from nn_core.paths import PROJECT, SHIPPED_RUN, get_data_folder
from nn_core.runs import RunFolder
from scripts.handwriting import write

_PEOPLE = 10
_DRAWINGS = 50
_TRAINING_DRAWINGS = 10
_ZEROS = [f"0 slashed {way}, {reach}, two strokes" for way in "/\\" for reach in ("inside", "overshooting")]


def main(folder: Path = SHIPPED_RUN) -> None:
    mnist = load_dataset(DataSettings(name="mnist"), get_data_folder()).test
    zeros = [write(style, number) for style in _ZEROS for number in range(50)]
    parent = load_network(RunFolder(folder), get_data_folder())

    def figures(network: TrainedNetwork, chosen: list[Drawing], others: list[Drawing]) -> str:
        right = (network.compute_outputs(mnist.inputs).argmax(dim=1) == mnist.labels).double().mean().item()
        return (
            f"{_read(network, chosen, '7')} of {len(chosen)} training drawings, {_read(network, others, '7')} of {len(others)} others, "
            f"{_read(network, zeros, '0')} of {len(zeros)} slashed zeros, MNIST {right:.2%}"
        )

    for person in range(_PEOPLE):
        drawings = _sevens(person)
        order = np.argsort([_confidence(parent, drawing) for drawing in drawings], kind="stable")
        chosen = [drawings[number] for number in order[:_TRAINING_DRAWINGS]]
        others = [drawings[number] for number in order[_TRAINING_DRAWINGS:]]
        print(f"Person {person + 1}\n  before: {figures(parent, chosen, others)}")
        with tempfile.TemporaryDirectory() as place:
            print(f"  after:  {figures(_finetune(folder, chosen, Path(place)), chosen, others)}", flush=True)


def _sevens(person: int) -> list[Drawing]:
    """Crossed 7s of one person: a constant handwriting, with small random variations in every drawing."""
    hand = np.random.default_rng((7, person))
    slant, turn = np.tan(np.radians(hand.uniform(-25, 25))), np.radians(hand.uniform(-22, 22))
    wide, bar_at, bar_half, bar_tilt = (
        hand.uniform(0.5, 1.3),
        hand.uniform(0.25, 0.75),
        hand.uniform(0.15, 0.5),
        hand.normal(0, 0.2),
    )
    drawings = []
    for _number in range(_DRAWINGS):
        top = np.array([[-0.5 * wide, 0.0], [0.5 * wide, 0.0], [0.0, 1.0]]) + hand.normal(0, 0.03, (3, 2))
        middle = top[1] + (top[2] - top[1]) * (bar_at + hand.normal(0, 0.04))
        half = bar_half + hand.normal(0, 0.03)
        bar = middle + np.array([[-half, half * bar_tilt], [half, -half * bar_tilt]])
        angle = turn + hand.normal(0, 0.05)
        matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ [[1, -slant], [0, 1]]
        strokes = [140 + 180 * (stroke @ matrix.T - matrix @ [0, 0.5]) for stroke in (top, bar)]
        drawings.append(Drawing(280, 18, tuple(tuple(map(tuple, stroke.tolist())) for stroke in strokes)))
    return drawings


def _pictures(drawings: list[Drawing]) -> torch.Tensor:
    return torch.from_numpy(np.stack([picture for each in drawings if (picture := prepare_drawing(each)) is not None]))


def _read(network: TrainedNetwork, drawings: list[Drawing], label: str) -> int:
    """The number that are read correctly and not refused."""
    logits, features = network.compute_tta_outputs_and_features(_pictures(drawings))
    right = logits.argmax(dim=1) == network.spec.classes.index(label)
    return int((right & ~network.calibration.detect_out_of_distribution(features)).sum())


def _confidence(network: TrainedNetwork, drawing: Drawing) -> float:
    probabilities = network.calibration.compute_probabilities(network.compute_tta_outputs(_pictures([drawing])))
    return float(probabilities[0, network.spec.classes.index("7")])


def _finetune(parent: Path, chosen: list[Drawing], place: Path) -> TrainedNetwork:
    """The network after `teach`, which "Train on these drawings" runs too."""
    file = place / "drawings.jsonl"
    file.write_bytes(pack_corrections(Correction("7", drawing) for drawing in chosen))
    run = place / "runs" / "finetuned"
    if parent != SHIPPED_RUN:
        run = parent.parent / f"finetuned-{place.name}"
    command = [sys.executable, "-m", "nn_core", "teach", str(parent), "--drawings", str(file), "--name", run.name]
    environment = {**os.environ, "NN_LAB_RUNS": str(place / "runs")}
    subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True)
    return load_network(RunFolder(run), get_data_folder())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
