"""The example that all cards of Look inside share: a test picture, the user's drawing or an uploaded file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from nn_core.data import DatasetSpec, DataSettings
from nn_core.errors import BadPicture
from nn_core.i18n import _
from nn_core.paths import get_data_folder
from ui.app import cache
from ui.app.images import Pixels, enlarge, to_display
from ui.app.text import escape_markdown
from ui.app.url_values import is_history_navigation, make_choice_value, read_value, show_rejected, write_url
from ui.data.substitute import show_substitute_note
from ui.data.views import offer_download
from ui.draw.canvas import PEN, SIZE, draw_canvas
from ui.inspect.sample_picker import make_sample_value, pick_sample

if TYPE_CHECKING:
    from torch import Tensor

    from nn_core.inference import TrainedNetwork

__all__ = ["Example", "PictureSet", "choose_example", "get_pictures", "show_stand_in_note"]

_STAND_IN = "mnist_sample"
_SIDE = 112  # screen pixels
_SOURCE = make_choice_value("source", ("test", "drawing", "upload"), "test")
_INDEX = "inside_picture"


@dataclass(frozen=True)
class PictureSet:
    """The pictures that a card shows, in the size that the network reads.

    Attributes:
        test, train: uint8 [count, channels, height, width].
        test_labels, train_labels: int64 [count], indices into `classes`.
        classes: of these pictures.
        is_stand_in: whether they are those of `mnist_sample`, because the network's own data set is not on this machine.
    """

    test: Tensor
    test_labels: Tensor
    train: Tensor
    train_labels: Tensor
    classes: tuple[str, ...]
    is_stand_in: bool = False

    def get_class(self, index: int) -> str:
        """The class of a test picture."""
        return self.classes[int(self.test_labels[index])]


@dataclass(frozen=True)
class Example:
    """The chosen example.

    Attributes:
        picture: uint8 [channels, height, width], as the network sees it.
        label: its class if it is known, as plain text.
        index: among the test pictures; None for the user's own.
        title: what to call it, Markdown.
    """

    picture: Pixels
    label: str | None
    index: int | None
    title: str


def get_pictures(network: TrainedNetwork) -> PictureSet:
    """Return the pictures of the network's data set, or of `mnist_sample` if they are not on this machine."""
    spec = network.spec
    return _load_pictures(network.config.data, spec.is_present(get_data_folder()), spec)


@st.cache_resource(
    show_spinner=False, max_entries=4, hash_funcs={DataSettings: lambda settings: settings.model_dump_json()}
)
def _load_pictures(settings: DataSettings, is_present: bool, _spec: DatasetSpec) -> PictureSet:
    import torch

    from nn_core.data.transforms import resize_to_spec

    data = cache.get_dataset(settings if is_present else DataSettings(name=_STAND_IN))
    test, train = data.test.inputs, data.train.inputs
    if not is_present and data.spec.shape != _spec.shape:
        test, train = (
            torch.stack([torch.from_numpy(resize_to_spec(picture.numpy(), _spec).copy()) for picture in pictures])
            for pictures in (test, train)
        )
    return PictureSet(test, data.test.labels, train, data.train.labels, data.spec.classes, not is_present)


def show_stand_in_note(network: TrainedNetwork, pictures: PictureSet) -> None:
    """Say which pictures are shown if they are not those of the network's data set, and offer the download."""
    if pictures.is_stand_in:
        show_substitute_note(network.spec)
        with st.expander(_("Get the network's own pictures"), key="own_pictures"):
            offer_download(network.spec)


def choose_example(network: TrainedNetwork, pictures: PictureSet) -> Example | None:
    """Show the choice of an example, which is the same on every card and in the URL; None while there is none."""
    index_value = make_sample_value(len(pictures.test))
    if is_history_navigation() or "inside_source" not in st.session_state:
        st.session_state["inside_source"] = read_value(_SOURCE)
        st.session_state[_INDEX] = read_value(index_value)
    titles = {"test": _("Test picture"), "drawing": _("Drawing"), "upload": _("Upload")}
    if not network.spec.is_line_drawing:
        del titles["drawing"]
        if st.session_state["inside_source"] == "drawing":
            st.session_state["inside_source"] = "test"
    source = st.segmented_control(
        _("Example"), list(titles), required=True, format_func=titles.__getitem__, key="inside_source"
    )
    if source == "test":
        index = pick_sample(len(pictures.test), _("Test picture"), key=_INDEX)
        label = pictures.get_class(index)
        title = _("Test picture {index}, class {label}").format(index=index, label=escape_markdown(label))
        example: Example | None = Example(pictures.test[index].numpy(), label, index, title)
        shown = {"source": source, "example": index}
    else:
        prepared = _take_drawing(network) if source == "drawing" else _take_upload(network)
        title = _("Your drawing") if source == "drawing" else _("Your picture")
        example = None if prepared is None else Example(prepared, None, None, title)
        shown = {"source": source, "example": index_value.default}
    write_url((_SOURCE, index_value), shown)
    show_rejected(_SOURCE.name, index_value.name)
    if example is not None:
        st.image(
            enlarge(to_display(example.picture), _SIDE),
            caption=_("What the network sees") if example.index is None else example.title,
            alt=_("The example, as the network sees it"),
        )
    show_stand_in_note(network, pictures)
    return example


def _take_drawing(network: TrainedNetwork) -> Pixels | None:
    from nn_core.drawings import read_canvas
    from nn_core.inference import prepare_input

    drawing = read_canvas(draw_canvas(), size=SIZE, pen_width=PEN)
    prepared = prepare_input(network, drawing)
    if prepared is None:
        st.info(_("Draw on the black square."), icon=":material/draw:")
    return prepared


def _take_upload(network: TrainedNetwork) -> Pixels | None:
    from nn_core.inference import prepare_input

    file = st.file_uploader(_("A picture of one thing"), key="inside_upload")
    if not file:
        return None
    try:
        prepared = prepare_input(network, file.getvalue(), file.name)
    except BadPicture as error:  # the rest of the card stays
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None
    if prepared is None:
        st.info(
            _("There is no ink in the picture: choose one that is darker or lighter somewhere."), icon=":material/crop:"
        )
    return prepared
