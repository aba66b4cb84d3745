"""Any configuration, setting, formula or name is valid, or refused with a message."""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fuzzing import sound_or_sentence, tries
from hostile import EVIL_TEXTS, json_values, must_be_a_sentence, mutated, tampered
from hypothesis import given
from hypothesis import strategies as st

from nn_core.config import PRESETS, RunConfig, apply_settings, get_preset, parse_config, read_config
from nn_core.data import DATASETS
from nn_core.errors import BadInput, to_one_line
from nn_core.models import build_model
from nn_core.models.formula import Formula
from nn_core.models.summary import MAX_PARAMETERS
from nn_core.runs import RunFolder
from nn_core.runs.store import is_run_name
from nn_core.training.setup import check_trainable

pytestmark = pytest.mark.usefixtures("little_memory_for_files")

CONFIGS = [json.loads(config.model_dump_json()) for config in PRESETS.values()]
LARGE = st.sampled_from([0, 1, 2, 3, 11, 32, 512, 1024, 8192, 10**9])
ROWS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"name": st.just("conv")}, optional={"channels": LARGE, "kernel": LARGE, "stride": LARGE}
        ),
        st.fixed_dictionaries({"name": st.just("linear")}, optional={"neurons": LARGE}),
        st.fixed_dictionaries({"name": st.just("pool")}, optional={"size": st.integers(0, 40)}),
        st.fixed_dictionaries({"name": st.just("residual")}, optional={"rows": st.integers(0, 120)}),
        st.sampled_from([{"name": name} for name in ("flatten", "batch_norm", "layer_norm", "dropout", "activation")]),
    ),
    max_size=8,
)
MODELS_OF_ROWS = st.one_of(
    ROWS.map(lambda rows: {"name": "layers", "rows": rows}),
    st.lists(LARGE, max_size=22).map(lambda hidden: {"name": "mlp", "hidden": hidden}),
    st.lists(st.fixed_dictionaries({"channels": LARGE, "kernel": LARGE}), max_size=5).map(
        lambda blocks: {"name": "cnn", "blocks": blocks}
    ),
)


def must_be_trainable_or_refused(config: RunConfig) -> None:
    """A config that is accepted is checked before it trains, and what passes fits into memory."""
    spec = DATASETS.get(config.data.name)
    if spec is None or sound_or_sentence(lambda: check_trainable(config, spec) or True) is None:
        return
    with torch.device("meta"):
        network = build_model(config.model, spec.task)
    assert sum(parameter.numel() for parameter in network.parameters()) <= MAX_PARAMETERS


@tries(120)
@given(st.one_of(*map(tampered, CONFIGS), json_values()))
def test_any_configuration(place: Path, values: Any) -> None:
    file = place / "config.json"
    file.write_text(json.dumps(values))
    config = sound_or_sentence(lambda: read_config(file))
    if config is not None:
        assert parse_config(json.loads(json.dumps(config.model_dump()))) == config
        RunFolder(place).write_config(config)
        must_be_trainable_or_refused(config)


@tries(60)
@given(MODELS_OF_ROWS, st.sampled_from([1, 100, 16_384]))
def test_any_network_of_rows(model: dict[str, Any], batch_size: int) -> None:
    config = sound_or_sentence(lambda: parse_config({"model": model, "training": {"batch_size": batch_size}}))
    if config is not None:
        must_be_trainable_or_refused(config)


@tries(60)
@given(mutated([json.dumps(config).encode() for config in CONFIGS] + [b"[" * 3000, b'{"a":' * 3000, b"9" * 5000]))
def test_any_bytes_of_a_configuration(place: Path, content: bytes) -> None:
    file = place / "config.json"
    file.write_bytes(content)
    sound_or_sentence(lambda: read_config(file, base=get_preset("quick")))


PATHS = st.one_of(
    st.sampled_from(
        ["model.name", "model.blocks", "optimizer.lr", "training.epochs", "data.name", "training", "version", "."]
    ),
    st.lists(st.sampled_from(["model", "data", "", "x", "name", "a" * 300]), max_size=5).map(".".join),
    st.just("a." * 3000),
    st.text(max_size=12),
)


@tries(120)
@given(st.lists(st.tuples(PATHS, st.one_of(json_values(4).map(json.dumps), st.text(max_size=12))), max_size=3))
def test_any_settings_on_the_command_line(assignments: list[tuple[str, str]]) -> None:
    given = [f"{path}={value}" for path, value in assignments]
    config = sound_or_sentence(lambda: apply_settings(get_preset("simple_net"), given))
    assert config is None or isinstance(config, RunConfig)


# Formulas and names

SMALL_NUMBERS = st.sampled_from(["1", "2", "3", "64", "0.5", "1e-3", "1e8", "-1", "pi", "999999", "1/64", "63.5"])
FORMULAS = st.recursive(
    st.one_of(st.just("x"), st.just("x"), SMALL_NUMBERS),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "*", "^"]), inner).map(lambda p: f"({''.join(p)})"),
        st.tuples(inner, SMALL_NUMBERS).map(lambda p: f"({p[0]})**({p[1]})"),
        st.tuples(st.sampled_from(["exp", "log", "sqrt", "tanh", "cos", "sigmoid", "relu", "abs", "erf"]), inner).map(
            lambda p: f"{p[0]}({p[1]})"
        ),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda p: f"{p[0]}({p[1]},{p[2]})"),
    ),
    max_leaves=14,
)
ESCAPES = [
    "().__class__.__bases__[0].__subclasses__()", "__import__('os').system('id')", "x.__class__", "x if x else x",
    "(lambda: x)()", "[x for x in x]", "f'{x}'", "x:=1", "exp.__globals__", "getattr(x,'a')", "exp(*x)", "exp(x=x)",
    "9**9**9**9", "x" + "**64" * 40, "-" * 190 + "x", "(" * 95 + "x" + ")" * 95, "x!", "0x10*x", "1_0*x", "1j*x", "ｘ+x", "x\0",
]  # fmt: skip


@tries(100)
@given(
    st.one_of(
        FORMULAS,
        st.sampled_from(ESCAPES),
        mutated([text.encode() for text in ESCAPES]).map(lambda b: b.decode("latin1")),
    )
)
def test_any_formula(text: str) -> None:
    formula = sound_or_sentence(lambda: Formula.parse(text))
    if formula is not None:
        assert all(np.isfinite([formula.value(x), formula.derivative().value(x)]).all() for x in (-9.5, 0.0, 0.3, 10.0))


@tries(150)
@given(st.one_of(st.sampled_from(EVIL_TEXTS), st.text(max_size=120)))
def test_any_run_name(text: str) -> None:
    assert to_one_line(text, 50) == to_one_line(to_one_line(text, 50), 50)
    must_be_a_sentence(BadInput(f"{text} x"))
    if is_run_name(text):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / text).mkdir()
            assert [path.name for path in Path(folder).iterdir()] == [text]
