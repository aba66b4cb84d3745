"""Rules about the learning rate, the length of the training and its result."""

import math

from pydantic import JsonValue

from nn_core.diagnosis.findings import Finding, get_effective_lr, round_lr, suggest_lr
from nn_core.diagnosis.measurements import Measurements
from nn_core.formatting import format_loss, format_percent
from nn_core.i18n import _
from nn_core.runs.reports import ClassificationReport, ReconstructionReport

__all__ = [
    "check_better_than_chance",
    "check_lr_too_high",
    "check_lr_too_low",
    "check_overfitting",
    "check_still_improving",
    "check_updates",
]

_FAR_FROM_KNOWN = 8.0  # a learning rate beyond this factor from a known one is suspicious if the result is poor
_VERY_FAR = 30.0
_RISEN = 2.0  # the loss, compared with an untrained network
_ROUGH = 0.25  # median change of the loss from one point to the next
_GROWN = 8.0  # the norm of a weight matrix, compared with the start
_LOST = 0.15  # of the best validation accuracy
_FEW_UPDATES, _VERY_FEW_UPDATES, _ENOUGH_UPDATES = 150, 40, 300
_GAP, _SMALL_GAP = 0.12, 0.08  # accuracy on training data minus accuracy on validation data
_DOUBLED, _RISE_OF_LOSS, _SMALL_RISE = 2.0, 1.25, 1.15  # the validation loss compared with its lowest value
_NEARLY_ALL = 0.98  # of the training examples
_DEVIATIONS, _ENOUGH_SAMPLES = 2.5, 100
_MAX_EPOCHS = 10_000
_MOST = 0.5  # of the loss at the first step
_MIN_EPOCHS = 3  # before progress of a run that trains is called slow
_STEEP = 0.08


def check_better_than_chance(m: Measurements) -> Finding | None:
    """Whether the network has learned anything."""
    if not m.is_at_chance or not (m.curves and m.curves.validation_loss):
        return None
    remedy = _("Look at the data, and start with the settings of a preset.")
    if m.result is None:
        is_value = m.goal == "regress"
        evidence = (
            _("Its loss on validation data is {loss}; always giving the mean value has {mean}.")
            if is_value
            else _("Its loss on validation data is {loss}; always giving the mean picture has {mean}.")
        ).format(
            loss=format_loss(m.probe.validation_loss if m.probe else math.nan),
            mean=format_loss(m.probe.uninformed_loss if m.probe else math.nan),
        )
        finding = (
            _("No better than always giving the mean value.")
            if is_value
            else _("No better than always giving the mean picture.")
        )
        return Finding("no_better_than_chance", finding, evidence, remedy, {}, 0.4)
    evidence = _(
        "{accuracy} of {count:,} examples were right; the same answers in random order would give {chance}."
    ).format(
        accuracy=format_percent(m.result.accuracy),
        count=m.result.samples,
        chance=format_percent(m.result.chance),
    )
    finding = _("No better than guessing ({accuracy}).").format(accuracy=format_percent(m.result.accuracy))
    return Finding("no_better_than_chance", finding, evidence, remedy, {}, 0.4)


def check_lr_too_high(m: Measurements) -> Finding | None:
    """Whether the steps are so large that the loss jumps about, stays high or becomes infinite."""
    known = suggest_lr(m.config)
    factor = get_effective_lr(m.config, m.lr) / get_effective_lr(m.config, known)
    is_far = factor >= _FAR_FROM_KNOWN
    curves = m.curves
    risen = curves.highest_loss / max(curves.first_loss, 1e-9) if curves and math.isfinite(curves.first_loss) else 1.0
    is_unsteady = risen > _RISEN or (curves is not None and curves.roughness > _ROUGH and m.is_poor)
    is_poor = m.is_at_chance or (m.is_poor and not m.status.is_active)
    if m.has_diverged:
        likelihood = 0.98 if is_far else 0.8
        evidence = _("The loss became infinite or not a number at step {step}.").format(step=m.status.step)
    elif (is_far and (is_poor or m.loss_of_accuracy > _LOST)) or (
        factor >= _VERY_FAR and (is_unsteady or m.growth > _GROWN)
    ):
        likelihood = 0.93
        evidence = _describe_steadiness(m, risen)
    elif is_unsteady and m.is_poor and risen > 4 * _RISEN:
        likelihood = 0.6
        evidence = _describe_steadiness(m, risen)
    else:
        return None
    suggested = known if is_far else round_lr(m.lr / 10)
    if is_far:
        evidence = _("{evidence} {known:g} is known to work for this network and optimizer.").format(
            evidence=evidence, known=known
        )
    return Finding(
        "lr_too_high",
        _("The learning rate {rate:g} is probably too high.").format(rate=m.lr),
        evidence,
        _("Try a learning rate of {rate:g}.").format(rate=suggested),
        {"optimizer.lr": suggested},
        likelihood,
        _("Try {rate:g}").format(rate=suggested),
    )


