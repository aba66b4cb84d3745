"""Writes a script that repeats a run's training with plain PyTorch and compares its losses and weights with those of the run."""

from __future__ import annotations

import ast
import base64
import inspect
import re
import struct
import textwrap
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import torch
from torch import nn

from nn_core.config.optimizers import MuonSettings
from nn_core.data import Dataset
from nn_core.data.builtin.function import HILL_CENTRES, HILL_WIDTH
from nn_core.data.split import split_train_val
from nn_core.export.script import explanations
from nn_core.export.script.data import DataSource, find_data_source, write_examples
from nn_core.export.script.network import NetworkCode, write_network
from nn_core.export.script.notebook import make_notebook
from nn_core.export.script.recorded import RecordedRun, hash_losses, hash_tensors, read_recorded_run
from nn_core.export.templates import make_environment
from nn_core.models import describe_layers, get_goal
from nn_core.models.parts import CharacterAttention, CharacterReader, PatchAttention, RowReader
from nn_core.models.summary import compute_eval_batch_size, count_activations
from nn_core.runs.folder import RunFolder
from nn_core.runs.store import is_run_name
from nn_core.settings import NamedSection
from nn_core.training.losses import has_class_weights
from nn_core.training.setup import load_training_data
from nn_core.transfer.codegen.expressions import Call, Definitions, format_call, read_constructor
from nn_core.transfer.codegen.program import format_word, format_words

__all__ = ["Script", "write_script"]

_IMPORTS = {
    **{
        name: f"import {name}"
        for name in ("base64", "copy", "csv", "gzip", "hashlib", "io", "math", "sys", "unicodedata")
    },
    "urllib": "import urllib.request",
    "zipfile": "import zipfile",
    "zlib": "import zlib",
    "pairwise": "from itertools import pairwise",
    "Path": "from pathlib import Path",
    "plt": "import matplotlib.pyplot as plt",
    "np": "import numpy as np",
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "Image": "from PIL import Image",
    "Tensor": "from torch import Tensor",
    "nn": "from torch import nn",
}
"""By the name that needs them, in the order of a program."""
_THIRD_PARTY = ("plt", "np", "torch", "F", "Image", "Tensor", "nn")
_HEAD = '''\
"""{title}

The run was trained with NN Lab, and this file repeats it without: it needs PyTorch, {libraries}and this command:

    python {file}{argument}

At the end, it compares all losses and weights with those of the run. On the same kind of CPU and with the same PyTorch, they are
the same, bit by bit; the run had {with_what}.
"""

'''
_FEATURES = {
    "x1": "x1",
    "x2": "x2",
    "x1_squared": "x1.square()",
    "x2_squared": "x2.square()",
    "x1_x2": "x1 * x2",
    "sin_x1": "(3.0 * x1).sin()",
    "sin_x2": "(3.0 * x2).sin()",
}
_WIDTH = 118


@dataclass(frozen=True)
class Script:
    """A script that repeats a run.

    Attributes:
        code: the text of the file: Python in cells, each of which starts with a line `# %% Title` and comments, or a notebook.
        archive: writes the file that the script reads its data from; None if it needs none.
        archive_name: the name of that file.
    """

    code: str
    archive: Callable[[BinaryIO], None] | None
    archive_name: str


