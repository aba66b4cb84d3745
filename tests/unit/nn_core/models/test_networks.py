"""Every registered network with every kind of data that it accepts: shapes, weights, refusals and descriptions."""

import pytest
import torch
from torch import Tensor, nn

from nn_core.config import RunConfig, update_config
from nn_core.data import DATASETS
from nn_core.data.transforms import normalize
from nn_core.errors import ConfigError
from nn_core.models import MODELS, build_model, count_parameters, describe_layers, list_models
from nn_core.models.parts import SelfAttention
from nn_core.settings import Section
from nn_core.task import TaskSpec

DIGITS = TaskSpec("pictures", (1, 28, 28), 10)
PROBLEMS = {
    "pictures": [DIGITS, TaskSpec("pictures", (3, 32, 32), 4), TaskSpec("pictures", (1, 21, 26), 26)],
    "text": [TaskSpec("text", (16,), 11, 66), TaskSpec("text", (3,), 2, 5)],
    "points": [TaskSpec("points", (2,), 3), TaskSpec("points", (2,), 1, is_regression=True)],
}


def settings_of(name: str, **changes: object) -> Section:
    return update_config(RunConfig(), {"model": {"name": name, **changes}}).model  # type: ignore[no-any-return]


def default(name: str, task: TaskSpec) -> Section:
    """As declared; a stack for points has no use for the convolutions of the usual one."""
    rows = [{"name": "linear", "neurons": 8}, {"name": "activation"}]
    return settings_of(name, rows=rows) if name == "layers" and task.kind == "points" else settings_of(name)


def batch_of(task: TaskSpec, count: int) -> Tensor:
    if task.kind == "text":
        return torch.randint(0, task.symbols, (count, *task.shape))
    return torch.randn(count, *task.shape)


PAIRS = [(name, task) for name, model in MODELS.items() for kind in model.reads for task in PROBLEMS[kind]]


def name_of(value: object) -> str:
    return f"{value.kind}-{'x'.join(map(str, value.shape))}" if isinstance(value, TaskSpec) else str(value)


@pytest.mark.parametrize(("name", "task"), PAIRS, ids=name_of)
def test_a_network_gives_finite_outputs_of_the_right_shape(name: str, task: TaskSpec) -> None:
    model = build_model(default(name, task), task)
    shape = task.shape if MODELS[name].goal == "reconstruct" else (task.classes,)
    for mode in (model.train(), model.eval()):
        for count in (2, 5):
            outputs = mode(batch_of(task, count))
            assert outputs.shape == (count, *shape)
            assert outputs.dtype == torch.float32
            assert torch.isfinite(outputs).all()
    with torch.inference_mode():
        assert model(batch_of(task, 1)).shape == (1, *shape)


@pytest.mark.parametrize(("name", "task"), PAIRS, ids=name_of)
def test_described_layers_have_all_parameters_and_the_right_shapes(name: str, task: TaskSpec) -> None:
    settings = default(name, task)
    model = build_model(settings, task)
    rows = describe_layers(settings, task)
    assert sum(row.parameters for row in rows) == count_parameters(model)
    assert rows[-1].output == tuple(model.eval()(batch_of(task, 1)).shape[1:])


@pytest.mark.parametrize("name", MODELS)
def test_a_network_reads_every_data_set_of_its_kinds_or_refuses_with_a_message(name: str) -> None:
    for spec in DATASETS.values():
        if spec.kind not in MODELS[name].reads:
            with pytest.raises(ConfigError, match=rf"'{name}' is for .*, and the data are {spec.kind}\. Choose one of"):
                build_model(settings_of(name), spec.task)
            continue
        if (spec.name, name) == ("digits_8x8", "quick"):
            with pytest.raises(ConfigError, match="these have 8 × 8"):
                build_model(settings_of(name), spec.task)
            continue
        model = build_model(default(name, spec.task), spec.task)
        stored = torch.randint(0, 2, (2, *spec.shape), dtype=torch.uint8)
        assert torch.isfinite(model(normalize(stored, spec))).all()


@pytest.mark.parametrize("name", MODELS)
def test_an_unreadable_data_set_is_refused_with_suitable_networks(name: str) -> None:
    for kind, problems in PROBLEMS.items():
        if kind not in MODELS[name].reads:
            with pytest.raises(ConfigError, match=", ".join(list_models(problems[0].kind))):
                build_model(settings_of(name), problems[0])


