"""Views of an autoencoder: reconstructions, the map of its latent numbers, and the transition between two pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.formatting import format_decimal, format_percent
from nn_core.i18n import _
from nn_core.runs import RunFolder
from ui.app import cache
from ui.app.glossary import describe_view
from ui.app.images import make_contact_sheet, to_display
from ui.app.widgets import choose, heading_row, section_card, show_variation_button
from ui.components.latent_map import LatentMap, draw_latent_map, get_picked_point
from ui.inspect.sample_picker import pick_sample

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.inference import LatentPlane, TrainedNetwork
    from ui.inspect.example_pictures import Example, PictureSet

__all__ = ["show_example", "show_latent_map", "show_morph", "show_pairs", "show_reconstructions"]

_PAIRS = 10
_POINTS = 3000
_TILES = 16  # along each side of the map
_STEPS = 9
_MAX_NUMBERS = 8  # latent numbers that are listed
_SHEET_WIDTH = 860  # screen pixels


def show_pairs(originals: Tensor, decoded: Tensor) -> None:
    """Show pictures, uint8 [count, channels, height, width], above their reconstructions."""
    alt = _("{count} pictures, and below them their reconstructions").format(count=len(originals))
    _show_sheet([[*originals], [*decoded]], alt, picture_width=86)


def _show_sheet(rows: list[list[Tensor]], alt: str, *, picture_width: int) -> None:
    """Show pictures in rows. picture_width: in screen pixels, if the page has enough."""
    pixels = [[to_display(picture.numpy()) for picture in row] for row in rows]
    sheet = make_contact_sheet(pixels, scale=max(2, 84 // rows[0][0].shape[-1]), gap=6)
    st.image(sheet, width=min(_SHEET_WIDTH, picture_width * len(rows[0])), alt=alt)


def show_reconstructions(network: TrainedNetwork, pictures: Tensor) -> None:
    """Show some test pictures and their reconstructions."""
    import torch

    from nn_core.data.transforms import to_unit_float
    from nn_core.inference import decode, encode

    with st.container(border=True, key="reconstructions"):
        with heading_row(_("Compressed and redrawn")):
            seed = show_variation_button("other_pairs")
        random = torch.Generator().manual_seed(seed)
        originals = pictures[torch.randperm(len(pictures), generator=random)[:_PAIRS]]
        numbers = encode(network, originals)
        decoded = decode(network, numbers)
        show_pairs(originals, decoded)
        error = (to_unit_float(decoded) - to_unit_float(originals)).square().mean().item()
        count = numbers.shape[1]
        latent = _("one number") if count == 1 else _("{count} numbers").format(count=count)
        text = _(
            "Top: test pictures. Below: what the network draws from {numbers} for each instead of {pixels:,} pixels. Mean "
            "squared error: {error:.4f}."
        )
        st.caption(text.format(numbers=latent, pixels=originals[0].numel(), error=error))


def show_example(network: TrainedNetwork, example: Example) -> None:
    """Show the example beside its reconstruction, with its latent numbers."""
    import torch

    from nn_core.inference import decode, encode

    picture = torch.from_numpy(example.picture).unsqueeze(0)
    numbers = encode(network, picture)
    with section_card(_("The example, compressed and redrawn"), key="example_redrawn"):
        alt = _("The example and what the network draws from its latent numbers")
        _show_sheet([[picture[0], decode(network, numbers)[0]]], alt, picture_width=86)
        shown = ", ".join(map(format_decimal, numbers[0, :_MAX_NUMBERS].tolist()))
        more = " …" if numbers.shape[1] > _MAX_NUMBERS else ""
        st.caption(_("Its latent numbers: {numbers}.").format(numbers=shown + more))


def show_latent_map(
    run: RunFolder, network: TrainedNetwork, pictures: PictureSet, example: Example | None = None
) -> None:
    """Show the map of the test pictures; a point that is picked on it is decoded. The user's own example moves the ring to its place."""
    st.fragment(_show_map)(run, network, pictures, example)


def _choose_point(
    key: str, network: TrainedNetwork, plane: LatentPlane, example: Example | None
) -> tuple[float, float] | None:
    """Return where the ring is: where the user picked last, or at a new drawing or upload; None before both."""
    import torch

    from nn_core.inference import encode

    picked = get_picked_point(key)
    if example is None or example.index is not None:
        return picked
    content, record = example.picture.tobytes(), f"{key}.example"
    if st.session_state.get(record, (None,))[0] != content:
        st.session_state[record] = (content, picked)
    if picked != st.session_state[record][1]:
        return picked
    across, up = plane.project(encode(network, torch.from_numpy(example.picture).unsqueeze(0)))[0].tolist()
    return across, up


