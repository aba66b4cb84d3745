"""Progress and result of fine-tuning on the Draw page."""

import streamlit as st

from nn_core.finetuning.report import FinetuneReport
from nn_core.formatting import format_percent_range
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app.run_labels import describe_queue_position
from ui.app.text import escape_markdown, escape_title
from ui.app.widgets import show_link
from ui.components.announcer import announce
from ui.runs.run_picker import get_run_title

__all__ = ["show_finetuning_progress", "show_finetuning_result"]

_TICK_SECONDS = 0.4
_MAX_LINES = 8


def show_finetuning_progress(run: RunFolder, *, has_result: bool) -> None:
    """Show the progress until the run ends or has a result; then the whole page runs again.

    Args:
        has_result: whether the page shows the result already.
    """

    def tick() -> None:
        status = run.status()
        if not status.is_active or (not has_result and run.teaching_file.exists()):
            st.rerun()
        activities = {
            "starting": _("Starting …"),
            "downloading": _("Downloading older examples …"),
            "training": _("Training on your drawings and older examples …"),
            "evaluating": _("Evaluating …"),
        }
        with st.container(key="finetune_progress", horizontal=True, vertical_alignment="center"):
            text = describe_queue_position(run, status) or activities[status.activity]
            st.progress(status.progress, text=text, width="stretch")
            announce(text, subject="finetuning")
            show_link("train", _("Watch"), "monitoring", run=run)

    st.fragment(tick, run_every=_TICK_SECONDS)()


def show_finetuning_result(
    run: RunFolder, report: FinetuneReport, *, key: str, to_use: bool = False, primary: bool = False
) -> None:
    """Show the figures before and after fine-tuning.

    Args:
        to_use: whether to add a button that selects the fine-tuned network; primary: whether it stands out.
    """
    before, after = report.before, report.after
    with st.container(key=f"finetuning_{key}"):
        own, test = st.columns(2)
        own.metric(
            _("My drawings recognised"),
            _("{before} → {after} of {count}").format(before=before.correct, after=after.correct, count=after.count),
            border=True,
            help=_(
                "How many of the drawings used for fine-tuning it recognises, before and after. The test accuracy shows how "
                "fine-tuning affected everything else."
            ),
        )
        test.metric(
            _("Test accuracy"),
            format_percent_range(before.test_accuracy, after.test_accuracy, 2, " → "),
            border=True,
            help=_("On {count:,} test examples, which it was not trained on, before and after fine-tuning.").format(
                count=report.test_samples
            ),
        )
        _list_changes(report)
    summary = _("Done. My drawings recognised: {before} → {after} of {count}.").format(
        before=before.correct, after=after.correct, count=after.count
    )
    announce(summary, subject=f"finetuning_{run.name}", quiet_at_first=not to_use)
    if not to_use:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            _("Use it"), key="use_lesson", type="primary" if primary else "secondary", icon=":material/check:"
        ):
            st.query_params["run"] = run.name
            st.rerun()
        st.caption(
            _("Selects “{run}”, which was trained on your drawings.").format(run=escape_title(get_run_title(run)))
        )


def _list_changes(report: FinetuneReport) -> None:
    """How each drawing was read before and after; nothing for a report that an earlier version wrote."""
    before, after = report.before, report.after
    transitions = report.count_transitions()
    if before.out_of_distribution is None or not transitions:
        return
    counts = _("Read wrongly: {wrong}. Not recognised: {refused}.").format(
        wrong=f"{before.wrong} → {after.wrong}", refused=f"{before.out_of_distribution} → {after.out_of_distribution}"
    )
    st.markdown(counts)
    lines = [
        _("- Your {label}: {before} → {after}{times}").format(
            label=escape_markdown(transition.label),
            before=_describe_answer(transition.before),
            after=f"**{_describe_answer(transition.after)}**",
            times=_(" ({count} drawings)").format(count=transition.count) if transition.count > 1 else "",
        )
        for transition in transitions[:_MAX_LINES]
    ]
    if len(transitions) > _MAX_LINES:
        rest = sum(transition.count for transition in transitions[_MAX_LINES:])
        lines.append(_("- and {count} more drawings").format(count=rest))
    st.markdown("\n".join(lines))


def _describe_answer(answer: str | None) -> str:
    return _("not recognised") if answer is None else _("read as {label}").format(label=escape_markdown(answer))
