"""Images of a data set: samples of each class and what a network gets as input; and helpers to show images."""

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
"""Blue and orange, which colour-blind people can distinguish. In every view blue is plus (for an answer, added, brighter, above 0)
and orange is minus (against an answer, removed, darker, below 0). On images, minus is also striped."""
_STRIPE_WIDTH, _STRIPE_PERIOD = 3, 9  # screen pixels


def to_display(image: Pixels) -> Pixels:
    """Convert an image from [channels, height, width], as data sets store it, to [height, width], or [height, width, 3] in colour."""
    return np.ascontiguousarray(image.transpose(1, 2, 0)) if len(image) == 3 else image[0]


def enlarge(image: Pixels, side: int) -> Image.Image:
    """Enlarge uint8 [height, width] or [height, width, 3] to `side` × `side` pixels without smoothing."""
    return Image.fromarray(image).resize((side, side), Image.Resampling.NEAREST)


def make_contact_sheet(rows: list[list[Pixels]], *, scale: int = 2, gap: int = 4) -> Image.Image:
    """Place images of equal size, [height, width] or [height, width, 3], in rows.

    Args:
        rows: the images.
        scale: by which each is enlarged.
        gap: transparent pixels between them.
    """
    height, width = rows[0][0].shape[:2]
    down, across = height * scale + gap, width * scale + gap
    sheet = Image.new("RGBA", (across * max(map(len, rows)) - gap, down * len(rows) - gap))
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            large = Image.fromarray(image).resize((width * scale, height * scale), Image.Resampling.NEAREST)
            sheet.paste(large, (x * across, y * down))
    return sheet


def color_diverging(values: npt.NDArray[np.float32], *, dark: bool) -> Pixels:
    """Colour numbers, [height, width] → [height, width, 3]: blue above 0, orange below, the page's background at 0.

    The number with the largest absolute value gets the strongest colour.
    """
    strength = values / max(float(np.abs(values).max()), 1e-12)
    background = np.array([28, 30, 43] if dark else [245, 246, 251], dtype=np.float32)
    above = np.array(PLUS if dark else [29, 92, 204], dtype=np.float32)
    below = np.array(MINUS if dark else [214, 84, 0], dtype=np.float32)
    color = np.where((strength > 0)[..., np.newaxis], above, below)
    alpha = np.abs(strength)[..., np.newaxis]
    mixed: Pixels = (background + alpha * (color - background)).round().astype(np.uint8)
    return mixed


def add_stripes(image: Image.Image, mask: npt.NDArray[np.bool_]) -> Image.Image:
    """Add dark diagonal stripes where the mask, bool [height, width], is true. The mask is scaled to the size of the image."""
    large_mask = Image.fromarray(mask).resize(image.size, Image.Resampling.NEAREST)
    pixels = np.asarray(image.convert("RGB"))
    y, x = np.indices(pixels.shape[:2])
    stripes = np.asarray(large_mask) & ((x + y) % _STRIPE_PERIOD < _STRIPE_WIDTH)
    return Image.fromarray(np.where(stripes[..., np.newaxis], pixels // 3, pixels).astype(np.uint8))


_COLUMNS, _MAX_ROWS = 12, 40
_INPUT_SAMPLES = 8
_SCREEN_PIXELS = 56  # side of an image
_GAP = 4


def show_samples(data: Dataset) -> None:
    """Show a row of images for each class."""
    with show_sample_grid(data, _MAX_ROWS, _COLUMNS) as samples:
        names = ", ".join(data.spec.classes[:_MAX_ROWS]) + (" …" if len(data.spec.classes) > _MAX_ROWS else "")
        st.image(
            _make_framed_sheet(
                [[to_display(data.train.inputs[index].numpy()) for index in row] for row in samples], data.spec
            ),
            width="stretch",
            alt=_("A row of pictures for each class: {classes}").format(classes=names),
        )
        st.caption(_("A row for each class: {classes}.").format(classes=escape_markdown(names)))


def show_network_input(data: Dataset) -> None:
    """Show the augmentation settings and their effect on some training images, and the values after normalisation."""
    import torch

    from nn_core.data.transforms import augment_batch, normalize

    with st.container(border=True):
        show_section_heading(_("What the network sees"))
        st.markdown(
            _(
                "During training, each picture can be changed a little at random in every epoch, so that the network sees many "
                "versions of it. Then the pixels are normalised: their mean becomes 0 and their standard deviation 1."
            )
        )
        left, right = st.columns(2, gap="large")
        with left:
            field = DataSettings.model_fields["augmentation"]
            values = show_section_form(PRESETS["quick"].data.augmentation, field, "augmentation")
            st.caption(_("0 switches a change off."))
        settings = update_config(RunConfig(), {"data": {"augmentation": values}}).data.augmentation
        with torch.random.fork_rng(devices=[]):  # the preview must not change the random state of other code
            torch.manual_seed(0)
            step = max(1, len(data.train) // _INPUT_SAMPLES)
            originals = data.train.inputs[::step][:_INPUT_SAMPLES].clone()
            versions = [
                augment_batch(originals, settings, is_line_drawing=data.spec.is_line_drawing) for _i in range(3)
            ]
        with right:
            st.image(
                _make_framed_sheet([_to_pixels(batch) for batch in (originals, *versions)], data.spec),
                width="stretch",
                alt=_("Training pictures, and three random versions of each"),
            )
            st.caption(_("Top: as stored. Below: three versions that the network may get."))
            normalized = normalize(versions[0], data.spec)
            st.caption(
                _(
                    "Pixels from 0 to 255 become numbers from {low:.2f} to {high:.2f}, by (pixel ÷ 255 − {mean}) ÷ {std}."
                ).format(
                    low=normalized.min().item(),
                    high=normalized.max().item(),
                    mean=_format_channels(data.spec.mean),
                    std=_format_channels(data.spec.std),
                )
            )


def _make_framed_sheet(rows: list[list[Pixels]], spec: DatasetSpec) -> Image.Image:
    """Place the images in rows on a background that contrasts with black and with white images."""
    sheet = make_contact_sheet(rows, scale=max(1, round(_SCREEN_PIXELS / spec.shape[-1])), gap=_GAP)
    framed = Image.new("RGBA", (sheet.width + 2 * _GAP, sheet.height + 2 * _GAP), "#4a4d68" if is_dark() else "#c9cce0")
    framed.alpha_composite(sheet, (_GAP, _GAP))
    return framed


def _format_channels(numbers: tuple[float, ...]) -> str:
    """One number, or the three for red, green and blue."""
    return f"{numbers[0]:g}" if len(numbers) == 1 else f"({', '.join(f'{number:g}' for number in numbers)})"


def _to_pixels(images: torch.Tensor) -> list[Pixels]:
    return [to_display(image.round().clamp(0, 255).byte().numpy()) for image in images]
