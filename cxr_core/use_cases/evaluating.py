"""Judge a version on films with known labels, through the very path that reads films."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.splits import Split
from cxr_core.domain import FilmFile
from cxr_core.errors import DataError
from cxr_core.evaluation.metrics import Evaluation, evaluate
from cxr_core.use_cases.collecting import Films, open_collection
from cxr_core.use_cases.reading import read_films
from cxr_core.use_cases.seen import seen_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cxr_core.datasets.collection import Collection, LabelledFilm
    from cxr_core.datasets.manifest import Manifest
    from cxr_core.imaging.decode import Limits
    from cxr_core.registry.catalogue import LoadedModel

EVALUATION_NAME = "evaluation.json"


@dataclass(frozen=True, slots=True)
class Judgement:
    """An evaluation and the films that it rests on.

    `counts` has the films judged per label and source. `manifest` is the manifest's digest,
    `scheme` how its films were dealt; `left_out_as_seen` counts films of the split whose
    patient the version was trained or tuned on, None when the version does not say.
    """

    evaluation: Evaluation
    counts: dict[str, dict[str, int]]
    manifest: str
    scheme: str
    split: Split
    left_out_as_seen: int | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "manifest": self.manifest,
            "scheme": self.scheme,
            "split": self.split.value,
            "left_out_as_seen": self.left_out_as_seen,
            **self.evaluation.as_dict(),
        }

    def headline(self) -> dict[str, Any]:
        """Return the numbers that a version's manifest carries."""
        told = self.evaluation
        return {
            "manifest": self.manifest,
            "scheme": self.scheme,
            "split": self.split.value,
            "films": told.films,
            "refused": told.refused,
            "left_out_as_seen": self.left_out_as_seen,
            "accuracy": round(told.accuracy.value, 4),
            "accuracy_95": [round(told.accuracy.low, 4), round(told.accuracy.high, 4)],
            "balanced_accuracy": round(told.balanced_accuracy, 4),
            "auc": {each.name: each.auc and round(each.auc, 4) for each in told.per_class},
            "accuracy_by_source": {
                name: round(each.value, 4) for name, each in told.by_source.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Judge:
    """A version, and how it reads.

    `seen` are the tokens of what it was trained on, None where it does not say. `report` hears
    a sentence, films done and films in all.
    """

    model: LoadedModel
    seen: frozenset[str] | None
    limits: Limits
    report: Callable[[str, int, int], None]

    def judge(self, films: Films, split: Split) -> Judgement:
        """Judge on one split of a manifest, leaving out patients whom the version has seen.

        Raises
        ------
        DataError
            When the manifest or its films are not there, or no film is left.
        """
        manifest, collection = open_collection(
            films,
            LabelSpace(self.model.manifest.classes),
            lambda done, total: self.report("Checking films", done, total),
        )
        return self.judge_collection(manifest, collection, split)

    def judge_collection(
        self, manifest: Manifest, collection: Collection, split: Split
    ) -> Judgement:
        """Judge on films that are open already; as `judge`."""
        chosen = [collection.films[index] for index in collection.of(split)]
        known = set() if self.seen is None else seen_groups(manifest.films, self.seen)
        fresh = [film for film in chosen if film.group not in known]
        if not fresh:
            raise DataError(
                f"The {split.value} split has no film of a patient whom {self.model.ref.name} "
                "has not seen. Judge it on other data."
            )
        counts: dict[str, Counter[str]] = {}
        for film in fresh:
            counts.setdefault(film.label, Counter())[film.source] += 1
        return Judgement(
            evaluation=evaluate_version(self.model, fresh, self.limits, self.report),
            counts={label: dict(sorted(own.items())) for label, own in sorted(counts.items())},
            manifest=collection.manifest,
            scheme=collection.scheme,
            split=split,
            left_out_as_seen=None if self.seen is None else len(chosen) - len(fresh),
        )


def evaluate_version(
    model: LoadedModel,
    films: Sequence[LabelledFilm],
    limits: Limits,
    report: Callable[[str, int, int], None],
) -> Evaluation:
    """Read every film and compare; `report` hears a sentence, films done and films in all.

    Raises
    ------
    DataError
        When no film could be read.
    """
    classes = model.manifest.classes
    files = [FilmFile(film.name, film.load) for film in films]
    probabilities, truth, sources = [], [], []
    readings = zip(films, read_films(files, [model], limits, batch=16), strict=True)
    for done, (film, reading) in enumerate(readings):
        report("Reading films", done, len(films))
        if reading.refusal is None:
            probabilities.append(reading.predictions[0].probabilities)
            truth.append(film.label)
            sources.append(film.source)
    report("Reading films", len(films), len(films))
    if not truth:
        raise DataError("None of the films could be read, so there is nothing to evaluate.")
    refused = len(films) - len(truth)
    return evaluate(classes, np.asarray(probabilities), truth, sources, refused)
