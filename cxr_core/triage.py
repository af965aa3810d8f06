"""Priority and its reason, from what the models say. Pure: no clock, no file, no network.

The score is the mean, over the models that know a reassuring class, of the probability that
the film is not reassuring. It is advice on the reading order, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.domain import Priority, TriageDecision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.domain import Prediction

URGENT_FROM = 0.75
SOON_FROM = 0.35
_SET_MASS = 0.9
_GATE = "gate_"


def prediction_set(
    classes: Sequence[str], probabilities: Sequence[float], mass: float = _SET_MASS
) -> tuple[str, ...]:
    """Return the smallest set of classes that sums to `mass`, most probable first.

    For a version without calibration; one with it has thresholds that were measured.

    >>> prediction_set(("normal", "pneumonia"), (0.3, 0.7))
    ('pneumonia', 'normal')
    """
    order = np.argsort(probabilities)[::-1]
    reached = np.cumsum(np.asarray(probabilities)[order])
    size = int(np.searchsorted(reached, mass - 1e-9)) + 1
    return tuple(classes[index] for index in order[:size])


def decide(predictions: Sequence[Prediction], flags: Sequence[str]) -> TriageDecision:
    """Order one film.

    The models abstain, and the film becomes UNREAD, on a flag of the content gate, when no
    model knows a reassuring class, or when no model can rule any class out: its prediction set
    is too wide to say anything.
    """
    informed = [prediction for prediction in predictions if prediction.reassuring]
    urgencies = [
        1.0 - sum(prediction.probability(name) for name in prediction.reassuring)
        for prediction in informed
    ]
    score = float(np.clip(np.mean(urgencies), 0.0, 1.0)) if urgencies else 0.5
    all_flags = list(flags)
    disagree = _disagree(predictions)
    if disagree:
        all_flags.append("models_disagree")
    priority, reason = _rank(informed, score, flags, disagree=disagree)
    return TriageDecision(priority, score, reason, tuple(all_flags))


def _rank(
    informed: Sequence[Prediction], score: float, flags: Sequence[str], *, disagree: bool
) -> tuple[Priority, str]:
    if any(flag.startswith(_GATE) for flag in flags):
        return Priority.UNREAD, "The content gate doubts the film; a person should look first."
    if not informed:
        return Priority.UNREAD, "No model here knows a normal class, so none can rank the film."
    if all(len(each.prediction_set) == len(each.classes) for each in informed):
        return Priority.UNREAD, "The models can rule nothing out."
    if score >= URGENT_FROM:
        priority = Priority.URGENT
    elif score >= SOON_FROM or disagree:
        priority = Priority.SOON
    else:
        priority = Priority.ROUTINE
    accord = "the models disagree: " if disagree else ""
    reason = f"Mean probability of a finding {_percent(score)}; {accord}{_voices(informed)}."
    return priority, reason


def _voices(predictions: Sequence[Prediction]) -> str:
    return ", ".join(
        f"{each.model.name} {each.label} {_percent(max(each.probabilities))}"
        for each in predictions
    )


def _percent(share: float) -> str:
    """Never "100 %" or "0 %" for a model that is only nearly sure."""
    if 0.995 <= share < 1:
        return "> 99 %"
    return "< 1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def _disagree(predictions: Sequence[Prediction]) -> bool:
    """Two models with the same classes have different favourites."""
    favourites: dict[frozenset[str], set[str]] = {}
    for each in predictions:
        favourites.setdefault(frozenset(each.classes), set()).add(each.label)
    return any(len(labels) > 1 for labels in favourites.values())