def write_script(run: RunFolder, data_folder: Path, file_name: str, *, is_notebook: bool = False) -> Script:
    """Write a script that repeats a finished run.

    Args:
        run: the run.
        data_folder: where its data are.
        file_name: of the script, or of the notebook; only for texts in it.
        is_notebook: whether the cells are for a notebook, which has no command line.

    Raises:
        BadInput: A script cannot repeat the run.
        DamagedRun: A file of the run is missing or damaged.
        DatasetUnavailable: Its data are missing.
    """
    recorded = read_recorded_run(run)
    dataset = load_training_data(run, recorded.config, data_folder)
    source = find_data_source(dataset)
    network = write_network(recorded.config, dataset.spec)
    archive_name = f"{Path(file_name).stem.removesuffix('.train')}-data.zip"
    context = _make_context(recorded, dataset, source, network, archive_name, is_notebook)
    environment = make_environment("nn_core.export.script")
    body = environment.get_template("script.py.jinja").render(context)
    body = re.sub(r"\n{4,}", "\n\n\n", re.sub(r"[ \t]+$", "", body, flags=re.MULTILINE)).strip() + "\n"
    code = f"{_write_imports(body)}\n\n{body}"
    if is_notebook:
        code = make_notebook(code, _make_title(recorded))
    else:
        code = _write_head(recorded, source, code, file_name) + code
    archive = (lambda stream: write_examples(dataset, data_folder, stream)) if source.needs_archive else None
    return Script(code, archive, archive_name)


