"""Ten held-out examples with the network's current answers, updated in place during training."""

from __future__ import annotations

import streamlit as st

from nn_core.formatting import format_percent
from nn_core.i18n import _
from nn_core.vitals.pictures import Answers
from ui.components.shared import declare_component

__all__ = ["draw_example_strip"]

_mount = declare_component("example_strip", shared=("pictures.js",), html='<ul class="examples" role="list"></ul>')


def draw_example_strip(answers: Answers, *, run: str, key: str) -> None:
    """Draw each example with its answer, the confidence, and whether it is right.

    Args:
        answers: the latest ones.
        run: the run's name.
        key: the element's key. The pictures never change, so they are sent once; the session state has under `<key>.sent` that they were.
    """
    record, inputs = f"{key}.sent", answers.inputs
    content = {"pictures": inputs.pictures.model_dump() if inputs.pictures else None, "texts": inputs.texts}
    is_sent = st.session_state.get(record) == run
    st.session_state[record] = run
    examples = [
        {
            "isRight": answer == label,
            "answer": answer,
            "confidence": format_percent(confidence),
            "label": _describe(number, label, answer, confidence),
            "verdict": _("right") if answer == label else _("is {label}").format(label=label),
        }
        for number, (label, answer, confidence) in enumerate(
            zip(inputs.labels, answers.answers, answers.confidence, strict=True), start=1
        )
    ]
    _mount(
        key=key,
        data={"run": run, "step": answers.step, "examples": examples, "inputs": None if is_sent else content},
        on_need_change=lambda: st.session_state.pop(record, None),
    )


def _describe(number: int, label: str, answer: str, confidence: float) -> str:
    """What a screen reader says."""
    template = (
        _("Example {number}, {label}: answered {answer} with {confidence} confidence, right")
        if answer == label
        else _("Example {number}, {label}: answered {answer} with {confidence} confidence, wrong")
    )
    return template.format(number=number, label=label, answer=answer, confidence=format_percent(confidence))
