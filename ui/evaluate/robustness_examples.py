"""One test example at each level of a perturbation, with the network's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import Dataset
from nn_core.errors import to_one_line
from nn_core.formatting import format_confidence, format_decimal
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from nn_core.runs import RunFolder
from nn_core.runs.robustness import RobustnessReport, ShownExample
from ui.app import cache
from ui.app.images import enlarge, to_display
from ui.app.text import escape_markdown
from ui.evaluate.robustness_chart import format_level

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.evaluation.robustness import Perturbation

__all__ = ["show_disturbed_example"]

_SIDE = 72  # screen pixels
_MAX_NAME = 24  # characters of a class


def show_disturbed_example(run: RunFolder, report: RobustnessReport, perturbation: Perturbation) -> None:
    """Let the user choose an example, and show it at each level with the run's answer."""
    result = report.perturbations[perturbation.name]
    data = _find_data(run, report)
    if data is None:
        st.caption(
            _("The examples cannot be shown: they are from {data}, which is not on this machine any more.").format(
                data=escape_markdown(report.data)
            )
        )
        return
    names = [to_one_line(name, _MAX_NAME) or "–" for name in report.classes]
    examples = {each.row: each for each in result.examples}
    key = "robustness_example"
    if st.session_state.get(key) not in examples:
        st.session_state[key] = next(iter(examples))
    row = st.selectbox(
        _("Example"),
        list(examples),
        key=key,
        format_func=lambda row: _("{label} (test example {number:,})").format(
            label=names[examples[row].label], number=row + 1
        ),
        width=320,
    )
    example = examples[row]
    disturbed = [
        perturbation.disturb(data.test.inputs[[row]], level.level, [row], data.spec, report.seed)[0]
        for level in result.levels
    ]
    levels = [format_level(perturbation, each.level) for each in result.levels]
    if data.spec.kind == "pictures":
        _show_pictures(disturbed, levels, example, names)
    else:
        _show_list(_describe(disturbed, data), levels, example, names)


def _find_data(run: RunFolder, report: RobustnessReport) -> Dataset | None:
    """The data set that the examples are from, if it is still the same."""
    from nn_core.evaluation.held_out import find_held_out_settings

    settings = find_held_out_settings(run.config(), get_data_folder())
    if settings is None or settings.name != report.data:
        return None
    data = cache.get_dataset(settings)
    return data if len(data.test) == report.available else None


def _show_pictures(disturbed: list[Tensor], levels: list[str], example: ShownExample, names: list[str]) -> None:
    with st.container(horizontal=True, gap="small", key="robustness_pictures"):
        for picture, level, answer in zip(disturbed, levels, example.answers, strict=True):
            is_right = answer.predicted == example.label
            said = _("read as {answer}, {confidence}").format(
                answer=names[answer.predicted], confidence=format_confidence(answer.confidence)
            )
            verdict = _("right") if is_right else _("wrong")
            with st.container(width=_SIDE + 24, gap=None):
                st.image(
                    enlarge(to_display(picture.numpy()), 2 * _SIDE),
                    width=_SIDE,
                    alt=_("{level}: {said}, {verdict}").format(level=level, said=said, verdict=verdict),
                )
                sign = ":material/check:" if is_right else ":material/close:"
                st.caption(
                    f"**{escape_markdown(level)}**  \n{sign} {escape_markdown(names[answer.predicted])}  \n{format_confidence(answer.confidence)}"
                )


def _describe(disturbed: list[Tensor], data: Dataset) -> list[str]:
    if data.spec.kind == "text":
        from nn_core.data.encode_text import decode

        return [decode(text.unsqueeze(0), data.spec.alphabet)[0] for text in disturbed]
    return [" | ".join(format_decimal(value) for value in point.tolist()) for point in disturbed]


def _show_list(shown: list[str], levels: list[str], example: ShownExample, names: list[str]) -> None:
    st.table(
        {
            _("Level"): [escape_markdown(level) for level in levels],
            _("Example"): [escape_markdown(text) for text in shown],
            _("Answer"): [escape_markdown(names[answer.predicted]) for answer in example.answers],
            _("Confidence"): [format_confidence(answer.confidence) for answer in example.answers],
            _("Right?"): [
                _("right") if answer.predicted == example.label else _("wrong") for answer in example.answers
            ],
        },
        hide_index=True,
    )
