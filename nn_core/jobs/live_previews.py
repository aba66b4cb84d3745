"""Shows what the network does now, while it trains: `preview.json`, a few times a second and for next to no time."""

import base64
import time
from collections import deque
from contextlib import suppress

import torch
from torch import Tensor

from nn_core.data.transforms.normalize import normalize
from nn_core.runs import RunFolder
from nn_core.runs.preview import Boundary, Preview, Reconstructions, compute_square_extent, write_preview
from nn_core.training.state import TrainState

__all__ = ["Previews", "make_preview"]

SIZE = 64
"""Places along each side of the square in which a boundary is looked for."""
_PICTURES = 10
_LEAST_SECONDS = 0.25
_COSTS_KEPT = 3


class Previews:
    """Writes them for one run, when it is time. Training goes on as if nobody had looked: see `make_preview`.

    share: of the time of a training that they may take.
    """

    def __init__(self, run: RunFolder, session: TrainState, share: float = 0.02) -> None:
        self.run = run
        self.share = share
        self.session = session
        self.count = 0
        self._written_at_step = -1
        self._costs = deque[float](maxlen=_COSTS_KEPT)
        self._next = 0.0 if _shows(session) else float("inf")

    def is_due(self) -> bool:
        """Whether `look` would write one now."""
        return time.monotonic() >= self._next

    def look(self) -> None:
        """Called after every step: writes one if it is time. So much time passes between two that they take no more than
        their share."""
        if not self.is_due():
            return
        begun = time.monotonic()
        self.write()
        now = time.monotonic()
        # The first one includes one-off costs, and a busy machine can stall any of them: neither says what the next will take.
        if self.count > 1:
            self._costs.append(now - begun)
        pause = min(self._costs) / self.share if self._costs else 0.0
        self._next = now + max(_LEAST_SECONDS, pause)

    def write(self) -> None:
        """Write one now, unless nothing was learned since the last. It is not worth a run: a full disk is ignored here."""
        if self._written_at_step == self.session.step:
            return
        self._written_at_step = self.session.step
        preview = make_preview(self.session)
        if preview:
            with suppress(OSError):
                write_preview(self.run, preview)
            self.count += 1


def make_preview(session: TrainState) -> Preview | None:
    """The boundary of a network that tells points apart, or some pictures as an autoencoder gives them back; None for
    others. Draws no random numbers and leaves the network as it was."""
    if not _shows(session):
        return None
    model = session.judged
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            return _boundary(session) if session.goal == "classify" else _reconstructions(session)
    finally:
        model.train(training)


def _shows(session: TrainState) -> bool:
    return session.goal == "reconstruct" or session.spec.kind == "points"


def _boundary(session: TrainState) -> Boundary:
    xs, ys = session.samples.inputs.float().unbind(dim=1)
    lowest, highest = [float(xs.min()), float(ys.min())], [float(xs.max()), float(ys.max())]
    extent = compute_square_extent([lowest[0], highest[0]], [lowest[1], highest[1]])
    # The middles of the cells, so that each byte stands for its own square.
    middles = (torch.arange(SIZE, device=session.device) + 0.5) / SIZE
    x = extent[0] + (extent[1] - extent[0]) * middles
    y = extent[2] + (extent[3] - extent[2]) * middles
    places = torch.stack([x.repeat(SIZE), y.repeat_interleave(SIZE)], dim=1)
    shares, classes = session.judge(normalize(places, session.spec)).float().softmax(dim=1).nan_to_num(0).topk(2, dim=1)
    return Boundary(
        step=session.step,
        epoch=_epoch(session),
        extent=extent,
        size=SIZE,
        classes=_packed(classes[:, 0]),
        sureness=_packed(shares[:, 0] * 255),
        margin=_packed((shares[:, 0] - shares[:, 1]) * 255),
    )


def _reconstructions(session: TrainState) -> Reconstructions:
    # Spread over all of them, for data often lie in the order of their classes.
    rows = session.validation_rows
    chosen = torch.linspace(0, len(rows) - 1, min(_PICTURES, len(rows)), device=rows.device).round().long()
    originals, _labels = session.batch_of(rows[chosen])
    made = session.judge(normalize(originals, session.spec)).float()
    count, channels, height, width = originals.shape
    return Reconstructions(
        step=session.step,
        epoch=_epoch(session),
        shape=(count, channels, height, width),
        originals=_packed(originals),
        made=_packed(made.nan_to_num(0) * 255),
    )


def _epoch(session: TrainState) -> float:
    return round(session.step / session.batches, 4)


def _packed(values: Tensor) -> str:
    """Values from 0 to 255 as base64."""
    rounded = values.round().clamp(0, 255) if values.is_floating_point() else values
    return base64.b64encode(rounded.to(torch.uint8).cpu().contiguous().numpy().tobytes()).decode()
