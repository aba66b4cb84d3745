"""How often the 95 % interval of the calibration error contains the true error, by simulation. Prints the table of docs/evaluate.md.

Run with `python -m scripts.calibration_coverage [EXPERIMENTS]`.
"""

import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nn_core.statistics.reliability import estimate_calibration_error, make_bins

__all__ = ["main"]

Floats = npt.NDArray[np.float64]
BINS = 10
NETWORKS: dict[str, Callable[[Floats], Floats]] = {
    "calibrated": lambda confidence: confidence,
    "too confident by 1 point": lambda confidence: np.clip(confidence - 0.01, 0, 1),
    "too confident by 5 points": lambda confidence: np.clip(confidence - 0.05, 0, 1),
    "too cautious": lambda confidence: confidence + 0.3 * (1 - confidence),
}
"""The accuracy of answers with some confidence."""


def draw_spread(random: np.random.Generator, count: int) -> Floats:
    """The confidence of a mediocre network."""
    return np.asarray(0.1 + 0.9 * random.beta(4, 2, count))


def draw_sharp(random: np.random.Generator, count: int) -> Floats:
    """The confidence of a good network: nearly always close to 1."""
    sure, unsure = 1 - random.beta(1, 200, count), 0.3 + 0.7 * random.random(count)
    return np.where(random.random(count) < 0.93, sure, unsure)


def compute_truth(draw: Callable[[np.random.Generator, int], Floats], accuracy: Callable[[Floats], Floats]) -> float:
    """The calibration error with two million answers and without chance in whether each is right."""
    confidence = draw(np.random.default_rng(99), 2_000_000)
    index = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    gaps = np.bincount(index, weights=accuracy(confidence) - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def main(experiments: int) -> None:
    """Print the table."""
    print("| network | examples | true error | measured | corrected | interval contains it |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for kind, draw in (("spread", draw_spread), ("sharp", draw_sharp)):
        for name, accuracy in NETWORKS.items():
            truth = compute_truth(draw, accuracy)
            for count in (200, 1000, 5000):
                hits, measured, corrected = 0, [], []
                for seed in range(experiments):
                    random = np.random.default_rng(seed)
                    confidence = draw(random, count)
                    error = estimate_calibration_error(
                        make_bins(confidence, random.random(count) < accuracy(confidence))
                    )
                    hits += error.interval[0] - 1e-9 <= truth <= error.interval[1] + 1e-9
                    measured.append(error.measured)
                    corrected.append(error.corrected)
                cells = [f"{100 * value:.2f} %" for value in (truth, np.mean(measured), np.median(corrected))]
                print(f"| {name}, {kind} | {count:,} | {' | '.join(cells)} | {hits / experiments:.1%} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
