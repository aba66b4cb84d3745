"""What teaching does for people whose 7 the shipped network reads badly: `python -m scripts.teaching_hands [RUN]`.

Ten simulated people, each with a slant, turn, proportions and bar of their own, draw fifty crossed 7s. The ten that the network is
least sure of are taught, the other forty measured; so are MNIST's test split and the slashed zeros of `scripts.handwriting`, which
the lesson must not make the network forget. Needs MNIST in the data folder; takes some two minutes.
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
from nn_core.drawings.corrections import Correction, pack_correction
from nn_core.drawings.preprocess import prepare_drawing
from nn_core.inference import TrainedNetwork, load_network
from nn_core.paths import PROJECT, SHIPPED_RUN, get_data_folder
from nn_core.runs import RunFolder
from scripts.handwriting import write

_PEOPLE = 10
_DRAWINGS = 50
_TAUGHT = 10
_ZEROS = [f"0 slashed {way}, {reach}, two strokes" for way in "/\\" for reach in ("inside", "overshooting")]


def main(folder: Path = SHIPPED_RUN) -> None:
    mnist = load_dataset(DataSettings(name="mnist"), get_data_folder()).test
    zeros = [write(style, number) for style in _ZEROS for number in range(50)]
    parent = load_network(RunFolder(folder), get_data_folder())

    def figures(network: TrainedNetwork, taught: list[Drawing], others: list[Drawing]) -> str:
        right = (network.compute_outputs(mnist.inputs).argmax(dim=1) == mnist.labels).double().mean().item()
        return (
            f"{_read(network, taught, '7')} of {len(taught)} taught, {_read(network, others, '7')} of {len(others)} others, "
            f"{_read(network, zeros, '0')} of {len(zeros)} slashed zeros, MNIST {right:.2%}"
        )

    for person in range(_PEOPLE):
        drawings = _sevens(person)
        order = np.argsort([_sureness(parent, drawing) for drawing in drawings], kind="stable")
        taught = [drawings[number] for number in order[:_TAUGHT]]
        others = [drawings[number] for number in order[_TAUGHT:]]
        print(f"Person {person + 1}\n  before: {figures(parent, taught, others)}")
        with tempfile.TemporaryDirectory() as place:
            print(f"  after:  {figures(_lesson(folder, taught, Path(place)), taught, others)}", flush=True)


def _sevens(person: int) -> list[Drawing]:
    """Crossed 7s of one person: a hand that stays the same, and a little of chance in every drawing."""
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
    """How many are read rightly and not refused."""
    logits, features = network.compute_tta_outputs_and_features(_pictures(drawings))
    right = logits.argmax(dim=1) == network.spec.classes.index(label)
    return int((right & ~network.calibration.detect_out_of_distribution(features)).sum())


def _sureness(network: TrainedNetwork, drawing: Drawing) -> float:
    probabilities = network.calibration.compute_probabilities(network.compute_tta_outputs(_pictures([drawing])))
    return float(probabilities[0, network.spec.classes.index("7")])


def _lesson(parent: Path, taught: list[Drawing], place: Path) -> TrainedNetwork:
    """The network after `teach`, which is what "Learn from these" runs as well."""
    file = place / "taught.jsonl"
    file.write_bytes(pack_correction(Correction("7", drawing) for drawing in taught))
    run = place / "runs" / "taught"
    if parent != SHIPPED_RUN:
        run = parent.parent / f"taught-{place.name}"
    command = [sys.executable, "-m", "nn_core", "teach", str(parent), "--drawings", str(file), "--name", run.name]
    environment = {**os.environ, "NN_LAB_RUNS": str(place / "runs")}
    subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True)
    return load_network(RunFolder(run), get_data_folder())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
