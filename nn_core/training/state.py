"""The training state: everything that changes while a run trains. It can be saved and restored exactly.

`Coordinator` divides the work of a step among processes; by default, there is one.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from nn_core.config import RunConfig
from nn_core.data import Dataset, Split
from nn_core.data.settings import AugmentationSettings
from nn_core.data.split import split_train_val
from nn_core.data.transforms import augment_batch, to_unit_float
from nn_core.dynamo_workaround import get_plain_step, skip_compiler_import
from nn_core.errors import DIVERGED_MESSAGE, Diverged
from nn_core.i18n import _
from nn_core.models import build_model, get_goal
from nn_core.models.summary import check_batch_fits, compute_eval_batch_size, count_activations, list_layer_rows
from nn_core.runs.status import Best
from nn_core.training.forward import Forward, build_forward, check_batch_norm_sizes, check_device_support
from nn_core.training.losses import (
    WeightPenalty,
    build_loss,
    compute_class_weights,
    has_class_weights,
    weigh_classes,
)
from nn_core.training.optimizers import LR_SCALE, WeightEMA, build_optimizer
from nn_core.training.schedules import build_schedule
from nn_core.training.state_schema import OptimizerState, SavedState

__all__ = ["Coordinator", "TrainState"]


class Coordinator:
    """What the training loop needs of the processes that share a run; this base class computes everything in this process.

    All processes make the same calls in the same order.
    """

    @property
    def has_samples(self) -> bool:
        """Whether the samples that `shard_batch` returned last have a weight.

        A batch may have too few samples for every process. One that gets none computes the first sample without weight,
        because a network needs some input.
        """
        return True

    def shard_batch(self, rows: Tensor) -> Tensor:
        """Return the rows of the next training batch that this process computes; at least one."""
        return rows

    def shard_rows(self, rows: Tensor) -> Tensor:
        """Return the rows that this process evaluates; possibly none."""
        return rows

    def augment(self, images: Tensor, settings: AugmentationSettings, *, is_line_drawing: bool) -> Tensor:
        """Augment the images of the current batch, with the same random numbers for any number of processes."""
        return augment_batch(images, settings, is_line_drawing=is_line_drawing)

    def backward(self, loss: Tensor) -> None:
        """Compute the gradients of the mean loss over the whole batch.

        Args:
            loss: Mean over the samples of this process.
        """
        loss.backward()

    def sum(self, *values: float) -> tuple[float, ...]:
        """Return each value summed over all processes; every process gets identical numbers."""
        return values

    def check_rng_in_sync(self, rng_states: Mapping[str, Tensor]) -> None:
        """Check that all processes have drawn the same random numbers. Raises RunFailed."""


class TrainState:
    """Everything that changes while a run trains: the network, its optimizer and the position in the data.

    Attributes:
        samples: All training samples, on the device where they fit; `train_rows` and `validation_rows` select from them.
        goal: What the network does: "classify", "reconstruct" or "regress".
        loss: The loss that is measured, without class weights.
        training_loss: The loss that training minimises, without the penalty.
        penalty: The penalty on the weights, if the config asks for one; it is added to the gradients of that loss.
        class_weights: The weight of each class [classes], if the config asks for them.
        eval_model: The network that is validated and exported: the EMA where one is kept, otherwise `model`.
        forward, eval_forward: Pass a batch through `model` and through `eval_model`.
        eval_batch_size: Samples that fit into memory at once without gradients.
        ema: The moving average of the weights, if the config asks for one.
        base_lr: Learning rate before the schedule: the config's, or the one requested since.
        lr: Learning rate of the last step.
        epoch, batch, step: Completed epochs, completed batches of the current epoch, completed steps of the run.
        pending_samples, pending_loss, pending_correct: Sums since metrics were last read; for a regression, the last one is of the
            squared errors.
        pending_batches: Loss, outputs and labels of batches that are not in these sums yet, or for a regression loss, squared
            errors and labels; still on the device.
        train_variance: The variance of the values that a regression trains on; 0 for another network.
        best: The epoch with the highest validation accuracy, or with the lowest loss for a network that does not classify.
        coordinator: Divides each step among processes; by default this process computes everything.
    """

    def __init__(self, config: RunConfig, dataset: Dataset, device: torch.device) -> None:
        """Draw fresh weights with the config's seed, which also seeds torch for dropout and augmentation.

        Raises:
            ConfigError: The config is not possible on this device or with this number of samples.
        """
        check_device_support(config.training, device)
        train, validation = split_train_val(
            dataset, config.data.validation_share, config.training.seed, config.data.train_examples
        )
        check_batch_norm_sizes(config, dataset.spec.task, len(train))
        if not config.training.compile:
            skip_compiler_import()
        torch.manual_seed(config.training.seed)
        self.config = config
        self.spec = dataset.spec
        self.device = device
        self.samples: Split = dataset.train.to(device)
        self.train_rows = train.to(device)
        self.validation_rows = validation.to(device)
        self.goal = get_goal(config.model.name, self.spec.task)
        self.model: nn.Module = build_model(config.model, self.spec.task).to(device)
        activations = count_activations(list_layer_rows(self.model, self.spec.task), self.spec.task)
        check_batch_fits(activations, config.training.batch_size, config.model.name)
        self.eval_batch_size = compute_eval_batch_size(activations)
        self.loss = self.training_loss = build_loss(config.loss, self.goal)
        self.class_weights: Tensor | None = None
        if has_class_weights(config.loss):
            labels = self.samples.labels.index_select(0, self.train_rows)
            self.class_weights = compute_class_weights(labels, len(self.spec.classes))
            self.training_loss = weigh_classes(build_loss(config.loss, self.goal, reduction="none"), self.class_weights)
        has_penalty = bool(config.training.l1 or config.training.l2)
        self.penalty = WeightPenalty(self.model, config.training.l1, config.training.l2) if has_penalty else None
        self.train_variance = self.compute_variance(self.train_rows) if self.goal == "regress" else 0.0
        self.schedule = build_schedule(config.scheduler)
        self.optimizer = build_optimizer(self.model, config.optimizer, device)
        self.optimizer_step = get_plain_step(self.optimizer)
        self._hyperparameters = [
            {key: value for key, value in group.items() if key not in ("params", "lr")}
            for group in self.optimizer.param_groups
        ]
        self.ema = WeightEMA(self.model, config.training.ema) if config.training.ema else None
        self.eval_model: nn.Module = self.ema.module if self.ema else self.model
        self.forward: Forward = build_forward(self.model, config.training, device)
        self.eval_forward = build_forward(self.eval_model, config.training, device) if self.ema else self.forward
        self.coordinator = Coordinator()
        self.base_lr: float = config.optimizer.lr
        self.lr = 0.0
        self.epoch = self.batch = self.step = 0
        self.pending_batches: list[tuple[Tensor, Tensor, Tensor]] = []
        self.clear_pending()
        self.best: Best | None = None
        self.best_weights: dict[str, Tensor] = {}

    @property
    def batches_per_epoch(self) -> int:
        """Number of batches in an epoch; the last one may be smaller."""
        return math.ceil(len(self.train_rows) / self.config.training.batch_size)

    @property
    def total_steps(self) -> int:
        """Number of steps in the whole run."""
        return self.batches_per_epoch * self.config.training.epochs

    @property
    def is_out_of_patience(self) -> bool:
        """Whether the validation result has not improved for as many epochs as the config allows."""
        patience = self.config.training.patience
        return patience > 0 and self.best is not None and self.epoch - self.best.epoch >= patience

    def shuffle_rows(self) -> Tensor:
        """Return the rows of the training samples in the order of this epoch, which depends only on seed and epoch."""
        random = torch.Generator().manual_seed(self.config.training.seed * 1_000_003 + self.epoch)
        return self.train_rows[torch.randperm(len(self.train_rows), generator=random).to(self.device)]

    def get_batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the stored inputs and the labels of some samples, on the device."""
        # index_select is eight times faster on the CPU than inputs[rows], which copies byte by byte.
        input_rows = rows.to(self.samples.inputs.device)
        inputs = self.samples.inputs.index_select(0, input_rows).to(self.device)
        return inputs, self.samples.labels.index_select(0, rows)

    def get_targets(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """Return what the loss compares the network's outputs with."""
        return to_unit_float(inputs) if self.goal == "reconstruct" else labels

    def compute_variance(self, rows: Tensor) -> float:
        """Return the variance of the values of these samples."""
        return self.samples.labels.index_select(0, rows).cpu().double().var(correction=0).item()

    def update_learning_rate(self) -> None:
        """Set the optimizer's learning rate to the schedule's value for this step."""
        self.lr = self.base_lr * self.schedule.get_factor(self.step / self.total_steps, self.epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr * group.get(LR_SCALE, 1.0)

    def add_batch(self, loss: Tensor, outputs: Tensor, labels: Tensor) -> None:
        """Keep the result of a batch for `sum_pending`, without waiting for the device."""
        needed = outputs.detach() if self.goal == "classify" else labels
        if self.goal == "regress":
            needed = (outputs.detach().squeeze(1) - labels).square().sum()
        self.pending_batches.append((loss.detach(), needed, labels))

    def sum_pending(self) -> tuple[float, float, float]:
        """Return samples, summed loss and correct answers (or squared errors) since metrics were last read, over all processes.

        Every process has to call it. This waits for the device, so it is done for many batches at once.
        """
        if self.pending_batches:
            losses, outputs, labels = zip(*self.pending_batches, strict=True)
            self.pending_batches = []
            # One by one in double precision, so that the sum does not depend on how often it is read.
            for loss, batch in zip(torch.stack(losses).tolist(), labels, strict=True):
                self.pending_samples += len(batch)
                self.pending_loss += loss * len(batch)
            if self.goal == "classify":
                self.pending_correct += int((torch.cat(outputs).argmax(dim=1) == torch.cat(labels)).sum().item())
            elif self.goal == "regress":
                for squared in torch.stack(outputs).tolist():
                    self.pending_correct += squared
        samples, loss, correct = self.coordinator.sum(self.pending_samples, self.pending_loss, self.pending_correct)
        return samples, loss, correct

    def clear_pending(self) -> None:
        """Start the sums of the next metrics."""
        self.pending_samples = 0
        self.pending_correct: float = 0
        self.pending_loss = 0.0

    def copy_weights(self) -> dict[str, Tensor]:
        """Return a copy of the weights of `eval_model`, on the CPU."""
        return _copy_weights(self.eval_model)

    def load_weights(self, weights: dict[str, Tensor]) -> None:
        """Take over another network's weights before the first step. Raises RuntimeError where they do not fit."""
        self.model.load_state_dict(weights)
        if self.ema:
            self.ema.restore(weights, 0)

    def set_weight(self, number: int, place: int, value: float) -> None:
        """Set one number of a parameter, also in the moving average. The optimizer's state stays.

        Args:
            number: of the parameter, in the order of `parameters()`.
            place: of the number in the flattened parameter.
        """
        for model in dict.fromkeys((self.model, self.eval_model)):
            parameter = list(model.parameters())[number]
            with torch.no_grad():
                parameter[torch.unravel_index(torch.tensor(place), parameter.shape)] = value

    def capture(self) -> SavedState:
        """Copy everything that `restore` needs. Raises Diverged rather than return broken weights."""
        weights = _copy_weights(self.model)
        if not all(bool(torch.isfinite(tensor).all()) for tensor in weights.values()):
            raise self.build_diverged_error()
        samples, loss, correct = self.sum_pending()
        return SavedState(
            model=weights,
            optimizer=OptimizerState.model_validate(self.optimizer.state_dict()),
            random=self.get_rng_states(),
            position=(self.epoch, self.batch, self.step),
            pending=(int(samples), loss, correct if self.goal == "regress" else int(correct)),
            best=self.best,
            best_weights=self.best_weights,
            average=self.copy_weights() if self.ema else None,
            schedule=(self.config.scheduler.name, self.schedule.get_state()),
            rates=(self.base_lr, self.config.optimizer.lr, self.lr),
        )

    def restore(self, saved: SavedState) -> None:
        """Return to the position at which `saved` was captured. Settings changed since then (learning rate, schedule, epochs)
        apply.

        Raises:
            ValueError, RuntimeError, LookupError: The saved state is incomplete or does not fit.
        """
        self.model.load_state_dict(saved.model)
        self.optimizer.load_state_dict(dict(saved.optimizer))
        for group, hyperparameters in zip(self.optimizer.param_groups, self._hyperparameters, strict=True):
            group.update(hyperparameters)
        schedule_name, schedule_state = saved.schedule
        if schedule_name == self.config.scheduler.name:
            self.schedule.restore(schedule_state)
        base_lr, config_lr, self.lr = saved.rates
        if config_lr == self.config.optimizer.lr:
            self.base_lr = base_lr
        self.set_rng_states(saved.random)
        self.epoch, self.batch, self.step = saved.position
        if self.ema:
            if saved.average is None:
                raise ValueError("the average of the weights is missing")
            self.ema.restore(saved.average, self.step)
        self.pending_samples, self.pending_loss, self.pending_correct = saved.pending
        self.pending_batches = []
        self.best = saved.best
        self.best_weights = saved.best_weights or {}

    def build_diverged_error(self) -> Diverged:
        """Return the error of a loss or weights that are not finite, with a smaller learning rate to try."""
        message = _(DIVERGED_MESSAGE)
        return Diverged(message.format(step=self.step, smaller=self.base_lr / 10, rate=self.base_lr))

    def get_rng_states(self) -> dict[str, Tensor]:
        """Return the states of torch's random number generators that training draws from, by device type."""
        states = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            states["cuda"] = torch.cuda.get_rng_state(self.device)
        elif self.device.type == "mps":
            states["mps"] = torch.mps.get_rng_state()
        return states

    def set_rng_states(self, states: dict[str, Tensor]) -> None:
        """Restore what `get_rng_states` returned."""
        torch.set_rng_state(states["cpu"].cpu())
        if self.device.type == "cuda" and "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"].cpu(), self.device)
        elif self.device.type == "mps" and "mps" in states:
            torch.mps.set_rng_state(states["mps"].cpu())


def _copy_weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
