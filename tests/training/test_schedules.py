"""Learning rates against values worked out by hand, and when a snapshot is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.errors import DataError
from cxr_core.training.schedules import learning_rate, snapshot_epochs
from tests.training.drawn import small_stage

HALF_ROOT = 0.5**0.5  # the cosine of an eighth of a turn


def rates(stage, *moments: float) -> list[float]:
    return [learning_rate(stage, moment) for moment in moments]


def test_constant_stays() -> None:
    stage = small_stage(epochs=7, schedule="constant", rate=2e-3, last_rate=2e-3)
    assert rates(stage, 0.0, 0.1, 3.5, 6.99, 7.0) == [2e-3] * 5


def test_cosine_falls_slowly_then_fast_then_slowly() -> None:
    stage = small_stage(epochs=8, schedule="cosine", rate=1.0, last_rate=0.2)
    # 0.2 + 0.8 (1 + cos(pi share)) / 2 at 0, 1/4, 1/2, 3/4 and 1 of the way.
    expected = [1.0, 0.6 + 0.4 * HALF_ROOT, 0.6, 0.6 - 0.4 * HALF_ROOT, 0.2]
    assert rates(stage, 0.0, 2.0, 4.0, 6.0, 8.0) == pytest.approx(expected)


def test_the_cosine_after_a_warm_up_has_what_is_left() -> None:
    stage = small_stage(
        epochs=10, schedule="cosine", rate=1e-3, last_rate=1e-5, warm_up_epochs=2.0
    )
    assert rates(stage, 0.5, 1.0, 2.0) == pytest.approx([2.5e-4, 5e-4, 1e-3])
    assert rates(stage, 6.0, 10.0) == pytest.approx([5.05e-4, 1e-5])
    assert learning_rate(stage, 0.0) == pytest.approx(1e-5)  # a hundredth, not nothing


def test_plateau_warms_up_stays_and_decays_at_the_end() -> None:
    stage = small_stage(
        epochs=10, schedule="plateau", rate=1.0, last_rate=0.0, warm_up_epochs=2.0,
        decay_epochs=4.0,
    )  # fmt: skip
    assert rates(stage, 1.0, 2.0, 3.0, 5.99) == pytest.approx([0.5, 1.0, 1.0, 1.0])
    decayed = [1.0, 0.5 + 0.5 * HALF_ROOT, 0.5, 0.5 - 0.5 * HALF_ROOT, 0.0]
    assert rates(stage, 6.0, 7.0, 8.0, 9.0, 10.0) == pytest.approx(decayed)


def test_a_plateau_without_decay_stays_to_the_end() -> None:
    stage = small_stage(epochs=4, schedule="plateau", rate=1.0, last_rate=0.1)
    assert rates(stage, 0.0, 2.0, 4.0) == [1.0] * 3


def test_a_decay_longer_than_what_is_left_begins_after_the_warm_up() -> None:
    stage = small_stage(
        epochs=4, schedule="plateau", rate=1.0, last_rate=0.0, warm_up_epochs=2.0,
        decay_epochs=9.0,
    )  # fmt: skip
    assert rates(stage, 2.0, 3.0, 4.0) == pytest.approx([1.0, 0.5, 0.0])


def test_snapshots_restart_at_the_full_rate() -> None:
    stage = small_stage(epochs=12, schedule="snapshots", cycles=3, rate=1.0, last_rate=0.0)
    # Huang et al. 2017, eq. 2: cycles of four epochs.
    assert rates(stage, 0.0, 2.0, 3.0) == pytest.approx([1.0, 0.5, 0.5 - 0.5 * HALF_ROOT])
    assert learning_rate(stage, 3.999) < 1e-5
    assert rates(stage, 4.0, 6.0, 8.0) == pytest.approx([1.0, 0.5, 1.0])
    # The last moment of the stage belongs to the last cycle and not to a fourth.
    assert learning_rate(stage, 12.0) == pytest.approx(0.0, abs=1e-12)
    assert snapshot_epochs(stage) == [4, 8, 12]


def test_only_a_schedule_of_snapshots_takes_any() -> None:
    assert snapshot_epochs(small_stage(epochs=12, schedule="cosine", cycles=3)) == []
    assert snapshot_epochs(small_stage(epochs=5, schedule="snapshots", cycles=5)) == [
        1, 2, 3, 4, 5,
    ]  # fmt: skip
    assert snapshot_epochs(small_stage(epochs=5, schedule="snapshots", cycles=1)) == [5]


@given(
    st.sampled_from(["constant", "cosine", "plateau", "snapshots"]),
    st.floats(0.0, 1.9),
    st.floats(0.0, 6.0),
)
def test_no_rate_is_outside_of_what_the_recipe_says(schedule, warm_up, moment) -> None:
    stage = small_stage(
        epochs=6, schedule=schedule, rate=1e-3, last_rate=1e-5, warm_up_epochs=warm_up,
        decay_epochs=2.0, cycles=3,
    )  # fmt: skip
    assert 1e-5 * (1 - 1e-9) <= learning_rate(stage, moment) <= 1e-3


def test_an_unknown_schedule_is_named() -> None:
    with pytest.raises(DataError, match="'steps'"):
        learning_rate(small_stage(schedule="steps"), 0.0)
