"""The block of bytes with a network: its parts, and how exact its weights are."""

import json

import numpy as np
import pytest
import torch
from hostile import EVIL_TEXTS

from nn_core.browser.layers import Layer
from nn_core.browser.payload import Precision, pack_payload, round_weight

WEIGHT = torch.tensor([[0.5, -1.0, 0.25], [1e-3, 0.0, 2e-3], [0.0, 0.0, 0.0]])


def test_the_header_is_followed_by_the_bytes_of_the_tensors() -> None:
    dense = Layer("dense", {"inputs": 3}, {"weight": WEIGHT, "bias": torch.tensor([1.0, 2.0, -3.0])})
    layers = [Layer("residual", inside={"inside": [dense], "shortcut": []})]
    payload = pack_payload({"classes": EVIL_TEXTS}, layers, "float32")
    assert payload[:4] == b"NNLB"
    end = 8 + int.from_bytes(payload[4:8], "little")
    header = json.loads(payload[8:end])
    assert header["classes"] == list(EVIL_TEXTS)
    inner = header["layers"][0]["inside"][0]
    assert inner == {"kind": "dense", "inputs": 3, "tensors": {"weight": 0, "bias": 1}}
    bias = header["tensors"][1]
    assert bias == {"type": "float32", "count": 3, "offset": 36}
    block = np.frombuffer(payload[end:][bias["offset"] :], np.uint8)
    assert block.reshape(4, 3).T.tobytes() == np.array([1, 2, -3], "<f4").tobytes()


@pytest.mark.parametrize(("precision", "largest"), [("int8", 127), ("int16", 32767)])
def test_each_output_has_its_own_step(precision: Precision, largest: int) -> None:
    rounded = round_weight(WEIGHT, precision)
    steps = WEIGHT.abs().amax(dim=1, keepdim=True) / largest
    assert ((rounded - WEIGHT).abs() <= 0.501 * steps).all()
    assert torch.allclose(round_weight(rounded, precision), rounded, rtol=1e-6)
    assert torch.equal(round_weight(WEIGHT, "float32"), WEIGHT)


def test_smaller_numbers_make_a_smaller_payload() -> None:
    layers = [Layer("dense", {}, {"weight": torch.rand(100, 100)})]
    sizes = [len(pack_payload({}, layers, precision)) for precision in ("int8", "int16", "float32")]
    assert sizes[0] < sizes[1] - 9_900 < sizes[2] - 29_000
