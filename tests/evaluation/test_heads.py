"""A linear head learns what features hold, and never answers what it was not taught."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_core.errors import DataError
from cxr_core.evaluation.heads import linear_logits


def blobs(seed: int, truth: np.ndarray) -> np.ndarray:
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(0, 3, (3, 8))
    return centres[truth] * 5 + 100 + generator.normal(0, 1, (len(truth), 8))


def test_a_head_tells_what_its_features_tell_however_rare() -> None:
    truth = np.array([0] * 100 + [1] * 60 + [2] * 6)
    asked = np.arange(90) % 3
    logits = linear_logits(blobs(1, truth), truth, blobs(2, asked), 3)
    assert logits.shape == (90, 3)
    assert (logits.argmax(axis=1) == asked).mean() > 0.95


@pytest.mark.parametrize("known", [(0, 2), (0, 1)])
def test_a_class_that_was_not_taught_is_never_the_answer(known: tuple[int, ...]) -> None:
    truth = np.array(known * 30)
    asked = np.arange(30) % 3
    logits = linear_logits(blobs(1, truth), truth, blobs(2, asked), 3)
    answers = logits.argmax(axis=1)
    assert set(answers.tolist()) <= set(known)
    mine = np.isin(asked, known)
    assert (answers[mine] == asked[mine]).mean() > 0.95


def test_one_class_teaches_nothing() -> None:
    with pytest.raises(DataError, match="two or more"):
        linear_logits(np.zeros((3, 2)), np.zeros(3, int), np.zeros((1, 2)), 2)
