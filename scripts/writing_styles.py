"""How well the shipped network reads many writing styles, and what it refuses: `python -m scripts.writing_styles [RUN]`.

Nothing that is measured here was learned: the styles of `scripts.handwriting` are made from code, the zeros get their slash
there, and are those that the run held out for validation. Needs MNIST and Fashion-MNIST in the data folder. "read" and the calibration error are of the seven
looks that the Draw page takes. RUN: the folder of another run that learned `mnist_and_pen` or `mnist_and_pen_styles`.
"""

import io
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bench.reading import Way, laid
from nn_core.data import DataSettings, load_dataset
from nn_core.data.builtin.pen_digits import read_pen_drawings
from nn_core.data.split import split_train_val
from nn_core.drawings import Drawing
from nn_core.drawings.preprocess import prepare_drawing, prepare_picture
from nn_core.drawings.rasterize import paint
from nn_core.evaluation.calibrate import compute_calibration_error
from nn_core.inference import TrainedNetwork, load_network
from nn_core.paths import SHIPPED_RUN, get_data_folder
from nn_core.runs import RunFolder
from scripts.handwriting import NON_DIGITS, STYLES, non_digit, slash_zero, write

_OF_EACH = 300  # drawings of a style
_NON_DIGITS = 1_000  # of a kind
_SLASHES = 5  # for each held-out zero
_PENS = (6, 18, 30)  # pixels, on a canvas of 280

Labelled = tuple[Drawing, str]


def main(folder: Path = SHIPPED_RUN) -> None:
    network = load_network(RunFolder(folder), get_data_folder())
    print("| drawings | read | in a single look | refused | calibration error |\n| --- | --- | --- | --- | --- |")
    mnist = load_dataset(DataSettings(name="mnist"), get_data_folder())
    print(_row("MNIST's test split", network, mnist.test.inputs, mnist.test.labels))
    held = list(_held_out(network, len(mnist.train)))
    print(_drawn_row("held-out pen drawings", network, held))
    zeros, random = [drawing for drawing, label in held if label == "0"], np.random.default_rng(11)
    slashed = [(slash_zero(zero, random), "0") for zero in zeros for _ in range(_SLASHES)]
    print(_drawn_row(f"held-out zeros, slashed in {_SLASHES} ways", network, slashed))
    everything: list[Labelled] = []
    for name, style in STYLES.items():
        drawings = [(write(name, number), style.label) for number in range(_OF_EACH)]
        everything += drawings
        print(_drawn_row(name, network, drawings))
    print(_drawn_row("all these styles", network, everything))
    for pen in _PENS:
        pictures, labels = _painted(pen)
        print(_row(f"all these styles as pixels, pen {pen}", network, pictures, labels))
    print("\n| no digit | refused |\n| --- | --- |")
    fashion = load_dataset(DataSettings(name="fashion_mnist"), get_data_folder()).test.inputs
    print(f"| {len(fashion):,} Fashion-MNIST test pictures | {_refused(network, fashion):.2%} |")
    for name in NON_DIGITS:
        pictures = _pictures(non_digit(name, number) for number in range(_NON_DIGITS))
        print(f"| {_NON_DIGITS:,} {name} | {_refused(network, pictures):.1%} |")


def _held_out(network: TrainedNetwork, from_paper: int) -> Iterable[Labelled]:
    """The pen drawings that the run did not learn from."""
    settings = network.config.data
    dataset = load_dataset(settings, get_data_folder())
    group_ids = dataset.train.group_ids
    assert group_ids is not None
    _learned, held = split_train_val(dataset, settings.validation_share, network.config.training.seed)
    numbers = set((group_ids[held] - from_paper).tolist())
    for number, (drawing, label) in enumerate(read_pen_drawings()):
        if number in numbers:
            yield drawing, str(label)


def _drawn_row(name: str, network: TrainedNetwork, drawings: list[Labelled]) -> str:
    labels = torch.tensor([network.spec.classes.index(label) for _drawing, label in drawings])
    return _row(name, network, _pictures(drawing for drawing, _label in drawings), labels)


def _row(name: str, network: TrainedNetwork, pictures: torch.Tensor, labels: torch.Tensor) -> str:
    once, features = network.compute_outputs_and_features(pictures)
    again = network.compute_tta_outputs(pictures)
    error = compute_calibration_error(network.calibration.compute_probabilities(again), labels)
    shares = [(logits.argmax(dim=1) == labels).double().mean().item() for logits in (again, once)]
    refused = network.calibration.detect_out_of_distribution(features).double().mean().item()
    return f"| {len(labels):,} {name} | {shares[0]:.2%} | {shares[1]:.2%} | {refused:.1%} | {error:.2%} |"


def _painted(pen: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Drawings that fill three quarters of the canvas, which the network gets as pixels."""
    pictures, labels = [], []
    for name, style in STYLES.items():
        for number in range(_OF_EACH // 20):
            canvas = paint(laid(write(name, number), Way(pen=pen, share=0.75), number))
            file = io.BytesIO()
            Image.fromarray(np.rint(255 * canvas).astype(np.uint8)).save(file, "PNG")
            picture = prepare_picture(file.getvalue())
            assert picture is not None
            pictures.append(picture)
            labels.append(int(style.label))
    return torch.from_numpy(np.stack(pictures)), torch.tensor(labels)


def _refused(network: TrainedNetwork, pictures: torch.Tensor) -> float:
    return (
        network.calibration.detect_out_of_distribution(network.compute_outputs_and_features(pictures)[1])
        .double()
        .mean()
        .item()
    )


def _pictures(drawings: Iterable[Drawing]) -> torch.Tensor:
    pictures = [picture for drawing in drawings if (picture := prepare_drawing(drawing)) is not None]
    return torch.from_numpy(np.stack(pictures))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
