"""Data: what a network learns from, and what it sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nn_core.config import PRESETS, RunConfig, changed
from nn_core.data import DataSettings
from nn_core.i18n import _
from nn_core.places import data_folder
from ui import cached, navigation
from ui.charts import dress
from ui.config_form import section_form
from ui.download import download_offer
from ui.pictures import Pixels, contact_sheet

if TYPE_CHECKING:
    import torch

    from nn_core.data import Dataset, DatasetSpec

navigation.open_app()

_ACROSS = 12
_SEEN = 8


def pick() -> DatasetSpec:
    """The data set that the address names, or that the box is changed to."""
    from nn_core.data import DATASETS

    names = list(DATASETS)
    wanted = st.query_params.get("set", names[0])
    st.session_state["dataset"] = wanted if wanted in names else names[0]

    def remember() -> None:
        st.query_params["set"] = st.session_state["dataset"]

    name = st.selectbox(
        _("Data set"), names, key="dataset", on_change=remember, format_func=lambda name: _(DATASETS[name].title)
    )
    return DATASETS[name]


def counts(data: Dataset) -> None:
    """How many pictures of each class there are, in each split."""
    import plotly.graph_objects as go

    from nn_core.data.split import hold_out

    settings = RunConfig()
    rows = hold_out(data.train.labels, settings.data.validation_share, settings.training.seed)
    train, validation = (data.train.take(part) for part in rows)
    splits = {_("Training"): train, _("Validation"): validation, _("Test"): data.test}
    with st.container(key="figures"):
        columns = st.columns(4)
    columns[0].metric(_("Classes"), len(data.spec.classes), border=True)
    helps = (
        _("The network learns from these."),
        _("Held out of the training pictures: they show whether it understood or only memorised."),
        _("Looked at once, when all is done: the honest final figure."),
    )
    for column, (title, split), tip in zip(columns[1:], splits.items(), helps, strict=True):
        column.metric(title, f"{len(split):,}", border=True, help=tip)
    with st.container(border=True):
        st.subheader(_("Pictures of each class"), anchor=False)
        figure = go.Figure(
            [
                go.Bar(name=title, x=list(data.spec.classes), y=split.class_counts(len(data.spec.classes)))
                for title, split in splits.items()
            ]
        )
        figure.update_layout(
            barmode="stack",
            legend={"orientation": "h", "y": 1.15},
            yaxis_title=_("Pictures"),
        )
        figure.update_xaxes(title=_("Class"), type="category")
        st.plotly_chart(
            dress(figure, height=320),
            config={"displayModeBar": False},
            alt=_("The number of pictures of each class in each split."),
        )


def samples(data: Dataset) -> None:
    """A row of pictures for each class."""
    import torch

    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(_("Some of them"), anchor=False)
            st.space("stretch")
            if st.button(_("Others"), key="other_samples", icon=":material/refresh:"):
                st.session_state["sample_seed"] = st.session_state.get("sample_seed", 0) + 1
        random = torch.Generator().manual_seed(st.session_state.get("sample_seed", 0))
        rows = []
        for label in range(len(data.spec.classes)):
            members = torch.nonzero(data.train.labels == label).flatten()
            chosen = members[torch.randperm(len(members), generator=random)[:_ACROSS]]
            rows.append([data.train.inputs[index, 0].numpy() for index in chosen])
        st.image(
            contact_sheet(rows),
            width="stretch",
            alt=_("A row of pictures for each class: {classes}").format(classes=", ".join(data.spec.classes)),
        )
        st.caption(_("A row for each class: {classes}.").format(classes=", ".join(data.spec.classes)))


def what_the_network_sees(data: Dataset) -> None:
    """Augmentation as sliders, and its effect on some training pictures, before and after normalisation."""
    import torch

    from nn_core.data.augment import augment
    from nn_core.data.prepare import as_network_sees

    with st.container(border=True):
        st.subheader(_("What the network sees"), anchor=False)
        st.markdown(
            _(
                "While it trains, each picture can be changed a little at random, anew in every epoch: that makes many "
                "pictures of one. Then the pixels are normalised, so that their mean is 0 and their deviation 1."
            )
        )
        left, right = st.columns([1, 2], gap="large")
        with left:
            augmentation_field = type(RunConfig().data).model_fields["augmentation"]
            values = section_form(PRESETS["quick"].data.augmentation, augmentation_field, "augmentation")
        settings = changed(RunConfig(), {"data": {"augmentation": values}}).data.augmentation
        with torch.random.fork_rng(devices=[]):  # the preview must not disturb anybody's random numbers
            torch.manual_seed(0)
            step = max(1, len(data.train) // _SEEN)
            originals = data.train.inputs[::step][:_SEEN]
            versions = [augment(originals, settings) if settings.active else originals.float() for _i in range(3)]
        with right:
            rows = [_pixels(originals), *(_pixels(version) for version in versions)]
            st.image(
                contact_sheet(rows), width="stretch", alt=_("Training pictures, and three random versions of each")
            )
            st.caption(_("Top: as stored. Below: three versions as the network may get them."))
            seen = as_network_sees(versions[0], data.spec)
            st.caption(
                _(
                    "Pixels from 0 to 255 become numbers from {low:.2f} to {high:.2f}, by (pixel ÷ 255 − {mean}) ÷ {std}."
                ).format(low=seen.min().item(), high=seen.max().item(), mean=data.spec.mean[0], std=data.spec.std[0])
            )


def _pixels(images: torch.Tensor) -> list[Pixels]:
    return [image[0].round().clamp(0, 255).byte().numpy() for image in images]


st.title(_("Data"), anchor=False)
spec = pick()
st.caption(_(spec.about))
if spec.is_present(data_folder()):
    data = cached.dataset(DataSettings(name=spec.name))
    counts(data)
    samples(data)
    what_the_network_sees(data)
else:
    download_offer(spec)
