"""Counts the kills of a soak, and checks the files after each kill and the result of each run."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from nn_core.runs import History, RunFolder
from nn_core.runs.weights import read_weights
from nn_core.training.checkpoint import has_valid_checksum
from nn_core.vitals.records import read_vitals

__all__ = ["Tally"]

_TIMES = ("elapsed_seconds", "samples_per_second")


@dataclass
class Tally:
    """lost: seconds of work that each kill of a training run cost; differences: what was not as it should be, in words."""

    kills: Counter[str] = field(default_factory=Counter)
    resumed: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    files: int = 0
    lost: list[float] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def in_words(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items()))
        ways = ", ".join(f"{count} {way}" for way, count in sorted(self.resumed.items()))
        return (
            f"{sum(self.kills.values())} kills ({kinds}) in {self.runs} runs; {sum(self.resumed.values())} times resumed ({ways}); "
            f"at most {max(self.lost, default=0):.2f} s of work lost; {self.files:,} files checked; "
            f"{len(self.differences)} differences."
        )

    def check_files(self, folder: Path) -> None:
        """Every file is whole: what is replaced in one go always is, and of metrics.jsonl all lines that have their end."""
        for file in sorted(folder.iterdir()):
            try:
                if file.suffix == ".json":
                    json.loads(file.read_bytes())
                elif file.suffix == ".state":
                    assert has_valid_checksum(file), "its checksum is wrong"
                    torch.load(file, map_location="cpu", weights_only=True)
                elif file.suffix == ".safetensors":
                    read_weights(file)
                elif file.name == RunFolder.vitals_file.name:
                    lines = file.read_bytes().split(b"\n")[:-1]
                    assert len(read_vitals(file)) >= len(lines), "a line is damaged"
                elif file.suffix == ".jsonl":
                    history = History(file)
                    history.update()
                    assert not history.unreadable, "a line is damaged"
                else:
                    continue
            except FileNotFoundError:
                continue  # a request, which the worker has just taken
            except Exception as error:
                self.differences.append(f"{file} is damaged: {error}")
            self.files += 1

    def compare(self, run: RunFolder, whole: RunFolder) -> None:
        """The finished run has the weights, curves and evaluation of the one that was not killed."""
        status = run.status()
        if status.status != "finished":
            log = run.log_file.read_text()[-500:] if run.log_file.exists() else ""
            self.differences.append(f"{run.name} is {status.status} in the end: {status.message} {log}")
            return
        for name in ("last.safetensors", "best.safetensors"):
            if (run.path / name).read_bytes() != (whole.path / name).read_bytes():
                self.differences.append(f"{run.name}: {name} differs from that of an undisturbed run.")
        if _figures(run) != _figures(whole):
            self.differences.append(f"{run.name}: its curves differ from those of an undisturbed run.")
        if run.evaluation() != whole.evaluation():
            self.differences.append(f"{run.name}: its evaluation differs from that of an undisturbed run.")
        if leftovers := [file.name for file in run.path.glob(".*.tmp")]:
            self.differences.append(f"{run.name}: {leftovers} are left over.")


def _figures(run: RunFolder) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in run.metrics_file.read_bytes().splitlines()]
    return [{key: value for key, value in line.items() if key not in _TIMES} for line in lines]
