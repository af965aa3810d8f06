"""A version that was judged, audited and compared with studies, in memory, for reports."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.domain import Normalisation
from cxr_core.evaluation.assessment import assess
from cxr_core.evaluation.audit.results import Sanity, Stage
from cxr_core.evaluation.audit.run import audit
from cxr_core.evaluation.audit.subject import AuditOptions, AuditSubject
from cxr_core.evaluation.bootstrap import Measure
from cxr_core.evaluation.report.material import Material, material
from cxr_core.evaluation.results import External, SourceOut, plain
from cxr_core.evaluation.subgroups import measure_group
from cxr_core.inference.engine import EngineOutput
from tests.evaluation.drawn import CLASSES as CLASSES_DRAWN
from tests.evaluation.drawn import SIZE, draw_films
from tests.evaluation.made import CLASSES, QUICK, made_cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.domain import FloatArray
    from cxr_core.evaluation.bootstrap import Options

WEIGHTS = "c0ffee" * 10 + "c0ff"
VERSION: dict[str, Any] = {
    "format": 1,
    "name": "judged",
    "version": "2026-01-02",
    "title": "A network made of numbers",
    "architecture": "vgg16",
    "classes": list(CLASSES),
    "input_size": 64,
    "normalisation": "film",
    "weights": {"sha256": WEIGHTS},
    "recipe": {"name": "vgg16"},
    "command": "python -m cxr_core train vgg16 --manifest films --out judged",
    "training_minutes": 3.5,
    "code_version": "0",
    "scheme": "patients",
    "data": {"train": {"normal": {"here": 20, "there": 10}, "covid19": {"there": 9}}},
    "children": "none",
}


@cache
def _evaluation(options: Options, classes: tuple[str, ...]) -> dict[str, Any]:
    test = made_cases(240, seed=1, patients=150, classes=classes)
    validation = made_cases(160, seed=2, classes=classes)
    found = assess(test, validation, options)
    sources = []
    for name in ("here", "there"):
        own = test.subset(np.asarray(test.sources) == name)
        result = measure_group(name, own, 1.0, options)
        worse = measure_group(name, replace(own, logits=own.logits * -0.2), 1.0, options)
        sources.append(SourceOut(name, {classes[0]: 9}, ("other",), 1, result, worse, result))
    external = External("judged 2026-01-02", {"here": 3}, {"here": 70, "there": 80}, 40,
                        tuple(sources))  # fmt: skip
    told = {"manifest": "ab" * 32, "scheme": "patients", "split": "test"}
    told |= {"left_out_as_seen": 7, **replace(found, external=external, refused=2).as_dict()}
    return plain(told)


def evaluation_of(
    options: Options = QUICK, classes: tuple[str, ...] = CLASSES, **changes: Any
) -> dict[str, Any]:
    """Return an evaluation as it lies in a version, with everything measured."""
    return {**_evaluation(options, classes), **changes}


class Stripes:
    """An engine of plain arithmetic: it tells upright stripes from lying ones, not too well."""

    device = "NumPy"

    def run(self, films: FloatArray) -> EngineOutput:
        along = np.abs(np.diff(films[..., 0], axis=1)).mean(axis=(1, 2))
        across = np.abs(np.diff(films[..., 0], axis=2)).mean(axis=(1, 2))
        score = (across - along) * 20
        heat = np.abs(films[:, ::8, ::8, 0])
        maps = np.stack([heat, heat], axis=1) / heat.max()
        logits = np.stack([-score, score], axis=1)
        features = np.stack([along, across, score], axis=1)
        told = (each.astype(np.float32) for each in (logits, maps, features))
        return EngineOutput(*told, seconds=0.0)


@cache
def _audit() -> dict[str, Any]:
    normalisation = Normalisation.FILM
    subject = AuditSubject("judged", CLASSES_DRAWN, SIZE, normalisation, Stripes(), "none")
    options = AuditOptions(resamples=40)
    found = audit(subject, draw_films(60, seed=7), options, lambda *_: None, ("A note of it.",))
    likeness = Measure(0.4, 0.3, 0.5)
    stages = tuple(Stage(name, 1, likeness, likeness, 0) for name in ("head", "first layers"))
    return plain(asdict(replace(found, sanity=Sanity(4, 1, 8, stages))))


def audit_of(**changes: Any) -> dict[str, Any]:
    """Return the audit of an engine made by hand, as it lies in a version."""
    return {"version": "2026-01-02", "weights_sha256": WEIGHTS, **_audit(), **changes}


def result_of(accuracy: float, **more: Any) -> dict[str, Any]:
    """Return what a study tells of one dealing."""
    return {
        "films": 400,
        "accuracy": accuracy,
        "accuracy_95": [accuracy - 0.03, accuracy + 0.03],
        "balanced_accuracy": accuracy - 0.01,
        "auc": {"normal": 0.95, "covid19": None},
        "sensitivity": {"normal": accuracy, "covid19": accuracy},
        "accuracy_by_source": {"here": accuracy},
        "classes": ["normal", "covid19"],
        "confusion": [[200, 0], [0, 200]],
        **more,
    }


def study_of(recipe: str = "ancestor", **changes: Any) -> dict[str, Any]:
    """Return a study.json of two runs, the second without an honest part."""
    first = {
        "run": "three-classes",
        "network": "vgg16",
        "reported": {"accuracy": 0.9478, "sensitivity_covid19": 0.99},
        "note": "",
        "naive": result_of(0.95, ensemble=result_of(0.96)),
        "honest": result_of(0.86, accuracy_folds=[0.84, 0.88], accuracy_deviation=0.0283),
        "minutes_per_epoch": 1.234,
        "epochs": 30,
        "substitutes": ["starts from our own stage A"],
    }
    second = {**first, "run": "two-classes", "reported": {}, "honest": None}
    second |= {"note": "the paper's table and text differ", "substitutes": []}
    told = {"recipe": recipe, "paper": "Somebody 2020", "scale": 0.25, "folds": 2}
    told |= {"command": "python -m cxr_core train ancestor", "date": "2026-01-02"}
    return {**told, "rows": [first, second], **changes}


def full_material(**changes: Any) -> Material:
    """Return material of which nothing is missing; `changes` are of the evaluation."""
    return material(VERSION, evaluation_of(**changes), audit_of(), (study_of(),))


def bare_material() -> Material:
    """Return an evaluation without validation films, audit, left-out sources and studies."""
    found = assess(made_cases(60, seed=3), None, QUICK)
    told = {"manifest": "", "scheme": "", "split": "test", "left_out_as_seen": None}
    return material(VERSION, plain({**told, **found.as_dict()}))


OLD_EVALUATION: dict[str, Any] = {
    "manifest": "ab" * 32,
    "split": "test",
    "left_out_as_seen": 3,
    "classes": ["normal", "covid19"],
    "films": 40,
    "refused": 0,
    "accuracy": {"right": 30, "films": 40, "value": 0.75, "low": 0.6, "high": 0.86},
    "balanced_accuracy": 0.7,
    "per_class": [
        {"name": "normal", "sensitivity": {"value": 0.8, "low": 0.7, "high": 0.9}, "auc": 0.81},
        {"name": "covid19", "sensitivity": {"value": 0.6, "low": 0.4, "high": 0.8}, "auc": 0.8},
    ],
    "confusion": [[24, 6], [4, 6]],
    "by_source": {"here": {"right": 30, "films": 40, "value": 0.75, "low": 0.6, "high": 0.86}},
}


class Outline(HTMLParser):
    """What a page is made of: its elements in order, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not self.elements or self.elements[-1][0] not in {"script", "style"}:
            self.text += data

    def names(self) -> list[str]:
        return [name for name, _ in self.elements]
