"""The callbacks that show a network while it trains: `VitalsRecorder` writes the figures of its layers, `AnswersView` its answers for
ten held-out examples. Training is bit-identical without them, and together they take at most a fiftieth of its time.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from nn_core.runs import RunFolder
from nn_core.training.callbacks import Callback, LiveView
from nn_core.training.loop import Step
from nn_core.training.state import TrainState
from nn_core.vitals.activations import LayerUnits, watch_units
from nn_core.vitals.capture import SHOWN_EXAMPLES, HeldOutExamples, list_activations, show_filters
from nn_core.vitals.pictures import Answers, NetworkPictures, write_part
from nn_core.vitals.records import LayerVitals, VitalsRecord, append_vitals, cut_vitals
from nn_core.vitals.weights import WeightMeter

__all__ = ["AnswersView", "VitalsRecorder", "make_vitals_callbacks"]

_MAX_SHARE, _UNITS_MAX_SHARE, _ANSWERS_MAX_SHARE = 0.004, 0.006, 0.002
"""Of the training time, for the weights, for the units and for the answers: together less than a fiftieth."""
_EXPECTED_SECONDS, _UNITS_EXPECTED_SECONDS, _ANSWERS_EXPECTED_SECONDS = 0.001, 0.003, 0.0008
_FORWARD_SHARE = 0.4  # of a training step, for the same number of examples
_MIN_SECONDS, _PICTURES_SECONDS = 0.1, 1.0
_RECORDS, _MIN_RECORDS, _MAX_LAYER_RECORDS = 150, 30, 6000

Report = Callable[[str], object]


def make_vitals_callbacks(
    run: RunFolder, state: TrainState, report: Report = lambda message: None
) -> Sequence[Callback]:
    """Make the callbacks of a run that starts or resumes: none with `training.vitals` = false.

    Only the process that works on the run folder calls this. It drops what was written after the checkpoint.

    Raises:
        OSError: The file of an earlier process cannot be cut.
    """
    records = cut_vitals(run.vitals_file, state.step)
    if not state.config.training.vitals:
        return ()
    examples = HeldOutExamples.choose(state)
    last_step = records[-1].step if records else 0
    return (
        AnswersView(run, state, examples, report=report),
        VitalsRecorder(run, state, examples, last_step=last_step, report=report),
    )


class AnswersView(LiveView):
    """Writes `examples.json`: what the network answers to ten held-out examples."""

    def __init__(
        self, run: RunFolder, state: TrainState, examples: HeldOutExamples, report: Report = lambda message: None
    ) -> None:
        super().__init__(
            is_enabled=state.goal == "classify",
            max_share=_ANSWERS_MAX_SHARE,
            min_seconds=2 * _MIN_SECONDS,
            expected_seconds=_ANSWERS_EXPECTED_SECONDS,
            report=report,
        )
        self._run = run
        self._examples = examples

    def update(self, state: TrainState) -> None:
        # Not `eval_forward`: a compiled network would be compiled again for this batch size.
        outputs = state.eval_model(self._examples.inputs[:SHOWN_EXAMPLES]).float()
        confidence, answers = outputs.softmax(dim=1).nan_to_num(0).max(dim=1)
        answered = Answers(
            step=state.step,
            epoch=_compute_epoch(state),
            inputs=self._examples.shown,
            answers=tuple(state.spec.classes[answer] for answer in answers.tolist()),
            confidence=tuple(round(share, 4) for share in confidence.tolist()),
        )
        write_part(self._run.examples_file, answered)


class VitalsRecorder(LiveView):
    """Appends the figures of all layers to `vitals.jsonl` and replaces `network.json`.

    The change of the weights in a step needs a copy of them from before it, so each update is announced one step earlier. The units
    are looked at less often than the weights, because that takes a forward pass; at the end of the run they always are. A run has at most 150
    records, fewer for a network with very many layers.
    """

    def __init__(
        self,
        run: RunFolder,
        state: TrainState,
        examples: HeldOutExamples,
        *,
        last_step: int = 0,
        report: Report = lambda message: None,
    ) -> None:
        """last_step: the step of the last record that the file has already."""
        self._meter = WeightMeter(state.model)
        records = max(_MIN_RECORDS, min(_RECORDS, _MAX_LAYER_RECORDS // len(self._meter.layers)))
        super().__init__(
            is_enabled=True,
            max_share=_MAX_SHARE,
            min_seconds=_MIN_SECONDS,
            min_steps=max(1, state.total_steps // records),
            expected_seconds=_EXPECTED_SECONDS,
            report=report,
        )
        self._run = run
        self._examples = examples
        self._copy_seconds = self._units_seconds = self._next_units_time = self._pictures_at = 0.0
        self._units_spent, self._started_step = 0.0, state.step
        self._is_ending = False
        self._total_steps = state.total_steps
        if last_step:
            self._next_step = last_step + self.min_steps
        if last_step == state.step:
            self._updated_at_step = state.step

    def on_start(self, state: TrainState) -> None:
        super().on_start(state)
        self._started_step = state.step
        self._units_spent = self._next_units_time = 0.0
        self._copy_weights_before_update(state)

    def on_step(self, state: TrainState, step: Step) -> None:
        if self._meter.copied_at == state.step - 1:
            super().on_step(state, step)
        self._copy_weights_before_update(state)

    def on_edit(self, state: TrainState) -> None:
        # What the user changed is not a part of the next step.
        if self._meter.copied_at == state.step:
            self._meter.copy_weights(state.step)

    def on_end(self, state: TrainState) -> None:
        self._is_ending = True
        super().on_end(state)
        self._is_ending = False

    def charge(self, seconds: float) -> None:
        super().charge(seconds + self._copy_seconds - self._units_seconds)
        self._copy_seconds = self._units_seconds = 0.0

    def _copy_weights_before_update(self, state: TrainState) -> None:
        left = self._total_steps - state.step
        if left == 1 or (left and self.is_due(state, steps_ahead=1)):
            started = time.thread_time()
            self._meter.copy_weights(state.step)
            self._copy_seconds += time.thread_time() - started

    def update(self, state: TrainState) -> None:
        layers = self._meter.measure(state.step)
        if self._is_ending or state.step == self._total_steps or self._is_time_for_units(state):
            layers = self._look_at_units(state, layers)
        append_vitals(
            self._run.vitals_file, [VitalsRecord(step=state.step, epoch=_compute_epoch(state), layers=layers)]
        )

    def _is_time_for_units(self, state: TrainState) -> bool:
        """Whether a forward pass stays within its share of the time; how long the first one takes is estimated from the steps so far."""
        now, steps = time.thread_time(), state.step - self._started_step
        if not self._next_units_time and steps:
            step_seconds = (now - self._cpu_started) / steps
            batches = len(self._examples.rows) / state.config.training.batch_size
            expected = max(_UNITS_EXPECTED_SECONDS, _FORWARD_SHARE * step_seconds * batches)
            self._next_units_time = self._cpu_started + expected / _UNITS_MAX_SHARE
        return now >= self._next_units_time

    def _look_at_units(self, state: TrainState, layers: dict[str, LayerVitals]) -> dict[str, LayerVitals]:
        started = time.thread_time()
        with watch_units(state.eval_model, SHOWN_EXAMPLES, self._examples.padding) as units:
            state.eval_model(self._examples.inputs)
        now = time.monotonic()
        if now >= self._pictures_at or self._is_ending or state.step == self._total_steps:
            self._pictures_at = now + _PICTURES_SECONDS
            self._write_pictures(state, units)
        layers = {name: _add_units(layer, units.get(name)) for name, layer in layers.items()}
        self._units_seconds = time.thread_time() - started
        self._units_spent += self._units_seconds
        self._next_units_time = self._cpu_started + (self._units_spent + self._units_seconds) / _UNITS_MAX_SHARE
        return layers

    def _write_pictures(self, state: TrainState, units: Mapping[str, LayerUnits]) -> None:
        filters_of, filters = show_filters(state.eval_model, state.spec)
        pictures = NetworkPictures(
            step=state.step,
            epoch=_compute_epoch(state),
            inputs=self._examples.shown,
            filters_of=filters_of,
            filters=filters,
            layers=list_activations(units, state.spec),
        )
        write_part(self._run.network_file, pictures)


def _add_units(layer: LayerVitals, units: LayerUnits | None) -> LayerVitals:
    if units is None:
        return layer
    return layer.model_copy(update={"dead_share": units.dead_share, "saturated_share": units.saturated})


def _compute_epoch(state: TrainState) -> float:
    return round(state.step / state.batches_per_epoch, 4)
