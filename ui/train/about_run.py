"""About this run: its settings, the command line that repeats it, what it was trained with, its log and its files."""

import shlex
from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from nn_core.config.repeat import list_groups
from nn_core.data import find_configured_dataset
from nn_core.errors import to_one_line
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.runs.environment import Environment, read_environments
from nn_core.runs.run_command import (
    EXPORT_PURPOSES,
    describe_origin,
    find_origin,
    list_limits,
    list_run_commands,
    make_run_command,
)
from ui.app import cache
from ui.app.refresh_rate import show_regularly
from ui.app.text import escape_markdown, parse_date, show_section_heading
from ui.app.url_values import is_history_navigation, make_choice_value, read_value, show_rejected, write_url
from ui.app.widgets import section_card
from ui.train.about_files import show_files, show_log

__all__ = ["show_about_run"]

_TABS: tuple[str, ...] = ("settings", "command", "environment", "log", "files")
_TAB = make_choice_value("about", _TABS, "settings")
_LOG_SECONDS = 2.0
_MAX_VALUE_LENGTH = 300  # characters
_STYLE = """<style>
.about { columns: 18rem; column-gap: 2rem; font-size: 0.875rem; line-height: 1.35; }
.about table { width: 100%; border-collapse: collapse; break-inside: avoid; margin-bottom: 1.25rem; }
.about caption { text-align: start; font-weight: 700; padding: 0.25rem 0; }
.about :is(th, td) { text-align: start; vertical-align: top; font-weight: 400; padding: 0.2rem 0.5rem 0.2rem 0;
  border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); overflow-wrap: anywhere; }
.about th { width: 62%; }
.about code { display: block; font-size: 0.7rem; opacity: 0.8; background: none; color: inherit; padding: 0; }
.about strong { display: block; }
</style>"""


def show_about_run(run: RunFolder) -> None:
    """Show the section; what is in the open tab only. The log is refreshed while the run is active."""
    views: dict[str, tuple[str, Callable[[RunFolder], None]]] = {
        "settings": (_("Settings"), _show_settings),
        "command": (_("Commands"), _show_commands),
        "environment": (_("Environment"), _show_environment),
        "log": (_("Log"), show_log),
        "files": (_("Files"), show_files),
    }
    key = f"about-{run.name}"

    def is_open(name: str) -> bool:
        return bool(st.session_state.get(key) == views[name][0])

    def show() -> None:
        if is_history_navigation() or key not in st.session_state:
            st.session_state[key] = views[read_value(_TAB)][0]
        with section_card(_("About this run"), key="about_run"):
            tabs = st.tabs([title for title, _show in views.values()], key=key, on_change="rerun")
            opened = next((name for name, tab in zip(views, tabs, strict=True) if tab.open), _TAB.default)
            write_url((_TAB,), {_TAB.name: opened})
            show_rejected(_TAB.name)
            with tabs[_TABS.index(opened)]:
                views[opened][1](run)

    show_regularly(show, lambda: _LOG_SECONDS if is_open("log") and run.status().is_active else None)


def _show_settings(run: RunFolder) -> None:
    config, origin = run.config(), find_origin(run, get_data_folder())
    st.caption(escape_markdown(describe_origin(config, origin)))
    only_differences = st.toggle(_("Only what differs"), key="only_differences")
    groups = [
        (
            group.title,
            [
                (_make_name(setting.title, setting.path), _make_value(setting.value, setting.difference))
                for setting in group.settings
                if setting.difference or not only_differences
            ],
        )
        for group in list_groups(config, origin.preset, get_data_folder())
    ]
    if any(rows for _title, rows in groups):
        _show_tables(groups)
    else:
        st.info(_("No setting differs from the preset: switch this off to see all."), icon=":material/check:")


