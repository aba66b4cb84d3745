"""What the table of runs shows: the user's runs or those of the Playground, the search, and the groups. All of it is in the URL."""

from collections.abc import Collection, Sequence

import streamlit as st

from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.runs.query import MAX_QUERY_LENGTH, explain_no_match, parse_query
from nn_core.runs.table import RunRow, list_single_rows
from ui.app.text import escape_markdown
from ui.app.url_values import UrlValue, restore_widget, show_rejected, write_url
from ui.inspect.layer_choice import choose_in_url

__all__ = ["choose_folding", "choose_group", "choose_kind", "enter_search", "find_rows"]

_SEARCH = "search_runs"


def choose_kind(rows: Sequence[RunRow]) -> list[RunRow]:
    """Show the choice between the user's runs and the Playground's, if there are any; return the chosen ones."""
    playground = [row for row in rows if row.is_of_playground]
    others = [row for row in rows if not row.is_of_playground]
    if not playground:
        return others
    titles = {
        "trained": _("Runs ({count})").format(count=len(others)),
        "playground": _("Playground ({count})").format(count=len(playground)),
    }
    return playground if choose_in_url("show", _("Runs of"), titles, key="shown_kind") == "playground" else others


def enter_search() -> str:
    """Show the search field; return what is searched for."""
    value = _make_value()
    restore_widget(_SEARCH, value)
    show_rejected(value.name)
    text = st.text_input(
        _("Search"),
        key=_SEARCH,
        icon=":material/search:",
        placeholder=_("words, or learning rate > 0.01"),
        help=_(
            "Words are looked for in names, notes and everything else. Compare any column or setting: `learning rate > 0.01`, "
            '`accuracy >= 98 %`, `data = mnist`, `tag:good`, `date > 2026-11-01`, `duration < 5 min`. Use `"quotation marks"` for '
            "several words, `-` or `not` for what is not wanted, and `or` between alternatives."
        ),
    )
    write_url((value,), {value.name: text if len(text) <= MAX_QUERY_LENGTH else ""})
    return text


def find_rows(rows: Sequence[RunRow], ticked: Collection[str], text: str) -> list[RunRow]:
    """Return the rows that this search finds and those that are ticked. A search with a mistake is explained, and finds all."""
    try:
        query = parse_query(text, rows)
    except BadInput as error:
        _show_explanation(f"{error} " + _("Until then, all runs are shown."), is_mistake=True)
        return list(rows)
    found = [row for row in rows if query.is_match(row) or any(each.name in ticked for each in list_single_rows([row]))]
    if not found:
        _show_explanation(_("No run matches this search.") + f" {explain_no_match(text, rows)}", is_mistake=False)
    return found


def _show_explanation(sentence: str, *, is_mistake: bool) -> None:
    """Show what is wrong with the search, with a button that clears it."""
    with st.container(key="search_error"):
        show = st.warning if is_mistake else st.info
        show(escape_markdown(sentence), icon=":material/search:" if is_mistake else ":material/search_off:")
        st.button(_("Clear the search"), key="clear_search", icon=":material/close:", on_click=_clear)


def _clear() -> None:
    st.session_state[_SEARCH] = ""


def _make_value() -> UrlValue[str]:
    def parse(text: str) -> str:
        if len(text) > MAX_QUERY_LENGTH:
            raise ValueError(text)
        return text

    return UrlValue("search", "", parse, str, _("at most {count} characters long").format(count=MAX_QUERY_LENGTH))


def choose_group() -> str:
    """Show the choice of the column by which rows are grouped; return its key, or "" for none."""
    titles = {"none": _("No groups"), "data": _("Data"), "network": _("Network"), "status": _("Status")}
    chosen = choose_in_url("group", _("Group by"), titles, key="group_runs")
    return "" if chosen == "none" else chosen


def choose_folding() -> bool:
    """Show the choice whether each group of seeds is one row, which opens, or each run has a row of its own."""
    titles = {"together": _("One row for a group"), "single": _("A row for each run")}
    return choose_in_url("seeds", _("Runs with other seeds"), titles, key="group_seeds") == "together"
