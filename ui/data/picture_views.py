"""Pictures of a data set: samples of each class, enlarged, and what a network sees of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image

from nn_core.config import PRESETS, RunConfig, update_config
from nn_core.data import DataSettings
from nn_core.i18n import _
from ui.app.charts import is_dark
from ui.app.text import escape_markdown, show_section_heading
from ui.data.sample_grid import show_sample_grid
from ui.forms.config_form import show_section_form

if TYPE_CHECKING:
    import torch

    from nn_core.data import Dataset, DatasetSpec

__all__ = [
    "MINUS",
    "PLUS",
    "Pixels",
    "add_stripes",
    "color_diverging",
    "enlarge",
    "make_contact_sheet",
    "show_network_input",
    "show_samples",
    "to_display",
]

Pixels = npt.NDArray[np.uint8]

PLUS, MINUS = (64, 156, 255), (255, 150, 40)
"""Blue and orange, which colour-blind people tell apart. Blue is plus in every view: for an answer, added, brighter, above 0; orange
is minus: against it, taken away, darker, below 0. Where they lie on a picture, minus has stripes as well."""
_STRIPE, _STRIPES_APART = 3, 9  # screen pixels


def to_display(picture: Pixels) -> Pixels:
    """A picture as data sets store it, [channels, height, width] → [height, width], or [height, width, 3] in colour."""
    return np.ascontiguousarray(picture.transpose(1, 2, 0)) if len(picture) == 3 else picture[0]


def enlarge(picture: Pixels, side: int) -> Image.Image:
    """uint8 [height, width] or [height, width, 3] → an image of `side` × `side` pixels in which every original pixel is a
    crisp square."""
    return Image.fromarray(picture).resize((side, side), Image.Resampling.NEAREST)


def make_contact_sheet(rows: list[list[Pixels]], *, scale: int = 2, gap: int = 4) -> Image.Image:
    """Pictures of one size, [height, width] or [height, width, 3], in rows, `gap` transparent pixels apart, each `scale`
    times enlarged."""
    height, width = rows[0][0].shape[:2]
    down, across = height * scale + gap, width * scale + gap
    sheet = Image.new("RGBA", (across * max(map(len, rows)) - gap, down * len(rows) - gap))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            large = Image.fromarray(picture).resize((width * scale, height * scale), Image.Resampling.NEAREST)
            sheet.paste(large, (x * across, y * down))
    return sheet


def color_diverging(values: npt.NDArray[np.float32], *, dark: bool) -> Pixels:
    """Numbers around 0, [height, width] → [height, width, 3]: blue above 0, orange below, the page's ground at 0; the
    largest is the strongest."""
    strength = values / max(float(np.abs(values).max()), 1e-12)
    ground = np.array([28, 30, 43] if dark else [245, 246, 251], dtype=np.float32)
    above = np.array(PLUS if dark else [29, 92, 204], dtype=np.float32)
    below = np.array(MINUS if dark else [214, 84, 0], dtype=np.float32)
    colour = np.where((strength > 0)[..., np.newaxis], above, below)
    share = np.abs(strength)[..., np.newaxis]
    mixed: Pixels = (ground + share * (colour - ground)).round().astype(np.uint8)
    return mixed


def add_stripes(picture: Image.Image, places: npt.NDArray[np.bool_]) -> Image.Image:
    """The picture with dark slanted stripes where `places`, bool [height, width], is true; of any size, it covers the whole."""
    whole = Image.fromarray(places).resize(picture.size, Image.Resampling.NEAREST)
    pixels = np.asarray(picture.convert("RGB"))
    y, x = np.indices(pixels.shape[:2])
    stripes = np.asarray(whole) & ((x + y) % _STRIPES_APART < _STRIPE)
    return Image.fromarray(np.where(stripes[..., np.newaxis], pixels // 3, pixels).astype(np.uint8))


_ACROSS, _MOST_DOWN = 12, 40
_SEEN = 8
_SCREEN_PIXELS = 56  # of a picture
_GAP = 4


def show_samples(data: Dataset) -> None:
    """A row of pictures for each class."""
    with show_sample_grid(data, _MOST_DOWN, _ACROSS) as chosen:
        names = ", ".join(data.spec.classes[:_MOST_DOWN]) + (" …" if len(data.spec.classes) > _MOST_DOWN else "")
        st.image(
            _sheet([[to_display(data.train.inputs[index].numpy()) for index in row] for row in chosen], data.spec),
            width="stretch",
            alt=_("A row of pictures for each class: {classes}").format(classes=names),
        )
        st.caption(_("A row for each class: {classes}.").format(classes=escape_markdown(names)))


def show_network_input(data: Dataset) -> None:
    """Augmentation as sliders, and its effect on some training pictures, before and after normalisation."""
    import torch

    from nn_core.data.transforms.augment import augment_batch
    from nn_core.data.transforms.normalize import normalize

    with st.container(border=True):
        show_section_heading(_("What the network sees"))
        st.markdown(
            _(
                "While it trains, each picture can be changed a little at random in every epoch: that makes many "
                "pictures of one. Then the pixels are normalised, so that their mean is 0 and their deviation 1."
            )
        )
        left, right = st.columns(2, gap="large")
        with left:
            field = DataSettings.model_fields["augmentation"]
            values = show_section_form(PRESETS["quick"].data.augmentation, field, "augmentation")
            st.caption(_("At 0 a change is off."))
        settings = update_config(RunConfig(), {"data": {"augmentation": values}}).data.augmentation
        with torch.random.fork_rng(devices=[]):  # the preview must not disturb anybody's random numbers
            torch.manual_seed(0)
            step = max(1, len(data.train) // _SEEN)
            originals = data.train.inputs[::step][:_SEEN].clone()
            versions = [
                augment_batch(originals, settings, is_line_drawing=data.spec.is_line_drawing) for _i in range(3)
            ]
        with right:
            st.image(
                _sheet([_pixels(batch) for batch in (originals, *versions)], data.spec),
                width="stretch",
                alt=_("Training pictures, and three random versions of each"),
            )
            st.caption(_("Top: as stored. Below: three versions as the network may get them."))
            seen = normalize(versions[0], data.spec)
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
    sheet = make_contact_sheet(rows, scale=max(1, round(_SCREEN_PIXELS / spec.shape[-1])), gap=_GAP)
    framed = Image.new("RGBA", (sheet.width + 2 * _GAP, sheet.height + 2 * _GAP), "#4a4d68" if is_dark() else "#c9cce0")
    framed.alpha_composite(sheet, (_GAP, _GAP))
    return framed


def _of_channels(numbers: tuple[float, ...]) -> str:
    """One number, or those for red, green and blue."""
    return f"{numbers[0]:g}" if len(numbers) == 1 else f"({', '.join(f'{number:g}' for number in numbers)})"


def _pixels(images: torch.Tensor) -> list[Pixels]:
    return [to_display(image.round().clamp(0, 255).byte().numpy()) for image in images]