def _show_commands(run: RunFolder) -> None:
    """Show what trains, continues, measures, uses and exports the run, each with a button that copies it."""
    with st.container(key="commands"):
        _show_train_command(run)
        if not run.is_shipped and run.state_file.exists():
            _show_resume_command(run)
        kind = find_configured_dataset(run.config().data, get_data_folder()).kind
        for command in list_run_commands(run, kind):
            if command.purpose == next(iter(EXPORT_PURPOSES)):
                show_section_heading(_("Export"))
            st.markdown(command.title)
            st.code(command.text, language="bash", wrap_lines=True)


def _show_train_command(run: RunFolder) -> None:
    command = make_run_command(run, get_data_folder())
    if not command:
        st.info(_("The weights of this run were imported, so no command repeats its training."), icon=":material/info:")
        return
    limits = list_limits(run, cache.get_histories().read(run))
    same = _("On the CPU, with the same versions and number of threads, its weights are the same bit by bit.")
    st.markdown(" ".join([_("This trains a new run with the same settings."), *([] if limits else [same])]))
    st.code(command, language="bash", wrap_lines=True)
    for sentence in limits:
        st.caption(escape_markdown(sentence))


def _show_resume_command(run: RunFolder) -> None:
    status = run.status()
    command = f"python -m nn_core resume {shlex.quote(run.name)}"
    if status.status == "finished":
        st.markdown(_("This trains the finished run further, to twice as many epochs:"))
        command += f" --set training.epochs={2 * status.epochs}"
    else:
        st.markdown(_("This continues the run from its last checkpoint, once no process works on it:"))
    st.code(command, language="bash", wrap_lines=True)


def _show_environment(run: RunFolder) -> None:
    environments = read_environments(run)
    if not environments:
        st.info(
            _(
                "This was not recorded: an older version trained the run, its weights were imported, or it has not begun."
            ),
            icon=":material/info:",
        )
        return
    groups, before = [], dict[str, str]()
    for environment in environments:
        rows = _list_facts(environment)
        changed = {name: value for name, value in rows.items() if before.get(name) != value}
        text = _("Resumed after step {step:,}, {date}") if before else _("Started {date}")
        title = text.format(step=environment.step, date=_format_time(environment.started_at))
        shown = changed or {_("As before"): ""}
        groups.append((title, [(escape(name), _make_value(value)) for name, value in shown.items()]))
        before = rows
    _show_tables(groups)
    if len(environments) > 1:
        st.caption(_("Of a process that resumed the run, only what differs from the process before is shown."))


def _list_facts(environment: Environment) -> dict[str, str]:
    """What a process trained with, by titles."""
    commit = environment.commit
    if commit and environment.is_changed:
        commit = _("{commit}, with changes that were not committed").format(commit=commit)
    return {
        _("NN Lab"): environment.nn_lab,
        "Python": environment.python,
        "PyTorch": environment.torch,
        _("Commit"): commit or _("none: an installed package"),
        _("System"): environment.system,
        _("Device"): environment.device,
        _("CPU cores"): f"{environment.cores:,}",
        _("CPU threads"): f"{environment.threads:,}",
        _("Processes"): f"{environment.processes:,}",
    }


def _format_time(timestamp: str) -> str:
    try:
        return f"{parse_date(timestamp):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):  # an imported file may contain any text
        return to_one_line(timestamp, _MAX_VALUE_LENGTH)


def _make_name(title: str, path: str) -> str:
    return f"{escape(title)} <code>{escape(path)}</code>"


def _make_value(value: str, difference: str = "") -> str:
    mark = f"<strong>{escape(to_one_line(difference, _MAX_VALUE_LENGTH))}</strong>" if difference else ""
    return f'<span dir="auto">{escape(to_one_line(value, _MAX_VALUE_LENGTH))}</span> {mark}'


def _show_tables(groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
    """Show a table for each title, of (name, value) in HTML, in as many columns as have room."""
    tables = (
        f"<table><caption>{escape(title)}</caption>"
        + "".join(f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in rows)
        + "</table>"
        for title, rows in groups
        if rows
    )
    st.html(f'{_STYLE}<div class="about">{"".join(tables)}</div>')
