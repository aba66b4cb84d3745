"""What happens between the steps of a training: the interface of callbacks, and the base class of live views."""

import math
import time
from abc import abstractmethod
from collections.abc import Callable

import torch

from nn_core.i18n import _
from nn_core.training.loop import Epoch, Step
from nn_core.training.state import TrainState

__all__ = ["Callback", "LiveView"]


class Callback:
    """Called between the steps of a training, in the thread that trains. Every method does nothing by default.

    A callback must not change the state and must not draw random numbers. An exception ends the run.
    """

    def on_start(self, state: TrainState) -> None:
        """Before the first step, and when a paused run continues."""

    def on_step(self, state: TrainState, step: Step) -> None:
        """After each step. This runs thousands of times a second, so it must return at once when there is nothing to do."""

    def on_epoch(self, state: TrainState, epoch: Epoch) -> None:
        """After the validation at the end of each epoch."""

    def on_edit(self, state: TrainState) -> None:
        """After a user has set weights, between two steps or while the run is paused."""

    def on_idle(self, seconds: float) -> None:
        """After the training has waited so long because the user chose a lower speed."""

    def on_end(self, state: TrainState) -> None:
        """After the last step, and when the run is paused. Not called when the run fails."""


class LiveView(Callback):
    """Shows something of the network while it trains. Subclasses implement `update`; training is bit-identical without it.

    `update` runs with the network in evaluation mode and without gradients. Afterwards the mode and the states of torch's random
    number generators are restored.

    Time: an update is not interrupted, so it must limit its own work. The time between two updates depends on what the last one
    took: together they take at most `max_share` of this thread's processor time. Wall time would count other processes too.

    Errors: an OSError (a full disk) skips this update. Any other exception switches the view off for the rest of the run and is
    reported once. Training continues in both cases.
    """

    def __init__(
        self,
        *,
        is_enabled: bool,
        max_share: float,
        min_seconds: float,
        min_steps: int = 1,
        expected_seconds: float | None = None,
        report: Callable[[str], object] = lambda message: None,
    ) -> None:
        """Set the limits of the view.

        Args:
            is_enabled: False for a network that the view cannot show.
            max_share: Largest fraction of the training's processor time that updates may take.
            min_seconds: Shortest time between two updates.
            min_steps: Smallest number of steps between two updates.
            expected_seconds: What an update probably takes. All updates together, the next one included, then take at most `max_share` of
                the time since the start. By default the first update comes at once and does not count, because it includes one-off costs.
            report: Called with a message for the user when the view is switched off.
        """
        self.max_share = max_share
        self.min_seconds = min_seconds
        self.min_steps = min_steps
        self.update_count = 0
        self._expected_seconds = expected_seconds
        self._report = report
        self._updated_at_step = -1
        self._next_step: float = 0 if is_enabled else math.inf
        self._next_time = self._next_cpu_time = self._cpu_started = self._spent_seconds = 0.0

    def on_start(self, state: TrainState) -> None:
        if self._expected_seconds is not None:
            self._spent_seconds, self._cpu_started = 0.0, time.thread_time()
            self._next_cpu_time = self._cpu_started + self._expected_seconds / self.max_share

    def charge(self, seconds: float) -> None:
        """Count the processor time of an update, and wait with the next one until there is time for it."""
        if self._expected_seconds is not None:
            self._spent_seconds += seconds
            self._next_cpu_time = self._cpu_started + (self._spent_seconds + seconds) / self.max_share
        elif self.update_count > 1:
            self._next_cpu_time = time.thread_time() + seconds / self.max_share

    @abstractmethod
    def update(self, state: TrainState) -> None:
        """Show the network as it is now."""

    def is_due(self, state: TrainState, steps_ahead: int = 0) -> bool:
        """Whether the next `on_step` updates the view, or would after so many more steps."""
        if state.step + steps_ahead < self._next_step or (now := time.monotonic()) < self._next_time:
            return False
        seconds_left = self._next_cpu_time - time.thread_time()
        if seconds_left > 0:
            # Processor time passes no faster than this clock. Reading it takes a hundredth of a small step, so it is read seldom.
            self._next_time = now + seconds_left
            return False
        return True

    def on_step(self, state: TrainState, step: Step) -> None:
        if not self.is_due(state):
            return
        started = time.thread_time()
        self.refresh(state)
        self.charge(time.thread_time() - started)
        self._next_time = time.monotonic() + self.min_seconds
        self._next_step = max(self._next_step, state.step + self.min_steps)

    def on_edit(self, state: TrainState) -> None:
        self._updated_at_step = -1
        self.refresh(state)

    def on_idle(self, seconds: float) -> None:
        # An update in this time would have delayed nothing.
        self._next_cpu_time -= seconds

    def on_end(self, state: TrainState) -> None:
        self.refresh(state)

    def refresh(self, state: TrainState) -> None:
        """Update the view now, unless it is switched off or has been updated at this step already."""
        if self._next_step == math.inf or self._updated_at_step == state.step:
            return
        self._updated_at_step = state.step
        was_training, rng_states = state.eval_model.training, state.get_rng_states()
        state.eval_model.eval()
        try:
            with torch.inference_mode():
                self.update(state)
            self.update_count += 1
        except OSError:
            pass  # a full disk ends the run as soon as it affects something that the run needs
        except Exception as error:
            self._next_step = math.inf
            self._report(
                _("The live view {view} was switched off after an error: {error}. Training continues.").format(
                    view=type(self).__name__, error=" ".join(f"{type(error).__name__}: {error}".split())[:300]
                )
            )
        finally:
            state.eval_model.train(was_training)
            state.set_rng_states(rng_states)
