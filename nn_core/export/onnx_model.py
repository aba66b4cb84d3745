"""A run's network as an ONNX file. The preparation of stored samples and the calibration of its probabilities are part of the graph.

docs/export.md has the names and shapes of its inputs and outputs, and the differences that were measured.
"""

from __future__ import annotations

import copy
import json
import logging
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.inference.network import TrainedNetwork, load_network
from nn_core.runs import RunFolder

__all__ = ["MAX_DIFFERENCE", "OPSET", "OnnxModel", "convert_to_onnx", "make_onnx"]

OPSET = 18
MAX_DIFFERENCE = 1e-5
"""Between the outputs of the network and those of ONNX Runtime; for predicted numbers, in relation to their size if they exceed 1."""
_PROBES = 64
_OUTPUTS = {
    "classify": ("probabilities", "logits", "unfamiliarity"),
    "reconstruct": ("reconstruction", "code"),
    "regress": ("value",),
}


@dataclass(frozen=True)
class OnnxModel:
    """A network in the ONNX format.

    Attributes:
        content: of the file.
        difference: the largest one between the network's outputs and ONNX Runtime's, see `MAX_DIFFERENCE`.
    """

    content: bytes
    difference: float


def make_onnx(run: RunFolder, data_folder: Path) -> OnnxModel:
    """Convert the run's best network. Raises BadInput where it has no weights, a package is missing or the result is not the same."""
    return convert_to_onnx(load_network(run, data_folder), run.name)


def convert_to_onnx(network: TrainedNetwork, name: str) -> OnnxModel:
    """Convert a network, check the file with `onnx.checker`, and compare its outputs with those of the network.

    Args:
        network: on the CPU.
        name: of its run, for the file's metadata.

    Raises:
        BadInput: a package is missing, or the outputs differ by more than `MAX_DIFFERENCE`.
    """
    try:
        import onnx
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise BadInput(
            _(
                "ONNX files need the packages onnx, onnxscript and onnxruntime: install them with pip install {name}."
            ).format(name=error.name)
        ) from error
    graph = _Graph(network).eval()
    probes = _make_probes(network)
    content = _convert(graph, probes, network, name)
    onnx.checker.check_model(content, full_check=True)
    difference = _compare(graph, content, probes)
    if not difference <= MAX_DIFFERENCE:
        raise BadInput(
            _(
                "The outputs of the ONNX file differ by {difference:.2g} from the network's, and at most {most:g} are allowed. "
                "Export the run as safetensors or code instead."
            ).format(difference=difference, most=MAX_DIFFERENCE)
        )
    return OnnxModel(content, difference)


class _Graph(nn.Module):
    """A network from samples as they are stored (pixels from 0 to 255, indices of letters, coordinates) to the outputs of the file."""

    mean: Tensor
    factor: Tensor

    def __init__(self, network: TrainedNetwork) -> None:
        super().__init__()
        spec = network.spec
        self.is_text = spec.kind == "text"
        self.goal = network.goal
        self.calibration = network.calibration
        self.model = copy.deepcopy(network.model)
        self.dense = [module for module in self.model.modules() if isinstance(module, nn.Linear)][-1:]
        for module in self.dense:
            module._forward_pre_hooks.clear()  # that of `load_network`, which stores what it sees
        scale = 255 if spec.kind == "pictures" else 1
        around = (1, -1) + (1,) * (len(spec.shape) - 1)
        # As `nn_core.data.transforms.normalize`, whose operations in place and cache cannot be exported.
        self.register_buffer("mean", (scale * torch.tensor(spec.mean)).view(around))
        self.register_buffer("factor", (1 / (scale * torch.tensor(spec.std))).view(around))

    def forward(self, samples: Tensor) -> tuple[Tensor, ...]:
        inputs = samples if self.is_text else (samples - self.mean) * self.factor
        if self.goal == "reconstruct":
            code = self.model.get_submodule("encoder")(inputs)
            return self.model.get_submodule("decoder")(code), code
        seen: list[Tensor] = []
        hooks = [dense.register_forward_pre_hook(lambda _dense, given: seen.append(given[0])) for dense in self.dense]
        outputs: Tensor = self.model(inputs)
        for hook in hooks:
            hook.remove()
        if self.goal == "regress":
            return (outputs,)
        answers = (self.calibration.compute_probabilities(outputs), outputs)
        distribution = self.calibration.distribution
        if distribution is None:
            return answers
        features = seen[-1].flatten(1) if seen else outputs
        return (*answers, distribution.compute_distances(features) / distribution.max_distance)


def _make_probes(network: TrainedNetwork) -> Tensor:
    """Make random samples of the kind that the network reads."""
    task, random = network.spec.task, torch.Generator().manual_seed(0)
    shape = (_PROBES, *task.shape)
    if task.kind == "text":
        return torch.randint(0, task.symbols, shape, generator=random)
    if task.kind == "pictures":
        return torch.randint(0, 256, shape, generator=random).float()
    return torch.randn(shape, generator=random) * torch.tensor(network.spec.std) + torch.tensor(network.spec.mean)


def _convert(graph: nn.Module, probes: Tensor, network: TrainedNetwork, name: str) -> bytes:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    logging.getLogger("onnxscript").setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of torch about itself
        outputs = _OUTPUTS[network.goal][: len(graph(probes[:2]))]
        program = torch.onnx.export(
            graph,
            (probes[:2],),
            dynamo=True,
            opset_version=OPSET,
            input_names=[network.spec.kind],
            output_names=list(outputs),
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    model.producer_name, model.producer_version = "NN Lab", ""
    for key, value in _describe(network, name).items():
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString()
    return content


def _describe(network: TrainedNetwork, name: str) -> dict[str, str]:
    """Make the file's metadata: all that a program needs to know to prepare inputs and to name outputs."""
    spec = network.spec
    described = {"run": name, "kind": spec.kind, "goal": network.goal}
    if network.goal == "classify":
        described |= {
            "classes": json.dumps(spec.classes, ensure_ascii=False),
            "temperature": repr(network.calibration.temperature),
        }
    if spec.kind == "text":
        described["alphabet"] = spec.alphabet
    if spec.kind == "pictures":
        described["pictures"] = "drawings" if spec.is_line_drawing else "photos"
    return described


def _compare(graph: nn.Module, content: bytes, probes: Tensor) -> float:
    """Return the largest difference between the outputs of the network and of ONNX Runtime, for batches of several sizes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    largest = 0.0
    for batch in (probes[:1], probes[1:4], probes):
        with torch.inference_mode():
            expected = graph(batch)
        names = [output.name for output in session.get_outputs()]
        for name, ours, theirs in zip(
            names, expected, session.run(names, {session.get_inputs()[0].name: batch.numpy()}), strict=True
        ):
            if name == "unfamiliarity":
                continue  # a ratio of squared distances, which only says whether it exceeds 1
            scale = ours.abs().clamp(min=1)
            largest = max(largest, float(((ours - torch.from_numpy(theirs)).abs() / scale).nan_to_num(torch.inf).max()))
    return largest
