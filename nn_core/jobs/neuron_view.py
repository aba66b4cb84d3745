"""What each neuron of a Playground network computes at this moment, with its weights and their gradients: `neurons.json`.

    {"kind": "neurons", "step": 120, "epoch": 3.2, "extent": [-2, 2, -2, 2], "size": 20, "layers": [
      {"name": "features", "parameter": "", "activation": "", "neurons": ["x₁", "x₂"], "maps": "…", "scales": [2.4, 2.4], …},
      {"name": "hidden 1", "parameter": "1", "activation": "tanh", "neurons": ["1", "2"], "maps": "…", "scales": [1, 0.98],
       "weights": [[0.4, -1.2], [0.1, 0.7]], "biases": [0.3, 0], "weight_gradients": […], "bias_gradients": […]},
      {"name": "output", "parameter": "3", …}]}

Importing this needs no torch.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nn_core.jobs.preview_base import Extent, Preview, check_bytes, compute_data_extent, compute_epoch, make_grid
from nn_core.models.plane_mlp import FEATURE_LABELS, PlaneMLPSettings
from nn_core.runs import RunFolder
from nn_core.task import Goal, Kind

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.training.state import TrainState

__all__ = ["NeuronLayer", "Neurons"]

_SIZE = 20  # cells along each side of a neuron's map
_MAX_GRADIENT_SAMPLES = 256
_DIGITS = 5  # significant digits of a number

Rows = tuple[tuple[float, ...], ...]
"""A row for each neuron, with a number for each of its inputs."""


class NeuronLayer(BaseModel):
    """A layer of the network. The features, which have no weights, are the first one; the output is the last.

    Attributes:
        name: "features", "hidden 1" and so on, or "output".
        parameter: the prefix of its weight and bias among the network's parameters: with "1", "1.weight" and "1.bias". Empty for the
            features.
        activation: the name of its activation; empty for features and output.
        neurons: the name of each neuron: the feature, its number from 1, or the class.
        maps: base64 of signed bytes, [neurons, size, size], rows from the lowest y to the highest: the neuron's value in each cell
            after the activation function, divided by its scale, times 127.
        scales: the largest absolute value of each neuron in its map.
        weights, biases: of the layer, a row of weights for each neuron.
        weight_gradients, bias_gradients: the gradients of these, see `Neurons`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    name: str
    parameter: str
    activation: str
    neurons: tuple[str, ...]
    maps: str
    scales: tuple[float, ...]
    weights: Rows = ()
    biases: tuple[float, ...] = ()
    weight_gradients: Rows = ()
    bias_gradients: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _every_neuron_is_complete(self) -> Self:
        count = len(self.neurons)
        if len(self.scales) != count:
            raise ValueError("a scale is missing")
        if self.parameter and not (
            len(self.weights) == len(self.biases) == len(self.weight_gradients) == len(self.bias_gradients) == count
        ):
            raise ValueError("weights are missing")
        return self


