"""The traced step of the chosen example, kept while the user walks through it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.config import RunConfig
from nn_core.data import Dataset
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.settings import get_title
from ui.app import cache
from ui.backprop.payload import GraphPayload, make_graph_payload

if TYPE_CHECKING:
    from nn_core.backprop import Example, Graph
    from nn_core.inference import TrainedNetwork
    from nn_core.training.losses import LossFunction

__all__ = ["TrainingStep", "get_training_step"]

_KEPT = "backprop_step"


@dataclass(frozen=True, eq=False)
class TrainingStep:
    """One example's way through the network and back."""

    version: str
    network: TrainedNetwork
    example: Example
    loss: LossFunction
    graph: Graph
    payload: GraphPayload


def get_training_step(
    run: RunFolder, network: TrainedNetwork, dataset: Dataset | None, example: Example
) -> TrainingStep:
    """Return the step of this example, traced again only if the run's weights or the example have changed."""
    from nn_core.backprop import build_training_loss, describe_loss, trace
    from nn_core.training.losses import has_class_weights

    content = f"{run.name} {cache.get_weights_version(run)} {example.stored.dtype}".encode()
    version = hashlib.sha256(content + example.stored.numpy().tobytes() + example.target.numpy().tobytes()).hexdigest()[
        :12
    ]
    kept: TrainingStep | None = st.session_state.get(_KEPT)
    if kept is not None and kept.version == version:
        return kept
    loss = build_training_loss(network, dataset)
    graph = trace(network.model, example, loss)
    is_weighted = dataset is not None and has_class_weights(network.config.loss)
    payload = make_graph_payload(graph, _name_loss(network.config), describe_loss(network, is_weighted=is_weighted))
    step = TrainingStep(version, network, example, loss, graph, payload)
    st.session_state[_KEPT] = step
    return step


def _name_loss(config: RunConfig) -> str:
    return _("Loss: {name}").format(name=_(get_title(type(config.loss))))