def _make_context(
    run: RecordedRun, dataset: Dataset, source: DataSource, network: NetworkCode, archive_name: str, is_notebook: bool
) -> dict[str, object]:
    """Return the values that the templates use."""
    config, spec = run.config, dataset.spec
    goal = get_goal(config.model.name, spec.task)
    train, validation = split_train_val(
        dataset, config.data.validation_share, config.training.seed, config.data.train_examples
    )
    batches = -(-len(train) // config.training.batch_size)
    first = network.written_out
    activations = count_activations(describe_layers(config.model, spec.task), spec.task)
    splits = [
        replace(split, inputs=split.inputs.long()) if spec.kind == "text" else split
        for split in (dataset.train, dataset.test)
    ]
    order = [tensors[key] for tensors in (run.last, run.best) for key in network.keys]
    packed = base64.b64encode(zlib.compress(b"".join(struct.pack("<d", each.loss) for each in run.losses), 9)).decode()
    archive = getattr(getattr(spec.download, "__self__", None), "archives", ())
    return {
        "run": run,
        "config": config,
        **{name: getattr(config, name) for name in ("data", "model", "optimizer", "loss", "scheduler", "training")},
        "spec": spec,
        "goal": goal,
        "notebook": is_notebook,
        "data_template": source.template,
        "is_generated": source.is_generated,
        "noise_scale": source.noise_scale,
        "hills": HILL_CENTRES,
        "hill_width": HILL_WIDTH,
        "url": source.url,
        "files": archive,
        "folder": f"data/{spec.name}",
        "classes": format_words(spec.classes),
        "alphabet": format_word(spec.alphabet),
        "archive_name": format_word(archive_name),
        "about": explanations.POINTS.get(spec.name, ""),
        "title_comment": explanations.describe_data(spec),
        "train_count": len(dataset.train),
        "validation_count": len(validation),
        "data_sha256": hash_tensors(tensor for split in splits for tensor in (split.inputs, split.labels)),
        "network": network,
        "network_about": _wrap(explanations.NETWORKS[config.model.name]),
        "module": type(first).__name__ if first is not None else "",
        "first": first,
        "reader": _write_reader(first),
        "positions": first.positions.shape[1] if isinstance(first, PatchAttention | CharacterAttention) else 0,
        "features": ", ".join(_FEATURES[name] for name in getattr(config.model, "features", ())),
        "loss_about": _wrap(explanations.describe_loss(config.loss.name, goal), "What the training makes smaller. "),
        "balanced": has_class_weights(config.loss),
        "augmentation_about": _wrap(explanations.describe_augmentation(config.data.augmentation), " " * 100),
        "schedule_about": explanations.SCHEDULES[config.scheduler.name],
        "trained_with": _describe_environment(run),
        "optimizer_code": _write_optimizer(config.optimizer),
        "eval_batch_size": compute_eval_batch_size(activations),
        "log_every": max(1, batches // 50, batches * config.training.epochs // 2000),
        "trace_sha256": hash_losses(run.losses),
        "weights_sha256": hash_tensors(order),
        "recorded": "\n".join(textwrap.wrap(packed, _WIDTH)),
    }


def _wrap(text: str, start: str = "") -> str:
    """Break a text into the lines of a comment. start: what is in its first line before it."""
    lines = textwrap.wrap(start + text, _WIDTH, drop_whitespace=True, initial_indent="", break_on_hyphens=False)
    return "\n# ".join(lines).removeprefix(start)


def _write_reader(module: nn.Module | None) -> str:
    """Write the recurrent layer of a network that has one."""
    if not isinstance(module, RowReader | CharacterReader):
        return ""
    definitions = Definitions()
    return format_call(read_constructor(module.reader, definitions, {}), 0)


def _write_optimizer(settings: NamedSection) -> str:
    """Write the statement that creates the optimizer."""
    arguments = settings.model_dump(exclude={"name", "lr"})
    if isinstance(settings, MuonSettings):
        return _MUON.format(**arguments)
    if "beta1" in arguments:
        arguments = {"betas": (arguments.pop("beta1"), arguments.pop("beta2")), **arguments}
    kind = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "adagrad": "Adagrad"}[settings.name]
    defaults = inspect.signature(getattr(torch.optim, kind)).parameters
    fixed = {"rmsprop": "foreach=True"}.get(settings.name, "fused=True")
    values = [f"{name}={value!r}" for name, value in arguments.items() if value != defaults[name].default]
    call = Call(
        f"torch.optim.{kind}",
        [("", "network.parameters()"), ("", "lr=LEARNING_RATE"), *(("", each) for each in (*values, fixed))],
    )
    return f"optimizer = {format_call(call, 0)}"


def _write_imports(code: str) -> str:
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    lines: dict[bool, list[str]] = {False: [], True: []}
    for name, statement in _IMPORTS.items():
        if name in used:
            lines[name in _THIRD_PARTY].append(statement)
    return "\n\n".join("\n".join(sorted(each, key=lambda line: line.startswith("from"))) for each in lines.values())


def _write_head(run: RecordedRun, source: DataSource, code: str, file_name: str) -> str:
    libraries = ["NumPy", "Pillow"] if "from PIL" in code else ["NumPy"]
    return _HEAD.format(
        title=_make_title(run),
        libraries=f"{' and '.join(libraries)} ",
        file=file_name if is_run_name(file_name) else "script.py",
        argument="" if source.is_generated else " [DATA]",
        with_what=_describe_environment(run),
    )


def _make_title(run: RecordedRun) -> str:
    """The first sentence of the script. The name of a run may contain anything, if its folder was renamed by hand."""
    name = f" '{run.name}'" if is_run_name(run.name) else ""
    return f"Trains the network {run.config.model.name} on {run.config.data.name} exactly as the run{name} did."


_MUON = """\
# Muon trains the matrices between hidden layers, AdamW the other weights, with a fraction of the learning rate.
matrices = [
    weights
    for module in network.modules()
    for weights in module.parameters(recurse=False)
    if weights.dim() >= 2 and not isinstance(module, nn.Embedding | nn.LayerNorm)
]
matrices = [weights for weights in matrices[:-1] if weights.dim() == 2]
others = [weights for weights in network.parameters() if all(weights is not matrix for matrix in matrices)]
optimizers = [
    torch.optim.Muon(matrices, lr=LEARNING_RATE, momentum={momentum}, nesterov={nesterov}, weight_decay={weight_decay}),
    torch.optim.AdamW(others, lr=LEARNING_RATE * {adamw_share}, weight_decay={weight_decay}, fused=True),
]
factors = [1.0, {adamw_share}]
"""


def _describe_environment(run: RecordedRun) -> str:
    """Say with what the run was trained. The file that says so may come from someone else, so only harmless characters are kept."""
    environment = run.environment
    text = f"PyTorch {environment.torch} on {environment.system}"
    return re.sub(r"[^\w .,+()/-]", "", text)
