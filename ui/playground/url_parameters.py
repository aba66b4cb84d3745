"""The parameters of the Playground's URL: data, network and training, and which controls are hidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nn_core.config.optimizers import OPTIMIZER_SETTINGS
from nn_core.data.drawn_points import MAX_DRAWN, decode_points, encode_points
from nn_core.data.settings import PlaneSettings
from nn_core.errors import NNLabError
from nn_core.i18n import N_, _
from nn_core.models.formula.plane import PlaneFormula
from ui.app.url_values import UrlValue, make_choice_value, make_number_value
from ui.components.network_view import ACTIVATIONS, FEATURES, MAX_LAYERS, MAX_NEURONS
from ui.components.plane_choice import PLANAR

__all__ = [
    "BATCH_SIZES",
    "CONTROLS",
    "EXAMPLES",
    "HELD_OUT",
    "NOISES",
    "PENALTIES",
    "POINTS",
    "RATES",
    "SPEEDS",
    "list_url_values",
]

RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
PENALTIES = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
NOISES = tuple(step / 20 for step in range(11))
HELD_OUT = tuple(step / 20 for step in range(1, 11))
POINTS = range(100, 2001, 100)
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
EXAMPLES = (10, 20, 50, 100, 200, 500, 0)
"""How many points it trains on; 0 for all."""
SPEEDS = (1, 5, 20, 100, 500, 0)
"""Batches a second at most; 0 for as many as possible."""
_MAX_SEED = 2**31 - 1

CONTROLS = {
    "data": N_("Data set"),
    "noise": N_("Noise"),
    "points": N_("Points"),
    "examples": N_("Training examples"),
    "held_out": N_("Held out for validation"),
    "network": N_("Network"),
    "features": N_("Choice of features"),
    "layers": N_("Buttons for layers and neurons"),
    "activation": N_("Activation"),
    "weights": N_("Setting of weights"),
    "optimizer": N_("Optimizer"),
    "rate": N_("Learning rate"),
    "batch": N_("Batch size"),
    "l1": N_("L1 penalty"),
    "l2": N_("L2 penalty"),
    "seed": N_("Seed"),
    "step": N_("Step and Epoch"),
    "speed": N_("Speed"),
    "reset": N_("Reset"),
    "curve": N_("Loss curve"),
}
"""The controls that `?hide=` can hide, by their names in the URL."""


def list_url_values() -> list[UrlValue[object]]:
    """The parameters of the page's URL."""
    layers_rule = _(
        "the neurons of up to {layers} layers, 1 to {neurons} each, such as 8-4, or 0 for no hidden layer"
    ).format(layers=MAX_LAYERS, neurons=MAX_NEURONS)
    return [
        make_choice_value("set", PLANAR, PLANAR[0]),
        make_number_value("noise", NOISES, 0.1, _("a number from 0 to 0.5 in steps of 0.05")),
        make_number_value("points", POINTS, 600, _("a whole number from 100 to 2000 in steps of 100")),
        make_number_value("examples", EXAMPLES, 0),
        make_number_value("held_out", HELD_OUT, 0.25, _("a number from 0.05 to 0.5 in steps of 0.05")),
        UrlValue("function", PlaneSettings().function, _parse_function, str, _("a function of x1 and x2")),
        UrlValue(
            "drawn",
            (),
            _parse_points,
            _format_points,
            _("the text for up to {most:,} drawn points, copied completely").format(most=MAX_DRAWN),
        ),
        _make_names_value("features", FEATURES, ("x1", "x2"), "-"),
        UrlValue("hidden", (8, 8), _parse_layers, _format_layers, layers_rule),
        UrlValue(
            "activation",
            ("tanh",),
            _parse_activations,
            _join("-"),
            _("one of {options}, or one for each hidden layer, such as relu-tanh").format(
                options=", ".join(ACTIVATIONS)
            ),
        ),
        make_choice_value("optimizer", list(OPTIMIZER_SETTINGS), "adam"),
        make_number_value("rate", RATES, 0.003),
        make_number_value("batch", BATCH_SIZES, 32),
        make_number_value("l1", PENALTIES, 0.0),
        make_number_value("l2", PENALTIES, 0.0),
        UrlValue("seed", 0, _parse_seed, str, _("a whole number from 0 to {most}").format(most=_MAX_SEED)),
        make_number_value("speed", SPEEDS, 0),
        _make_names_value("hide", tuple(CONTROLS), (), ",", least=0),
        UrlValue("run", "", str, str, ""),
    ]


def _make_names_value(
    name: str, options: Sequence[str], default: tuple[str, ...], separator: str, *, least: int = 1
) -> UrlValue[tuple[str, ...]]:
    """Declare a parameter with several distinct names, which are put into the order of the options."""

    def parse(text: str) -> tuple[str, ...]:
        given = text.split(separator) if text else []
        if len(given) < least or len(set(given)) < len(given) or not set(given) <= set(options):
            raise ValueError(text)
        return tuple(option for option in options if option in given)

    rule = _("one or several of {options}, separated by “{separator}”").format(
        options=", ".join(options), separator=separator
    )
    return UrlValue(name, default, parse, _join(separator), rule)


def _join(separator: str) -> Callable[[object], str]:
    def join(names: object) -> str:
        assert isinstance(names, tuple)
        return separator.join(names)

    return join


def _parse_layers(text: str) -> tuple[int, ...]:
    """`8-4` is two layers of 8 and 4 neurons, `0` is none."""
    layers = () if text == "0" else tuple(map(int, text.split("-")))
    if len(layers) > MAX_LAYERS or not all(1 <= neurons <= MAX_NEURONS for neurons in layers):
        raise ValueError(text)
    return layers


def _format_layers(layers: object) -> str:
    assert isinstance(layers, tuple)
    return "-".join(map(str, layers)) or "0"


def _parse_activations(text: str) -> tuple[str, ...]:
    """`relu` is that of all layers, `relu-tanh` has one for each."""
    names = tuple(text.split("-"))
    if len(names) > MAX_LAYERS or not set(names) <= set(ACTIVATIONS):
        raise ValueError(text)
    return names[:1] if len(set(names)) == 1 else names


def _parse_seed(text: str) -> int:
    seed = int(text)
    if not 0 <= seed <= _MAX_SEED:
        raise ValueError(text)
    return seed


def _parse_function(text: str) -> str:
    try:
        return PlaneFormula.parse(text).text
    except NNLabError as error:
        raise ValueError(text) from error


def _parse_points(text: str) -> tuple[tuple[float, float, int], ...]:
    try:
        return decode_points(text)
    except NNLabError as error:
        raise ValueError(text) from error


def _format_points(points: object) -> str:
    assert isinstance(points, tuple)
    return encode_points(points)
