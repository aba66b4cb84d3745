"""What is probably wrong with a run, on its page: one sentence, and one button that starts a run with better settings."""

import json
import sys

import streamlit as st

from nn_core.config import RunConfig, apply_settings
from nn_core.diagnosis import Finding, diagnose_run
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder, RunStatus
from ui.app import cache
from ui.app.glossary import describe_view
from ui.app.text import escape_markdown
from ui.app.widgets import show_link
from ui.auth.permissions import can_change, describe_restriction
from ui.components.announcer import announce
from ui.train.new_run import start_and_open

__all__ = ["show_diagnosis"]

_ABOUT_DATA = ("shuffled_labels", "class_never_predicted", "test_below_validation", "unnormalised_inputs")
_MAX_PARAMETERS_ACTIVE, _MAX_PARAMETERS = 2_000_000, 50_000_000


def show_diagnosis(run: RunFolder, status: RunStatus) -> None:
    """Show the most likely finding with its remedy, and the other findings in a collapsed part; nothing for a run without findings."""
    if run.is_shipped or status.status in ("queued", "interrupted"):
        return
    try:
        findings = _diagnose(run, _get_version(run, status), _can_probe(status))
    except NNLabError:
        return  # the page reports a run that cannot be read
    text = event = ""
    if findings:
        _show_findings(run, findings)
        text, event = f"{findings[0].finding} {findings[0].remedy}", findings[0].kind
    announce(text, subject=f"diagnosis_{run.name}", event=event, quiet_at_first=True)


def _show_findings(run: RunFolder, findings: list[Finding]) -> None:
    first, *others = findings
    sentence = f"**{escape_markdown(first.finding)}**"
    if not first.button:
        sentence = f"{sentence} {escape_markdown(first.remedy)}"
    with st.container(key="diagnosis", border=True):
        icon = ":material/lightbulb:" if first.is_tip else ":material/troubleshoot:"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{icon} {sentence}", width="content")
            if first.button:
                _show_button(run, first)
            elif first.kind in _ABOUT_DATA:
                show_link("data", _("Look at the data"), set=run.config().data.name)
        describe_view(
            _("This is what is probably wrong with the run, the most likely cause first."),
            _("Look at the evidence under Details before you change a setting."),
            "diagnosis",
        )
        with st.expander(_("Details")):  # always the same label, so that it stays open when there are other findings
            st.markdown(escape_markdown(f"{first.evidence} {first.remedy}"))
            for finding in others:
                text = escape_markdown(f"{finding.evidence} {finding.remedy}")
                st.markdown(f"**{escape_markdown(finding.finding)}** {text}")


def _show_button(run: RunFolder, finding: Finding) -> None:
    """Show the button that starts a run with the finding's settings, if the user may do that."""
    is_allowed = can_change()
    changes = ", ".join(f"{path} = {_to_text(value)}" for path, value in finding.settings.items())
    help = _("Starts a new run with the same settings, except {changes}.").format(changes=changes)
    if run.status().is_active:
        help = _("{help} It may wait until this run has ended: stop this one if it is of no use.").format(help=help)
    pressed = st.button(
        finding.button,
        key="try_remedy",
        icon=":material/play_arrow:",
        disabled=not is_allowed,
        help=escape_markdown(help) if is_allowed else describe_restriction(),
    )
    if pressed:
        start_and_open(_apply(run.config(), finding), preset=run.status().preset)


def _apply(config: RunConfig, finding: Finding) -> RunConfig:
    """Return the settings of the run with those of the finding. Raises ConfigError."""
    return apply_settings(config, [f"{path}={json.dumps(value)}" for path, value in finding.settings.items()])


def _to_text(value: object) -> str:
    return (value or _("empty")) if isinstance(value, str) else json.dumps(value)


def _get_version(run: RunFolder, status: RunStatus) -> str:
    """What a diagnosis depends on. While a run trains, this changes after 1, 2, 4, 8 … epochs, so that looking costs little."""
    if status.is_active:
        return f"{status.created_at}-{status.epochs_done.bit_length()}-{status.step >= 100}"
    return f"{status.created_at}-{status.status}-{status.step}-{cache.get_weights_version(run)}"


def _can_probe(status: RunStatus) -> bool:
    """Whether running the network takes a fraction of a second. A page never waits for torch while a run trains."""
    most = _MAX_PARAMETERS_ACTIVE if status.is_active else _MAX_PARAMETERS
    return (status.parameters or 0) <= most and (not status.is_active or "torch" in sys.modules)


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs={RunFolder: lambda run: str(run.path)})
def _diagnose(run: RunFolder, version: str, can_probe: bool) -> list[Finding]:
    with cache.get_explain_lock():
        data = run.config().data
        return diagnose_run(
            run,
            get_data_folder(),
            history=cache.get_histories().read(run),
            load=lambda: cache.get_dataset(data),
            has_probe=can_probe,
        )
