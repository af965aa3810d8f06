"""From an audit's numbers to its score: what counts as good, in one place.

Every part has a score in [0, 1] that grows with quality.

- border: 1 less the skill kept on the border alone, where no lung can be read. Skill is the
  way from chance to certainty, by the answers or by the order of the films, whichever keeps
  more (`blackout`).
- lungs_hidden: 1 less the skill kept with the lungs hidden; on films of unknown patients where
  there are enough, else on all films with a mask.
- attention: how many times the share of heat in the lungs exceeds their share of the area, less
  a half: 0 at half of what chance gives, 0.5 at chance, 1 at one and a half times.
- source: 1 less half of the way from chance to certainty that a probe goes in telling the
  source (inside the classes that have two sources; else beyond what the class tells). Half,
  because features that know the source are a road that is open, not one that is taken.
- sanity: twice the distance from 1 of the rank correlation between the maps of the trained and
  of the wholly randomised network, at most 1.

The audit's score is that of its worst part. A part that could not be judged counts one half:
what is not known is not good. That is so for want of masks, of classes, of skill to lose, or of
films, where the interval of the skill kept or of the attention reaches from passing to failing.
From 0.7 an audit passes, below 0.3 it fails, between them the network is suspicious.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr_core.evaluation.audit.blackout import BORDER_ONLY, LEAST_SKILL, LUNGS_HIDDEN
from cxr_core.evaluation.audit.results import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.evaluation.audit.results import (
        Attention,
        Blackout,
        Blackouts,
        Sanity,
        SourceProbes,
    )

PASSES, SUSPICIOUS, FAILS = "passes", "suspicious", "fails"
GOOD, BAD = 0.7, 0.3
UNKNOWN = 0.5
_CLASS_SAYS_ALL = 0.95
_OPEN = "not judged, the interval reaches from passing to failing. Audit it on more films."


def judge(parts: Sequence[Part]) -> tuple[float, str, tuple[str, ...]]:
    """Return the score, the verdict, and the sentences of the parts that stand against it."""
    scored = sorted((_counted(part), place) for place, part in enumerate(parts))
    score = scored[0][0]
    verdict = PASSES if score >= GOOD else FAILS if score < BAD else SUSPICIOUS
    against = tuple(parts[place].sentence for each, place in scored if each < GOOD)
    return score, verdict, against or (f"Every part scores {GOOD} or more.",)


def _counted(part: Part) -> float:
    return UNKNOWN if part.score is None else part.score


def border_part(blackouts: Blackouts) -> Part:
    """Score what is left on the border alone."""
    told = f"On the border alone ({_percent(blackouts.frame_share)} of the side)"
    return _kept_part("border", blackouts.border, BORDER_ONLY, told)


def lungs_part(blackouts: Blackouts) -> Part:
    """Score what is left with the lungs hidden."""
    unseen = blackouts.lungs_unseen
    used = blackouts.lungs
    if unseen is not None and unseen.condition(LUNGS_HIDDEN).skill_kept is not None:
        used = unseen
    if used is None:
        return Part("lungs_hidden", None, "Lungs hidden: not judged, no film has a lung mask.")
    told = "With the lungs hidden"
    if used.seen:
        told += f" (on {used.films} films, {used.seen} of them of patients it was trained on)"
    return _kept_part("lungs_hidden", used, LUNGS_HIDDEN, told)


def _kept_part(name: str, blackout: Blackout, condition: str, told: str) -> Part:
    if blackout.balanced_chance is None:
        why = "not judged, fewer than two classes have films enough to tell skill from habit."
        return Part(name, None, f"{told}: {why}")
    kept = blackout.condition(condition).skill_kept
    if kept is None or kept.value is None:
        why = (
            f"not judged, on the whole films it has less than {_percent(LEAST_SKILL)} of the "
            "skill between chance and certainty, so there is nothing to lose."
        )
        return Part(name, None, f"{told}: {why}")
    sentence = f"{told} it keeps {_percent(_clipped(kept.value))} of its skill over chance"
    if kept.low is None or kept.high is None:
        return Part(
            name, None, f"{sentence}: not judged, the films are too few for an interval."
        )
    low, high = _clipped(kept.low), _clipped(kept.high)
    sentence += f" (95 % interval {_percent(low)} to {_percent(high)})"
    if _is_open(1.0 - high, 1.0 - low):
        return Part(name, None, f"{sentence}: {_OPEN}")
    return Part(name, _rounded(1.0 - kept.value), f"{sentence}.")


def _is_open(low: float, high: float) -> bool:
    """Tell whether the films leave it open if a part passes or fails."""
    return low < BAD and high >= GOOD


def attention_part(attention: Attention | None) -> Part:
    """Score where the heat lies."""
    if attention is None:
        return Part(
            "attention", None, "Heat in the lungs: not judged, no film has a lung mask."
        )
    if attention.film is None or attention.film.ratio.value is None:
        return Part("attention", None, "Heat in the lungs: not judged, every map is empty.")
    ratio, share = attention.film.ratio.value, attention.film.share.value or 0.0
    sentence = (
        f"{_percent(share)} of its heat lies in the lungs, which are "
        f"{_percent(attention.film.area)} of the film: {ratio:.2f} times as much as by chance"
    )
    low, high = attention.film.ratio.low, attention.film.ratio.high
    if low is not None and high is not None and _is_open(low - 0.5, high - 0.5):
        return Part("attention", None, f"{sentence} (95 % {low:.2f} to {high:.2f}): {_OPEN}")
    dark = f"; {attention.zero_maps} maps are empty" if attention.zero_maps else ""
    return Part("attention", _rounded(ratio - 0.5), f"{sentence}{dark}.")


def source_part(source: SourceProbes | None) -> Part:
    """Score how well the features tell the source."""
    if source is None:
        why = "not judged, fewer than two sources have patients enough."
        return Part("source", None, f"Source in the features: {why}")
    if source.within_class:
        values = [probe.balanced_accuracy.value or 0.0 for probe in source.within_class]
        pairs = zip(values, source.within_class, strict=True)
        ways = [(value - probe.chance) / (1.0 - probe.chance) for value, probe in pairs]
        labels = ", ".join(str(probe.label) for probe in source.within_class)
        way, where = sum(ways) / len(ways), f"inside one class ({labels})"
    elif source.overall.class_alone < _CLASS_SAYS_ALL:
        floor = source.overall.class_alone
        value = source.overall.balanced_accuracy.value or 0.0
        way, where = (value - floor) / (1.0 - floor), "beyond what the class tells"
    else:
        why = "not judged, in these films the class says the source."
        return Part("source", None, f"Source in the features: {why}")
    sentence = (
        f"Its features tell the source of a film {where}: {_percent(_clipped(way))} of the way "
        "from chance to certainty."
    )
    return Part("source", _rounded(1.0 - _clipped(way) / 2.0), sentence)


def sanity_part(sanity: Sanity | None) -> Part:
    """Score whether the maps depend on the weights."""
    if sanity is None or sanity.stages[-1].spearman.value is None:
        why = "not judged, the network cannot be rebuilt or its maps are empty."
        return Part("sanity", None, f"Maps under random weights: {why}")
    likeness = sanity.stages[-1].spearman.value
    sentence = (
        "With all its weights drawn at random, the rank correlation of its maps with the "
        f"trained ones is {likeness:.2f}."
    )
    return Part("sanity", _rounded(2.0 * (1.0 - max(0.0, likeness))), sentence)


def _clipped(value: float) -> float:
    return min(1.0, max(0.0, value))


def _rounded(value: float) -> float:
    return round(_clipped(value), 4)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
