"""Leave one source out: how a version's features do at a hospital that its head never met.

For each source a linear head is trained on the features of the other sources' training films
and asked about that source. It says what the features allow, in minutes instead of a training
for each source; the features themselves may have met the source, and that is counted.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.splits import Split, leave_source_out
from cxr_core.errors import DataError
from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.heads import linear_logits
from cxr_core.evaluation.results import External, SourceOut
from cxr_core.evaluation.subgroups import measure_group
from cxr_core.use_cases.evaluating import judge_films
from cxr_core.use_cases.seen import seen_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cxr_core.datasets.collection import Collection
    from cxr_core.datasets.manifest import Manifest
    from cxr_core.domain import FloatArray
    from cxr_core.evaluation.cases import Cases
    from cxr_core.use_cases.evaluating import Judge, JudgedFilms

FILMS = 400
_ASKED = (Split.TRAIN, Split.TEST)


@dataclass(frozen=True, slots=True)
class SourcesOut:
    """At most `films` of each class, source and split take part, drawn by `seed`."""

    films: int = FILMS
    seed: int = 0
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Films with their features; `is_trained` marks what heads may learn from.

    `is_unseen` marks test films of patients whom neither the version nor a head has seen.
    """

    cases: Cases
    features: FloatArray
    is_trained: NDArray[np.bool_]
    is_unseen: NDArray[np.bool_]


def leave_sources_out(
    judge: Judge, manifest: Manifest, collection: Collection, how: SourcesOut
) -> External:
    """Judge linear heads on every source, each trained without it.

    Raises
    ------
    DataError
        When no source can be left out: there is one only, or the others lack a second class.
    """
    known = None if judge.seen is None else seen_groups(manifest.films, judge.seen)
    places = choose_films(collection, how)
    films = [collection.films[place] for place in places]
    judged = judge_films(judge.model, films, judge.limits, judge.report)
    splits = [collection.splits[places[place]] for place in judged.places]
    drawn = _drawn(judged, splits, known)
    everywhere = _answers(drawn, drawn.is_trained, drawn.is_unseen)
    names = sorted(set(drawn.cases.sources))
    found = [
        result
        for name in (names if len(names) > 1 else ())
        if (result := _leave_out(drawn, everywhere, name, how.options)) is not None
    ]
    if not found:
        raise DataError(
            f"The sources {', '.join(names)} cannot be left out one by one: what remains has "
            "fewer than two classes. Curate more releases."
        )
    return External(
        features=f"{judge.model.ref.name} {judge.model.ref.version}",
        backbone_saw=None if known is None else _patients(drawn.cases, known),
        patients=_patients(drawn.cases, set(drawn.cases.groups)),
        films_per_class_and_source=how.films,
        sources=tuple(found),
    )


def choose_films(collection: Collection, how: SourcesOut) -> list[int]:
    """Return the places of at most so many training and test films of each class and source.

    A salted hash of patient and name decides, so that other films change nothing.
    """
    pools: dict[tuple[str, str, Split], list[tuple[str, int]]] = defaultdict(list)
    films = zip(collection.films, collection.splits, strict=True)
    for place, (film, split) in enumerate(films):
        if split in _ASKED:
            word = f"{how.seed}/{film.source}/{film.group}/{film.name}"
            order = hashlib.sha256(word.encode()).hexdigest()
            pools[film.label, film.source, split].append((order, place))
    return sorted(place for pool in pools.values() for _, place in sorted(pool)[: how.films])


def _drawn(judged: JudgedFilms, splits: Sequence[Split], known: set[str] | None) -> Drawn:
    groups = judged.cases.groups
    is_trained = np.array([split is Split.TRAIN for split in splits])
    seen = {group for group, trained in zip(groups, is_trained, strict=True) if trained}
    is_unseen = np.array(
        [
            known is not None and split is Split.TEST and group not in known | seen
            for group, split in zip(groups, splits, strict=True)
        ]
    )
    return Drawn(judged.cases, judged.features, is_trained, is_unseen)


def _leave_out(
    drawn: Drawn, everywhere: Cases | None, name: str, options: Options
) -> SourceOut | None:
    """Judge one source; None where the others have fewer than two classes to learn."""
    cases = drawn.cases
    dealt = leave_source_out(cases.groups, cases.sources, name)
    left = np.array([split is Split.TRAIN for split in dealt])
    trained, asked = drawn.is_trained & left, np.asarray(cases.sources) == name
    answers = _answers(drawn, trained, asked)
    if answers is None:
        return None
    counts = np.bincount(cases.truth[trained], minlength=len(cases.classes))
    unseen = drawn.is_unseen[asked]
    internal = None
    if everywhere is not None and unseen.any():
        own = everywhere.subset(np.asarray(everywhere.sources) == name)
        internal = measure_group(name, own, 1.0, options)
    return SourceOut(
        source=name,
        trained={
            word: int(count) for word, count in zip(cases.classes, counts, strict=True) if count
        },
        trained_sources=tuple(sorted(set(np.asarray(cases.sources)[trained].tolist()))),
        set_aside=sum(
            split is None and bool(learnt)
            for split, learnt in zip(dealt, drawn.is_trained, strict=True)
        ),
        external=measure_group(name, answers, 1.0, options),
        external_unseen=measure_group(name, answers.subset(unseen), 1.0, options)
        if unseen.any()
        else None,
        internal=internal,
    )


def _answers(
    drawn: Drawn, trained: NDArray[np.bool_], asked: NDArray[np.bool_]
) -> Cases | None:
    """Train a head on some films and ask it about others; None where it cannot be trained."""
    cases = drawn.cases
    if len(np.unique(cases.truth[trained])) < 2 or not asked.any():
        return None
    logits = linear_logits(
        drawn.features[trained],
        cases.truth[trained],
        drawn.features[asked],
        len(cases.classes),
    )
    return replace(cases.subset(asked), logits=logits)


def _patients(cases: Cases, among: set[str]) -> dict[str, int]:
    """Count, by source, the patients who are in a set."""
    found: dict[str, set[str]] = {source: set() for source in sorted(set(cases.sources))}
    for group, source in zip(cases.groups, cases.sources, strict=True):
        if group in among:
            found[source].add(group)
    return {source: len(own) for source, own in found.items()}
