"""The checks. Each is a generator of table rows and runs in a process of its own, so that a crash ends only that check."""

import gc
import json
import math
import platform
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from scripts.gpu_check.stage import CheckFailed, Curve, Result, Stage

__all__ = ["ALONE", "CHECKS", "compare_curves", "write_curves"]

_MIB = 2**20
_RELEASED_MIB = 16.0
_BARE_RATIO = 0.8
_GOAL = 0.99
_SAMPLES = 4000  # of an epoch, about


def check_machine(stage: Stage) -> Iterator[Result]:
    import torch

    from nn_core.devices import choose_device, count_cores, describe_device

    device = describe_device(choose_device(stage.device))
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, CUDA {torch.version.cuda}"
    yield Result("machine", f"{device}; {count_cores()} cores; {versions}", device.kind == stage.device)


def write_curves(stage: Stage, file: Path) -> None:
    """Train every preset briefly, and append a line of JSON with its curve, or with what went wrong, to a file."""
    from nn_core.config import PRESETS

    texts, images = _choose_texts(stage), stage.choose_images()
    for preset, config in PRESETS.items():
        data = {"surnames": texts, "mnist_sample": images}.get(config.data.name, config.data.name)
        epochs = 1 if stage.small else 2
        line: dict[str, object] = {"preset": preset}
        try:
            run = stage.train(preset, f"curve-{stage.device}-{preset}", f"data.name={data}", epochs=epochs)
            curve = Curve.read(run)
            line |= {"first": curve.first, "loss": curve.losses[-1], "accuracy": curve.accuracies[-1]}
        except Exception as error:  # the next preset is checked all the same
            line["error"] = f"{type(error).__name__}: {error}"
        with file.open("a", encoding="utf-8") as curves:
            print(json.dumps(line), file=curves)


def _choose_texts(stage: Stage) -> str:
    """The surnames of the Faker package; without it, a data set of generated words."""
    if find_spec("faker") and not stage.small:
        return "surnames"
    words = [f"{'ab' * (i % 3 + 1)}{i}{'xyz'[i % 3] * (i % 4 + 1)},{'ABC'[i % 3]}" for i in range(900)]
    file = stage.folder / f"words-{stage.device}.csv"
    file.write_text("\n".join(["text,label", *words]) + "\n", encoding="utf-8")
    return stage.call("import-data", file, "--name", f"words {stage.device}").split()[-1]


def compare_curves(reference: dict[str, object], measured: dict[str, object]) -> tuple[str, bool]:
    """Whether two short runs of a preset have similar curves. Dropout and augmentation draw other numbers on another device, so only
    the initial weights and the order of the samples are the same."""
    for line in (reference, measured):
        if "error" in line:
            return str(line["error"]), False
    ours, theirs = ([float(str(line[key])) for key in ("first", "loss")] for line in (measured, reference))
    text = f"first loss {ours[0]:.4f} (CPU {theirs[0]:.4f}), validation loss {ours[1]:.4f} (CPU {theirs[1]:.4f})"
    first_is_close = abs(ours[0] - theirs[0]) <= 0.1 * theirs[0] + 0.01
    return text, first_is_close and _is_close(ours[1], theirs[1])


def _is_close(loss: float, other: float) -> bool:
    return abs(loss - other) <= 0.2 * max(loss, other) + 0.03


def check_bf16(stage: Stage) -> Iterator[Result]:
    yield from _compare_with_plain(stage, "bf16", "training.precision=bf16")


def check_compile(stage: Stage) -> Iterator[Result]:
    yield from _compare_with_plain(stage, "compile", "training.compile=true")


def _compare_with_plain(stage: Stage, check: str, setting: str) -> Iterator[Result]:
    data = f"data.name={stage.choose_images()}"
    epochs = 1 if stage.small else 4
    plain, changed = (
        Curve.read(stage.train("net", f"{check}-{len(settings)}", data, *settings, "optimizer.lr=0.01", epochs=epochs))
        for settings in ((), (setting,))
    )
    figure = (
        f"validation loss {changed.losses[-1]:.4f} (float32, eager: {plain.losses[-1]:.4f}); "
        f"{changed.seconds[-1]:.1f} s ({plain.seconds[-1]:.1f} s)"
    )
    yield Result(check, figure, _is_close(changed.losses[-1], plain.losses[-1]))


def check_inside(stage: Stage) -> Iterator[Result]:
    """The figures of the layers, measured on the device while it trains, and one training step of the network that came out."""
    preset = "simple_net" if stage.small else "quick"
    stage.train(preset, "watched", f"data.name={stage.choose_images()}")
    layers = json.loads(stage.call("vitals", "watched", "--json"))["layers"]
    figures = [
        figure
        for records in layers.values()
        for record in records
        for name, figure in record.items()
        if name != "step" and figure is not None
    ]
    yield Result("vitals", f"{len(figures)} figures of {len(layers)} layers", all(map(math.isfinite, figures)))
    check = json.loads(stage.call("backprop", "watched", "--sample", 0, "--json"))["finite_difference"]
    largest = check["max_difference"]
    yield Result("backprop", f"gradients and finite differences differ by at most {largest:.1g}", check["agrees"])


