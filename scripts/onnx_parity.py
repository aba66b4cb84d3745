"""Compares the ONNX files of runs with their networks, on all test examples: `python -m scripts.onnx_parity RUN …`.

Prints the table of docs/export.md as Markdown.
"""

import sys

import onnxruntime
import torch

from nn_core.cli.runs import get_run
from nn_core.evaluation.held_out import load_held_out_data
from nn_core.export.onnx_model import convert_to_onnx
from nn_core.inference import load_network
from nn_core.paths import get_data_folder


def main() -> None:
    print("| run | examples | same label | largest difference | kB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in sys.argv[1:]:
        print(compare(name), flush=True)


def compare(name: str) -> str:
    """Make the row of a run."""
    run = get_run(name)
    network = load_network(run, get_data_folder())
    content = convert_to_onnx(network, run.name).content
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    inputs = load_held_out_data(run.config(), get_data_folder()).test.inputs
    outputs = network.compute_outputs(inputs)
    if network.goal == "classify":
        outputs = network.calibration.compute_probabilities(outputs)
    given = inputs.long() if network.spec.kind == "text" else inputs.float()
    found = torch.cat(
        [torch.from_numpy(session.run(None, {network.spec.kind: part.numpy()})[0]) for part in given.split(500)]
    )
    difference = float((found - outputs).abs().max())
    same = f"{int((found.argmax(1) == outputs.argmax(1)).sum()):,}" if network.goal == "classify" else "–"
    return f"| `{run.name}` | {len(inputs):,} | {same} | {difference:.1e} | {len(content) / 1000:,.0f} |"


if __name__ == "__main__":
    main()
