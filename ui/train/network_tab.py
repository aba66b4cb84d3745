"""What a run's network looks like inside, while it trains and afterwards: the held-out examples above the curves, and the Network tab."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import streamlit as st

from nn_core.errors import NNLabError
from nn_core.formatting import format_percent
from nn_core.i18n import N_, _
from nn_core.runs import History, RunFolder, RunStatus
from nn_core.vitals.pictures import Answers, NetworkPictures, read_part
from nn_core.vitals.records import VitalsRecord, get_latest, read_vitals
from ui.app import cache
from ui.app.glossary import describe_view, explain
from ui.app.run_labels import UNKNOWN, RunLabels
from ui.app.text import show_section_heading
from ui.components.data_table import Column, show_data_table
from ui.components.example_strip import draw_example_strip
from ui.components.vitals_view import draw_activations, draw_filters, draw_layer_history

__all__ = ["find_low_rate", "show_held_out_examples", "show_network"]

_EXAMPLES_WHAT = N_(
    "Ten examples that the network does not learn from, with its answer, its confidence, and whether it is right."
)
_EXAMPLES_LOOK_FOR = N_("Look for wrong answers with a high confidence, and for examples that stay wrong.")
_LOW_RATE = 0.05  # of the learning rate before the schedule
_LAYERS_TERMS = ("update_ratio", "dead_unit", "saturated_unit", "gradient_norm", "vanishing_gradient")
_LAYERS_WHAT = N_(
    "Each row is a layer. Its pictures show, from the first epoch on the left to the last on the right, how the weights and the sizes of their "
    "gradients are distributed (stronger colour: more of them), how much a step changes the weights, and how many units are dead or saturated."
)
_LAYERS_LOOK_FOR = N_(
    "Look for updates in the grey range, gradients of similar size in all layers, and few dead or saturated units."
)
_FILTERS_WHAT = N_("The weights of the first layer, a picture for each unit: blue is above 0, orange below.")
_FILTERS_LOOK_FOR = N_(
    "Look for edges, strokes or regular patterns: noise without any structure has learned nothing yet."
)
_TABLE_WHAT = N_("The weights of the first layer as a table: blue is above 0, orange below.")
_TABLE_MEANING = {
    "text": N_(
        "A row for each letter, a column for each number that describes it. Look for letters with similar rows."
    ),
    "pictures": N_("A row for each unit, a column for each pixel of a row. Look for stripes: they are edges."),
    "points": N_(
        "A row for each unit, a column for each coordinate. Look for rows with strong colours: their units matter."
    ),
}
_ACTIVATIONS_WHAT = N_("What each layer answers to one held-out example, from the input to the output.")
_ACTIVATIONS_LOOK_FOR = N_(
    "Look for units that answer to one kind of example only: choose another example and compare."
)


def show_held_out_examples(run: RunFolder, labels: RunLabels) -> None:
    """Show the current answers for ten held-out examples; nothing for a run without them."""
    if labels.goal != "classify" or not (answers := run.read_cached(run.examples_file, _read_answers)):
        return
    with st.container(border=True, key="held_out_examples"):
        correct = sum(answer == label for answer, label in zip(answers.answers, answers.inputs.labels, strict=True))
        heading = _("**Held-out examples after epoch {epoch:.1f}: {correct} of {count} right**")
        st.markdown(heading.format(epoch=answers.epoch, correct=correct, count=answers.inputs.count))
        describe_view(_(_EXAMPLES_WHAT), _(_EXAMPLES_LOOK_FOR), "validation", "confidence", key="held_out_examples")
        draw_example_strip(answers, run=run.name, key=f"examples-{run.name}")


def _read_answers(file: Path) -> Answers | None:
    return read_part(file, Answers)


def _read_pictures(file: Path) -> NetworkPictures | None:
    return read_part(file, NetworkPictures)


def show_network(run: RunFolder, status: RunStatus, labels: RunLabels, history: History) -> None:
    """Show the Network tab. history: of the run."""
    records = _read_records(run)
    latest = get_latest(records)
    if latest is None:
        st.info(_describe_missing(labels, status), icon=":material/info:")
        return
    titles = _get_layer_titles(labels)
    with st.container(key="network_layers"):
        show_section_heading(_("Layers over the epochs"))
        describe_view(_(_LAYERS_WHAT), _(_LAYERS_LOOK_FOR), *_LAYERS_TERMS, key="layers")
        draw_layer_history(
            records,
            titles,
            run=run.name,
            epochs=status.epochs,
            key=f"layers-{run.name}",
            low_rate=find_low_rate(labels, status, history),
        )
        _show_table(latest, titles)
    if pictures := run.read_cached(run.network_file, _read_pictures):
        _show_pictures(run, labels, pictures, titles)


def _show_pictures(run: RunFolder, labels: RunLabels, pictures: NetworkPictures, titles: Mapping[str, str]) -> None:
    if pictures.filters:
        with st.container(key="network_filters"):
            show_section_heading(_("Filters of the first layer"))
            if len(pictures.filters.shape) > 2:
                describe_view(_(_FILTERS_WHAT), _(_FILTERS_LOOK_FOR), "kernel", "weight", key="filters")
            else:
                describe_view(
                    _(_TABLE_WHAT), _(_TABLE_MEANING[labels.kind or "points"]), "weight", "embedding", key="filters"
                )
            title = titles.get(pictures.filters_of, pictures.filters_of)
            draw_filters(pictures, title, run=run.name, key=f"filters-{run.name}")
    if pictures.layers and pictures.inputs.count:
        with st.container(key="network_activations"):
            show_section_heading(_("Activations for one example"))
            describe_view(
                _(_ACTIVATIONS_WHAT), _(_ACTIVATIONS_LOOK_FOR), "activation", "feature_map", key="activations"
            )
            classes = labels.dataset.classes if labels.dataset and labels.goal == "classify" else ()
            draw_activations(pictures, titles, classes, run=run.name, key=f"activations-{run.name}")


def find_low_rate(labels: RunLabels, status: RunStatus, history: History) -> float | None:
    """Return the learning rate of the last step if the schedule makes it so low that every network changes little."""
    rate, before_schedule = history.last_train.get("lr"), status.learning_rate or labels.config.optimizer.lr
    return rate if rate is not None and rate < _LOW_RATE * before_schedule else None


def _describe_missing(labels: RunLabels, status: RunStatus) -> str:
    if not labels.config.training.vitals:
        return _(
            "This run was trained with “Watch the network” switched off (training.vitals = false), so nothing was measured."
        )
    if status.is_active:
        return _("The first figures arrive after the first steps.")
    return _(
        "Nothing was measured, because an earlier version trained this run. “Same settings again” trains it with figures."
    )


def _get_layer_titles(labels: RunLabels) -> dict[str, str]:
    """What to call each layer by its name, such as "Linear 784 → 100"; empty if the network's data are gone."""
    with suppress(NNLabError):
        return {row.path: row.layer for row in cache.get_layers(labels.config)}
    return {}