def check_streaming(stage: Stage) -> Iterator[Result]:
    """A custom data set, read once from memory and once as if it were larger than the memory."""
    from nn_core.data.custom import store

    name = stage.import_bars()
    curves = [Curve.read(stage.train("simple_net", "in-memory", f"data.name={name}"))]
    available = store.get_available_memory
    store.get_available_memory = lambda: 0
    try:
        listed = {entry["name"]: entry["read"] for entry in json.loads(stage.call("datasets", "--json"))}
        if listed[name] != "streams":
            raise CheckFailed(f"the data set is read as {listed[name]!r}")
        curves.append(Curve.read(stage.train("simple_net", "streamed", f"data.name={name}")))
    finally:
        store.get_available_memory = available
    losses = [curve.losses[-1] for curve in curves]
    equal = "bit-equal" if losses[0] == losses[1] else f"{losses[1]:.6f} and {losses[0]:.6f}"
    yield Result("streaming", f"validation loss streamed and in memory: {equal}", _is_close(*losses))


def check_resume(stage: Stage) -> Iterator[Result]:
    """A run that is paused, resumed, stopped and resumed again, compared with two runs that were left alone."""
    preset, epochs = ("plane", 150) if stage.small else ("net", 120)
    settings = ["training.seed=3", *(["model.dropout=0.1"] if stage.small else [f"data.name={stage.choose_images()}"])]
    device = [f"training.epochs={epochs}", f"training.device={stage.device}"]
    run = stage.runs / "paused"
    options = stage.list_options([*device, *settings])
    process = stage.start("train", "--preset", preset, "--name", run.name, *options)
    try:
        stage.wait_until(
            lambda: stage.read_status(run.name)["step"] > 0 or process.poll() is not None, "the run trains"
        )
        for command, expected in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
            stage.call(command, run.name)
            if (status := stage.read_status(run.name))["status"] != expected:
                raise CheckFailed(f"after '{command}' the run is {status['status']} at step {status['step']}")
        process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    step = stage.read_status(run.name)["step"]
    stage.call("resume", run.name)
    whole, again = (stage.train(preset, name, *settings, epochs=epochs) for name in ("whole", "again"))
    difference, noise = _max_difference(run, whole), _max_difference(whole, again)
    figure = (
        f"stopped at step {step}; largest difference of a weight: {_describe_difference(difference)} to an uninterrupted "
        f"run; {_describe_difference(noise)} between two of those"
    )
    yield Result("pause and resume", figure, difference <= 10 * noise)


def _max_difference(run: Path, other: Path) -> float:
    from safetensors.torch import load_file

    ours, theirs = (load_file(folder / "last.safetensors") for folder in (run, other))
    return max(float((ours[name].double() - theirs[name].double()).abs().max()) for name in ours)


def _describe_difference(difference: float) -> str:
    return f"{difference:.2g}" if difference else "none (bit-equal)"


def check_out_of_memory(stage: Stage) -> Iterator[Result]:
    import torch

    if stage.device != "cuda":
        yield Result("out of memory", "needs CUDA", None)
        return
    total = torch.cuda.get_device_properties(0).total_memory
    settings = (
        "--set",
        "training.batch_size=3000",
        "--set",
        f"data.name={stage.choose_images()}",
        "--set",
        "training.device=cuda",
    )
    torch.cuda.set_per_process_memory_fraction(200 * _MIB / total)
    status, _out, errors = stage.try_call("train", "--preset", "cnn", "--name", "too-large", *settings)
    torch.cuda.set_per_process_memory_fraction(1.0)
    message = errors.strip().splitlines()[-1] if errors.strip() else "no message"
    helpful = status == 1 and "out of memory" in message and "batch size" in message
    yield Result("out of memory", f"exit status {status}: {message}", helpful)
    gc.collect()
    curve = Curve.read(stage.train("simple_net", "afterwards", f"data.name={stage.choose_images()}", epochs=1))
    yield Result("next run in that process", f"validation loss {curve.losses[-1]:.4f}", True)


def check_memory_released(stage: Stage) -> Iterator[Result]:
    import torch

    if stage.device != "cuda":
        yield Result("memory released", "needs CUDA", None)
        return

    def used() -> float:
        free, total = torch.cuda.mem_get_info()
        return (total - free) / _MIB

    torch.zeros(1, device="cuda")
    before, most = used(), 0.0
    options = stage.list_options(["training.epochs=10", "training.device=cuda", f"data.name={stage.choose_images()}"])
    process = stage.start("train", "--preset", "quick", "--name", "memory", *options)
    while process.poll() is None:
        most = max(most, used())
        time.sleep(0.05)
    if process.returncode:
        raise CheckFailed(process.communicate()[1].strip()[-300:])
    process.communicate()
    time.sleep(0.5)
    left = used() - before
    yield Result("memory released", f"{most - before:,.0f} MiB during a run, {left:,.0f} after", left <= _RELEASED_MIB)


