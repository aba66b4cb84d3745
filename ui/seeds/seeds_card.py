"""The card "Other seeds" on a run's page: starts the same run with other seeds, and shows the group that results."""

import streamlit as st

from nn_core.data import find_configured_dataset
from nn_core.errors import NNLabError
from nn_core.formatting import format_duration
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.runs.groups import RunGroup, find_group, list_groups
from nn_core.runs.repeat import MAX_MEMBERS, MIN_MEMBERS, SeedPlan, plan_members
from nn_core.statistics.spread import compute_mean_interval
from ui.app.actions import repeat_run
from ui.app.errors import show_errors, toast_errors
from ui.app.glossary import describe_view
from ui.app.refresh_rate import show_regularly
from ui.app.text import escape_markdown
from ui.app.url_values import make_choice_value, restore_widget, show_rejected, write_url
from ui.app.widgets import section_card, show_link
from ui.auth.permissions import can_change, describe_restriction
from ui.components.announcer import announce
from ui.runs.run_picker import get_run_titles, list_all_runs
from ui.seeds.band_chart import show_band
from ui.seeds.compare_groups import make_distinct_names, show_group_comparison
from ui.seeds.figures import describe_mean, get_test_title, get_validation_title
from ui.seeds.group_rows import make_group_row, show_member_table

__all__ = ["show_seeds"]

_INTERVAL_SECONDS = 2.0
_USUAL_TOTAL = 3
_AGAINST = "against"


def show_seeds(run: RunFolder) -> None:
    """Show the group of the run and a form to add seeds; to viewers only a group. Nothing for a run that cannot be read."""
    group = find_group(run, list_all_runs())
    if group is None and not can_change():
        return
    title = _("Other seeds") if group else _("Repeat with other seeds")
    with section_card(title, key="seeds"), show_errors():
        describe_view(
            _(
                "The same settings with other seeds: other first weights, another order, and other held-out examples. Only runs that were "
                "started as repetitions count."
            ),
            _("Look at the spread: a smaller difference between two settings may be chance."),
            "seed",
            "standard_deviation",
            key="seeds",
        )
        with st.container():  # also without a group, so that the form keeps its place, and its button the focus
            if group:
                show_regularly(lambda: _show_group(run), lambda: _get_wanted_interval(run))
        with st.container(key="add_seeds"):
            _show_form(run, group)
        if group:
            _offer_comparison(group)


def _get_wanted_interval(run: RunFolder) -> float | None:
    group = find_group(run, list_all_runs())
    return _INTERVAL_SECONDS if group and group.is_active else None


def _show_group(run: RunFolder) -> None:
    group = find_group(run, list_all_runs())
    if group is None:
        st.rerun()  # the other members were deleted
    total, figure = len(group.members), group.figure
    progress = _("{finished} of {total} runs have finished.").format(finished=group.finished, total=total)
    st.markdown(f"**{progress}**")
    if group.is_active:
        done = [1.0 if member.status == "finished" else _get_progress(member.run) for member in group.members]
        st.progress(min(1.0, sum(done) / total), text=_("All seeds together"))
    for title, spread in (
        (get_test_title(figure), group.test),
        (_("{title} (best epoch)").format(title=get_validation_title(figure)), group.validation),
    ):
        if spread:
            st.markdown(describe_mean(title, spread, figure, compute_mean_interval(spread)))
    with st.container(horizontal=True, key="seed_links"):
        for member in group.members:
            if member.run == run:
                st.markdown(_("Seed {seed} (this run)").format(seed=member.seed), width="content")
            else:
                show_link("train", _("Seed {seed}").format(seed=member.seed), "monitoring", run=member.run)
    show_band(group)
    show_member_table(make_group_row(group, get_run_titles()))
    announce(progress, subject=f"group_{group.identity}", quiet_at_first=not group.is_active)


def _get_progress(run: RunFolder) -> float:
    try:
        return run.status().progress
    except NNLabError:
        return 0.0


