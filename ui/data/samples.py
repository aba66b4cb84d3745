"""Examples of a data set: pictures and texts of each class, and what a network gets as input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from nn_core.config import PRESETS, RunConfig, update_config
from nn_core.data import Dataset, DatasetSpec, DataSettings, find_configured_dataset
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.app import cache
from ui.app.charts import is_dark
from ui.app.glossary import describe_view
from ui.app.images import Pixels, make_contact_sheet, to_display
from ui.app.text import escape_markdown
from ui.app.widgets import heading_row, section_card, show_variation_button
from ui.forms.config_form import show_section_form

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["list_example_texts", "show_network_input", "show_samples", "show_text_samples"]

_COLUMNS, _MAX_ROWS = 12, 40
_INPUT_SAMPLES = 8
_SCREEN_PIXELS = 56  # side of an image
_GAP = 4
_MAX_CHARACTERS = 100  # of all texts shown for a class
_MAX_TEXTS = 8
_MAX_TEXT_CLASSES = 50
_MAX_ALPHABET = 80  # characters


@contextmanager
def _sample_card(data: Dataset, max_classes: int, max_samples: int) -> Iterator[list[Tensor]]:
    """An empty card for the caller to fill; yields the indices of random training samples, a tensor for each class."""
    import torch

    with st.container(border=True):
        with heading_row(_("Examples")):
            seed = show_variation_button("other_samples")
        describe_view(
            _("Training examples of each class, chosen at random."),
            _("Look for wrong labels, and for classes that you could not tell apart yourself."),
            "label",
            "training_data",
            key="samples",
        )
        random = torch.Generator().manual_seed(seed)
        samples = []
        for label in range(min(max_classes, len(data.spec.classes))):
            members = torch.nonzero(data.train.labels == label).flatten()
            samples.append(members[torch.randperm(len(members), generator=random)[:max_samples]])
        yield samples


def show_samples(data: Dataset) -> None:
    """Show a row of images for each class."""
    with _sample_card(data, _MAX_ROWS, _COLUMNS) as samples:
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

    with section_card(_("What the network sees")):
        describe_view(
            _("Training pictures as the network gets them: changed a little at random, then normalised."),
            _("Look for changes that would turn an example into one of another class; these do harm."),
            "augmentation",
            "normalisation",
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
        # On a phone it is above the settings and stays in view (phone.css).
        with right, st.container(key="live_preview"):
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


def _to_pixels(images: Tensor) -> list[Pixels]:
    return [to_display(image.round().clamp(0, 255).byte().numpy()) for image in images]


def show_text_samples(data: Dataset) -> None:
    """Show some texts of each class as the network reads them."""
    from nn_core.data.encode_text import decode

    with _sample_card(data, _MAX_TEXT_CLASSES, _MAX_TEXTS) as samples:
        shown = []
        for rows in samples:
            texts = decode(data.train.inputs[rows], data.spec.alphabet)
            while len(texts) > 1 and sum(map(len, texts)) > _MAX_CHARACTERS:
                texts.pop()
            shown.append(escape_markdown(" · ".join(texts)))
        classes = data.spec.classes[:_MAX_TEXT_CLASSES]
        st.table({_("Class"): [escape_markdown(name) for name in classes], _("Texts"): shown}, hide_index=True)
        if len(classes) < len(data.spec.classes):
            st.caption(_("And {count} more classes.").format(count=len(data.spec.classes) - len(classes)))
        alphabet = data.spec.alphabet
        if len(alphabet) > _MAX_ALPHABET:
            alphabet = alphabet[:_MAX_ALPHABET] + "…"
        st.caption(
            _(
                "Shown as the network reads them: in lower case, at most {length} characters. It knows {count} characters "
                "({alphabet}); all others count as unknown."
            ).format(
                length=data.spec.shape[0],
                count=len(data.spec.alphabet),
                alphabet=escape_markdown(alphabet.replace(" ", "␣")),
            )
        )


@st.cache_data(show_spinner=False, max_entries=4, hash_funcs={DataSettings: DataSettings.model_dump_json})
def list_example_texts(settings: DataSettings) -> list[str]:
    """List the texts of the test split in its order, as written or else as the network reads them. Raises DatasetUnavailable."""
    spec = find_configured_dataset(settings, get_data_folder())
    if spec.raw_texts:
        return spec.raw_texts(get_data_folder())[1]
    from nn_core.data.encode_text import decode

    return decode(cache.get_dataset(settings).test.inputs, spec.alphabet)
