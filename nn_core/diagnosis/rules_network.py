"""Rules about the units and the gradients of the network."""

import math

from pydantic import JsonValue

from nn_core.diagnosis.findings import Finding, round_lr
from nn_core.diagnosis.measurements import Measurements, NetworkFigures, UnitFigures
from nn_core.formatting import format_loss, format_percent
from nn_core.i18n import _

__all__ = [
    "check_dead_units",
    "check_exploding_gradients",
    "check_saturated_units",
    "check_softmax_twice",
    "check_vanishing_gradients",
]

_MANY_UNITS, _NEARLY_ALL_UNITS = 0.5, 0.8
_VANISHING = 1e-3
_EXPLODED = 5.0
_MIN_UNITS = 4


def _has_setting(m: Measurements, name: str) -> bool:
    return name in type(m.config.model).model_fields


def _start_fresh(m: Measurements) -> tuple[str, dict[str, JsonValue], str]:
    """The remedy for a network that was in this state before the first step because of the weights it started from."""
    remedy = _("Start from random weights instead of those of {run}.").format(run=m.config.training.start_from)
    return remedy, {"training.start_from": ""}, _("Try random weights")


def _find_worst(network: NetworkFigures, name: str) -> tuple[UnitFigures, float] | None:
    """Return the layer with the largest share of dead or saturated units, if many are."""
    layers = [units for units in network.units if units.units >= _MIN_UNITS]
    if not layers:
        return None
    worst = max(layers, key=lambda units: float(getattr(units, name)))
    share = float(getattr(worst, name))
    return (worst, share) if share >= _MANY_UNITS else None


def check_dead_units(m: Measurements) -> Finding | None:
    """Whether many units give the same for every sample, so that they cannot learn any more."""
    if m.probe is None:
        return None
    at_start, now = _find_worst(m.probe.start, "dead"), _find_worst(m.probe.now, "dead")
    found = now or at_start
    if found is None or not (m.is_poor or at_start or found[1] >= _NEARLY_ALL_UNITS):
        return None
    layer, share = found
    if at_start and m.config.training.start_from:
        remedy, settings, button = _start_fresh(m)
    else:
        lr = round_lr(m.lr / 10)
        remedy, settings = _("Try a learning rate of {rate:g}.").format(rate=lr), {"optimizer.lr": lr}
        button = _("Try {rate:g}").format(rate=lr)
        if _has_setting(m, "activation") and layer.activation == "ReLU":
            settings = {"model.activation": "leaky_relu", **settings}
            remedy = _("Try a leaky ReLU, which is never flat, and a learning rate of {rate:g}.").format(rate=lr)
            button = _("Try a leaky ReLU")
    return Finding(
        "dead_units",
        _("Many units are dead: they give the same for every example."),
        _(
            "In layer {layer} ({activation}), {share} of {count} units have a slope of zero for every example of a batch; in a healthy network few have."
        ).format(layer=layer.layer, activation=layer.activation, share=format_percent(share, 0), count=layer.units),
        remedy,
        settings,
        0.94 if at_start else 0.75 if m.is_poor else 0.55,
        button,
    )


def check_saturated_units(m: Measurements) -> Finding | None:
    """Whether many units are at the flat ends of their activation, where gradients are near zero."""
    if m.probe is None:
        return None
    at_start, now = _find_worst(m.probe.start, "saturated"), _find_worst(m.probe.now, "saturated")
    found = at_start or now
    if found is None or not (at_start or (m.is_poor and found[1] >= _NEARLY_ALL_UNITS)):
        return None
    layer, share = found
    if at_start and m.config.training.start_from:
        remedy, settings, button = _start_fresh(m)
    else:
        remedy, settings, button = (
            _("Try a smaller learning rate."),
            {"optimizer.lr": round_lr(m.lr / 10)},
            _("Try {rate:g}").format(rate=round_lr(m.lr / 10)),
        )
        if getattr(m.config.model, "activation", "relu") != "relu":
            remedy, settings, button = (
                _("Try ReLU, which does not saturate."),
                {"model.activation": "relu"},
                _("Try ReLU"),
            )
    moment = _("before the first step") if at_start else _("now")
    return Finding(
        "saturated_units",
        _("Many units are saturated: they hardly react to changes of their inputs."),
        _(
            "In layer {layer} ({activation}, {count} units), {share} of the values had less than a twentieth of the largest slope "
            "{moment}; before training, hardly any should."
        ).format(
            layer=layer.layer,
            activation=layer.activation,
            share=format_percent(share, 0),
            count=layer.units,
            moment=moment,
        ),
        remedy,
        settings,
        0.94 if at_start else 0.6,
        button,
    )


