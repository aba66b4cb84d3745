"""Teaching a network one's own drawings: "No, this is a …", what was stored, and what a lesson brought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data.rehearsal import filter_known
from nn_core.drawings.corrections import Correction, get_corrections_file, read_corrections
from nn_core.errors import NNLabError
from nn_core.finetuning.run import explain_not_finetunable, list_finetune_runs, read_finetune_report
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder
from ui.app import cache
from ui.app.actions import delete_corrections, store_correction
from ui.app.errors import show_errors
from ui.app.text import escape_markdown, show_section_heading
from ui.auth.permissions import can_change, describe_restriction
from ui.data.picture_views import enlarge
from ui.draw.finetune_result import show_finetuning_progress, show_finetuning_result
from ui.train.start_run import start_finetuning

if TYPE_CHECKING:
    from PIL.Image import Image

    from nn_core.data import DatasetSpec
    from nn_core.drawings import Drawing

__all__ = ["show_correct_button", "show_corrections", "show_stored_drawings"]

_SIDE = 48  # screen pixels of a picture
_MOST_SHOWN = 40
_IN_A_ROW = 5
_NEWS = "teach_news"  # what to say once the whole page is drawn anew
_CHANGED = "teach_changed"


def show_correct_button(drawing: Drawing, spec: DatasetSpec) -> None:
    """Says what the drawing is; with that it is stored, and the panel below shows it. Nothing for who may only look."""
    if not can_change():
        return
    if st.session_state.pop(_CHANGED, False):
        st.rerun()  # the whole page: the panel is no part of the canvas's fragment
    stored = next((each for each in reversed(_stored()) if each.drawing == drawing), None)
    label = _("Stored as {label}").format(label=escape_markdown(stored.label)) if stored else _("No, this is a …")
    with st.popover(
        label,
        key=f"correct_{len(_stored())}_{stored.label if stored else ''}",  # another one is closed again
        icon=":material/check:" if stored else ":material/school:",
    ):
        st.markdown(_("**What did you draw?**"))
        _class_buttons(drawing, spec, stored)
        if stored:
            st.button(
                _("Forget it"), key="forget_correction", icon=":material/delete:", on_click=_forget, args=[[stored]]
            )


def _class_buttons(drawing: Drawing, spec: DatasetSpec, stored: Correction | None) -> None:
    digits = set(spec.classes) <= set("0123456789")
    row = _IN_A_ROW if digits else len(spec.classes)
    for first in range(0, len(spec.classes), row):
        with st.container(key=f"class_buttons_{first}", horizontal=True, gap="xsmall", wrap=not digits):
            for label in spec.classes[first : first + row]:
                st.button(
                    escape_markdown(label),
                    key=f"this_is_{label}",
                    type="primary" if stored and stored.label == label else "secondary",
                    width=48 if digits else "content",
                    on_click=_store,
                    args=[label, drawing, stored],
                )


def show_corrections(run: RunFolder, spec: DatasetSpec) -> None:
    """The stored drawings, the button that teaches them, and what the last lesson brought; nothing before the first one."""
    if _NEWS in st.session_state:
        sentence, icon = st.session_state.pop(_NEWS)
        st.toast(escape_markdown(sentence), icon=icon)
    corrections = filter_known(_stored(), spec)
    lesson = next(iter(list_finetune_runs(get_runs_folder(), run.name)), None)
    own = read_finetune_report(run)
    if not corrections and lesson is None and own is None:
        return
    with st.container(border=True, key="what_you_taught"), show_errors():
        show_section_heading(_("What you trained it on") if can_change() else _("What it was trained on"))
        if own is not None:
            show_finetuning_result(run, own, key="own")
        active = lesson is not None and lesson.status().is_active
        learned = read_finetune_report(lesson) if lesson else None
        news = not any(_has_learned(each, corrections) for each in (run, lesson) if each)
        if lesson is not None:
            if learned is not None:  # before the rest of the evaluation, but the network is calibrated and ready to use
                show_finetuning_result(lesson, learned, key="last", to_use=True, primary=not news)
            if active:
                show_finetuning_progress(lesson, told=learned is not None)
            elif learned is None:
                _ended_early(lesson)
        if corrections:
            _tiles(corrections)
            if not active:
                _learn(run, corrections, primary=news)


def show_stored_drawings() -> None:
    """All of them, to look at and to delete."""
    corrections = _stored()
    _tiles(corrections)
    _delete_all(corrections)


def _tiles(corrections: list[Correction]) -> None:
    with st.container(key="stored_drawings", horizontal=True, gap="small"):
        for correction in corrections[-_MOST_SHOWN:]:
            _tile(correction)
    more = len(corrections) - _MOST_SHOWN
    if more > 0:
        st.caption(_("The latest {shown}; {more} older ones are learned too.").format(shown=_MOST_SHOWN, more=more))


def _delete_all(corrections: list[Correction]) -> None:
    if len(corrections) < 2 or not can_change():
        return  # its own cross does
    with st.popover(_("Delete all"), icon=":material/delete:", type="tertiary", key=f"delete_all_{len(corrections)}"):
        st.markdown(
            _("All {count} drawings go for good; networks that learned them stay.").format(count=len(corrections))
        )
        st.button(_("Delete them"), key="delete_corrections", on_click=_forget, args=[corrections])


def _tile(correction: Correction) -> None:
    place = f"drawn_{abs(hash(correction))}"
    with st.container(key=place, width=_SIDE + 8, gap=None, horizontal_alignment="center"):
        label = escape_markdown(correction.label)
        st.image(_picture(correction), width=_SIDE, alt=_("A drawing of {label}").format(label=label))
        if not can_change():
            st.caption(label, text_alignment="center")
            return
        st.button(
            label,
            key=f"delete_{place}",
            icon=":material/close:",
            icon_position="right",
            type="tertiary",
            help=_("Delete this drawing"),
            on_click=_forget,
            args=[[correction]],
        )


def _learn(run: RunFolder, corrections: list[Correction], *, primary: bool) -> None:
    if not can_change():
        st.caption(describe_restriction())
        return
    reason = explain_not_finetunable(run.config(), get_data_folder())
    with st.container(key="learn", horizontal=True):
        pressed = st.button(
            _("Learn from these"),
            key="learn_from_these",
            type="primary" if primary else "secondary",
            icon=":material/school:",
            disabled=bool(reason),
        )
        _delete_all(corrections)
    promise = _(
        "A copy of the network learns them, mixed with older examples so that it forgets nothing. This one stays."
    )
    st.caption(escape_markdown(reason) or promise)
    if pressed:
        with st.spinner(_("Starting …")):
            start_finetuning(run, corrections)
        st.query_params["run"] = run.name  # F5 finds the same network, and with it the lesson
        st.rerun()


def _ended_early(lesson: RunFolder) -> None:
    """A lesson that failed, was stopped or whose process died."""
    status = lesson.status()
    if status.status == "failed":
        st.error(escape_markdown(status.message), icon=":material/error:")
    else:
        st.warning(_("The last lesson did not come to its end. Learn from these once more."), icon=":material/warning:")


def _has_learned(run: RunFolder, corrections: list[Correction]) -> bool:
    """Whether the run was taught all of these to the end."""
    return read_finetune_report(run) is not None and set(corrections) <= set(read_corrections(run.drawings_file))


def _store(label: str, drawing: Drawing, instead_of: Correction | None) -> None:
    try:
        if instead_of:
            delete_corrections([instead_of])
        store_correction(label, drawing)
    except NNLabError as error:
        _note(str(error), ":material/error:")
        return
    count = len(_stored())
    said = _("Stored: {label} · {count} drawings so far") if count > 1 else _("Stored: {label} · your first drawing")
    _note(said.format(label=label, count=count), ":material/check:")


def _forget(gone: list[Correction]) -> None:
    try:
        delete_corrections(gone)
    except NNLabError as error:
        _note(str(error), ":material/error:")
    else:
        _note(_("Deleted: {count}").format(count=len(gone)), ":material/delete:")


def _note(sentence: str, icon: str) -> None:
    """Keep the sentence for later: a callback in a fragment must not show anything."""
    st.session_state[_NEWS] = (sentence, icon)
    st.session_state[_CHANGED] = True
    cache.get_dataset.clear()  # the drawings are a data set, too


def _stored() -> list[Correction]:
    file = get_corrections_file(get_data_folder())
    return _stored_at(str(file), file.stat().st_mtime_ns) if file.exists() else []


@st.cache_resource(show_spinner=False, max_entries=4)
def _stored_at(file: str, changed_at: int) -> list[Correction]:
    return read_corrections(Path(file))


@st.cache_data(show_spinner=False, max_entries=500, hash_funcs={Correction: Correction.to_json})
def _picture(correction: Correction) -> Image:
    """What a network sees of it."""
    from nn_core.drawings.preprocess import prepare_drawing

    prepared = prepare_drawing(correction.drawing)
    assert prepared is not None, "a drawing without strokes is never stored"
    return enlarge(prepared[0], _SIDE)