def _show_table(record: VitalsRecord, titles: Mapping[str, str]) -> None:
    """Show the latest figures of each layer, with their definitions."""
    expander = st.expander(_("As a table"), key="network_table", icon=":material/table:", on_change="rerun")
    if not expander.open:
        return
    layers = record.layers.values()
    names = [f"{name} · {titles[name]}" if name in titles else name for name in record.layers]
    sizes = {
        (_("Weight norm"), ""): [layer.weight_norm for layer in layers],
        (_("Gradient norm"), explain("gradient_norm")): [layer.gradient_norm for layer in layers],
        (_("Update ÷ weights"), explain("update_ratio")): [layer.update_ratio for layer in layers],
    }
    shares = {
        (_("Dead units"), explain("dead_unit")): [layer.dead_share for layer in layers],
        (_("Saturated"), explain("saturated_unit")): [layer.saturated_share for layer in layers],
    }
    columns = [Column(_("Layer"), names)]
    columns += (_make_column(*heading, values, "{:.3g}".format) for heading, values in sizes.items())
    columns += (_make_column(*heading, values, format_percent) for heading, values in shares.items())
    with expander:
        caption = _("Figures of each layer after step {step:,}").format(step=record.step)
        show_data_table(columns, caption=caption, key="network_figures")


def _make_column(
    title: str, about: str, values: Sequence[float | None], format_value: Callable[[float], str]
) -> Column:
    texts = [UNKNOWN if value is None else format_value(value) for value in values]
    return Column(title, texts, [-1.0 if value is None else value for value in values], about)


def _read_records(run: RunFolder) -> list[VitalsRecord]:
    with suppress(OSError):
        return run.read_cached(run.vitals_file, read_vitals)
    return []
