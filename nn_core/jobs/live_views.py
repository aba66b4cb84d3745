"""What a run writes about its network while it trains, a few times a second and in a small share of the time: the previews
(`nn_core.jobs.previews`) and the answers for the pinned drawings."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import torch

from nn_core.data import DatasetSpec
from nn_core.data.transforms import normalize, resize_to_spec
from nn_core.drawings.pins import Pin, read_pins
from nn_core.drawings.preprocess import prepare_drawing
from nn_core.jobs.previews import list_previews, make_previews, write_preview
from nn_core.runs import RunFolder
from nn_core.training.callbacks import LiveView
from nn_core.training.state import TrainState

__all__ = ["PinnedDrawings", "Previews", "select_pins"]

_UPDATES_PER_RUN = 1000  # a chart shows no more, and each update is a line of metrics.jsonl


class Previews(LiveView):
    """Writes the previews of one run."""

    def __init__(
        self,
        run: RunFolder,
        state: TrainState,
        before_write: Callable[[], object] = lambda: None,
        max_share: float | None = None,
        report: Callable[[str], object] = lambda message: None,
    ) -> None:
        """Choose the previews and their limits.

        Args:
            before_write: Called before the previews are written, so that the curves on disk reach as far as the previews.
            max_share: Replaces that of the previews.
        """
        shown = list_previews(state.goal, state.spec.kind, state.config.model.name)
        super().__init__(
            is_enabled=bool(shown),
            max_share=max_share or max((preview.max_share for preview in shown), default=1.0),
            min_seconds=min((preview.min_seconds for preview in shown), default=math.inf),
            report=report,
        )
        self._run = run
        self._before_write = before_write

    def update(self, state: TrainState) -> None:
        self._before_write()
        for preview in make_previews(state):
            write_preview(self._run, preview)


def select_pins(run: RunFolder, state: TrainState, data_folder: Path) -> list[Pin]:
    """Select the drawings that are pinned when a run starts and that its network can classify. A resumed run keeps those that it
    started with, even if drawings were pinned or unpinned since."""
    if state.goal != "classify" or state.spec.kind != "pictures" or not state.spec.is_line_drawing:
        return []
    pins = [pin for pin in run.pins() if pin.label in state.spec.classes]
    if pins or state.step:
        return pins
    pins = [pin for pin in read_pins(data_folder) if pin.label in state.spec.classes]
    if pins:
        with suppress(OSError):  # a full disk ends the run as soon as it affects something that the run needs
            run.write_pins(pins)
    return pins


class PinnedDrawings(LiveView):
    """Adds the probability of each pinned drawing's own label to metrics.jsonl."""

    def __init__(
        self,
        state: TrainState,
        pins: Sequence[Pin],
        add_line: Callable[[Mapping[str, object]], object],
        max_share: float = 0.015,
        report: Callable[[str], object] = lambda message: None,
    ) -> None:
        super().__init__(
            is_enabled=bool(pins),
            max_share=max_share,
            min_seconds=0.05,
            min_steps=max(1, state.total_steps // _UPDATES_PER_RUN),
            report=report,
        )
        self._add_line = add_line
        self._pins = list(pins)
        if state.step:
            self._updated_at_step = state.step  # before the run was stopped
        if pins:
            images = [_prepare_image(pin, state.spec) for pin in self._pins]
            self._inputs = normalize(torch.stack(images).to(state.device), state.spec)
            classes = [state.spec.classes.index(pin.label) for pin in self._pins]
            self._classes = torch.tensor(classes, device=state.device).unsqueeze(1)

    def on_start(self, state: TrainState) -> None:
        self.refresh(state)

    def update(self, state: TrainState) -> None:
        """Add a line, unless a probability is not a number."""
        # Not `eval_forward`: a compiled network would be compiled again for this batch size.
        outputs = state.eval_model(self._inputs).float()
        probabilities = outputs.softmax(dim=1).gather(1, self._classes).flatten().tolist()
        if all(map(math.isfinite, probabilities)):
            shares = {pin.id: round(share, 5) for pin, share in zip(self._pins, probabilities, strict=True)}
            epoch = state.step / state.batches_per_epoch
            self._add_line({"kind": "pinned", "step": state.step, "epoch": epoch, "shares": shares})


def _prepare_image(pin: Pin, spec: DatasetSpec) -> torch.Tensor:
    """Return the drawing as the data set stores its images."""
    prepared = prepare_drawing(pin.drawing)
    assert prepared is not None, "a pin without strokes is never read"
    return torch.from_numpy(resize_to_spec(prepared, spec))
