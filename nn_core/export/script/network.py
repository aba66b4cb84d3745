"""Writes the code that builds a network: torch's modules as calls, and our own ones as classes without what the run does not use."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from nn_core.config import RunConfig
from nn_core.data import DatasetSpec
from nn_core.models import build_model
from nn_core.models.autoencoder import AutoencoderSettings
from nn_core.models.summary import make_blank_batch
from nn_core.transfer.codegen.expressions import Call, Definitions, format_call, read_arguments, read_constructor
from nn_core.transfer.codegen.program import find_output_shapes

__all__ = ["NetworkCode", "write_network"]

_WRITTEN_OUT = (
    "PlaneFeatures",
    "RowReader",
    "CharacterReader",
    "CharacterConvolution",
    "PatchAttention",
    "CharacterAttention",
)
"""The modules of `nn_core.models.parts` that have a template of their own, because they do more than one run needs."""


@dataclass(frozen=True)
class NetworkCode:
    """What the templates need to know about a network.

    Attributes:
        written_out: its first module, if it has a template of its own; otherwise None.
        definitions: the source of the other classes.
        build: the expression or the statements that create `network`.
        keys: the names of its tensors, in the order of its state dict.
    """

    written_out: nn.Module | None
    definitions: tuple[str, ...]
    build: str
    keys: tuple[str, ...]


def write_network(config: RunConfig, spec: DatasetSpec) -> NetworkCode:
    """Write the code that creates the run's network with the same random numbers."""
    with torch.device("meta"):
        model = build_model(config.model, spec.task)
        comments = {
            module: f"→ {shape}" for module, shape in find_output_shapes(model, make_blank_batch(spec.task)).items()
        }
    keys = tuple(model.state_dict())
    definitions = Definitions()
    special = next((module for module in model.children() if type(module).__name__ in _WRITTEN_OUT), None)
    if isinstance(config.model, AutoencoderSettings) and config.model.style == "dense":
        definitions.add(type(model))
        return NetworkCode(None, tuple(definitions.texts), _write_mirrored(model, spec.shape), keys)
    if isinstance(model, nn.Sequential):
        call = Call("nn.Sequential")
        for module in model:
            own = Call(type(module).__name__, comment=comments.get(module, ""))
            call.arguments.append(("", own if module is special else read_constructor(module, definitions, comments)))
    else:
        call = Call(definitions.add(type(model)), read_arguments(model, definitions, comments))
    build = f"network = {format_call(call, 0)}"
    if _is_channels_last(model):
        build += "\nnetwork = network.to(memory_format=torch.channels_last)  # a CPU computes convolutions faster so"
    return NetworkCode(special, tuple(definitions.texts), build, keys)


def _is_channels_last(model: nn.Module) -> bool:
    """Whether the weights of convolutions are stored with the channels last, which changes how sums are rounded."""
    weights = [weight for weight in model.parameters() if weight.dim() == 4]
    return any(weight.stride() != torch.empty(weight.shape, device="meta").stride() for weight in weights)


def _write_mirrored(model: nn.Module, shape: tuple[int, ...]) -> str:
    """Write a dense autoencoder, whose layers are created in pairs, from the outside in."""
    encoder, decoder = model.encoder, model.decoder
    assert isinstance(encoder, nn.Sequential)
    assert isinstance(decoder, nn.Sequential)
    layers = [module for module in encoder if isinstance(module, nn.Linear)]
    sizes = [layers[0].in_features, *(layer.out_features for layer in layers)]
    activation = type(encoder[2]).__name__ if len(layers) > 1 else "ReLU"
    return f"""\
sizes = {sizes}  # from the pixels to the latent numbers; the decoder has them in reverse order
encoder, decoder = [nn.Flatten()], []
for before, after in pairwise(sizes):
    encoder += [nn.Linear(before, after), nn.{activation}()]
    decoder = [nn.Linear(after, before), nn.{activation}(), *decoder]
# The last layers of both halves have no such activation: latent numbers have any size, pixels are from 0 to 1.
network = Autoencoder(
    nn.Sequential(*encoder[:-1]),
    nn.Sequential(*decoder[:-1], nn.Sigmoid(), nn.Unflatten(1, {shape})),
)"""
