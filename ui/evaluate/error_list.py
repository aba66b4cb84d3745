"""All test examples of an autoencoder or a regression, sorted by their error, and one of them in full."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.errors import to_one_line
from nn_core.formatting import format_decimal, format_loss, format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder
from nn_core.runs.reports import ReconstructionReport, RegressionReport
from ui.app.errors import show_errors
from ui.app.glossary import describe_view
from ui.app.images import enlarge, to_display
from ui.app.text import escape_markdown, show_section_heading
from ui.app.widgets import section_card, show_link
from ui.components.announcer import announce
from ui.components.example_list import ListedExample
from ui.evaluate.examined import Examined, get_run_errors, load_examined, show_source_note
from ui.evaluate.example_pages import (
    OPENED,
    ExamplePages,
    check_page,
    show_downloads,
    show_neighbour_buttons,
    show_pages,
)
from ui.evaluate.list_state import (
    ListState,
    change_list,
    get_chosen_class,
    get_order_key,
    read_list,
    show_class_choice,
    write_list,
)
from ui.evaluate.mistake_filter import MistakeFilter
from ui.evaluate.nearest_view import show_nearest
from ui.evaluate.opened_example import name_example, show_closer_views

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.evaluation.mistakes import Errors

__all__ = ["show_errors_by_size"]

_ORDERS = ("largest", "smallest")
_MAX_NAME = 40  # characters of a class on a button
_SIDE = 168  # screen pixels of a picture; two beside each other fit on a phone


def show_errors_by_size(
    run: RunFolder, spec: DatasetSpec, _evaluation: ReconstructionReport | RegressionReport
) -> None:
    """Show the card. It is a fragment, so that a click in it redraws nothing else."""
    with section_card(_("All examples by error"), key="mistakes"):
        st.fragment(_show_list)(run, spec)


def _show_list(run: RunFolder, spec: DatasetSpec) -> None:
    from nn_core.evaluation.mistakes import select_errors

    with show_errors():
        describe_view(
            _("Every test example, sorted by its error. Choose one to see it in full."),
            _("Look for what the examples with large errors have in common."),
            "mean_squared_error",
            "baseline",
            key="mistakes",
        )
        examined = load_examined(run, spec)
        if examined is None:
            return
        show_source_note(examined)
        rejected = st.container()
        errors = get_run_errors(examined)
        classes, key = examined.dataset.spec.classes, f"mistakes_{run.name}"
        state = read_list(key, classes, _ORDERS, len(errors))
        _show_controls(classes, key, state)
        label = None if state.chosen.true is None else classes.index(state.chosen.true)
        rows = select_errors(errors, label, state.order)  # type: ignore[arg-type]
        is_picture = spec.kind == "pictures"
        pages = check_page(
            ExamplePages(
                key, state, rows, partial(_describe, examined, errors), partial(_pair, examined) if is_picture else None
            )
        )
        if len(rows):
            if is_picture:
                st.caption(_("Each button shows the original and, at its right, what the network made of it."))
            show_pages(pages)
            show_downloads(examined, errors, rows)
        else:
            text = _("None of the {all:,} test {samples} is of the class {name}. Choose another class.")
            name = escape_markdown(state.chosen.true or "")
            st.markdown(text.format(all=len(errors), samples=examined.samples, name=name))
        if state.example is not None:
            _show_opened(examined, errors, pages, state.example)
        with rejected:
            write_list(st.session_state[key], classes, _ORDERS, len(errors))


def _show_controls(classes: tuple[str, ...], key: str, state: ListState) -> None:
    orders = {"largest": _("largest error first"), "smallest": _("smallest error first")}
    class_key, order_key = f"{key}_true", get_order_key(key)
    st.session_state[order_key] = state.order
    with st.container(horizontal=True, vertical_alignment="bottom", key="mistake_filter"):
        if classes:
            show_class_choice(
                _("Class"),
                classes,
                state.chosen.true,
                key=class_key,
                on_change=lambda: change_list(key, chosen=MistakeFilter(get_chosen_class(class_key, classes))),
            )
        st.selectbox(
            _("Order"),
            list(orders),
            format_func=orders.__getitem__,
            key=order_key,
            on_change=lambda: change_list(key, order=st.session_state[order_key]),
            width=260,
        )


def _show_opened(examined: Examined, errors: Errors, pages: ExamplePages, index: int) -> None:
    title, sentence = name_example(examined, index), _describe_error(examined, errors, index)
    with st.container(border=True, key=OPENED):
        show_section_heading(title)
        place = show_neighbour_buttons(pages, index)
        describe_view(
            _("One example, what the network made of it, and how large its error is among all."),
            _("Look for what got lost, and whether there are training examples like it."),
            "mean_squared_error",
            "nearest_neighbour",
            key="opened_example",
        )
        if errors.predicted is None:
            _show_pair(examined, index)
        st.markdown(escape_markdown(sentence))
        st.caption(place)
        show_closer_views({_("Nearest training examples"): partial(show_nearest, examined, index)})
        show_link("backprop", _("See one training step with this example"), run=examined.run, example=str(index))
    announce(f"{title}: {sentence} {place}", subject=OPENED)


def _show_pair(examined: Examined, index: int) -> None:
    from nn_core.evaluation.mistakes import make_copies

    original = examined.dataset.test.inputs[index : index + 1]
    pictures = ((original, _("Original")), (make_copies(examined.network, original), _("What the network made of it")))
    with st.container(horizontal=True, gap="small"):
        for picture, caption in pictures:
            image = enlarge(to_display(picture[0].numpy()), _SIDE)
            st.image(image, width=_SIDE, caption=caption, alt=f"{name_example(examined, index)}: {caption}")


def _describe_error(examined: Examined, errors: Errors, index: int) -> str:
    """Plain text: the values or the class, the error, and how many examples have a smaller one."""
    error = errors.errors[index]
    smaller = format_percent(float((errors.errors < error).float().mean()))
    rank = _("{share} of the test {samples} have a smaller error.").format(share=smaller, samples=examined.samples)
    if errors.predicted is None:
        name = examined.dataset.spec.classes[int(errors.labels[index])]
        text = _("A picture of the class {name}. Mean squared error: {error}.")
        return f"{text.format(name=name, error=format_loss(float(error)))} {rank}"
    text = _("At {point} the value is {true}, and the network predicts {predicted}. Error: {error}.")
    values = (errors.labels[index], errors.predicted[index], error)
    true, predicted, shown = (format_decimal(float(value), 3) for value in values)
    return f"{text.format(point=_format_point(examined, index), true=true, predicted=predicted, error=shown)} {rank}"


def _describe(examined: Examined, errors: Errors, index: int) -> ListedExample:
    name, error = name_example(examined, index), float(errors.errors[index])
    if errors.predicted is None:
        shown = to_one_line(examined.dataset.spec.classes[int(errors.labels[index])], _MAX_NAME)
        verdict, figure, title = _("class {name}").format(name=shown), format_loss(error), ""
        label = _("{name}: {verdict}, mean squared error {figure}")
    else:
        true, predicted = (format_decimal(float(value), 3) for value in (errors.labels[index], errors.predicted[index]))
        title, figure = _format_point(examined, index), _("error {error}").format(error=format_decimal(error, 3))
        verdict = _("{true} predicted as {predicted}").format(true=true, predicted=predicted)
        label = _("{name} {title}: {verdict}, {figure}")
    return ListedExample(
        index, title, verdict, figure, label.format(name=name, title=title, verdict=verdict, figure=figure)
    )


def _pair(examined: Examined, rows: Tensor) -> Tensor:
    """Originals with their reconstructions at the right."""
    import torch

    from nn_core.evaluation.mistakes import make_copies

    originals = examined.dataset.test.inputs[rows]
    return torch.cat([originals, make_copies(examined.network, originals)], dim=3)


def _format_point(examined: Examined, index: int) -> str:
    x1, x2 = examined.dataset.test.inputs[index].tolist()
    return f"({format_decimal(x1)}, {format_decimal(x2)})"
