"""The remaining time of a run, estimated from its steps. The test sets the clock."""

import pytest
from train_states import CPU, config_of

from nn_core.data import Dataset
from nn_core.jobs.recorder import Clock
from nn_core.training.state import TrainState

STEP_SECONDS = 0.1


class Hands:
    """A clock's hands: they move only when the test moves them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def session(little: Dataset) -> TrainState:
    """Of 200 steps; the tests set how many of them are done."""
    return TrainState(config_of("simple_net", "training.epochs=20"), little, CPU)


def step(clock: Clock, hands: Hands, seconds: float = STEP_SECONDS) -> float | None:
    """One step that takes so long; what the clock then says is left."""
    hands.now += seconds
    clock.state.step += 1
    return clock.estimate_remaining()


def test_a_resumed_run_estimates_from_its_first_step(session: TrainState) -> None:
    assert session.total_steps == 200
    session.step, hands = 100, Hands()
    clock = Clock(100 * STEP_SECONDS, session, hands)
    # The first step takes five times as long as any other, for torch sets itself up in it.
    estimates = [step(clock, hands, 5 * STEP_SECONDS), *(step(clock, hands) for _number in range(60))]
    for number, seconds in enumerate(estimates):
        assert seconds == pytest.approx((99 - number) * STEP_SECONDS, rel=0.02)


def test_a_new_run_gives_no_estimate_until_it_knows_its_speed(session: TrainState) -> None:
    hands = Hands()
    clock = Clock(0.0, session, hands)
    assert step(clock, hands, 3.0) is None
    estimates = [step(clock, hands) for _number in range(30)]
    assert estimates[5] is None
    assert estimates[-1] == pytest.approx((200 - 31) * STEP_SECONDS, rel=0.02)


def test_a_pause_does_not_change_the_estimate(session: TrainState) -> None:
    hands = Hands()
    clock = Clock(0.0, session, hands)
    for _number in range(60):
        step(clock, hands)
    elapsed = clock.get_elapsed()
    with clock.paused():
        hands.now += 3600
        assert clock.get_elapsed() == elapsed
    assert clock.get_elapsed() == pytest.approx(elapsed)
    for number in range(30):
        assert step(clock, hands) == pytest.approx((139 - number) * STEP_SECONDS, rel=0.02)


def test_steps_longer_than_the_window_are_timed(session: TrainState) -> None:
    hands = Hands()
    clock = Clock(0.0, session, hands)
    estimates = [step(clock, hands, 20.0) for _number in range(4)]
    assert estimates[-1] == pytest.approx(196 * 20.0)
    assert clock.measure_throughput() is not None


def test_the_estimate_follows_a_slower_run_within_seconds(session: TrainState) -> None:
    session.step, hands = 100, Hands()
    clock = Clock(100 * STEP_SECONDS, session, hands)
    estimates = [step(clock, hands, 4 * STEP_SECONDS) for _number in range(15)]
    assert estimates[-1] == pytest.approx(85 * 4 * STEP_SECONDS, rel=0.02)