@pytest.mark.parametrize(("name", "task"), PAIRS, ids=name_of)
def test_outputs_are_logits_or_pixels(name: str, task: TaskSpec) -> None:
    """A softmax inside the network would be applied twice by the loss."""
    outputs = build_model(default(name, task), task)(batch_of(task, 8))
    if MODELS[name].goal == "reconstruct":
        assert outputs.min() >= 0
        assert outputs.max() <= 1
    else:
        assert not torch.allclose(outputs.exp().sum(dim=1), torch.ones(8), atol=1e-3)
        assert not torch.allclose(outputs.sum(dim=1), torch.ones(8), atol=1e-3)


@pytest.mark.parametrize(("name", "task"), PAIRS, ids=name_of)
def test_only_the_seed_determines_initial_weights(name: str, task: TaskSpec) -> None:
    def weights(seed: int) -> Tensor:
        torch.manual_seed(seed)
        model = build_model(default(name, task), task)
        return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


@pytest.mark.parametrize(("name", "task"), PAIRS, ids=name_of)
def test_every_weight_gets_a_gradient(name: str, task: TaskSpec) -> None:
    torch.manual_seed(3)
    model = build_model(default(name, task), task)
    outputs = model(batch_of(task, 32))
    (outputs * torch.randn_like(outputs)).sum().backward()
    dead = [key for key, weight in model.named_parameters() if weight.grad is None or not weight.grad.abs().sum() > 0]
    assert dead == []


# Settings of single networks


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("both_directions", [False, True])
@pytest.mark.parametrize(("name", "task"), [("rnn", DIGITS), ("text_rnn", PROBLEMS["text"][0])])
def test_every_cell_reads_in_one_or_both_directions(
    name: str, task: TaskSpec, cell: str, both_directions: bool
) -> None:
    settings = settings_of(name, cell=cell, both_directions=both_directions, layers=2, hidden=8)
    model = build_model(settings, task).eval()
    batch = batch_of(task, 3)
    assert model(batch).shape == (3, task.classes)
    if not both_directions and task.kind == "pictures":
        changed_top = batch.clone()
        changed_top[:, :, 0] += 1
        assert not torch.equal(model(changed_top), model(batch))  # it remembers the first row to the end


@pytest.mark.parametrize("name", list_models("text"))
def test_padding_changes_nothing(name: str) -> None:
    """The same name in a set of longer texts is read in the same way; only positions are learned up to the longest text."""
    torch.manual_seed(0)
    model = build_model(settings_of(name), TaskSpec("text", (16,), 3, 30)).eval()
    text = torch.zeros(1, 16, dtype=torch.long)
    text[0, :5] = torch.tensor([4, 9, 2, 7, 3])
    other = text.clone()
    other[0, 4] = 8
    with torch.inference_mode():
        assert torch.isfinite(model(torch.zeros(1, 16, dtype=torch.long))).all()
        assert not torch.equal(model(text), model(other))
        alone, beside = model(text), model(torch.cat([text, other]))[:1]
    assert torch.allclose(alone, beside, atol=1e-5)


def test_attention_ignores_padding() -> None:
    attention = SelfAttention(8, 2)
    hidden = torch.tensor([[False, False, False, True, True]])
    tokens = torch.randn(1, 5, 8)
    weights = attention.weights(tokens, hidden)
    assert torch.all(weights[..., 3:] == 0)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(1, 2, 5))
    changed_tokens = tokens.clone()
    changed_tokens[:, 3:] += 5
    assert torch.allclose(attention(tokens, hidden)[:, :3], attention(changed_tokens, hidden)[:, :3], atol=1e-6)


def test_shown_attention_equals_that_of_the_forward_pass() -> None:
    attention = SelfAttention(12, 3)
    tokens = torch.randn(2, 7, 12)
    _questions, _keys, values = attention.split(tokens)
    by_hand = attention.together((attention.weights(tokens) @ values).transpose(1, 2).flatten(2))
    assert torch.allclose(by_hand, attention(tokens), atol=1e-5)


def test_a_residual_block_adds_its_input() -> None:
    settings = settings_of("cnn", blocks=[{"channels": 8}, {"channels": 8, "residual": True, "norm": False}])
    model = build_model(settings, DIGITS)
    residual = next(module for module in model.modules() if type(module).__name__ == "Residual")
    for parameter in residual.parameters():
        nn.init.zeros_(parameter)
    pictures = torch.randn(2, 8, 28, 28)
    assert torch.equal(residual(pictures), pictures)


