"""The test examples to which the runs give different answers, each with every run's answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.errors import to_one_line
from nn_core.formatting import format_confidence, format_decimal, format_number
from nn_core.i18n import _
from ui.app import cache
from ui.app.glossary import describe_view
from ui.app.images import enlarge, make_contact_sheet, to_display
from ui.app.text import escape_markdown
from ui.app.url_values import UrlValue, make_choice_value, restore_widget, show_rejected, write_url
from ui.app.widgets import section_card, show_link
from ui.data.samples import list_example_texts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from nn_core.evaluation.comparison import Comparison

__all__ = ["forget_filter", "show_disagreements"]

_PER_PAGE = 12
_COLUMNS = 3
_SIDE = 84  # screen pixels
_MAX_NAME = 40  # characters of a class
_SHOW, _PAGE = "disagreements_shown", "disagreements_page"


def show_disagreements(comparison: Comparison) -> None:
    """Show the examples page by page, with a filter. It is a fragment, so that turning a page redraws nothing else."""
    classifies = bool(comparison.answers)
    with section_card(
        _("What they disagree on") if classifies else _("Where their errors differ most"), key="disagreements"
    ):
        describe_view(
            _("Test examples to which the runs give different answers, those with the most confident mistakes first.")
            if classifies
            else _("Test examples with the error of each run, those first whose errors differ most."),
            _("Look for what the examples that only one of them gets right have in common."),
            "confidence" if classifies else "mean_squared_error",
            "calibration" if classifies else "baseline",
            key="disagreements",
        )
        groups = _group_examples(comparison)
        if not groups:
            st.success(_("None: all answers are the same."), icon=":material/check_circle:")
            return
        show = make_choice_value("show", list(groups), next(iter(groups)))
        restore_widget(_SHOW, show)
        if st.session_state[_SHOW] not in groups:
            st.session_state[_SHOW] = show.default  # the runs before had others
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        with left:
            chosen = st.selectbox(
                _("Show"),
                list(groups),
                key=_SHOW,
                format_func=lambda name: f"{groups[name][0]} ({len(groups[name][1]):,})",
            )
        found = groups[chosen][1]
        pages = max(1, ceil(len(found) / _PER_PAGE))
        page = _make_page_value(pages)
        restore_widget(_PAGE, page)
        st.session_state[_PAGE] = min(st.session_state[_PAGE], pages)
        with right:
            number = st.number_input(_("Page, of {count}").format(count=pages), 1, pages, key=_PAGE)
        write_url((show, page), {"show": chosen, "page": number})
        show_rejected("show", "page")
        rows = found[_PER_PAGE * (number - 1) :][:_PER_PAGE].tolist()
        show_content = _make_content(comparison, rows)
        for start in range(0, len(rows), _COLUMNS):
            for column, place in zip(st.columns(_COLUMNS), range(start, len(rows)), strict=False):
                with column, st.container(border=True, height="stretch"), st.container(horizontal=True):
                    show_content(place)
                    with st.container(width="stretch"):
                        _show_answers(comparison, rows[place])


def forget_filter() -> None:
    """Show the first page of all examples again, here and in the URL."""
    for key, parameter in ((_SHOW, "show"), (_PAGE, "page")):
        st.session_state.pop(key, None)
        st.query_params.pop(parameter, None)


def _make_page_value(pages: int) -> UrlValue[int]:
    def parse(text: str) -> int:
        if not 1 <= int(text) <= pages:
            raise ValueError(text)
        return int(text)

    return UrlValue("page", 1, parse, str, _("a number from 1 to {last}").format(last=pages))


Groups = dict[str, tuple[str, "npt.NDArray[np.int64]"]]
"""The title and the examples of each choice, by its name in the URL."""


def _group_examples(comparison: Comparison) -> Groups:
    """The choices of the filter that have examples; those with the most confident wrong answers come first."""
    import numpy as np

    examples = comparison.find_disagreements()
    if comparison.answers:
        confidence = np.stack([each.confidence[examples] for each in comparison.answers])
        surest = np.where(comparison.is_right[:, examples], 0, confidence).max(axis=0)
        examples = examples[np.argsort(-surest, kind="stable")]
    letters = [each.letter for each in comparison.participants]
    groups: Groups = {"all": (_("All of them"), examples)}
    if comparison.answers:
        right = comparison.is_right[:, examples]
        count = right.sum(axis=0)
        for row, letter in zip(right, letters, strict=True):
            groups[f"only-{letter}"] = (_("Only {run} is right").format(run=letter), examples[row & (count == 1)])
        for row, letter in zip(right, letters, strict=True):
            if len(letters) > 2:
                only_wrong = ~row & (count == len(letters) - 1)
                groups[f"not-{letter}"] = (_("Only {run} is wrong").format(run=letter), examples[only_wrong])
        groups["none"] = (_("All are wrong, in different ways"), examples[count == 0])
    else:
        best = np.argmin(comparison.errors[:, examples], axis=0)
        for place, letter in enumerate(letters):
            groups[f"only-{letter}"] = (_("{run} has the smallest error").format(run=letter), examples[best == place])
    return {name: group for name, group in groups.items() if len(group[1])}


def _make_content(comparison: Comparison, rows: Sequence[int]) -> Callable[[int], object]:
    """Return a function that shows one of these examples: a picture, a text or a point."""
    first = comparison.participants[0]
    test, spec = first.data.test, first.data.spec
    if spec.kind == "text":
        texts = list_example_texts(first.data.settings)
        return lambda place: st.code(to_one_line(texts[rows[place]], 200), language=None, wrap_lines=True)
    if spec.kind == "points":

        def show_point(place: int) -> None:
            across, up = test.inputs[rows[place]].tolist()
            st.markdown(f"x₁ = {format_decimal(across)}, x₂ = {format_decimal(up)}")

        return show_point
    pictures = [to_display(test.inputs[row].numpy()) for row in rows]
    if comparison.answers:
        return lambda place: st.image(
            enlarge(pictures[place], 2 * _SIDE), width=_SIDE, alt=_("Test picture {number}").format(number=rows[place])
        )
    copies = [
        (cache.get_network(each.run).compute_outputs(test.inputs[list(rows)]) * 255).round().byte().numpy()
        for each in comparison.participants
    ]

    def show_copies(place: int) -> None:
        sheet = make_contact_sheet([[pictures[place], *(to_display(each[place]) for each in copies)]], scale=2)
        alt = _("Test picture {number}, then what each run makes of it").format(number=rows[place])
        st.image(sheet, width=min(320, sheet.width), alt=alt)

    return show_copies


def _show_answers(comparison: Comparison, index: int) -> None:
    """Show what each run answered, and the correct answer."""
    everyone = comparison.participants
    spec = everyone[0].data.spec
    link = everyone[0]
    if comparison.answers:

        def name(label: int) -> str:
            return escape_markdown(to_one_line(spec.classes[label], _MAX_NAME)) or "–"

        lines = [_("Correct: **{label}**").format(label=name(int(comparison.labels[index])))]
        right = comparison.is_right[:, index]
        for each, answers, is_right in zip(everyone, comparison.answers, right, strict=True):
            template = (
                _("✓ {run}: {answer}, {confidence}, right") if is_right else _("✗ {run}: {answer}, {confidence}, wrong")
            )
            confidence = format_confidence(float(answers.confidence[index]))
            lines.append(
                template.format(run=each.letter, answer=name(int(answers.predicted[index])), confidence=confidence)
            )
        link = next((each for each, is_right in zip(everyone, right, strict=True) if not is_right), link)
    else:
        errors = comparison.errors[:, index]
        best = errors.min()
        lines = [
            (_("{run}: error {error}, the smallest") if error == best else _("{run}: error {error}")).format(
                run=each.letter, error=format_number(float(error), 3)
            )
            for each, error in zip(everyone, errors, strict=True)
        ]
        if comparison.goal == "regress":
            value = format_number(float(everyone[0].data.test.labels[index]), 3)
            lines.insert(0, _("True value: **{value}**").format(value=value))
    st.markdown("  \n".join(lines))
    label = _("Example {number} of {run}").format(number=index, run=link.letter)
    show_link("evaluate", label, "search", run=link.run, example=str(index))