def _show_form(run: RunFolder, group: RunGroup | None) -> None:
    """Show how many runs the group should have, what that means, and the button that starts them."""
    if not can_change():
        st.caption(describe_restriction())
        return
    runs = list_all_runs()
    now = plan_members(run, runs, MIN_MEMBERS)
    if now.members >= MAX_MEMBERS:
        st.caption(_("The group has {most} runs, and more are not possible.").format(most=MAX_MEMBERS))
        return
    least = max(MIN_MEMBERS, now.members + 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        total = st.number_input(  # without bounds: the browser would keep another value without a word
            _("Runs in total, with this one") if now.is_member else _("New runs in total"),
            value=max(least, _USUAL_TOTAL),
            step=1,
            key=f"seeds_total_{run.name}_{now.members}",
            help=_("How many runs with different seeds there are afterwards, those that exist included."),
            width=230,
        )
        is_possible = least <= total <= MAX_MEMBERS
        plan = plan_members(run, runs, total if is_possible else least)
        spec = find_configured_dataset(plan.config.data, get_data_folder())
        is_present = spec.is_present(get_data_folder())
        verb = _("Add {count} more seeds") if group else _("Repeat with {count} other seeds")
        if not is_possible:
            verb = _("Add seeds") if group else _("Repeat with other seeds")
        elif len(plan.seeds) == 1:
            verb = _("Add one more seed") if group else _("Repeat with another seed")
        st.button(
            verb.format(count=len(plan.seeds)),
            key="start_seeds",
            icon=":material/casino:",
            on_click=_start,
            args=[run, total],
            disabled=not (is_present and is_possible),
        )
    if is_possible:
        st.caption(f"{_describe_plan(run, plan)} {_estimate_time(run, len(plan.seeds))}")
    else:
        text = (
            _("{total} is not a possible number of runs: choose {most}.")
            if least == MAX_MEMBERS
            else _("{total} is not a possible number of runs: choose one from {least} to {most}.")
        )
        st.error(text.format(total=total, least=least, most=MAX_MEMBERS), icon=":material/error:")
    if not is_present:
        st.info(
            _(
                "{title} is not on this machine, so nothing can be trained on it. Download it on the Data page first."
            ).format(title=escape_markdown(_(spec.title))),
            icon=":material/cloud_download:",
        )
        show_link("data", set=spec.name)


def _start(run: RunFolder, total: int) -> None:
    with toast_errors():
        repetition = repeat_run(run, total)
        text = _("Runs started or queued: {count}.").format(count=len(repetition.members))
        if repetition.stopped_by:
            text += " " + _("The others were not: {reason}").format(reason=repetition.stopped_by)
        icon = ":material/warning:" if repetition.stopped_by else ":material/check:"
        st.toast(escape_markdown(text), icon=icon, duration="long" if repetition.stopped_by else "short")


def _describe_plan(run: RunFolder, plan: SeedPlan) -> str:
    """Say which runs there will be."""
    label = _("New seed: {seeds}.") if len(plan.seeds) == 1 else _("New seeds: {seeds}.")
    added = label.format(seeds=", ".join(map(str, plan.seeds)))
    if plan.members > 1:
        return _("{count} runs exist.").format(count=plan.members) + " " + added
    if plan.is_member:
        return _("This run has the seed {seed}.").format(seed=run.config().training.seed) + " " + added
    return added + " " + _("This run is not one of the group, because it is read-only or was imported.")


def _estimate_time(run: RunFolder, count: int) -> str:
    """Estimate how long so many runs take, from how long this one took."""
    status = run.status()
    remaining = status.remaining_seconds or 0 if status.is_active else 0
    seconds = status.elapsed_seconds + remaining
    if status.status != "finished" and not remaining:
        seconds = status.elapsed_seconds / status.progress if status.progress else 0
    if seconds <= 0:
        return _("How long they take is not known yet.")
    if count == 1:
        return _("Estimate: about {own}, as for this run.").format(own=format_duration(max(1, seconds)))
    return _("Estimate: about {time} one after another, because this run takes about {own}.").format(
        time=format_duration(count * max(1, seconds)), own=format_duration(max(1, seconds))
    )


def _offer_comparison(group: RunGroup) -> None:
    """Show a choice of another group, which is in the URL, and the comparison with it."""
    groups = list_groups(list_all_runs())
    others = [other for other in groups if other.identity != group.identity]
    if not others:
        st.caption(
            _("To compare two settings, repeat a run with the other setting too: two groups can be compared here.")
        )
        return
    names = make_distinct_names(groups)
    value = make_choice_value(_AGAINST, ["", *(other.identity for other in others)], "")
    key = f"seeds_against_{group.identity}"
    restore_widget(key, value)
    chosen = st.selectbox(
        _("Compare with another group"),
        ["", *(other.identity for other in others)],
        format_func=lambda identity: names.get(identity, _("None")),
        key=key,
    )
    write_url((value,), {_AGAINST: chosen})
    show_rejected(_AGAINST)
    if other := next((each for each in others if each.identity == chosen), None):
        with st.container(key="group_comparison"):
            show_group_comparison(group, other, (names.get(group.identity, group.name), names[other.identity]))