class Neurons(Preview):
    """The value of each neuron over the plane, the weights of the network that is trained, and their gradients.

    The gradients are those of the mean training loss, without the penalties of `training.l1` and `training.l2`, over one fixed batch:
    the run's first 256 training points, or all of them if there are fewer. They are `torch.autograd`'s, at the weights shown.
    All numbers are rounded to five significant digits.

    Attributes:
        extent: (x from, x to, y from, y to), as that of a `Boundary`.
        size: cells along each side of a map.
        layers: from the features to the output, whose values are logits, or the value itself in a regression.
    """

    file: ClassVar[str] = RunFolder.neurons_file.name
    network: ClassVar[str] = "plane_mlp"
    max_share: ClassVar[float] = 0.05
    min_seconds: ClassVar[float] = 0.15
    kind: Literal["neurons"] = "neurons"
    extent: Extent
    size: int = Field(ge=2, le=64)
    layers: tuple[NeuronLayer, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _maps_are_complete(self) -> Self:
        for layer in self.layers:
            check_bytes(len(layer.neurons) * self.size**2, layer.maps)
        return self

    @classmethod
    def can_show(cls, goal: Goal, kind: Kind | None) -> bool:
        return kind == "points"

    @classmethod
    def make(cls, state: TrainState) -> Self:
        extent = compute_data_extent(state)
        return cls(
            step=state.step,
            epoch=compute_epoch(state),
            extent=extent,
            size=_SIZE,
            layers=_describe_layers(state, make_grid(extent, _SIZE)),
        )


def _describe_layers(state: TrainState, points: Tensor) -> tuple[NeuronLayer, ...]:
    from torch import nn

    from nn_core.data.transforms import normalize

    settings, model = state.config.model, state.model
    assert isinstance(settings, PlaneMLPSettings), "Neurons.network says so"
    assert isinstance(model, nn.Sequential), "build makes one"
    activations = [*(layer.activation for layer in settings.layers), ""]
    signals = [model[0](normalize(points.to(state.device), state.spec))]
    for number, activation in enumerate(activations, start=1):
        weighted = model[2 * number - 1](signals[-1])
        signals.append(model[2 * number](weighted) if activation else weighted)
    (maps, scales), *packed = _pack_maps(signals)
    labels = tuple(FEATURE_LABELS[feature] for feature in settings.features)
    layers = [NeuronLayer(name="features", parameter="", activation="", neurons=labels, maps=maps, scales=scales)]
    gradients = _compute_gradients(state)
    for number, (activation, (maps, scales)) in enumerate(zip(activations, packed, strict=True), start=1):
        path, count = str(2 * number - 1), len(scales)
        is_named = not activation and count == len(state.spec.classes)
        weight, bias = (model.get_parameter(f"{path}.{name}") for name in ("weight", "bias"))
        layers.append(
            NeuronLayer(
                name=f"hidden {number}" if activation else "output",
                parameter=path,
                activation=activation,
                neurons=state.spec.classes if is_named else tuple(map(str, range(1, count + 1))),
                maps=maps,
                scales=scales,
                weights=_round_rows(weight),
                biases=_round_all(bias.tolist()),
                weight_gradients=_round_rows(gradients[f"{path}.weight"]),
                bias_gradients=_round_all(gradients[f"{path}.bias"].tolist()),
            )
        )
    return tuple(layers)


def _compute_gradients(state: TrainState) -> dict[str, Tensor]:
    """The gradient of each parameter, by its name. The parameters' own `grad` is left alone."""
    import torch

    from nn_core.data.transforms import normalize

    names, parameters = zip(*state.model.named_parameters(), strict=True)
    with torch.inference_mode(False), torch.enable_grad():
        inputs, labels = state.get_batch(state.train_rows[:_MAX_GRADIENT_SAMPLES])
        outputs = state.model(normalize(inputs, state.spec))
        loss = state.training_loss(outputs, state.get_targets(inputs, labels))
        return dict(zip(names, torch.autograd.grad(loss, parameters), strict=True))


def _pack_maps(signals: Sequence[Tensor]) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Pack the values of each layer's neurons in each cell, [size², neurons]: yield the maps and their scales."""
    import torch

    values = torch.cat(list(signals), dim=1).float().nan_to_num()  # at once, because many small operations take longer
    scales = values.abs().amax(dim=0)
    packed = (values / scales.clamp(min=1e-30) * 127).round().to(torch.int8).T.contiguous().cpu().numpy()
    largest, start = scales.tolist(), 0
    for layer in signals:
        end = start + layer.shape[1]
        yield base64.b64encode(packed[start:end].tobytes()).decode(), _round_all(largest[start:end])
        start = end


def _round_rows(matrix: Tensor) -> Rows:
    return tuple(map(_round_all, matrix.nan_to_num().tolist()))


def _round_all(numbers: list[float]) -> tuple[float, ...]:
    return tuple(float(f"{number:.{_DIGITS}g}") for number in numbers)
