"""Pictures of a data set: some of each class, and what a network sees of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from nn_core.config import PRESETS, RunConfig, changed
from nn_core.data import DataSettings
from nn_core.i18n import _
from ui.charts import is_dark
from ui.config_form import section_form
from ui.headings import section_heading
from ui.pictures import Pixels, as_shown, contact_sheet
from ui.some_of_each import some_of_each
from ui.text import plain

if TYPE_CHECKING:
    import torch

    from nn_core.data import Dataset, DatasetSpec

__all__ = ["samples", "what_the_network_sees"]

_ACROSS, _MOST_DOWN = 12, 40
_SEEN = 8
_SCREEN_PIXELS = 56  # of a picture
_GAP = 4


def samples(data: Dataset) -> None:
    """A row of pictures for each class."""
    with some_of_each(data, _MOST_DOWN, _ACROSS) as chosen:
        names = ", ".join(data.spec.classes[:_MOST_DOWN]) + (" …" if len(data.spec.classes) > _MOST_DOWN else "")
        st.image(
            _sheet([[as_shown(data.train.inputs[index].numpy()) for index in row] for row in chosen], data.spec),
            width="stretch",
            alt=_("A row of pictures for each class: {classes}").format(classes=names),
        )
        st.caption(_("A row for each class: {classes}.").format(classes=plain(names)))


def what_the_network_sees(data: Dataset) -> None:
    """Augmentation as sliders, and its effect on some training pictures, before and after normalisation."""
    import torch

    from nn_core.data.augment import augment
    from nn_core.data.prepare import as_network_sees

    with st.container(border=True):
        section_heading(_("What the network sees"))
        st.markdown(
            _(
                "While it trains, each picture can be changed a little at random, anew in every epoch: that makes many "
                "pictures of one. Then the pixels are normalised, so that their mean is 0 and their deviation 1."
            )
        )
        left, right = st.columns(2, gap="large")
        with left:
            field = DataSettings.model_fields["augmentation"]
            values = section_form(PRESETS["quick"].data.augmentation, field, "augmentation")
            st.caption(_("At 0 a change is off."))
        settings = changed(RunConfig(), {"data": {"augmentation": values}}).data.augmentation
        with torch.random.fork_rng(devices=[]):  # the preview must not disturb anybody's random numbers
            torch.manual_seed(0)
            step = max(1, len(data.train) // _SEEN)
            originals = data.train.inputs[::step][:_SEEN].clone()
            versions = [augment(originals, settings, ink=data.spec.ink) for _i in range(3)]
        with right:
            st.image(
                _sheet([_pixels(batch) for batch in (originals, *versions)], data.spec),
                width="stretch",
                alt=_("Training pictures, and three random versions of each"),
            )
            st.caption(_("Top: as stored. Below: three versions as the network may get them."))
            seen = as_network_sees(versions[0], data.spec)
            st.caption(
                _(
                    "Pixels from 0 to 255 become numbers from {low:.2f} to {high:.2f}, by (pixel ÷ 255 − {mean}) ÷ {std}."
                ).format(
                    low=seen.min().item(),
                    high=seen.max().item(),
                    mean=_of_channels(data.spec.mean),
                    std=_of_channels(data.spec.std),
                )
            )


def _sheet(rows: list[list[Pixels]], spec: DatasetSpec) -> Image.Image:
    """The pictures in rows, on a ground that neither black nor white ones run into."""
    sheet = contact_sheet(rows, scale=max(1, round(_SCREEN_PIXELS / spec.shape[-1])), gap=_GAP)
    framed = Image.new("RGBA", (sheet.width + 2 * _GAP, sheet.height + 2 * _GAP), "#4a4d68" if is_dark() else "#c9cce0")
    framed.alpha_composite(sheet, (_GAP, _GAP))
    return framed


def _of_channels(numbers: tuple[float, ...]) -> str:
    """One number, or those for red, green and blue."""
    return f"{numbers[0]:g}" if len(numbers) == 1 else f"({', '.join(f'{number:g}' for number in numbers)})"


def _pixels(images: torch.Tensor) -> list[Pixels]:
    return [as_shown(image.round().clamp(0, 255).byte().numpy()) for image in images]
