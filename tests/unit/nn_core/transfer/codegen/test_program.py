"""Networks are exported as programs that do not need NN Lab."""

from dataclasses import replace
from typing import Any

import torch
from generated_program_cases import CASES
from transfer_files import config_of

from nn_core.data import DATASETS
from nn_core.models import MODELS
from nn_core.transfer import generate_code


def test_every_network_is_among_the_programs() -> None:
    assert {model["name"] for model, _data in CASES.values()} == set(MODELS)


def test_a_program_reads_text_as_training_did() -> None:
    from nn_core.data.encode_text import encode

    spec = DATASETS["surnames"]
    space: dict[str, Any] = {"__name__": "program"}
    exec(generate_code(config_of({"name": "text_cnn"}, "surnames"), spec), space)
    texts = ["O’Brien", "Müller", "e\N{COMBINING ACUTE ACCENT}", "Ωmega", "", "x" * 100]
    assert torch.equal(space["prepare"](texts), encode(texts, spec.alphabet, spec.shape[0]).long())


def test_class_names_are_quoted_in_the_generated_program() -> None:
    words = ('"""', "'''\\", "\n__import__('os')", "{x}", '"', "\N{LINE SEPARATOR}")
    spec = replace(DATASETS["mnist_sample"], classes=words, name="own-set", title='""")\nraise SystemExit')
    space: dict[str, Any] = {"__name__": "program"}
    exec(generate_code(config_of({"name": "simple_net"}), spec), space)
    assert space["CLASSES"] == list(words)


def test_each_layer_is_on_a_line_with_its_output_shape() -> None:
    lines = generate_code(config_of({"name": "net"}), DATASETS["mnist_sample"]).splitlines()
    assert [line.split() for line in lines if "nn.Conv2d" in line] == [
        "nn.Conv2d(1, 32, 3), # → 32 × 26 × 26".split(),
        "nn.Conv2d(32, 64, 3), # → 64 × 24 × 24".split(),
    ]
