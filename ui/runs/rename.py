"""The name and the note of a run: the fields in which they are typed, how they are shown, and how they are changed in place.

The fields have no `max_chars`, with which Streamlit cuts a text without a word; a text that is too long is refused with a sentence.
"""

from dataclasses import dataclass

import streamlit as st

from nn_core.config import RunConfig
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.runs import RunFolder, RunLabel, describe_settings, get_chosen_name
from ui.app.actions import rename_run
from ui.app.text import escape_markdown
from ui.auth.permissions import can_change

__all__ = ["LabelFields", "ask_label", "show_label", "show_rename_button"]

_POPOVER = "rename_run"
_NAME, _NOTE = "new_name", "new_note"
_SHOWN = "label_in_fields"  # the run and the label that the fields were filled with
_ERROR = "rename_error"


@dataclass(frozen=True)
class LabelFields:
    """What was typed as the name and the note of a new run."""

    name: str
    note: str

    def read(self) -> RunLabel | None:
        """Return the label; None if both are empty. Raises BadInput for a text that is too long."""
        return RunLabel.from_text(self.name, self.note) if self.name or self.note else None


def ask_label(config: RunConfig | None, key: str) -> LabelFields:
    """Show fields for the name and the note of a new run.

    Args:
        config: of the run, for the title that it gets without a name; None if it is not known.
        key: the prefix of the fields' keys.
    """
    without_name = describe_settings(config) if config else _("optional")
    name = st.text_input(_("Name"), key=f"{key}_name", placeholder=without_name)
    with st.expander(_("Add a note"), icon=":material/notes:"):
        note = st.text_area(
            _("Note"),
            key=f"{key}_note",
            height=90,
            placeholder=_("For example what you want to find out"),
        )
    return LabelFields(name, note)


def show_label(run: RunFolder, title: str) -> None:
    """Show the note, and the name of the folder if the title is another one, which commands and files on the disk use."""
    if run.name != title:
        st.caption(_("Folder: {name}").format(name=escape_markdown(run.name)))
    if note := run.label().note:
        with st.container(key="run_note_shown"):
            st.text(note)


def show_rename_button(run: RunFolder) -> None:
    """Show a button that opens fields for the run's name and note; nothing to viewers and for a shipped run."""
    if not can_change() or run.is_shipped:
        return
    label = run.label()
    if st.session_state.get(_SHOWN) != (run.path, label) or _NAME not in st.session_state:
        st.session_state[_SHOWN] = (run.path, label)
        st.session_state[_NAME], st.session_state[_NOTE] = get_chosen_name(run), label.note
    with (
        # A change of the popover runs the page, so that `_save` can close it.
        st.popover(_("Rename"), icon=":material/edit:", key=_POPOVER, on_change="rerun"),
        st.form("rename_form", border=False),
    ):
        st.text_input(
            _("New name"),
            key=_NAME,
            help=_("If it is empty, the run is called by its network and what is special about its settings."),
        )
        st.text_area(_("Note"), key=_NOTE, height=120)
        if error := st.session_state.pop(_ERROR, ""):
            st.error(escape_markdown(error), icon=":material/error:")
        st.form_submit_button(
            _("Save"), key="confirm_rename", type="primary", icon=":material/check:", on_click=_save, args=[run]
        )


def _save(run: RunFolder) -> None:
    """Store what was typed and close the popover, or keep it open with the reason why not."""
    try:
        rename_run(run, name=st.session_state[_NAME], note=st.session_state[_NOTE])
    except NNLabError as error:
        st.session_state[_ERROR] = str(error)
    else:
        st.session_state[_POPOVER] = False
