"""A Streamlit script: four growing curves drawn in the usual way, with `st.plotly_chart` in a repeating fragment."""

import math
import os

import plotly.graph_objects as go
import streamlit as st

_GROWTH = 50


def curve(points: int) -> list[float]:
    return [2.3 * math.exp(-step / 700) * (1 + 0.2 * math.sin(step * 1.7)) + 0.05 for step in range(points)]


if "curve" not in st.session_state:
    st.session_state["curve"] = curve(int(os.environ["NN_LAB_BENCH_POINTS"]))


@st.fragment(run_every=1.0)
def tick() -> None:
    values: list[float] = st.session_state["curve"]
    values += values[-_GROWTH:]
    for name in ("loss", "validation loss", "accuracy", "validation accuracy"):
        st.plotly_chart(go.Figure(go.Scatter(y=values, name=name)), key=name)


tick()
