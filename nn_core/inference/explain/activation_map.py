"""A map of pictures by what a layer computes for them: similar activations are close to each other.

The activations are reduced to at most 50 principal components (PCA: Pearson, 1901). The map shows the first two of them, or arranges
the pictures with t-SNE (van der Maaten and Hinton, 2008), which keeps neighbours together, by openTSNE (Poličar, Stražar and Zupan,
2019). It is used for its progress reports and because it can place a new picture on a finished map; scikit-learn's t-SNE can do
neither, and UMAP needs numba, a compiler of 60 MB that must run before the first map.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from nn_core.inference.explain.layers import run_to_layer, to_maps
from nn_core.inference.network import TrainedNetwork

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

__all__ = ["ActivationMap", "MapMethod", "Neighbours", "compute_features", "find_nearest", "fit_map"]

MapMethod = Literal["pca", "tsne"]
Floats = npt.NDArray[np.float32]

_LARGEST_SIDE = 7  # larger maps are averaged to at most this many pixels per side
_MAX_FEATURES = 4096  # of a picture, if the layer has fewer units; larger maps are averaged further
_COMPONENTS = 50
_PERPLEXITY = 30.0  # about how many neighbours t-SNE keeps together
_PART = 250  # pictures whose values are in memory at once
_REPORT_EVERY = 25  # iterations
_EARLY, _ITERATIONS = 250, 500


class _Embedding(Protocol):
    """What is used of openTSNE's result."""

    def transform(self, X: Floats, /) -> Floats: ...


@dataclass(frozen=True)
class ActivationMap:
    """A fitted map.

    Attributes:
        method: how it was made.
        places: float32 [count, 2]; where the pictures are.
        explained_variance: the fraction of the activations' variance in the first two principal components.
    """

    method: MapMethod
    places: Floats
    explained_variance: float
    _components: PCA
    _embedding: _Embedding | None

    def locate(self, features: Tensor) -> Floats:
        """Return where other pictures are on the map, [count, 2], from their `compute_features`."""
        reduced = self._components.transform(features.numpy()).astype(np.float32)
        if self._embedding is None:
            return np.ascontiguousarray(reduced[:, :2])
        return np.asarray(self._embedding.transform(reduced), dtype=np.float32)


@dataclass(frozen=True)
class Neighbours:
    """The nearest pictures, nearest first. distances: Euclidean, between activations."""

    indices: tuple[int, ...]
    distances: tuple[float, ...]


def compute_features(network: TrainedNetwork, stored: Tensor, layer: str) -> Tensor:
    """Return the activations of a layer as one row for each sample, float32 [count, features].

    Large maps are averaged to at most 7 × 7 areas, because a shift by a pixel should not matter, and to 4,096 values in all.

    Args:
        network: the network.
        stored: samples as in `Split.inputs`.
        layer: the name of a layer.

    Raises:
        BadInput: the network has no layer of this name.
    """
    rows = []
    for part in stored.split(min(_PART, network.batch_size)):
        maps = to_maps(network, run_to_layer(network, part, layer).activation).float().cpu()
        largest = max(1, min(_LARGEST_SIDE, math.isqrt(_MAX_FEATURES // maps.shape[1])))
        height, width = (min(side, largest) for side in maps.shape[2:])
        rows.append(F.adaptive_avg_pool2d(maps, (height, width)).flatten(1))
    return torch.cat(rows)


def fit_map(
    features: Tensor, method: MapMethod, *, seed: int = 0, on_progress: Callable[[float], None] | None = None
) -> ActivationMap:
    """Fit a map. The same features, method and seed give the same map.

    Args:
        features: float32 [count, features], from `compute_features`; at least 3 rows.
        method: "pca" or "tsne".
        seed: of the random numbers in both.
        on_progress: is called with the fraction of the iterations that is done.
    """
    from sklearn.decomposition import PCA

    count, width = features.shape
    components = PCA(min(_COMPONENTS, count, width), svd_solver="randomized", random_state=seed)
    reduced = components.fit_transform(features.numpy()).astype(np.float32)
    explained = float(np.nan_to_num(components.explained_variance_ratio_[:2]).sum())
    if method == "pca":
        places = np.zeros((count, 2), dtype=np.float32)
        places[:, : reduced.shape[1]] = reduced[:, :2]  # a layer of one unit has one component
        return ActivationMap(method, places, explained, components, None)
    embedding = _fit_tsne(reduced, seed, on_progress)
    return ActivationMap(method, np.asarray(embedding, dtype=np.float32), explained, components, embedding)


def _fit_tsne(reduced: Floats, seed: int, on_progress: Callable[[float], None] | None) -> _Embedding:
    from openTSNE import TSNE

    done = 0

    def report(_iteration: int, _error: float, _embedding: Floats) -> bool:
        nonlocal done
        done += _REPORT_EVERY
        if on_progress:
            on_progress(min(1.0, done / (_EARLY + _ITERATIONS)))
        return False  # do not stop

    tsne = TSNE(
        perplexity=min(_PERPLEXITY, (len(reduced) - 1) / 3),
        early_exaggeration_iter=_EARLY,
        n_iter=_ITERATIONS,
        initialization="pca" if reduced.shape[1] > 1 else "random",
        neighbors="exact",
        negative_gradient_method="bh",
        callbacks=report,
        callbacks_every_iters=_REPORT_EVERY,
        n_jobs=1,  # the order of additions, and so the map, would depend on the machine
        random_state=seed,
    )
    embedding: _Embedding = tsne.fit(reduced)
    return embedding


def find_nearest(features: Tensor, query: Tensor, count: int) -> Neighbours:
    """Find the rows of `features`, [pictures, features], that are nearest to `query`, [features]."""
    distances = (features - query).square().sum(dim=1).sqrt()
    nearest = distances.argsort(stable=True)[:count]
    return Neighbours(tuple(nearest.tolist()), tuple(distances[nearest].tolist()))
