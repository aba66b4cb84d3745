"""X-ray: the preprocessing of a drawing as cards, one for each step, with the network's answer after it.

Each step can be switched off to see its effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from PIL.Image import Image

from nn_core.data import DatasetSpec
from nn_core.drawings import STEPS, Drawing, Steps
from nn_core.formatting import format_confidence
from nn_core.i18n import _
from ui.app.charts import is_dark
from ui.app.glossary import describe_view
from ui.app.images import color_diverging, enlarge, to_display
from ui.app.text import escape_markdown
from ui.draw.picture_ink import show_taken_ink

if TYPE_CHECKING:
    from nn_core.inference import Prediction, Stage, TrainedNetwork
    from ui.draw.explain import Question

__all__ = ["show_xray"]

_COLUMNS = 3
_SIDE = 112  # screen pixels of a picture


@dataclass(frozen=True)
class _StepText:
    """The texts of one step.

    Attributes:
        title: what was done.
        reason: what it is good for.
        effect: why the answer changes without it.
    """

    title: str
    reason: str
    effect: str = ""


def show_xray(question: Question) -> None:
    """Show the cards, and below them the answers with the chosen steps and with all steps."""
    from nn_core.inference import make_xray

    steps = Steps(**{step: st.session_state.setdefault(_get_switch_key(question, step), True) for step in STEPS})
    stages = make_xray(question.network, question.source, steps)
    if not stages:
        return
    describe_view(
        _("What happens to a drawing before the network sees it, and what the network would say after each step."),
        _("Look for the step that turns a wrong answer into the right one, and switch it off to see what it is for."),
        "preprocessing",
        "normalisation",
        "test_time_augmentation",
        key=f"{question.key}_xray",
    )
    texts = _describe_steps(question.network.spec, drawn=isinstance(question.source, Drawing))
    for first in range(0, len(stages), _COLUMNS):
        row = list(enumerate(stages[first : first + _COLUMNS], start=first + 1))
        for column, (number, stage) in zip(st.columns(_COLUMNS), row, strict=False):
            with column:
                _show_card(question, number, stage, steps, texts[stage.step])
    with st.container(key=f"{question.key}_xray_result"):
        _show_result(question, stages[-1].prediction, steps, texts)


def _show_card(question: Question, number: int, stage: Stage, steps: Steps, text: _StepText) -> None:
    title = _("{number} · {title}").format(number=number, title=text.title)
    with st.container(border=True, height="stretch", key=f"{question.key}_xray_card_{number}"):
        st.markdown(f"**{title}**")
        with st.container(horizontal=True, gap="small"):
            if stage.step == "strokes" and steps.strokes and not isinstance(question.source, Drawing):
                show_taken_ink(question.source, _SIDE)
            else:
                st.image(_make_picture(question.network, stage, steps), width=_SIDE, alt=title)
            with st.container(width="stretch", gap="small"):
                is_same = _is_same(stage.prediction, question.prediction)  # as after all steps
                icon = ":material/check:" if is_same else ":material/close:"
                st.badge(_format_answer(stage.prediction), icon=icon, color="green" if is_same else "red")
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


def _is_same(prediction: Prediction, other: Prediction) -> bool:
    return (prediction.label, prediction.is_out_of_distribution) == (other.label, other.is_out_of_distribution)


def _format_answer(prediction: Prediction) -> str:
    """Markdown: the class and the confidence."""
    label = escape_markdown(prediction.label)
    if prediction.is_out_of_distribution:
        return _("unsure: {label}?").format(label=label)
    confidence = format_confidence(prediction.probabilities[prediction.label])
    return _("{label}, {share}").format(label=label, share=confidence)


def _show_result(question: Question, prediction: Prediction, steps: Steps, texts: dict[str | None, _StepText]) -> None:
    final, left_out = question.prediction, [step for step in STEPS if not getattr(steps, step)]

    def switch_all_on() -> None:
        st.session_state.update({_get_switch_key(question, step): True for step in STEPS})

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
            on_click=switch_all_on,
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


def _describe_steps(spec: DatasetSpec, *, drawn: bool) -> dict[str | None, _StepText]:
    """Return the texts by step; None stands for the picture before the first step.

    Args:
        drawn: whether it was drawn on the canvas, as opposed to an image file.
    """
    _channels, height, width = spec.shape
    return {
        None: _StepText(
            _("Your drawing, just shrunk") if drawn else _("Your picture, just shrunk"),
            _("All of it in {width} × {height} pixels. Many programs stop here.").format(width=width, height=height),
        ),
        "strokes": _describe_strokes() if drawn else _describe_ink(),
        "crop": _StepText(
            _("Cropped to the ink"),
            _("Only what you drew is kept and stretched to fill the picture. Position and size no longer matter."),
            _(
                "Without cropping, small digits or digits in a corner are misread, because the network was trained on digits "
                "that fill the picture. This is the most common failure of such programs."
            ),
        ),
        "fit": _StepText(
            _("Fitted, with a margin"),
            _("The original proportions are restored: the longer side takes 20 of 28 pixels, as in the training data."),
            _(
                "Without fitting, every drawing is stretched over the whole picture. A slim 1 becomes as wide as an 8 and touches "
                "the border. The network has never seen such shapes."
            ),
        ),
        "centre": _StepText(
            _("Centred by its mass"),
            _("The centre of mass of the ink is moved to the centre of the picture."),
            _(
                "Without centring, the ink is off centre. In the training data it is always centred, and a few pixels can change "
                "the answer."
            ),
        ),
        "normalise": _StepText(
            _("Normalised"),
            _("Black becomes {low}, white {high}, as in training. Blue is above 0, orange below.").format(
                low=_format_decimal(0.0 - spec.mean[0] / spec.std[0]),
                high=_format_decimal((1 - spec.mean[0]) / spec.std[0]),
            ),
            _(
                "Without normalising, the picture looks the same to you, but its numbers are on another scale. Your drawing needs "
                "the same preprocessing as the training data."
            ),
        ),
        "again": _StepText(
            _("Seen in variations"),
            _(
                "Seven variations: unchanged, and slightly rotated, slanted, larger and smaller. Their answers are averaged "
                "(test-time augmentation)."
            ),
            _("With a single picture, a few pixels can decide. Seven variations rarely make the same mistake."),
        ),
    }


def _format_decimal(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _describe_strokes() -> _StepText:
    return _StepText(
        _("Redrawn with a fine pen"),
        _("Whether your pen is thick or thin, the strokes become as fine as in the training data."),
        _(
            "Without redrawing, the strokes of a small drawing are too thick after enlarging, and its loops close. The network "
            "was trained on one thickness."
        ),
    )


def _describe_ink() -> _StepText:
    return _StepText(
        _("Ink detected"),
        _("White ink on black, regardless of colours, shadows and the texture of the paper."),
        _(
            "Without ink detection, dark writing on light paper stays dark on light. The network was trained on white ink on "
            "black and takes the paper for ink."
        ),
    )
