"""Cases whose truth is drawn from their own probabilities, so that what holds is known."""

from __future__ import annotations

import numpy as np

from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.cases import Cases, softmax

CLASSES = ("normal", "pneumonia", "covid19")
QUICK = Options(resamples=60, seed=1)


def made_cases(
    films: int = 300,
    seed: int = 0,
    temperature: float = 1.0,
    patients: int | None = None,
    classes: tuple[str, ...] = CLASSES,
) -> Cases:
    """Calibrated at exactly `temperature`: the truth is drawn from the softmax at it."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0.0, 2.0 * temperature, (films, len(classes)))
    reached = softmax(logits, temperature).cumsum(axis=1)
    drawn = generator.random((films, 1))
    truth = np.minimum((drawn > reached).sum(axis=1), len(classes) - 1)
    people = generator.integers(0, patients, films) if patients else np.arange(films)
    return Cases(
        classes=classes,
        logits=logits,
        truth=truth,
        groups=tuple(f"patient-{each}" for each in people),
        sources=tuple(generator.choice(["here", "there"], films).tolist()),
        views=tuple(generator.choice(["PA", "AP", ""], films).tolist()),
        sexes=tuple(generator.choice(["F", "M", ""], films).tolist()),
        ages=tuple(
            None if years < 0 else float(years) for years in generator.uniform(-20, 90, films)
        ),
    )


def cases_of(called: list[int], truth: list[int], groups: list[str] | None = None) -> Cases:
    """Three classes, each film called what `called` says, with odds of e to one."""
    return Cases(
        classes=CLASSES,
        logits=np.eye(3)[called],
        truth=np.array(truth),
        groups=tuple(groups or [str(place) for place in range(len(truth))]),
    )
