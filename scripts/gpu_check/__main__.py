"""`python -m scripts.gpu_check`: runs all checks, prints one table, and exits with 1 if one fails. No network is needed.

Needs Python 3.11 or newer with torch and what `nn_core` imports, but no Streamlit. Wheels of missing packages are taken from the
folder `.whl/` of the checkout, so that a machine without a network can be given them. The table is also written as JSON to
`$OUT/gpu_check.json` if OUT is set. MNIST is used if it is in `NN_LAB_DATA`, `data/`, `shared/data/` or `../shared/data/`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.gpu_check.checks import ALONE, CHECKS, compare_curves, write_curves
from scripts.gpu_check.stage import ROOT, Result, Stage

__all__ = ["main"]

# On the CPU nothing is promised, so nothing is cut short there.
_TOTAL_SECONDS = {"cuda": 285.0, "cpu": 3600.0}
_CHECK_SECONDS = {"cuda": 120.0, "cpu": 600.0}
_CURVE_SECONDS = {"cuda": 120.0, "cpu": 600.0}
_LEAST_SECONDS = 5.0
_CORES_EACH = 4  # for a check, whose process imports torch and computes
_WHEELS = ROOT / ".whl"
_PROBE = "import nn_core.cli, nn_core.jobs.runner"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.gpu_check", description="Check NN Lab on a graphics card.")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--small", action="store_true", help="as little work as possible, for the test suite")
    parser.add_argument(
        "--skip", action="append", default=[], choices=["presets", *CHECKS], help="leave a check out; may be repeated"
    )
    parser.add_argument("--only", choices=[*CHECKS, "curves"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        _run_one(Stage(options.device, options.folder, options.small), options.only)
        return
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as folder:
        _provide_packages(Path(folder) / "packages")
        if options.device == "cuda" and not _has_cuda():
            sys.exit(
                "torch finds no CUDA device here. Run this on a machine with one, or try the checks with --device cpu."
            )
        stage = Stage(options.device, Path(folder), options.small)
        _provide_mnist(stage.data)
        results = _run_all(
            stage, [name for name in ("machine", "presets", *list(CHECKS)[1:]) if name not in options.skip]
        )
    print_table(results)
    if out := os.environ.get("OUT"):
        text = json.dumps([result.as_json() for result in results], indent=1)
        Path(out, "gpu_check.json").write_text(text + "\n", encoding="utf-8")
    sys.exit(any(result.passed is False for result in results))


def _provide_packages(target: Path) -> None:
    """Install the wheels of `.whl/` for the checks' processes, if there are any, and see whether nn_core can be imported."""
    wheels = list(map(str, _WHEELS.glob("*.whl")))
    if wheels:
        pip = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile", "--target", str(target)]
        subprocess.run([sys.executable, *pip, *wheels], check=True)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(target), os.environ.get("PYTHONPATH")]))
    probe = subprocess.run([sys.executable, "-c", _PROBE], cwd=ROOT, capture_output=True, text=True)
    if probe.returncode:
        reason = probe.stderr.strip().splitlines()[-1]
        sys.exit(
            f"nn_core cannot be imported with {sys.executable} ({reason}). Install the package, or put its wheel into .whl/: "
            "pip download --no-deps --only-binary=:all: -d .whl NAME==VERSION, with the version of requirements.txt."
        )


def _has_cuda() -> bool:
    """Asked in another process, because this one stays without torch and takes no memory of the device."""
    ask = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    return subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0


def _provide_mnist(data: Path) -> None:
    """Link MNIST, where it is, into the data folder of the checks."""
    data.mkdir()
    own = os.environ.get("NN_LAB_DATA")
    for folder in (
        *([Path(own)] if own else []),
        ROOT / "data",
        ROOT / "shared" / "data",
        ROOT.parent / "shared" / "data",
    ):
        if (folder / "MNIST" / "raw").is_dir():
            (data / "MNIST").symlink_to((folder / "MNIST").resolve())
            return


