"""`python -m bench.bare_preset PRESET DATA FOLDER [DEVICE]`: a plain training loop for a preset's network, as a baseline.

For each line on stdin, a number of seconds, it trains the same network with the same optimizer, loss and batches for that time, and
prints the samples per second. The samples are in memory, normalised; if the preset augments, each batch is augmented in the same
way. It does nothing else: no figures, no schedule, no validation, no saving.
"""

import sys
import time
from pathlib import Path

import torch

from nn_core.config import get_preset, update_config
from nn_core.data import load_dataset
from nn_core.data.split import split_stratified
from nn_core.data.transforms import augment_batch, normalize, to_unit_float
from nn_core.models import MODELS, build_model
from nn_core.training.losses import build_loss
from nn_core.training.optimizers import build_optimizer


def main(preset_name: str, data_name: str, folder: str, device_name: str = "cpu") -> None:
    device = torch.device(device_name)
    config = update_config(get_preset(preset_name), {"data": {"name": data_name}})
    dataset = load_dataset(config.data, Path(folder), download=False)
    spec, goal = dataset.spec, MODELS[config.model.name].goal
    learned = dataset.train.take(
        split_stratified(dataset.train.labels, config.data.validation_share, config.training.seed)[0]
    ).to(device)
    augmenting = spec.kind == "pictures" and config.data.augmentation.is_active
    inputs = learned.inputs if augmenting else normalize(learned.inputs, spec)
    targets = learned.labels if goal == "classify" else to_unit_float(learned.inputs)
    torch.manual_seed(config.training.seed)
    model = build_model(config.model, spec.task).to(device).train()
    optimizer = build_optimizer(model, config.optimizer, device)
    measure_loss = build_loss(config.loss, goal)

    def train(seconds: float) -> float:
        samples, begun = 0, time.perf_counter()
        while True:
            for chosen in torch.randperm(len(learned)).to(device).split(config.training.batch_size):
                batch = inputs[chosen]
                if augmenting:
                    batch = normalize(
                        augment_batch(batch, config.data.augmentation, is_line_drawing=spec.is_line_drawing), spec
                    )
                optimizer.zero_grad()
                measure_loss(model(batch), targets[chosen]).backward()
                optimizer.step()
                samples += len(chosen)
                if time.perf_counter() - begun >= seconds:
                    if device.type == "cuda":
                        torch.cuda.synchronize()
                    return samples / (time.perf_counter() - begun)

    for line in sys.stdin:
        print(train(float(line)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
