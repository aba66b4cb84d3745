"""Compares networks in the browser with the server's single view: `python -m scripts.browser_parity [RUN …]`.

Without runs, it trains nothing and takes the shipped networks. For each precision of the weights it prints a row of a Markdown table:
the payload's size, the answers with the same label, the largest difference of a probability, and the time for an answer in Node. The
examples are the run's test pictures, or a substitute that the output names, and all pen digits, as strokes.
"""

import argparse
import gzip
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import get_args

import numpy as np
import torch

from nn_core.browser import BROWSER_SCRIPTS, Precision
from nn_core.browser.network import check_runs_in_browser, choose_precision, convert_network
from nn_core.cli.runs import get_run
from nn_core.data import DataSettings, load_dataset
from nn_core.data.builtin.pen_digits import read_pen_drawings
from nn_core.data.transforms import resize_to_spec
from nn_core.drawings import Drawing
from nn_core.drawings.preprocess import prepare_drawing
from nn_core.evaluation.held_out import load_held_out_data
from nn_core.inference import TrainedNetwork, load_network
from nn_core.paths import SHIPPED_RUN, get_data_folder

__all__ = ["BrowserAnswer", "find_node", "main", "read_in_node"]

_RUNNER = Path(__file__).with_name("browser_reader.mjs")


@dataclass(frozen=True)
class BrowserAnswer:
    """An answer of reader.js.

    Attributes:
        label: the class.
        probabilities: of the classes.
        pixels: [height · width] that the network read; None where it was given pixels.
        milliseconds: that it took.
    """

    label: str
    probabilities: tuple[float, ...]
    pixels: tuple[float, ...] | None
    milliseconds: float


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", default=[str(SHIPPED_RUN)])
    parser.add_argument("--most", type=int, help="at most this many examples of each kind")
    parser.add_argument("--data", help="the data set whose test pictures are used, such as mnist")
    parser.add_argument("--precision", choices=get_args(Precision), nargs="*")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| run | examples | precision | bytes | gzip | same label | largest difference | median ms | 95 % ms |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in options.runs:
        run = get_run(name)
        network = load_network(run, get_data_folder())
        check_runs_in_browser(network)
        if options.data:
            data = load_dataset(DataSettings(name=options.data), get_data_folder(), download=False)
            examples, test = data.spec.name, data.test
        else:
            held_out = load_held_out_data(run.config(), get_data_folder())
            examples, test = held_out.spec.name, held_out.test
        pictures = test.inputs[: options.most]
        drawings = [drawing for drawing, _label in islice(read_pen_drawings(), options.most)]
        chosen = choose_precision(network)
        for precision in options.precision or [chosen]:
            title = f"`{run.name}`", f"{precision}{' (chosen)' if precision == chosen else ''}"
            print(compare(network, precision, title, examples, pictures), flush=True)
            print(compare(network, precision, title, "pen digits, strokes", drawings), flush=True)


def compare(
    network: TrainedNetwork,
    precision: Precision,
    title: tuple[str, str],
    examples: str,
    inputs: Sequence[Drawing] | torch.Tensor,
) -> str:
    """Make a row of the table."""
    payload = convert_network(network, precision).payload
    if isinstance(inputs, torch.Tensor):
        prepared = inputs
        lines: Iterable[object] = (picture.flatten().tolist() for picture in inputs)
    else:
        prepared = prepare(network, inputs)
        lines = map(vars, inputs)
    expected = network.calibration.compute_probabilities(network.compute_outputs(prepared)).numpy()
    answers = list(read_in_node(payload, lines))
    found = np.array([answer.probabilities for answer in answers], dtype=np.float32)
    different = [
        number
        for number, answer in enumerate(answers)
        if answer.pixels is not None and not np.array_equal(answer.pixels, prepared[number].flatten().numpy())
    ]
    assert not different, f"other pixels than the server's: {different}"
    same = int((found.argmax(axis=1) == expected.argmax(axis=1)).sum())
    median, most = np.percentile([answer.milliseconds for answer in answers], (50, 95))
    return (
        f"| {title[0]} | {len(answers):,} {examples} | {title[1]} | {len(payload):,} | {len(gzip.compress(payload)):,} | "
        f"{same:,} | {np.abs(found - expected).max():.1e} | {median:.1f} | {most:.1f} |"
    )


def prepare(network: TrainedNetwork, drawings: Sequence[Drawing]) -> torch.Tensor:
    """Prepare drawings as the server does: uint8 [count, 1, height, width]."""
    prepared = [picture for drawing in drawings if (picture := prepare_drawing(drawing)) is not None]
    return torch.stack([torch.from_numpy(resize_to_spec(picture, network.spec)) for picture in prepared])


def read_in_node(payload: bytes, inputs: Iterable[object], scripts: Path = BROWSER_SCRIPTS) -> Iterator[BrowserAnswer]:
    """Read drawings, as objects of JSON, or lists of pixels with reader.js in `scripts`. Drawings without points have no answer.

    Raises:
        RuntimeError: reader.js failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "payload", Path(folder) / "inputs.jsonl"
        files[0].write_bytes(payload)
        with files[1].open("w", encoding="utf-8") as stream:
            stream.writelines(f"{json.dumps(given)}\n" for given in inputs)
        command = [find_node(), _RUNNER, scripts / "reader.js", *files]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(result.stderr)
    for line in result.stdout.splitlines():
        content = json.loads(line)
        if answer := content["answer"]:
            pixels = answer.get("pixels")
            yield BrowserAnswer(
                answer["label"],
                tuple(answer["probabilities"]),
                pixels and tuple(pixels),
                content["milliseconds"],
            )


def find_node() -> str:
    """Return Node: the one on the path, or the one that Playwright contains."""
    package = find_spec("playwright")
    inside = Path(package.origin).parent / "driver" / "node" if package and package.origin else Path("node")
    return shutil.which("node") or str(inside)


if __name__ == "__main__":
    main()