def _run_all(stage: Stage, names: list[str]) -> list[Result]:
    """The rows of these checks and of "presets". Those that measure neither time nor memory run side by side."""
    begun = time.monotonic()

    def collect(name: str) -> list[Result]:
        left = _TOTAL_SECONDS[stage.device] - (time.monotonic() - begun)
        if left < _LEAST_SECONDS:
            return [Result(name, "no time left", False)]
        return (
            _compare_presets(stage)
            if name == "presets"
            else _collect(stage, name, min(_CHECK_SECONDS[stage.device], left))
        )

    together = [name for name in names if name not in ALONE]
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // _CORES_EACH)) as pool:
        results = [row for rows in pool.map(collect, together) for row in rows]
    for name in names:
        if name in ALONE:
            results += collect(name)
    return [*results, Result("all checks", f"{time.monotonic() - begun:.0f} s", None, time.monotonic() - begun)]


def _start(stage: Stage, name: str) -> "subprocess.Popen[str]":
    """The process of a check, with folders of its own."""
    options = ["--device", stage.device, "--folder", stage.folder / name, *(["--small"] if stage.small else [])]
    return stage.start_python("-m", "scripts.gpu_check", "--only", name, *options)


def _collect(stage: Stage, name: str, seconds: float) -> list[Result]:
    """The rows of a check that runs in a process of its own; a row that says so where it fails."""
    begun = time.monotonic()
    _say(name)
    process = _start(stage, name)
    try:
        out, errors = process.communicate(timeout=seconds)
        problem = "" if process.returncode == 0 else (errors.strip().splitlines() or ["no message"])[-1]
    except subprocess.TimeoutExpired:
        process.kill()
        out, errors = process.communicate()
        problem = f"not finished after {seconds:.0f} s"
    rows = [Result(**json.loads(line)) for line in out.splitlines() if line.startswith('{"check"')]
    if problem:
        _say(errors[-2000:])
        rows.append(Result(name, problem, False, time.monotonic() - begun))
    return rows


def _compare_presets(stage: Stage) -> list[Result]:
    """Every preset on the device and on the CPU, at the same time."""
    begun = time.monotonic()
    _say("presets")
    stages = {"reference": Stage("cpu", stage.folder / "reference", stage.small), "measured": stage}
    stages["reference"].data.mkdir(parents=True)
    processes = {name: _start(place, "curves") for name, place in stages.items()}
    curves: dict[str, dict[str, dict[str, object]]] = {}
    for name, process in processes.items():
        try:
            _out, errors = process.communicate(
                timeout=max(1.0, _CURVE_SECONDS[stage.device] - (time.monotonic() - begun))
            )
        except subprocess.TimeoutExpired:
            process.kill()
            _out, errors = process.communicate()
        if process.returncode:
            _say(errors[-2000:])
        curves[name] = _read_curves(stages[name].folder / "curves" / "curves.jsonl")
    presets = list(curves["reference"] | curves["measured"])
    missing: dict[str, object] = {"error": "not trained in time"}
    seconds = time.monotonic() - begun
    results = []
    for preset in presets:
        figure, passed = compare_curves(*(curves[name].get(preset, missing) for name in ("reference", "measured")))
        results.append(Result(f"preset {preset}", figure, passed, seconds / len(presets)))
    return results or [Result("presets", "no preset was trained", False, seconds)]


def _read_curves(file: Path) -> dict[str, dict[str, object]]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {line["preset"]: line for line in map(json.loads, lines)}


def _run_one(stage: Stage, name: str) -> None:
    """In the process of a check: print its rows as JSON."""
    stage.folder.mkdir(parents=True)
    _provide_mnist(stage.data)  # found in the data folder of the process that started this one
    os.environ.update(stage.environment)
    if name == "curves":
        write_curves(stage, stage.folder / "curves.jsonl")
        return
    begun = time.monotonic()
    for result in CHECKS[name](stage):
        row = {**result.as_json(), "seconds": round(time.monotonic() - begun, 1)}
        print(json.dumps(row), flush=True)
        begun = time.monotonic()


def print_table(results: list[Result]) -> None:
    marks = {True: "ok", False: "FAILED", None: "-"}
    width = max(len(result.check) for result in results)
    print()
    for result in results:
        print(f"{result.check:<{width}}  {marks[result.passed]:<6}  {result.seconds:6.1f} s  {result.figure}")


def _say(text: str) -> None:
    print(text.rstrip(), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
