"""The one place that imports torchvision.

Its wheel is built for CUDA, and beside a CPU build of torch its import ends with "operator torchvision::nms does not
exist". Declaring the two operators first makes its data sets work; nothing here calls them.
"""

from types import ModuleType
from typing import Any

import torch

__all__ = ["torchvision_datasets"]

_declared: list[Any] = []  # a Library takes its declarations back when it is collected


def torchvision_datasets() -> ModuleType:
    """`torchvision.datasets`, imported whatever build of torch is here."""
    if torch.version.cuda is None and not _declared:
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declared.append(library)
    import torchvision.datasets

    datasets: ModuleType = torchvision.datasets
    return datasets