def _describe_steadiness(m: Measurements, risen: float) -> str:
    """Describe the clearest sign of too large steps, in a sentence."""
    assert m.curves
    if m.loss_of_accuracy > _LOST:
        return _("The validation accuracy fell from {best} to {last}.").format(
            best=format_percent(max(m.curves.validation_accuracy)),
            last=format_percent(m.curves.validation_accuracy[-1]),
        )
    if m.growth > _GROWN and risen <= _RISEN:
        return _("Some weights have grown to {factor:.0f} times their size.").format(factor=m.growth)
    if risen > 1.2:
        return _("The training loss rose from {first} at the first step to {highest}.").format(
            first=_format_loss(m.curves.first_loss), highest=_format_loss(m.curves.highest_loss)
        )
    return _describe_progress(m)


def _format_loss(loss: float) -> str:
    """Format a loss that may be very large."""
    return f"{loss:,.0f}" if loss >= 1000 else f"{loss:.3g}"


def _describe_progress(m: Measurements) -> str:
    """Describe what the training changed, in a sentence."""
    assert m.curves
    sentence = _("The training loss went from {first} to {last}").format(
        first=_format_loss(m.curves.first_loss), last=_format_loss(m.curves.train_loss)
    )
    if m.probe and m.probe.neighbours and m.result:
        return _(
            "{sentence}, and {accuracy} of the validation examples are right; their nearest neighbours get {other}."
        ).format(
            sentence=sentence,
            accuracy=format_percent(m.result.accuracy),
            other=format_percent(m.probe.neighbours.accuracy),
        )
    return sentence + "."


def check_lr_too_low(m: Measurements) -> Finding | None:
    """Whether the steps are so small that the network has hardly changed."""
    curves = m.curves
    if curves is None or not curves.validation_loss or m.has_diverged:
        return None
    known = suggest_lr(m.config)
    factor = get_effective_lr(m.config, m.lr) / get_effective_lr(m.config, known)
    if factor > 1 / _FAR_FROM_KNOWN or (m.status.is_active and m.status.epochs_done < _MIN_EPOCHS):
        return None
    remaining = curves.train_loss / max(curves.first_loss, 1e-9)
    is_slow = remaining > _MOST and not m.config.training.start_from
    if not (m.is_poor or is_slow or _is_falling(curves.validation_loss)):
        return None
    evidence = _("{progress} {known:g} is known to work for this network and optimizer.").format(
        progress=_describe_progress(m), known=known
    )
    return Finding(
        "lr_too_low",
        _("The learning rate {rate:g} is probably too low.").format(rate=m.lr),
        evidence,
        _("Try a learning rate of {rate:g}.").format(rate=known),
        {"optimizer.lr": known},
        0.93,
        _("Try {rate:g}").format(rate=known),
    )