def _show_map(run: RunFolder, network: TrainedNetwork, pictures: PictureSet, example: Example | None) -> None:
    import torch

    from nn_core.inference import decode

    with st.container(border=True, key="latent_map"):
        plane, latent_map = _make_map(run, cache.get_weights_version(run), pictures.is_stand_in, network, pictures)
        modes = {"points": _("Points"), "tiles": _("Decoded"), "both": _("Both")}
        with heading_row(_("Map of the latent numbers")):
            mode = choose(_("Map shows"), modes, key="map_look", label_visibility="collapsed")
        describe_view(
            _("Every test picture is a point: its latent numbers are its place."),
            _(
                "Look for classes that overlap, which the network cannot tell apart, and for what it draws between two groups."
            ),
            "latent_space",
            "autoencoder",
            "pca",
            key="latent_map",
        )
        st.markdown(
            _(
                "Click, drag, or move the ring with the arrow keys. The picture that the network draws from that point appears "
                "beside the map."
            )
        )
        key = f"map-{run.name}"
        x0, x1, y0, y1 = latent_map.extent
        point = _choose_point(key, network, plane, example) or ((x0 + x1) / 2, (y0 + y1) / 2)
        decoded = decode(network, plane.unproject(torch.tensor([point])))[0]
        draw_latent_map(latent_map, point, decoded.numpy(), points=mode != "tiles", tiles=mode != "points", key=key)
        st.caption(_describe_map(plane, len(latent_map.labels) // 2))


def _describe_map(plane: LatentPlane, shown: int) -> str:
    text = _("Each point is one of {shown:,} test pictures. Its colour is its class, which the network never saw.")
    text, latent = text.format(shown=shown), plane.directions.shape[1]
    if latent == 2:
        return text
    more = _("The map shows the two of {latent} directions in which they differ most, with {share} of the variance.")
    return f"{text} {more.format(latent=latent, share=format_percent(plane.explained_variance, 0))}"


@st.cache_resource(show_spinner="Drawing the map …", max_entries=8, hash_funcs={RunFolder: lambda run: str(run.path)})
def _make_map(
    run: RunFolder, version: int, is_stand_in: bool, _network: TrainedNetwork, _pictures: PictureSet
) -> tuple[LatentPlane, LatentMap]:
    import torch

    from nn_core.inference import LatentPlane, decode, encode

    subset = slice(None, None, -(-len(_pictures.test) // _POINTS))
    numbers = encode(_network, _pictures.test[subset])
    plane = LatentPlane.fit(numbers)
    places = plane.project(numbers)
    low, high = places.amin(dim=0), places.amax(dim=0)
    margin = 0.04 * (high - low).clamp(min=1e-3)
    low, high = low - margin, high + margin
    centres = (torch.arange(_TILES) + 0.5) / _TILES
    grid = torch.stack([centres.repeat(_TILES), centres.repeat_interleave(_TILES)], dim=1)
    tiles = decode(_network, plane.unproject(low + grid * (high - low)))
    is_planar = numbers.shape[1] == 2
    latent_map = LatentMap(
        places=places.contiguous().numpy().astype("<f4").tobytes(),
        labels=_pictures.test_labels[subset].numpy().astype("<u2").tobytes(),
        classes=_pictures.classes,
        extent=(float(low[0]), float(high[0]), float(low[1]), float(high[1])),
        tiles=tiles.numpy().tobytes(),
        tile_rows=_TILES,
        shape=tuple(tiles.shape[1:]),
        axes=(_("Latent 1"), _("Latent 2")) if is_planar else (_("Direction 1"), _("Direction 2")),
    )
    return plane, latent_map


def show_morph(network: TrainedNetwork, pictures: Tensor) -> None:
    """Show the transition from one test picture to another in even steps of the latent numbers."""
    from nn_core.inference import decode, encode, interpolate

    with section_card(_("From one picture to another"), key="morph"):
        with st.container(horizontal=True, gap="large"):
            count = len(pictures)
            start = pick_sample(count, _("From test picture"), key="morph_from", another_label=_("Another start"))
            st.session_state.setdefault("morph_to", 1)
            end = pick_sample(count, _("To test picture"), key="morph_to", another_label=_("Another end"))
        numbers = encode(network, pictures[[start, end]])
        decoded = decode(network, interpolate(numbers[0], numbers[1], _STEPS))
        strip = [pictures[start], *decoded, pictures[end]]
        alt = _("A test picture, {steps} decoded steps, and another test picture").format(steps=_STEPS)
        _show_sheet([strip], alt, picture_width=80)
        st.caption(
            _(
                "Two test pictures at the ends. Between them, the network draws {steps} even steps from the latent numbers of one to those of the other."
            ).format(steps=_STEPS)
        )
