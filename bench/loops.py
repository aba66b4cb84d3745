"""`python -m bench.loops KIND DATA FOLDER`: the usual training loops, as a baseline.

For each line on stdin, a number of seconds, it trains the network of `simple_net` for that time, and prints the samples per
second. KIND: `bare`, normalised tensors in memory; `tutorial-0` or `tutorial-2`, a DataLoader that
builds each sample from a PIL image, in 0 or 2 processes.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from nn_core.data import DatasetSpec, DataSettings, load_dataset
from nn_core.data.download import import_torchvision_datasets

_BATCH = 100
_WARM_UP_SECONDS = 0.5

Batches = Iterator[tuple[Tensor, Tensor]]


def bare(images: Tensor, labels: Tensor) -> Batches:
    while True:
        for chosen in torch.randperm(len(labels)).split(_BATCH):
            yield images[chosen], labels[chosen]


class Pictures(Dataset[tuple[Tensor, int]]):
    """As `torchvision.datasets.MNIST` with its usual transform."""

    def __init__(self, images: Tensor, labels: Tensor, spec: DatasetSpec) -> None:
        import_torchvision_datasets()  # makes torchvision importable with every build of torch
        from torchvision import transforms

        self.images, self.labels = images, labels
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize(spec.mean, spec.std)])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.images[index, 0].numpy())
        return self.transform(picture), int(self.labels[index])


def tutorial(pictures: Pictures, workers: int) -> Batches:
    while True:
        yield from DataLoader(pictures, batch_size=_BATCH, shuffle=True, num_workers=workers)


def samples_per_second(batches: Batches, seconds: float) -> float:
    """For a new network, from the second batch on: one-off costs of the first batch are not counted."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    samples, begun = 0, 0.0
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        if not begun:
            begun = time.perf_counter()
            continue
        samples += len(labels)
        if time.perf_counter() >= begun + seconds:
            break
    return samples / (time.perf_counter() - begun)


def main(kind: str, data_name: str, folder: str) -> None:
    dataset = load_dataset(DataSettings(name=data_name), Path(folder))
    images, labels = dataset.train.inputs, dataset.train.labels
    if kind == "bare":
        images = (images.float() / 255 - dataset.spec.mean[0]) / dataset.spec.std[0]
    pictures = None if kind == "bare" else Pictures(images, labels, dataset.spec)

    def batches() -> Batches:
        return tutorial(pictures, int(kind.removeprefix("tutorial-"))) if pictures else bare(images, labels)

    samples_per_second(batches(), _WARM_UP_SECONDS)
    for line in sys.stdin:
        print(samples_per_second(batches(), float(line)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
