"""Writes the live views of a run (`nn_core.jobs.previews`) while it trains: a few times a second, in a small share of the time."""

from collections.abc import Callable

from nn_core.jobs.previews import list_previews, make_previews, write_preview
from nn_core.runs import RunFolder
from nn_core.training.callbacks import LiveView
from nn_core.training.state import TrainState

__all__ = ["Previews"]


class Previews(LiveView):
    """Writes the previews of one run."""

    def __init__(
        self,
        run: RunFolder,
        state: TrainState,
        before_write: Callable[[], object] = lambda: None,
        max_share: float = 0.02,
        report: Callable[[str], object] = lambda message: None,
    ) -> None:
        """before_write: called before the previews are written, so that the curves on disk reach as far as the previews."""
        is_enabled = bool(list_previews(state.goal, state.spec.kind))
        super().__init__(is_enabled=is_enabled, max_share=max_share, min_seconds=0.25, report=report)
        self._run = run
        self._before_write = before_write

    def update(self, state: TrainState) -> None:
        self._before_write()
        for preview in make_previews(state):
            write_preview(self._run, preview)
