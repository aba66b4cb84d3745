"""X-ray: the preparation of a drawing as a row of cards, a step each, with what the network says after it; each step can be
left out, and what that costs is the lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.drawings import STEPS, Drawing, Steps
from nn_core.formatting import format_confidence
from nn_core.i18n import _
from ui.app.charts import is_dark
from ui.app.text import escape_markdown
from ui.data.picture_views import color_diverging, enlarge, to_display
from ui.draw.xray_text import Words, describe_stage

if TYPE_CHECKING:
    from PIL.Image import Image

    from nn_core.inference import Prediction, Stage, TrainedNetwork
    from ui.draw.explain import Question

__all__ = ["show_xray"]

_ABREAST = 3
_SIDE = 112  # screen pixels of a picture


def show_xray(question: Question) -> None:
    """The cards, and below them what the answer is with the steps that are switched on, and with all."""
    from nn_core.inference import make_xray

    steps = Steps(**{step: st.session_state.setdefault(_switch(question, step), True) for step in STEPS})
    stages = make_xray(question.network, question.source, steps)
    if not stages:
        return
    st.caption(
        _(
            "What happens to a drawing before the network sees it, and what the network would say at each point. "
            "Switch a step off to see what it is for."
        )
    )
    described = describe_stage(question.network.spec, drawn=isinstance(question.source, Drawing))
    for first in range(0, len(stages), _ABREAST):
        row = list(enumerate(stages[first : first + _ABREAST], start=first + 1))
        for column, (number, stage) in zip(st.columns(_ABREAST), row, strict=False):
            with column:
                _card(question, number, stage, steps, described[stage.step])
    with st.container(key=f"{question.key}_xray_result"):
        _result(question, stages[-1].prediction, steps, described)


def _card(question: Question, number: int, stage: Stage, steps: Steps, said: Words) -> None:
    title = _("{number} · {title}").format(number=number, title=said.title)
    with st.container(border=True, height="stretch", key=f"{question.key}_xray_card_{number}"):
        st.markdown(f"**{title}**")
        with st.container(horizontal=True, gap="small"):
            st.image(_picture(question.network, stage, steps), width=_SIDE, alt=title)
            with st.container(width="stretch", gap="small"):
                _badge(stage.prediction, question.prediction)
                done = stage.step is None or getattr(steps, stage.step)
                st.caption(said.why if done else _("Left out: all stays as it was."))
        if stage.step is not None:
            st.space("stretch")
            st.toggle(_("Do this step"), key=_switch(question, stage.step))


def _picture(network: TrainedNetwork, stage: Stage, steps: Steps) -> Image:
    """The pixels; after the last step the numbers that are made of them, blue above 0 and orange below."""
    import torch

    from nn_core.data.transforms.normalize import normalize

    picture = stage.prediction.picture
    assert picture is not None, "a drawing is read as a picture"
    if stage.step != "normalise" or not steps.normalise:
        return enlarge(to_display(picture), _SIDE)
    numbers = normalize(torch.from_numpy(picture).unsqueeze(0), network.spec)[0].mean(dim=0).numpy()
    return enlarge(color_diverging(numbers, dark=is_dark()), _SIDE)


def _badge(said: Prediction, final: Prediction) -> None:
    """Green where it is the answer that all steps give; a tick or a cross says the same without the colour."""
    same = _is_same(said, final)
    st.badge(_answer(said), icon=":material/check:" if same else ":material/close:", color="green" if same else "red")


def _is_same(said: Prediction, other: Prediction) -> bool:
    return (said.label, said.is_out_of_distribution) == (other.label, other.is_out_of_distribution)


def _answer(said: Prediction) -> str:
    """Markdown: the class and how sure the network is, in a few letters."""
    if said.is_out_of_distribution:
        return _("unsure: {label}?").format(label=escape_markdown(said.label))
    share = said.probabilities[said.label]
    sure = format_confidence(share)
    return _("{label}, {share}").format(label=escape_markdown(said.label), share=sure)


def _result(question: Question, said: Prediction, steps: Steps, described: dict[str | None, Words]) -> None:
    final, left_out = question.prediction, [step for step in STEPS if not getattr(steps, step)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            _("With these steps: **{answer}**. With all: **{all}**.").format(answer=_answer(said), all=_answer(final)),
            width="content",
        )
        st.button(
            _("Turn all on again"),
            key=f"{question.key}_xray_all",
            icon=":material/restart_alt:",
            disabled=not left_out,
            on_click=_turn_all_on,
            args=(question,),
        )
    if not left_out:
        return
    if _is_same(said, final):
        st.info(
            _("It answers the same without that: this drawing is forgiving. Try one that is small, or in a corner."),
            icon=":material/lightbulb:",
        )
        return
    lessons = " ".join(described[step].lesson for step in left_out)
    st.warning(_("**The answer has changed.** {lessons}").format(lessons=lessons), icon=":material/lightbulb:")


def _switch(question: Question, step: str) -> str:
    return f"{question.key}_xray_{step}"


def _turn_all_on(question: Question) -> None:
    for step in STEPS:
        st.session_state[_switch(question, step)] = True
