"""Fine-tuning on the Draw page: correcting an answer, the stored drawings, and training on them."""

from pathlib import Path

import streamlit as st

from nn_core.data import DatasetSpec
from nn_core.data.rehearsal import filter_known
from nn_core.drawings import Drawing
from nn_core.drawings.corrections import Correction, get_corrections_file, read_corrections
from nn_core.errors import NNLabError
from nn_core.finetuning.report import read_finetune_report
from nn_core.finetuning.run import explain_not_finetunable, list_finetune_runs, make_finetune_config
from nn_core.i18n import _
from nn_core.paths import get_data_folder, get_runs_folder
from nn_core.runs import RunFolder, RunStatus
from ui.app import cache
from ui.app.actions import delete_corrections, start_finetuning, store_correction
from ui.app.errors import show_errors
from ui.app.images import draw_thumbnail
from ui.app.text import escape_markdown
from ui.app.widgets import section_card
from ui.auth.permissions import can_change, describe_restriction
from ui.draw.finetune_result import show_finetuning_progress, show_finetuning_result
from ui.draw.prediction_view import has_only_digits
from ui.runs.rename import ask_label

__all__ = ["show_correct_button", "show_corrections", "show_stored_drawings"]

_SIDE = 48  # screen pixels of a drawing
_MAX_SHOWN = 40
_ROW_LENGTH = 5
_NOTICE = "finetune_notice"  # shown when the whole page runs again
_HAS_CHANGED = "finetune_has_changed"


def show_correct_button(drawing: Drawing, spec: DatasetSpec) -> None:
    """Show a button that stores the drawing with its correct class; nothing for viewers."""
    if not can_change():
        return
    if st.session_state.pop(_HAS_CHANGED, False):
        st.rerun()  # the whole page, because the stored drawings are outside the canvas's fragment
    stored = next((each for each in reversed(_get_stored()) if each.drawing == drawing), None)
    label = _("Stored as {label}").format(label=escape_markdown(stored.label)) if stored else _("Correct it")
    with st.popover(
        label,
        key=f"correct_{len(_get_stored())}_{stored.label if stored else ''}",  # a new key closes the popover
        icon=":material/check:" if stored else ":material/school:",
    ):
        st.markdown(_("**What did you draw?**"))
        _show_class_buttons(drawing, spec, stored)
        if stored:
            st.button(
                _("Delete it"), key="forget_correction", icon=":material/delete:", on_click=_delete, args=[[stored]]
            )


def _show_class_buttons(drawing: Drawing, spec: DatasetSpec, stored: Correction | None) -> None:
    digits = has_only_digits(spec.classes)
    row = _ROW_LENGTH if digits else len(spec.classes)
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
    """Show the stored drawings, the button to train on them and the last result; nothing before the first drawing."""
    if _NOTICE in st.session_state:
        sentence, icon = st.session_state.pop(_NOTICE)
        st.toast(escape_markdown(sentence), icon=icon)
    corrections = filter_known(_get_stored(), spec)
    tuned = next(iter(list_finetune_runs(get_runs_folder(), run.name)), None)
    own_report = read_finetune_report(run)
    if not corrections and tuned is None and own_report is None:
        return
    title = _("What you trained it on") if can_change() else _("What it was trained on")
    with section_card(title, key="finetuning"), show_errors():
        if own_report is not None:
            show_finetuning_result(run, own_report, key="own")
        is_active = tuned is not None and tuned.status().is_active
        report = read_finetune_report(tuned) if tuned else None
        has_new = not any(_has_learned(each, corrections) for each in (run, tuned) if each)
        if tuned is not None:
            if report is not None:  # before the rest of the evaluation, but the network is calibrated and ready to use
                show_finetuning_result(tuned, report, key="last", to_use=True, primary=not has_new)
            if is_active:
                show_finetuning_progress(tuned, has_result=report is not None)
            elif report is None:
                _show_failure(tuned.status())
        if corrections:
            _show_tiles(corrections)
            if not is_active:
                _show_train_button(run, corrections, primary=has_new)


def show_stored_drawings() -> None:
    """Show all stored drawings, with buttons to delete them."""
    corrections = _get_stored()
    _show_tiles(corrections)
    _show_delete_all(corrections)


