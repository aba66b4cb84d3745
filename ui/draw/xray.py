"""X-ray: the preprocessing of a drawing as cards, one for each step, with the network's answer after it.

Each step can be switched off to see its effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.drawings import STEPS, Drawing, Steps
from nn_core.formatting import format_confidence
from nn_core.i18n import _
from ui.app.charts import is_dark
from ui.app.text import escape_markdown
from ui.data.picture_views import color_diverging, enlarge, to_display
from ui.draw.xray_text import StepText, describe_steps

if TYPE_CHECKING:
    from PIL.Image import Image

    from nn_core.inference import Prediction, Stage, TrainedNetwork
    from ui.draw.explain import Question

__all__ = ["show_xray"]

_COLUMNS = 3
_SIDE = 112  # screen pixels of a picture


def show_xray(question: Question) -> None:
    """Show the cards, and below them the answers with the chosen steps and with all steps."""
    from nn_core.inference import make_xray

    steps = Steps(**{step: st.session_state.setdefault(_get_switch_key(question, step), True) for step in STEPS})
    stages = make_xray(question.network, question.source, steps)
    if not stages:
        return
    st.caption(
        _(
            "What happens to a drawing before the network sees it, and what the network would say after each step. "
            "Switch a step off to see what it is for."
        )
    )
    texts = describe_steps(question.network.spec, drawn=isinstance(question.source, Drawing))
    for first in range(0, len(stages), _COLUMNS):
        row = list(enumerate(stages[first : first + _COLUMNS], start=first + 1))
        for column, (number, stage) in zip(st.columns(_COLUMNS), row, strict=False):
            with column:
                _show_card(question, number, stage, steps, texts[stage.step])
    with st.container(key=f"{question.key}_xray_result"):
        _show_result(question, stages[-1].prediction, steps, texts)


def _show_card(question: Question, number: int, stage: Stage, steps: Steps, text: StepText) -> None:
    title = _("{number} · {title}").format(number=number, title=text.title)
    with st.container(border=True, height="stretch", key=f"{question.key}_xray_card_{number}"):
        st.markdown(f"**{title}**")
        with st.container(horizontal=True, gap="small"):
            st.image(_make_picture(question.network, stage, steps), width=_SIDE, alt=title)
            with st.container(width="stretch", gap="small"):
                _show_badge(stage.prediction, question.prediction)
                is_done = stage.step is None or getattr(steps, stage.step)
                st.caption(text.reason if is_done else _("Skipped: nothing changes."))
        if stage.step is not None:
            st.space("stretch")
            st.toggle(_("Do this step"), key=_get_switch_key(question, stage.step))


def _make_picture(network: TrainedNetwork, stage: Stage, steps: Steps) -> Image:
    """The pixels; after the last step the normalised numbers, blue above 0 and orange below."""
    import torch

    from nn_core.data.transforms import normalize

    picture = stage.prediction.picture
    assert picture is not None, "a drawing is read as a picture"
    if stage.step != "normalise" or not steps.normalise:
        return enlarge(to_display(picture), _SIDE)
    numbers = normalize(torch.from_numpy(picture).unsqueeze(0), network.spec)[0].mean(dim=0).numpy()
    return enlarge(color_diverging(numbers, dark=is_dark()), _SIDE)


def _show_badge(prediction: Prediction, final: Prediction) -> None:
    """Green with a tick if it is the same answer as after all steps, else red with a cross."""
    is_same = _is_same(prediction, final)
    icon = ":material/check:" if is_same else ":material/close:"
    st.badge(_format_answer(prediction), icon=icon, color="green" if is_same else "red")


def _is_same(prediction: Prediction, other: Prediction) -> bool:
    return (prediction.label, prediction.is_out_of_distribution) == (other.label, other.is_out_of_distribution)


def _format_answer(prediction: Prediction) -> str:
    """Markdown: the class and the confidence."""
    label = escape_markdown(prediction.label)
    if prediction.is_out_of_distribution:
        return _("unsure: {label}?").format(label=label)
    confidence = format_confidence(prediction.probabilities[prediction.label])
    return _("{label}, {share}").format(label=label, share=confidence)


def _show_result(question: Question, prediction: Prediction, steps: Steps, texts: dict[str | None, StepText]) -> None:
    final, left_out = question.prediction, [step for step in STEPS if not getattr(steps, step)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            _("With these steps: **{answer}**. With all: **{all}**.").format(
                answer=_format_answer(prediction), all=_format_answer(final)
            ),
            width="content",
        )
        st.button(
            _("Switch all on"),
            key=f"{question.key}_xray_all",
            icon=":material/restart_alt:",
            disabled=not left_out,
            on_click=_switch_all_on,
            args=(question,),
        )
    if not left_out:
        return
    if _is_same(prediction, final):
        st.info(
            _("The answer is the same without it. Try a small drawing, or one in a corner."),
            icon=":material/lightbulb:",
        )
        return
    effects = " ".join(texts[step].effect for step in left_out)
    st.warning(_("**The answer has changed.** {effects}").format(effects=effects), icon=":material/lightbulb:")


def _get_switch_key(question: Question, step: str) -> str:
    return f"{question.key}_xray_{step}"


def _switch_all_on(question: Question) -> None:
    for step in STEPS:
        st.session_state[_get_switch_key(question, step)] = True