def check_vanishing_gradients(m: Measurements) -> Finding | None:
    """Whether the first layers get so small gradients that they do not learn."""
    if m.probe is None or not m.is_poor:
        return None
    weights = m.probe.start.weights
    if len(weights) < 3:
        return None
    first, largest = weights[0], max(weights, key=lambda each: each.relative_gradient)
    ratio = first.relative_gradient / max(largest.relative_gradient, 1e-30)
    if not math.isfinite(ratio) or ratio > _VANISHING:
        return None
    has_flat_units = _find_worst(m.probe.start, "dead") or _find_worst(m.probe.start, "saturated")
    settings: dict[str, JsonValue] = {}
    if getattr(m.config.model, "activation", "relu") != "relu":
        settings["model.activation"] = "relu"
    if getattr(m.config.model, "norm", "") == "none":
        settings["model.norm"] = "batch"
    remedy = _("Use fewer layers, ReLU and normalisation.")
    button = _("Try ReLU and normalisation") if len(settings) == 2 else _("Try ReLU")
    if list(settings) == ["model.norm"]:
        button = _("Try batch norm")
    if has_flat_units and m.config.training.start_from:
        remedy, settings, button = _start_fresh(m)
    return Finding(
        "vanishing_gradients",
        _("The gradients vanish on their way to the first layers, which therefore hardly learn."),
        _(
            "Before the first step, the gradient of layer {first} was {small:.1e} of its weights, and that of layer {last} {large:.1e}; the first should be at least a thousandth of the second."
        ).format(first=first.name, small=first.relative_gradient, last=largest.name, large=largest.relative_gradient),
        remedy,
        settings,
        0.7 if has_flat_units else 0.92,
        button if settings else "",
    )


def check_exploding_gradients(m: Measurements) -> Finding | None:
    """Whether values grow from layer to layer, so that the loss or the gradients are far too large from the start."""
    if m.probe is None:
        return _describe_divergence(m) if m.has_diverged else None
    loss, usual = m.probe.start.loss, m.probe.uninformed_loss
    if not loss > _EXPLODED * usual:
        return _describe_divergence(m) if m.has_diverged else None
    if not (m.is_poor or m.has_diverged or loss > 10 * _EXPLODED * usual):
        return None
    settings: dict[str, JsonValue] = {"training.clip_norm": 1.0}
    remedy, button = _("Limit the gradient to 1, and use normalisation between the layers."), _("Try gradient clipping")
    if getattr(m.config.model, "norm", "") == "none":
        settings["model.norm"] = "batch"
    if m.config.training.start_from:
        remedy, settings, button = _start_fresh(m)
    return Finding(
        "exploding_gradients",
        _("Values and gradients explode from layer to layer."),
        _(
            "Before the first step, the loss was {loss:.3g} and the norm of the gradient {norm:.3g}; a network that knows nothing has a loss of {usual}."
        ).format(loss=loss, norm=m.probe.start.gradient_norm, usual=format_loss(usual)),
        remedy,
        settings,
        0.95,
        button,
    )


def _describe_divergence(m: Measurements) -> Finding:
    lr = round_lr(m.lr / 10)
    return Finding(
        "exploding_gradients",
        _("The gradients exploded: the loss is no longer a finite number."),
        _("The training stopped at step {step}, because the loss became infinite or not a number.").format(
            step=m.status.step
        ),
        _("Limit the gradient to 1, with a learning rate of {rate:g}.").format(rate=lr),
        {"training.clip_norm": 1.0, "optimizer.lr": lr},
        0.9,
        _("Try gradient clipping"),
    )


def check_softmax_twice(m: Measurements) -> Finding | None:
    """Whether the network ends with a softmax although the loss applies one."""
    if m.probe is None or not m.probe.has_softmax:
        return None
    return Finding(
        "softmax_twice",
        _("Softmax is applied twice: by the network and by the loss."),
        _(
            "All outputs of the network are between 0 and 1 and add up to 1 for each example; the loss {name} expects logits and applies softmax itself."
        ).format(name=m.config.loss.name),
        _("Remove the softmax at the end of the network."),
        {},
        0.99,
    )
