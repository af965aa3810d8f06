"""A training whose worker is killed: another goes on, and it ends with the same bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cxr_core.jobs.job import JobState
from tests.jobs.full_disk import can_mount, fail_on_a_full_disk
from tests.jobs.soaking import RUN, killed_after, order, work_until_done
from tests.training.killing import Plan, has_the_same_end, train_undisturbed

if TYPE_CHECKING:
    from pathlib import Path

PLAN = Plan(films=60, epochs=1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_training_whose_workers_are_killed_ends_with_the_same_weights(
    database_url: str, tmp_path: Path
) -> None:
    train_undisturbed(tmp_path / "undisturbed", PLAN)
    job = order(database_url)
    killed_after(database_url, tmp_path, PLAN, job.id, 0.4)
    over = work_until_done(database_url, tmp_path, PLAN, job.id)
    assert (over.state, over.error) == (JobState.DONE, None)
    assert has_the_same_end(tmp_path / "undisturbed", tmp_path / job.id / RUN)


def test_a_full_disk_fails_the_training_in_a_sentence_and_loses_nothing() -> None:
    if not can_mount():
        pytest.skip("this user may not mount a small disk")
    outcome = fail_on_a_full_disk()
    assert "Free some space" in outcome.error
    assert outcome.has_recovered
