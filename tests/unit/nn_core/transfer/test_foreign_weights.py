"""Weights in the wrappers of other programs, beside stray entries, with another number of classes or other sizes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transfer_files import NET, SPEC, config_of, fresh, weights_in

from nn_core.data import DATASETS
from nn_core.errors import BadInput
from nn_core.models import build_model
from nn_core.transfer import Imported, import_weights, suggest_network
from nn_core.transfer.foreign_weights import ClassesDiffer

Weights = dict[str, Tensor]


def bring(file: Path, model: dict[str, Any] = NET, data: str = "mnist_sample") -> Imported:
    return import_weights(file, config_of(model, data), DATASETS[data], file.parent / "runs")


def averaged(weights: Weights, **options: Any) -> Weights:
    network = build_model(config_of(NET).model, SPEC.task)
    network.load_state_dict(weights)
    return dict(AveragedModel(network, **options).state_dict())


def prefixed(weights: Weights, prefix: str) -> Weights:
    return {prefix + name: tensor for name, tensor in weights.items()}


def renamed(weights: Weights) -> Weights:
    """As a program with layers called fc1 and fc2 names them."""
    layers: dict[str, str] = {}
    return {
        f"{layers.setdefault(layer, f'fc{len(layers) + 1}')}.{last}": tensor
        for name, tensor in weights.items()
        for layer, _dot, last in [name.rpartition(".")]
    }


def optimizer_state() -> dict[str, Any]:
    network = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.rand(4, 3)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


WRAPPED: dict[str, Callable[[Weights], Any]] = {
    "AveragedModel": averaged,
    "AveragedModel of an EMA": lambda w: averaged(w, multi_avg_fn=get_ema_multi_avg_fn(0.9)),
    "AveragedModel in a wrapper": lambda w: {"swa_model": averaged(w), "epoch": 3},
    "AveragedModel after compile": lambda w: prefixed(w, "module._orig_mod.") | {"n_averaged": torch.tensor(5)},
    "net": lambda w: {"net": w, "acc": 97.5, "epoch": 3},
    "network": lambda w: {"network": w},
    "weights": lambda w: {"weights": w},
    "params": lambda w: {"params": w},
    "params_ema": lambda w: {"params_ema": w},
    "nested": lambda w: {"checkpoint": {"model": {"state_dict": w}}, "args": {"lr": 0.1}},
    "with an optimizer": lambda w: {"model_state_dict": w, "optimizer_state_dict": optimizer_state(), "loss": 0.1},
    "with an unusual optimizer key": lambda w: {"model": w, "adam": optimizer_state()},
    "with curves": lambda w: {"model": w, "losses": torch.rand(50), "class_weights": torch.rand(10)},
    "in a list": lambda w: [w, optimizer_state()],
    "in a tuple": lambda w: (w, {"epoch": 3}),
    "Lightning": lambda w: {"state_dict": prefixed(w, "model."), "epoch": 1, "optimizer_states": [optimizer_state()], "loops": {}},
    "Lightning with a criterion": lambda w: {"state_dict": {"criterion.weight": torch.rand(10), **prefixed(w, "model.")}},
    "Lightning with metrics": lambda w: {"state_dict": prefixed(w, "net.") | {"val_acc.correct": torch.tensor(5)}},
    "a stray criterion.weight": lambda w: {**w, "criterion.weight": torch.rand(10)},
    "a stray loss_fn.pos_weight": lambda w: {"loss_fn.pos_weight": torch.rand(10), **w},
    "a normalising layer": lambda w: {**w, "normalize.mean": torch.rand(1, 1, 1), "normalize.std": torch.rand(1, 1, 1)},
    "counts of thop": lambda w: {**w, "total_ops": torch.zeros(1), "1.total_params": torch.zeros(1)},
    "figures beside the tensors": lambda w: {**w, "epoch": 3, "name": "mine"},
    "numbers beside the tensors": lambda w: {**w, "best_acc": torch.tensor(0.9)},
    "DistributedDataParallel and compile": lambda w: prefixed(w, "_orig_mod.module."),
    "a backbone": lambda w: prefixed(w, "backbone."),
    "a network and its average": lambda w: {"model": w, "ema": {name: tensor + 1 for name, tensor in w.items()}},
    "a network and its average, flat": lambda w: prefixed(w, "model.")
    | prefixed({name: tensor + 1 for name, tensor in w.items()}, "ema_model."),
    "the best and the last": lambda w: {"last": {name: tensor + 1 for name, tensor in w.items()}, "best": w},
    "the same twice": lambda w: {"model": w, "weights": dict(w)},
    "a generator beside it": lambda w: {"generator": fresh(), "discriminator": w},
    "parts of it": lambda w: {
        layer: {name.partition(".")[2]: tensor for name, tensor in w.items() if name.startswith(f"{layer}.")}
        for layer in dict.fromkeys(name.partition(".")[0] for name in w)
    },
    "other names": renamed,
    "other names and a criterion": lambda w: {"net": renamed(w) | {"criterion.weight": torch.rand(10)}},
    "other names, averaged": lambda w: prefixed(renamed(w), "module.") | {"n_averaged": torch.tensor(5)},
}  # fmt: skip


@pytest.mark.parametrize("case", WRAPPED)
def test_the_network_is_found_in_what_other_programs_save(tmp_path: Path, case: str) -> None:
    weights = fresh(NET)
    imported = bring(weights_in(tmp_path / "theirs.pt", WRAPPED[case](weights)))
    kept = load_file(imported.run.best_weights)
    assert kept.keys() == weights.keys()
    assert all(torch.equal(kept[name], weights[name]) for name in weights)


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("AveragedModel", "Left out, because they are no layers of the network: 'n_averaged'."),
        ("a stray criterion.weight", "no layers of the network: 'criterion.weight'."),
        ("Lightning with a criterion", "no layers of the network: 'criterion.weight'."),
        ("figures beside the tensors", "no layers of the network: 'epoch', 'name'."),
        ("a network and its average", "'model' was used, not 'ema'."),
        ("the best and the last", "'best' was used, not 'last'."),
        ("other names", "matched by their order"),
    ],
)
def test_what_was_left_out_is_said(tmp_path: Path, case: str, sentence: str) -> None:
    imported = bring(weights_in(tmp_path / "theirs.pt", WRAPPED[case](fresh(NET))))
    assert any(sentence in note for note in imported.notes), imported.notes


def more(weights: Weights) -> Weights:
    return {name: tensor + 1 for name, tensor in weights.items()}


REFUSED: dict[str, tuple[Callable[[Weights], Any], str]] = {
    "two networks": (
        lambda w: {"student": w, "other": more(w)},
        "'theirs.pt' contains several networks that fit ('student', 'other'), and it is not clear which one is meant",
    ),
    "two networks, flat": (lambda w: prefixed(w, "net.") | prefixed(more(w), "model."), "several networks that fit"),
    "only an optimizer": (lambda _w: {"optimizer": optimizer_state()}, "is not a state_dict"),
    "a deeper network": (lambda w: {**w, "9.weight": torch.rand(5, 10)}, "it has no layer '9.weight' (5 × 10)"),
    "a deeper network in a module": (
        lambda w: prefixed(w, "module.") | {"module.9.weight": torch.rand(5, 10)},
        "it has no layer '9.weight'",
    ),
    "another layer outside": (lambda w: prefixed(w, "body.") | {"head.weight": torch.rand(5, 10)}, "does not fit"),
    "not a network": (lambda _w: {"embedding": torch.rand(5, 5)}, "does not fit the network 'mlp'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_clearly_the_network_is_refused(tmp_path: Path, case: str) -> None:
    make, sentence = REFUSED[case]
    with pytest.raises(BadInput) as error:
        bring(weights_in(tmp_path / "theirs.pt", make(fresh(NET))))
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def with_classes(weights: Weights, count: int) -> Weights:
    *rest, weight, bias = weights.items()
    return {**dict(rest), weight[0]: torch.rand(count, weight[1].shape[1]), bias[0]: torch.rand(count)}


@pytest.mark.parametrize("wrap", ["net", "AveragedModel after compile", "other names", "a stray criterion.weight"])
@pytest.mark.parametrize("count", [2, 9, 11, 47])
def test_another_number_of_classes_is_named(tmp_path: Path, wrap: str, count: int) -> None:
    file = weights_in(tmp_path / "theirs.pt", WRAPPED[wrap](with_classes(fresh(NET), count)))
    with pytest.raises(
        ClassesDiffer,
        match=rf"distinguishes {count} classes, and mnist_sample has 10: choose the data set with {count}",
    ):
        bring(file)


def test_the_letters_of_torchvision_have_a_remedy_of_their_own(tmp_path: Path) -> None:
    weights = dict(build_model(config_of(NET).model, DATASETS["emnist_letters"].task).state_dict())
    file = weights_in(tmp_path / "letters.pt", with_classes(weights, 27))
    with pytest.raises(ClassesDiffer, match="remove the first row of the last layer"):
        bring(file, data="emnist_letters")


def test_pictures_of_another_size_or_colour_are_named(tmp_path: Path) -> None:
    first, *rest = fresh(NET).items()
    weights_in(tmp_path / "large.pt", {first[0]: torch.rand(4, 1024), **dict(rest)})
    with pytest.raises(
        BadInput, match=r"first layer takes 1,024 numbers, and those of mnist_sample have 784 \(1 × 28 × 28\)"
    ):
        bring(tmp_path / "large.pt")
    first, *rest = fresh({"name": "net"}).items()
    save_file({first[0]: torch.rand(32, 3, 3, 3), **dict(rest)}, tmp_path / "colour.safetensors")
    with pytest.raises(BadInput, match="first layer takes 3 channels, and those of mnist_sample have 1"):
        bring(tmp_path / "colour.safetensors", {"name": "net"})


@pytest.mark.parametrize(
    ("theirs", "ours", "setting"),
    [
        ({"name": "simple_net", "hidden": 32}, {"name": "simple_net"}, "model.hidden = 32"),
        ({"name": "quick", "width": 8}, {"name": "quick"}, "model.width = 8"),
        ({"name": "mlp", "hidden": [7, 5, 3]}, {"name": "mlp"}, "model.hidden = [7, 5, 3]"),
    ],
)
def test_sizes_of_layers_are_taken_from_the_file(
    tmp_path: Path, theirs: dict[str, Any], ours: dict[str, Any], setting: str
) -> None:
    imported = bring(weights_in(tmp_path / "theirs.pt", {"net": fresh(theirs)}), ours)
    assert f"The sizes of the layers are those of the file: {setting}." in imported.notes
    assert imported.run.config().model == config_of(theirs).model
    with pytest.raises(ClassesDiffer, match="11 classes"):
        bring(weights_in(tmp_path / "more.pt", with_classes(fresh(theirs), 11)), ours)


def test_the_network_that_fits_is_suggested(tmp_path: Path) -> None:
    networks = {name: config_of({"name": name}) for name in ("quick", "net", "simple_net", "mlp")}
    for file, name in (
        (weights_in(tmp_path / "a.pt", renamed(fresh())), "net"),
        (weights_in(tmp_path / "b.pt", fresh({"name": "simple_net", "hidden": 32})), "simple_net"),
        (weights_in(tmp_path / "c.pt", with_classes(fresh({"name": "simple_net"}), 11)), "simple_net"),
        (weights_in(tmp_path / "d.pt", {"a.weight": torch.rand(3, 5)}), None),
    ):
        assert suggest_network(file, networks, called=file.name, data_folder=tmp_path) == name
