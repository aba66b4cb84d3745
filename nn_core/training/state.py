"""The training state: everything that changes while a run trains, including the running average of the weights.

It can be saved and restored exactly.
"""

import math
import zlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from nn_core.config import RunConfig
from nn_core.data import Dataset, Split
from nn_core.data.split import split_train_val
from nn_core.data.transforms.normalize import to_unit_float
from nn_core.distributed.process_group import Group, SharedGroup
from nn_core.distributed.sync_layers import use_sync_layers
from nn_core.dynamo_workaround import get_plain_step, skip_compiler_import
from nn_core.errors import Diverged, RunFailed
from nn_core.i18n import _
from nn_core.models import MODELS, build_model
from nn_core.models.rows import list_layer_rows
from nn_core.models.size import check_batch_fits, compute_samples_at_once, count_activations
from nn_core.runs.status import Best
from nn_core.training.batch_checks import check_batch_norm_sizes
from nn_core.training.forward import Forward, build_forward, check_device_support
from nn_core.training.losses import build_loss
from nn_core.training.optimizers import build_optimizer
from nn_core.training.schedules import build_schedule
from nn_core.training.state_schema import OptimizerState, SessionState

__all__ = ["TrainState", "WeightAverage"]


class WeightAverage(AveragedModel):
    """An exponential moving average (Polyak and Juditsky, 1992) of a model's weights, and of what its batch norms have
    seen, so that both are of the same time; counters are copied.

    The first steps of a training soon mean nothing, so the average begins short and grows to what `decay` says: after n
    steps it keeps at most (1 + n) / (10 + n) of itself.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__(model, multi_avg_fn=self._mix, use_buffers=True)
        self.decay = decay
        self.module.requires_grad_(False).eval()

    def _mix(
        self,
        averages: tuple[Tensor, ...] | list[Tensor],
        values: tuple[Tensor, ...] | list[Tensor],
        count: Tensor | int,
    ) -> None:
        if averages[0].is_floating_point():
            steps = int(self.n_averaged)
            get_ema_multi_avg_fn(min(self.decay, (1 + steps) / (10 + steps)))(averages, values, count)
        else:
            torch._foreach_copy_(list(averages), list(values))

    def restore(self, weights: dict[str, Tensor], steps: int) -> None:
        """Back to the weights of `module` after so many steps."""
        self.module.load_state_dict(weights)
        self.n_averaged.fill_(steps)


class TrainState:
    """The network, its optimizer and the position in the data.

    epoch: completed epochs; batch: completed batches of the one going on; step: completed batches in all.
    pending_samples, pending_loss, pending_hits: sums over the batches since figures were last told, without those that are
    `unread`: their loss, logits and labels still lie on the device.
    samples: all of the training split; train_rows and validation_rows say which of them are learned from.
    validated_at_once: how many samples pass through the network together where nothing is learned.
    best, best_weights: the epoch with the highest validation accuracy so far, or the lowest loss where there is none.
    base_rate: the learning rate before the schedule: the config's, or what it was turned to since; rate: that of the last
    step.
    average: the running average of the weights, if one is kept; judged: the network that is validated and handed out, which
    is that average then. forward, judge: how a batch passes through the model and through the judged one.
    group: the processes that share the run; until it joins one, this one has it to itself.
    """

    def __init__(self, config: RunConfig, dataset: Dataset, device: torch.device) -> None:
        """Fresh weights, drawn with the config's seed, which also seeds torch for dropout and augmentation. Raises
        ConfigError for what cannot be on this device or with so many samples."""
        check_device_support(config.training, device)
        train, validation = split_train_val(dataset, config.data.validation_share, config.training.seed)
        check_batch_norm_sizes(config, dataset.spec.problem, len(train))
        if not config.training.compile:
            skip_compiler_import()
        torch.manual_seed(config.training.seed)
        self.config = config
        self.spec = dataset.spec
        self.device = device
        self.samples: Split = dataset.train.to(device)
        self.train_rows = train.to(device)
        self.validation_rows = validation.to(device)
        self.goal = MODELS[config.model.name].goal
        self.model: nn.Module = build_model(config.model, self.spec.problem).to(device)
        signals = count_activations(list_layer_rows(self.model, self.spec.problem), self.spec.problem)
        check_batch_fits(signals, config.training.batch_size, config.model.name)
        self.validated_at_once = compute_samples_at_once(signals)
        self.loss = build_loss(config.loss, self.goal)
        self.schedule = build_schedule(config.scheduler)
        self.optimizer = build_optimizer(self.model, config.optimizer, device)
        self.take_step = get_plain_step(self.optimizer)
        self._hyperparameters = [
            {key: value for key, value in group.items() if key not in ("params", "lr")}
            for group in self.optimizer.param_groups
        ]
        self.average = WeightAverage(self.model, config.training.ema) if config.training.ema else None
        self.judged: nn.Module = self.average.module if self.average else self.model
        self.forward: Forward = build_forward(self.model, config.training, device)
        self.judge = build_forward(self.judged, config.training, device) if self.average else self.forward
        self.group = Group()
        self.base_rate: float = config.optimizer.lr
        self.rate = 0.0
        self.epoch = self.batch = self.step = 0
        self.pending_samples = self.pending_hits = 0
        self.pending_loss = 0.0
        self.unread: list[tuple[Tensor, Tensor, Tensor]] = []
        self.best: Best | None = None
        self.best_weights: dict[str, Tensor] = {}

    @property
    def batches(self) -> int:
        """In an epoch; the last one may be smaller."""
        return math.ceil(len(self.train_rows) / self.config.training.batch_size)

    @property
    def steps(self) -> int:
        """In the whole run."""
        return self.batches * self.config.training.epochs

    def order(self) -> Tensor:
        """The rows of the training samples, in the order of this epoch; it depends on the seed and the epoch alone."""
        random = torch.Generator().manual_seed(self.config.training.seed * 1_000_003 + self.epoch)
        return self.train_rows[torch.randperm(len(self.train_rows), generator=random).to(self.device)]

    def batch_of(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The stored inputs and the labels of some samples, on the device."""
        # Eight times faster on the CPU than inputs[rows], which goes byte by byte.
        where = rows.to(self.samples.inputs.device)
        return self.samples.inputs.index_select(0, where).to(self.device), self.samples.labels.index_select(0, rows)

    def targets(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """What the network's outputs are compared with."""
        return labels if self.goal == "classify" else to_unit_float(inputs)

    def set_learning_rate(self) -> float:
        """Give the optimizer the rate that the schedule has for this step, and return it."""
        self.rate = self.base_rate * self.schedule.factor(self.step / self.steps, self.epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * group.get("share", 1.0)
        return self.rate

    @property
    def out_of_patience(self) -> bool:
        """Whether the validation result has not been better for as many epochs as the config waits for."""
        patience = self.config.training.patience
        return patience > 0 and self.best is not None and self.epoch - self.best.epoch >= patience

    def read_batches(self) -> None:
        """Add what is unread to the sums. Waits for the device, so it is done for many batches at once."""
        if not self.unread:
            return
        losses, outputs, labels = zip(*self.unread, strict=True)
        self.unread = []
        # One by one in double precision, so that the sum does not depend on how often it is read.
        for loss, batch in zip(torch.stack(losses).tolist(), labels, strict=True):
            self.pending_samples += len(batch)
            self.pending_loss += loss * len(batch)
        if self.goal == "classify":
            self.pending_hits += int((torch.cat(outputs).argmax(dim=1) == torch.cat(labels)).sum().item())

    def note_batch(self, loss: Tensor, outputs: Tensor, labels: Tensor) -> None:
        """Remember a batch for `read_batches`."""
        kept = outputs.detach() if self.goal == "classify" else labels
        self.unread.append((loss.detach(), kept, labels))

    def pending(self) -> tuple[float, float, float]:
        """(Samples, summed loss, hits) since figures were last told, in all processes, each of which has to ask."""
        self.read_batches()
        samples, loss, hits = self.group.sum(self.pending_samples, self.pending_loss, self.pending_hits)
        return samples, loss, hits

    def join(self, group: SharedGroup) -> None:
        """From here on compute only this process's part of each batch. All others have an equal session, and join as well."""
        self.group = group
        compiled = self.config.training.compile
        use_sync_layers(self.model, group)
        self.forward = build_forward(group.averaging(self.model, compiled=compiled), self.config.training, self.device)
        if group.rank:
            self.pending_samples = self.pending_hits = 0
            self.pending_loss = 0.0

    def must_agree(self) -> None:
        """Raises RunFailed where the processes of the run have drawn different random numbers: one of them computes something
        else then."""
        if self.group.size > 1:
            drawn = zlib.crc32(b"".join(state.numpy().tobytes() for state in self._random_state().values()))
            if self.group.sum(drawn)[0] != self.group.size * drawn:
                raise RunFailed(
                    _(
                        "The processes that share this run no longer draw the same random numbers. Train it with one: "
                        "training.devices=1."
                    )
                )

    def weights(self) -> dict[str, Tensor]:
        """A copy of the judged network's weights, on the CPU."""
        return _copied(self.judged)

    def begin_with(self, weights: dict[str, Tensor]) -> None:
        """Take over another network's weights before the first step. Raises RuntimeError where they do not fit."""
        self.model.load_state_dict(weights)
        if self.average:
            self.average.restore(weights, 0)

    def state(self) -> dict[str, Any]:
        """All of it in tensors and plain values, for `restore`. Raises Diverged rather than hand out broken weights."""
        weights = _copied(self.model)
        if not all(bool(torch.isfinite(tensor).all()) for tensor in weights.values()):
            raise self.diverged()
        samples, loss, hits = self.pending()
        return SessionState(
            model=weights,
            optimizer=OptimizerState.model_validate(self.optimizer.state_dict()),
            random=self._random_state(),
            position=(self.epoch, self.batch, self.step),
            pending=(int(samples), loss, int(hits)),
            best=self.best,
            best_weights=self.best_weights,
            average=self.weights() if self.average else None,
            schedule=(self.config.scheduler.name, self.schedule.state()),
            rates=(self.base_rate, self.config.optimizer.lr, self.rate),
        ).as_dict()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to where `state` was taken. Settings that were changed since then (learning rate, schedule, epochs) hold.
        Raises ValueError, RuntimeError or LookupError for a state that is not complete or does not fit."""
        saved = SessionState.of(state)
        self.model.load_state_dict(saved.model)
        self.optimizer.load_state_dict(dict(saved.optimizer))
        for group, hyperparameters in zip(self.optimizer.param_groups, self._hyperparameters, strict=True):
            group.update(hyperparameters)
        schedule, noted = saved.schedule
        if schedule == self.config.scheduler.name:
            self.schedule.restore(noted)
        base_rate, declared, self.rate = saved.rates
        if declared == self.config.optimizer.lr:
            self.base_rate = base_rate
        self._set_random_state(saved.random)
        self.epoch, self.batch, self.step = saved.position
        if self.average:
            if saved.average is None:
                raise ValueError("the average of the weights is missing")
            self.average.restore(saved.average, self.step)
        self.pending_samples, self.pending_loss, self.pending_hits = saved.pending
        self.unread = []
        self.best = saved.best
        self.best_weights = saved.best_weights or {}

    def diverged(self) -> Diverged:
        rate = self.base_rate
        return Diverged(
            _(
                "The loss became infinite or not a number at step {step}: the training diverged. Try a smaller learning rate, "
                "for example optimizer.lr = {smaller:.2g} instead of {rate:g}."
            ).format(step=self.step, smaller=rate / 10, rate=rate)
        )

    def _random_state(self) -> dict[str, Tensor]:
        states = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            states["cuda"] = torch.cuda.get_rng_state(self.device)
        elif self.device.type == "mps":
            states["mps"] = torch.mps.get_rng_state()
        return states

    def _set_random_state(self, states: dict[str, Tensor]) -> None:
        torch.set_rng_state(states["cpu"].cpu())
        if self.device.type == "cuda" and "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"].cpu(), self.device)
        elif self.device.type == "mps" and "mps" in states:
            torch.mps.set_rng_state(states["mps"].cpu())


def _copied(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
