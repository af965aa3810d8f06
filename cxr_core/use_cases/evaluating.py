"""Judge a version on films with known labels, through the very path that reads films."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.splits import Split
from cxr_core.domain import FilmFile
from cxr_core.errors import DataError
from cxr_core.evaluation.assessment import assess
from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.cases import Cases
from cxr_core.imaging.preparing import InProcess
from cxr_core.use_cases.collecting import Films, open_collection
from cxr_core.use_cases.reading import answer_films
from cxr_core.use_cases.seen import seen_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cxr_core.datasets.collection import Collection, LabelledFilm
    from cxr_core.datasets.manifest import Manifest
    from cxr_core.domain import FloatArray
    from cxr_core.evaluation.results import Evaluation
    from cxr_core.imaging.decode import Limits
    from cxr_core.registry.catalogue import LoadedModel

EVALUATION_NAME = "evaluation.json"


@dataclass(frozen=True, slots=True, eq=False)
class JudgedFilms:
    """Films that were read, what the version said of them, and the features it said it by.

    `features` is float32 (films, channels), parallel to `names` and `cases`; `places` says
    which of the films asked about each is. `refused` counts those that could not be read and
    are not here.
    """

    names: tuple[str, ...]
    places: tuple[int, ...]
    cases: Cases
    features: FloatArray
    refused: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """An evaluation and the films that it rests on.

    `counts` has the films judged per label and source. `manifest` is the manifest's digest,
    `scheme` how its films were dealt; `left_out_as_seen` counts films of the split whose
    patient the version was trained or tuned on, None when the version does not say. `test` and
    `validation` are the films themselves, for whoever asks more of them.
    """

    evaluation: Evaluation
    counts: dict[str, dict[str, int]]
    manifest: str
    scheme: str
    split: Split
    left_out_as_seen: int | None
    test: JudgedFilms | None = None
    validation: JudgedFilms | None = None

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
        told = self.evaluation.as_dict()
        accuracy = told["accuracy"]
        reliability = told["after"] or told["before"]
        return {
            "manifest": self.manifest,
            "scheme": self.scheme,
            "split": self.split.value,
            "films": told["films"],
            "patients": told["patients"],
            "refused": told["refused"],
            "left_out_as_seen": self.left_out_as_seen,
            "accuracy": round(accuracy["value"], 4),
            "accuracy_95": [_rounded(accuracy["low"]), _rounded(accuracy["high"])],
            "balanced_accuracy": _rounded(told["balanced_accuracy"]["value"]),
            "auc": {each["name"]: _rounded(each["auc"]["value"]) for each in told["per_class"]},
            "expected_calibration_error": _rounded(reliability["ece"]["value"]),
            "accuracy_by_source": {
                each["name"]: _rounded(each["accuracy"]["value"])
                for each in told["subgroups"]["source"]
            },
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


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
    options: Options = field(default_factory=Options)

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
        """Judge on films that are open already, calibrated on its validation films.

        Raises
        ------
        DataError
            As `judge`.
        """
        chosen = [collection.films[index] for index in collection.of(split)]
        known = set() if self.seen is None else seen_groups(manifest.films, self.seen)
        fresh = [film for film in chosen if film.group not in known]
        if not fresh:
            raise DataError(
                f"The {split.value} split has no film of a patient whom {self.model.ref.name} "
                "has not seen. Judge it on other data."
            )
        test = judge_films(self.model, fresh, self.limits, self.report)
        validation = self._validation(collection, fresh)
        counts: dict[str, Counter[str]] = {}
        for film in fresh:
            counts.setdefault(film.label, Counter())[film.source] += 1
        return Judgement(
            evaluation=self._evaluate(test, validation, collection.manifest),
            counts={label: dict(sorted(own.items())) for label, own in sorted(counts.items())},
            manifest=collection.manifest,
            scheme=collection.scheme,
            split=split,
            left_out_as_seen=None if self.seen is None else len(chosen) - len(fresh),
            test=test,
            validation=validation,
        )

    def _validation(
        self, collection: Collection, judged: Sequence[LabelledFilm]
    ) -> JudgedFilms | None:
        """Read the films to calibrate on: none of a patient who is judged."""
        groups = {film.group for film in judged}
        films = [collection.films[index] for index in collection.of(Split.VALIDATION)]
        free = [film for film in films if film.group not in groups]
        return judge_films(self.model, free, self.limits, self.report) if free else None

    def _evaluate(
        self, test: JudgedFilms, validation: JudgedFilms | None, manifest: str
    ) -> Evaluation:
        self.report("Drawing patients again for intervals", 0, 1)
        cases = None if validation is None else validation.cases
        found = assess(test.cases, cases, self.options)
        self.report("Drawing patients again for intervals", 1, 1)
        if found.calibration is not None:
            found = replace(found, calibration=replace(found.calibration, manifest=manifest))
        return replace(found, refused=test.refused)


def judge_films(
    model: LoadedModel,
    films: Sequence[LabelledFilm],
    limits: Limits,
    report: Callable[[str, int, int], None],
) -> JudgedFilms:
    """Read every film and keep logits and features; `report` hears of each.

    Raises
    ------
    DataError
        When no film could be read.
    """
    classes = model.manifest.classes
    files = [FilmFile(film.name, film.load) for film in films]
    places, logits, features = [], [], []
    for place, answer in enumerate(answer_films(files, model, InProcess(limits))):
        report("Reading films", place, len(films))
        if answer is not None:
            places.append(place)
            logits.append(answer.logits)
            features.append(answer.features)
    report("Reading films", len(films), len(films))
    if not places:
        raise DataError("None of the films could be read, so there is nothing to evaluate.")
    read = [films[place] for place in places]
    cases = Cases(
        classes=classes,
        logits=np.asarray(logits, dtype=np.float64),
        truth=np.array([classes.index(film.label) for film in read], dtype=np.intp),
        groups=tuple(film.group for film in read),
        sources=tuple(film.source for film in read),
        views=tuple(film.view for film in read),
        sexes=tuple(film.sex for film in read),
        ages=tuple(film.age_years for film in read),
    )
    return JudgedFilms(
        names=tuple(film.name for film in read),
        places=tuple(places),
        cases=cases,
        features=np.asarray(features, dtype=np.float32),
        refused=len(films) - len(read),
    )
