"""The neurons of a Playground network on the page of its run."""

from pathlib import Path

import torch
from apptest_pages import app
from plane_states import make_plane_config, make_plane_state

from nn_core.jobs.previews import Neurons, write_preview
from nn_core.runs import create_run


def test_a_run_shows_each_layer_and_its_largest_values(runs_root: Path) -> None:
    run, state = create_run(runs_root, make_plane_config(), "neurons"), make_plane_state()
    with torch.inference_mode():
        view = Neurons.make(state)
    write_preview(run, view)
    test = app("train", run="neurons")
    assert not test.exception
    assert "What each neuron computes" in "\n".join(text.value for text in test.markdown)
    pictures = [element.proto.imgs[0] for element in test.get("image")]
    assert [picture.caption for picture in pictures] == ["Features", "Layer 1 · tanh", "Output"]
    assert "x₁x₂" in pictures[0].alt
