"""Asks the network that trains about the pinned drawings, a few times a second and for next to no time."""

import math
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from nn_core.data import DatasetSpec
from nn_core.data.transforms.normalize import normalize
from nn_core.data.transforms.resize import resize_to_spec
from nn_core.drawings.pins import Pin, read_pins
from nn_core.drawings.preprocess import prepare_drawing
from nn_core.runs import RunFolder
from nn_core.runs.pins import read_run_pins, write_run_pins
from nn_core.training.state import TrainState

__all__ = ["PinnedDrawings", "select_pins"]

_LEAST_SECONDS = 0.05
_READINGS_PER_RUN = 1000  # about so many: a chart shows no more, and each is a line of metrics.jsonl


def select_pins(run: RunFolder, session: TrainState, data_folder: Path) -> list[Pin]:
    """The drawings that a run is asked about: those that are pinned when it begins and that its network can answer. One that
    goes on keeps those that it began with, whatever was pinned or unpinned since."""
    if session.goal != "classify" or session.spec.kind != "pictures" or not session.spec.is_line_drawing:
        return []
    pins = [pin for pin in read_run_pins(run) if pin.label in session.spec.classes]
    if pins or session.step:
        return pins
    pins = [pin for pin in read_pins(data_folder) if pin.label in session.spec.classes]
    if pins:
        with suppress(OSError):  # a full disk is reported by what the run cannot do without
            write_run_pins(run, pins)
    return pins


class PinnedDrawings:
    """Reads how sure the network is that each drawing is what it is meant to be, when it is time. Training goes on as if nobody
    had asked: no random numbers are drawn, and the network is left as it was.

    share: of the work of a training that the readings may be, in this thread's processor time: on a busy machine both are
    slowed down alike, and a clock on the wall would tell neither.
    """

    def __init__(self, session: TrainState, pins: Sequence[Pin], share: float = 0.015) -> None:
        self.session = session
        self.share = share
        self._pins = list(pins)
        # A session that goes on had its reading at this step before it was stopped.
        self._read_at_step = session.step or -1
        self._next = self._next_work = 0.0
        self._next_step = session.step if pins else math.inf
        if pins:
            pictures = [_picture(pin, session.spec) for pin in self._pins]
            self._inputs = normalize(torch.stack(pictures).to(session.device), session.spec)
            classes = [session.spec.classes.index(pin.label) for pin in self._pins]
            self._classes = torch.tensor(classes, device=session.device).unsqueeze(1)

    def look(self) -> dict[str, Any] | None:
        """Called after every step: a line for metrics.jsonl if it is time. So much is worked between two that they take no more
        than their share."""
        if self.session.step < self._next_step or time.monotonic() < self._next:
            return None
        begun = time.thread_time()
        if begun < self._next_work:
            return None
        line = self.read()
        ended = time.thread_time()
        self._next_work = ended + (ended - begun) / self.share
        self._next = time.monotonic() + _LEAST_SECONDS
        self._next_step = self.session.step + max(1, self.session.steps // _READINGS_PER_RUN)
        return line

    def read(self) -> dict[str, Any] | None:
        """The line now; None where nothing was learned since the last one, or the network answers with no number."""
        session = self.session
        if not self._pins or self._read_at_step == session.step:
            return None
        self._read_at_step = session.step
        model = session.judged  # as it is: nothing that was compiled for a batch is compiled anew for these few
        training = model.training
        model.eval()
        try:
            with torch.inference_mode():
                shares = model(self._inputs).float().softmax(dim=1).gather(1, self._classes).flatten().tolist()
        finally:
            model.train(training)
        if not all(map(math.isfinite, shares)):
            return None
        told = {pin.id: round(share, 5) for pin, share in zip(self._pins, shares, strict=True)}
        return {"kind": "pinned", "step": session.step, "epoch": session.step / session.batches, "shares": told}


def _picture(pin: Pin, spec: DatasetSpec) -> torch.Tensor:
    """As the data set stores its pictures."""
    prepared = prepare_drawing(pin.drawing)
    assert prepared is not None, "a pin without strokes is never read"
    return torch.from_numpy(resize_to_spec(prepared, spec))
