"""A lesson on the Draw page: its progress, and what it brought."""

from typing import Any

import streamlit as st

from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.navigation import PAGES
from ui.queue import place_in_words
from ui.text import percent, plain

__all__ = ["lesson_result", "lesson_under_way"]

_TICK_SECONDS = 0.4


def lesson_under_way(lesson: RunFolder, *, told: bool) -> None:
    """How far it is, until there is more to tell; then the page is shown anew. told: whether its result is shown already."""

    def tick() -> None:
        status = lesson.status()
        if not status.active or (not told and lesson.teaching_file.exists()):
            st.rerun()
        doing = {
            "starting": _("Getting ready …"),
            "downloading": _("Fetching older examples …"),
            "training": _("Learning your drawings, between older examples …"),
            "evaluating": _("Measuring what it can do now …"),
        }
        with st.container(key="lesson_under_way", horizontal=True, vertical_alignment="center"):
            text = place_in_words(lesson, status) or doing[status.activity]
            st.progress(status.progress, text=text, width="stretch")
            st.page_link(
                PAGES["train"], label=_("Watch"), icon=":material/monitoring:", query_params={"run": lesson.name}
            )

    st.fragment(tick, run_every=_TICK_SECONDS)()


def lesson_result(
    lesson: RunFolder, teaching: dict[str, Any], *, key: str, to_use: bool = False, primary: bool = False
) -> None:
    """Both figures, before and after. to_use: with a button that picks the network that has learned."""
    before, after = teaching["before"], teaching["after"]
    with st.container(key=f"lesson_{key}"):
        mine, test = st.columns(2)
        mine.metric(
            _("Right on my drawings"),
            _("{before} → {after} of {count}").format(before=before["right"], after=after["right"], count=after["of"]),
            border=True,
            help=_(
                "Of the drawings that it was taught: how many it read before the lesson, and how many it reads now."
            ),
        )
        test.metric(
            _("Test accuracy"),
            f"{100 * before['test_accuracy']:.2f} → {percent(after['test_accuracy'], 2)}",
            border=True,
            help=_("Of {count:,} examples that it has never learned from, before the lesson and now.").format(
                count=teaching["test_samples"]
            ),
        )
    if not to_use:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            _("Use it"), key="use_lesson", type="primary" if primary else "secondary", icon=":material/check:"
        ):
            st.query_params["run"] = lesson.name
            st.rerun()
        st.caption(_("Then '{run}', which has learned this, answers here.").format(run=plain(lesson.name)))