def _is_falling(losses: tuple[float, ...]) -> bool:
    """Whether the validation loss still fell in the last quarter of the epochs, by much more than it varies."""
    if len(losses) < 4:
        return False
    last = losses[-max(3, len(losses) // 4) :]
    return last[-1] < (1 - _STEEP) * last[0] and last[-1] == min(losses)


def check_updates(m: Measurements) -> Finding | None:
    """Whether the network was corrected so rarely that it could not learn."""
    if m.probe is None or m.curves is None or m.status.status not in ("finished", "stopped"):
        return None
    training, samples = m.config.training, m.probe.train_samples
    updates = m.status.step or math.ceil(samples / training.batch_size) * training.epochs
    is_suspicious = (updates < _VERY_FEW_UPDATES and not training.start_from) or (
        updates < _FEW_UPDATES and (m.is_poor or _is_falling(m.curves.validation_loss))
    )
    if not is_suspicious or not m.curves.validation_loss:
        return None
    batch_size = min(training.batch_size, max(8, min(100, samples // 10)))
    epochs = max(training.epochs, math.ceil(_ENOUGH_UPDATES / math.ceil(samples / batch_size)))
    settings: dict[str, JsonValue] = {"training.epochs": min(epochs, _MAX_EPOCHS)}
    if batch_size != training.batch_size:
        settings["training.batch_size"] = batch_size
    return Finding(
        "too_few_updates",
        _("Too few updates of the weights: {updates:,}.").format(updates=updates),
        _(
            "{samples:,} training examples, a batch size of {batch:,} and {epochs:,} as the number of epochs give {updates:,}; at least "
            "{enough:,} are usual."
        ).format(
            samples=samples, batch=training.batch_size, epochs=training.epochs, updates=updates, enough=_ENOUGH_UPDATES
        ),
        _("Train for {epochs:,} epochs with a batch size of {batch:,}.").format(
            epochs=settings["training.epochs"], batch=batch_size
        ),
        settings,
        0.95 if updates < _VERY_FEW_UPDATES else 0.85,
        _("Try {epochs:,} epochs").format(epochs=settings["training.epochs"])
        if len(settings) == 1
        else _("Try {epochs:,} epochs, batch size {batch:,}").format(
            epochs=settings["training.epochs"], batch=batch_size
        ),
    )


def check_overfitting(m: Measurements) -> Finding | None:
    """Whether the network remembers the training examples instead of learning what they have in common."""
    curves = m.curves
    if curves is None or curves.train_accuracy is None or len(curves.validation_accuracy) < 2:
        return None
    train, (held_out, samples) = curves.train_accuracy, _get_held_out_accuracy(m, curves.validation_accuracy[-1])
    lowest, last = min(curves.validation_loss), curves.validation_loss[-1]
    gap = train - held_out
    if gap < _DEVIATIONS * math.sqrt(max(held_out * (1 - held_out), 0.01) / samples):
        return None
    rise, remembers_all = last / max(lowest, 1e-9), train >= _NEARLY_ALL
    is_overfitted = (
        (gap >= _GAP and (rise >= _RISE_OF_LOSS or remembers_all))
        or (gap >= _SMALL_GAP and (rise >= _DOUBLED or (rise >= _SMALL_RISE and remembers_all)))
        or gap >= 2 * _GAP
    )
    if not is_overfitted:
        return None
    best_epoch = curves.validation_loss.index(lowest) + 1
    settings: dict[str, JsonValue] = {}
    remedy, button = _("Use more examples, or a smaller network."), ""
    if not m.config.training.patience:
        settings = {"training.patience": max(3, best_epoch // 4)}
        remedy = _("End the training when the validation result stops improving, or use more examples.")
        button = _("Try ending early")
    if "dropout" in type(m.config.model).model_fields and getattr(m.config.model, "dropout") < 0.3:  # noqa: B009
        settings["model.dropout"] = 0.3
        remedy = _("Try dropout, or use more examples.")
        button = _("Try dropout")
    if getattr(m.config.data, "train_examples", 0):
        settings = {"data.train_examples": 0}
        remedy, button = _("Train on all examples of the data set."), _("Try all examples")
    return Finding(
        "overfitting",
        _("The network memorises the training examples (overfitting)."),
        _(
            "It gets {train} of the training examples right but only {held_out} of {samples:,} that it did not learn from; the validation loss was lowest after "
            "epoch {epoch} ({lowest}) and is {last} now."
        ).format(
            train=format_percent(train),
            held_out=format_percent(held_out),
            samples=samples,
            epoch=best_epoch,
            lowest=format_loss(lowest),
            last=format_loss(last),
        ),
        remedy,
        settings,
        0.8,
        button,
    )


def _get_held_out_accuracy(m: Measurements, validation: float) -> tuple[float, int]:
    """Return the accuracy on validation examples and their number; together with the test examples where there are few."""
    samples = m.probe.validation.samples if m.probe and m.probe.validation else 0
    if samples >= _ENOUGH_SAMPLES or not isinstance(m.evaluation, ClassificationReport):
        return validation, samples or _ENOUGH_SAMPLES
    test = m.evaluation
    total = samples + test.samples
    return (validation * samples + test.accuracy * test.samples) / total, total


def check_still_improving(m: Measurements) -> Finding | None:
    """Whether more epochs would help. This is a tip: nothing is wrong."""
    curves = m.curves
    if not m.is_done or curves is None or m.status.ended_early or curves.last_lr_factor < 0.1:
        return None
    losses, accuracies = curves.validation_loss, curves.validation_accuracy
    if not _is_falling(losses) or isinstance(m.evaluation, ReconstructionReport):
        return None
    quarter = max(3, len(losses) // 4)
    gain = accuracies[-1] - accuracies[-quarter] if len(accuracies) == len(losses) else 0.0
    if gain < 0.02:
        return None
    epochs = min(2 * m.config.training.epochs, _MAX_EPOCHS)
    return Finding(
        "still_improving",
        _("The network was still improving when the training ended."),
        _("In the last {count} epochs the validation accuracy rose from {before} to {after}.").format(
            count=quarter, before=format_percent(accuracies[-quarter]), after=format_percent(accuracies[-1])
        ),
        _("Train for {epochs:,} epochs.").format(epochs=epochs),
        {"training.epochs": epochs},
        0.3,
        _("Try {epochs:,} epochs").format(epochs=epochs),
        is_tip=True,
    )