@pytest.mark.parametrize("style", ["dense", "convolutional"])
@pytest.mark.parametrize("latent", [1, 2, 32])
@pytest.mark.parametrize("task", PROBLEMS["pictures"], ids=name_of)
def test_an_autoencoder_has_the_requested_latent_size(style: str, latent: int, task: TaskSpec) -> None:
    model = build_model(settings_of("autoencoder", style=style, latent=latent, channels=4, hidden=[16]), task)
    squeezed = model.get_submodule("encoder")(batch_of(task, 3))
    assert squeezed.shape == (3, latent)
    assert model.get_submodule("decoder")(squeezed).shape == (3, *task.shape)


# Stacks


def stacked(*rows: dict[str, object]) -> nn.Module:
    return build_model(settings_of("layers", rows=list(rows)), DIGITS)


def test_a_stack_of_every_layer_kind_matches_its_rows() -> None:
    model = stacked(
        {"name": "conv", "channels": 4, "kernel": 5, "stride": 2, "padded": False},
        {"name": "batch_norm"},
        {"name": "activation", "activation": "gelu"},
        {"name": "conv", "channels": 4},
        {"name": "residual", "rows": 2},
        {"name": "pool", "kind": "mean", "size": 3},
        {"name": "layer_norm"},
        {"name": "dropout", "share": 0.5},
        {"name": "flatten"},
        {"name": "linear", "neurons": 12},
        {"name": "batch_norm"},
    )
    kinds = [type(module).__name__ for module in model]  # type: ignore[attr-defined]
    assert kinds == [
        *("Conv2d", "BatchNorm2d", "Residual", "AvgPool2d", "LayerNorm", "Dropout"),
        *("Flatten", "Linear", "BatchNorm1d", "Linear"),
    ]
    assert model(torch.randn(2, 1, 28, 28)).shape == (2, 10)


@pytest.mark.parametrize("depth", [2, 3])
def test_residual_connections_may_overlap(depth: int) -> None:
    rows = [
        {"name": "flatten"},
        *({"name": "linear", "neurons": 784} for _ in range(2)),
        {"name": "residual", "rows": 1},
    ]
    model = stacked(*rows, {"name": "residual", "rows": depth})
    pictures = torch.randn(2, 1, 28, 28)
    assert model(pictures).shape == (2, 10)
    first, second = (
        module for module in model.modules() if isinstance(module, nn.Linear) and module.out_features == 784
    )
    flat = pictures.flatten(1)
    inner = second(first(flat)) + first(flat)
    start = {2: first(flat), 3: flat}[depth]
    output = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    assert torch.allclose(model(pictures), output(inner + start), atol=1e-4)


MISMATCHES = {
    "Row 1, Dense: the input is 1 × 28 × 28": [{"name": "linear"}],
    "Row 2, Convolution: the input is a row of 784 numbers": [{"name": "flatten"}, {"name": "conv"}],
    "Row 2, Pool: the input is a row of 784 numbers": [{"name": "flatten"}, {"name": "pool"}],
    "Row 1, Convolution: the input is 1 × 28 × 28, and at least 30 × 30 pixels is needed": [
        {"name": "conv", "kernel": 30, "padded": False}
    ],
    "Row 3, Pool: the input is 1 × 1 × 1, and at least 2 × 2 pixels": [
        {"name": "pool", "size": 14},
        {"name": "pool", "size": 2},
        {"name": "pool", "size": 2},
    ],
    "Row 2, Residual: it skips 2 rows, and only 1 are above it": [{"name": "conv"}, {"name": "residual"}],
    "Row 3, Residual: the input is 16 × 14 × 14, and 16 × 28 × 28, the input of row 2": [
        {"name": "conv"},
        {"name": "pool"},
        {"name": "residual", "rows": 1},
    ],
    "The output: the input is 16 × 28 × 28, and one row of numbers is needed": [{"name": "conv"}],
}


@pytest.mark.parametrize("sentence", MISMATCHES)
def test_a_mismatched_layer_is_reported_with_both_shapes(sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        stacked(*MISMATCHES[sentence])
    assert str(caught.value).startswith(sentence)
    assert len(str(caught.value).split(". ")) >= 2  # the remedy
