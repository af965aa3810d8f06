"""Trainings that are killed for good, at random moments, end as if nothing had happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.training.events import read_events
from cxr_core.training.run_folder import RunFolder
from tests.training.killing import (
    BEGINNING,
    Plan,
    has_the_same_end,
    killed_until_done,
    random_moments,
    train_undisturbed,
)

if TYPE_CHECKING:
    from pathlib import Path

PLAN = Plan(films=60, epochs=3)
KILLS = 3


def test_a_training_killed_at_random_moments_ends_with_the_bits_of_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    undisturbed, folder = tmp_path / "undisturbed", tmp_path / "killed"
    moments = train_undisturbed(undisturbed, PLAN).moments
    dooms = random_moments(np.random.default_rng(1), KILLS, moments)
    kills = list(killed_until_done(folder, PLAN, dooms))
    assert len(kills) == KILLS, kills
    assert has_the_same_end(folder, undisturbed), kills
    assert [row.stage for row in RunFolder(folder).read_history()] == [1] * 3 + [2] * 3 + [
        3
    ] * 3
    told = [row.get("text") for row in read_events(folder / "events.jsonl")]
    assert told.count(BEGINNING) == KILLS + 1


def test_kills_are_spread_over_a_run() -> None:
    moments = [str(number) for number in range(30)]
    drawn = [
        [int(doom.moment) for doom in random_moments(np.random.default_rng(seed), 3, moments)]
        for seed in range(50)
    ]
    assert all(0 <= one < 10 <= two < 20 <= three < 30 for one, two, three in drawn)
    assert len({one for one, _, _ in drawn}) == 10