def check_process_group(stage: Stage) -> Iterator[Result]:
    """A group of one process, by NCCL on a graphics card, and a run that torchrun starts with one process."""
    import torch
    import torch.distributed as dist

    from nn_core.distributed.process_group import ProcessGroup

    check = "NCCL, one process" if stage.device == "cuda" else "Gloo, one process"
    device = torch.device(stage.device, 0) if stage.device == "cuda" else torch.device("cpu")
    torch.manual_seed(0)
    inputs, plain = torch.randn(32, 8, device=device), torch.nn.Linear(8, 1).to(device)
    plain(inputs).square().mean().backward()
    expected = [parameter.grad.clone() for parameter in plain.parameters() if parameter.grad is not None]
    plain.zero_grad()
    with ProcessGroup(dist.FileStore(str(stage.folder / f"store-{stage.device}"), 1), 0, 1, device, 60.0) as group:
        backend = dist.get_backend_config() if hasattr(dist, "get_backend_config") else dist.get_backend()
        ones = torch.ones(4, device=device)
        dist.all_reduce(ones)
        model = group.wrap_model(plain, compiled=False)
        group.shard_batch(torch.arange(len(inputs)))
        group.backward(model(inputs).square().mean())
        found = [parameter.grad.clone() for parameter in plain.parameters() if parameter.grad is not None]
    right = bool((ones == 1).all()) and all(map(torch.allclose, found, expected))
    yield Result(check, f"{backend}: all_reduce and gradients {'right' if right else 'wrong'}", right)

    if stage.small:  # tests/test_together.py has such launches
        return
    settings = stage.list_options(["training.epochs=2", f"training.device={stage.device}"])
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node=1", "--master-addr=127.0.0.1", "--master-port=0")
    process = stage.start_python(
        *launcher, "-m", "nn_core", "train", "--preset", "plane", "--name", "launched", *settings
    )
    _out, errors = process.communicate(timeout=90)
    if process.returncode:
        raise CheckFailed(f"torchrun: {errors.strip().splitlines()[-1:]}")
    losses = [Curve.read(run).losses[-1] for run in (stage.runs / "launched", stage.train("plane", "alone"))]
    yield Result(
        "torchrun, one process", f"validation loss {losses[0]:.6f} (alone {losses[1]:.6f})", _is_close(*losses)
    )


def check_seconds_to_goal(stage: Stage) -> Iterator[Result]:
    from nn_core.data import DATASETS

    has_mnist = DATASETS["mnist"].is_present(stage.data) and not stage.small
    name = "mnist" if has_mnist else stage.choose_images()
    # Without a number of epochs, the preset trains as many as suit the data set.
    settings = [f"data.name={name}", f"training.device={stage.device}", *(["training.epochs=1"] if stage.small else [])]
    begun = time.perf_counter()
    stage.call("train", "--preset", "quick", "--name", "goal", *stage.list_options(settings))
    total = time.perf_counter() - begun
    curve = Curve.read(stage.runs / "goal")
    reached = [
        seconds for seconds, accuracy in zip(curve.seconds, curve.accuracies, strict=True) if (accuracy or 0) >= _GOAL
    ]
    best = max(accuracy or 0 for accuracy in curve.accuracies)
    figure = f"{reached[0]:.1f} s of training" if reached else f"not reached in {curve.seconds[-1]:.1f} s"
    figure += f"; best validation accuracy {best:.2%}, {total:.1f} s with start and evaluation"
    yield Result(f"99 % on {name} with quick", figure, bool(reached) if has_mnist else None)


def check_throughput(stage: Stage) -> Iterator[Result]:
    data = stage.choose_images()
    presets, seconds = (("simple_net",), 0.3) if stage.small else (("quick", "cnn"), 3.0)
    for preset in presets:
        bare = stage.start_python("-m", "bench.bare_preset", preset, data, stage.data, stage.device)
        out, errors = bare.communicate(f"{seconds / 3}\n{seconds}\n", timeout=60)
        if bare.returncode:
            raise CheckFailed(f"the bare loop: {errors.strip().splitlines()[-1:]}")
        theirs = float(out.split()[-1])
        epochs = 3 if stage.small else max(3, round(theirs * seconds / _SAMPLES))
        ours = Curve.read(stage.train(preset, f"speed-{preset}", f"data.name={data}", epochs=epochs)).rate
        figure = f"{ours:,.0f} samples/s with everything on, bare loop {theirs:,.0f}: {ours / theirs:.2f} ×"
        yield Result(f"throughput of {preset}", figure, None if stage.small else ours / theirs >= _BARE_RATIO)


CHECKS: dict[str, Callable[[Stage], Iterator[Result]]] = {
    "machine": check_machine,
    "bf16": check_bf16,
    "compile": check_compile,
    "inside": check_inside,
    "streaming": check_streaming,
    "resume": check_resume,
    "out_of_memory": check_out_of_memory,
    "process_group": check_process_group,
    "memory_released": check_memory_released,
    "seconds_to_goal": check_seconds_to_goal,
    "throughput": check_throughput,
}
"""By name, in the order of the table."""

ALONE = ("memory_released", "seconds_to_goal", "throughput")
"""Checks that measure memory or time, so nothing else may run on the device."""