def _show_tiles(corrections: list[Correction]) -> None:
    with st.container(key="stored_drawings", horizontal=True, gap="small"):
        for correction in corrections[-_MAX_SHOWN:]:
            _show_tile(correction)
    more = len(corrections) - _MAX_SHOWN
    if more > 0:
        st.caption(
            _("Latest {shown} drawings. Training uses {more} older ones too.").format(shown=_MAX_SHOWN, more=more)
        )


def _show_delete_all(corrections: list[Correction]) -> None:
    if len(corrections) < 2 or not can_change():
        return  # a single drawing has its own delete button
    with st.popover(_("Delete all"), icon=":material/delete:", type="tertiary", key=f"delete_all_{len(corrections)}"):
        st.markdown(
            _("This deletes all {count} drawings. Networks trained on them stay.").format(count=len(corrections))
        )
        st.button(_("Delete them"), key="delete_corrections", on_click=_delete, args=[corrections])


def _show_tile(correction: Correction) -> None:
    place = f"drawn_{abs(hash(correction))}"
    with st.container(key=place, width=_SIDE + 8, gap=None, horizontal_alignment="center"):
        label = escape_markdown(correction.label)
        st.image(
            draw_thumbnail(correction.drawing, _SIDE), width=_SIDE, alt=_("A drawing of {label}").format(label=label)
        )
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
            on_click=_delete,
            args=[[correction]],
        )


def _show_train_button(run: RunFolder, corrections: list[Correction], *, primary: bool) -> None:
    if not can_change():
        st.caption(describe_restriction())
        return
    reason = explain_not_finetunable(run.config(), get_data_folder())
    config = None if reason else make_finetune_config(run, get_data_folder())
    label = ask_label(config, "finetuned")
    with st.container(key="learn", horizontal=True):
        pressed = st.button(
            _("Train on these drawings"),
            key="learn_from_these",
            type="primary" if primary else "secondary",
            icon=":material/school:",
            disabled=bool(reason),
        )
        _show_delete_all(corrections)
    explanation = _(
        "A copy learns your drawings along with older examples, so it doesn't forget. The original is unchanged."
    )
    st.caption(escape_markdown(reason) or explanation)
    if pressed:
        with st.spinner(_("Starting …")):
            start_finetuning(run, corrections, label.read())
        st.query_params["run"] = run.name  # so that F5 shows the same network and its fine-tuning
        st.rerun()


def _show_failure(status: RunStatus) -> None:
    """For a fine-tuning run that failed, was stopped or whose process died."""
    if status.status == "failed":
        st.error(escape_markdown(status.message), icon=":material/error:")
    else:
        st.warning(_("The last training was interrupted. Train on these drawings again."), icon=":material/warning:")


def _has_learned(run: RunFolder, corrections: list[Correction]) -> bool:
    """Whether the run completed fine-tuning on all of these drawings."""
    return read_finetune_report(run) is not None and set(corrections) <= set(read_corrections(run.drawings_file))


def _store(label: str, drawing: Drawing, replaced: Correction | None) -> None:
    try:
        if replaced:
            delete_corrections([replaced])
        store_correction(label, drawing)
    except NNLabError as error:
        _note(str(error), ":material/error:")
        return
    count = len(_get_stored())
    text = _("Stored: {label} · {count} drawings so far") if count > 1 else _("Stored: {label} · your first drawing")
    _note(text.format(label=label, count=count), ":material/check:")


def _delete(corrections: list[Correction]) -> None:
    try:
        delete_corrections(corrections)
    except NNLabError as error:
        _note(str(error), ":material/error:")
    else:
        _note(_("Deleted: {count}").format(count=len(corrections)), ":material/delete:")


def _note(sentence: str, icon: str) -> None:
    """Save the sentence for the next run of the page: a callback in a fragment cannot show anything."""
    st.session_state[_NOTICE] = (sentence, icon)
    st.session_state[_HAS_CHANGED] = True
    cache.get_dataset.clear()  # the drawings are also a data set


def _get_stored() -> list[Correction]:
    file = get_corrections_file(get_data_folder())
    return _read_stored(str(file), file.stat().st_mtime_ns) if file.exists() else []


@st.cache_resource(show_spinner=False, max_entries=4)
def _read_stored(file: str, changed_at: int) -> list[Correction]:
    return read_corrections(Path(file))
