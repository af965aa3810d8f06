"""Versions with kept answers for the test split of small drawn releases: no network runs."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.manifest import load_manifest
from cxr_core.datasets.splits import Split
from cxr_core.evaluation.cases import Cases
from cxr_core.imaging.decode import Limits
from cxr_core.registry.manifest import read_manifest
from cxr_core.use_cases.versions.answers import AnswerStore, SplitAnswers, _as_bytes, _kind_of
from tests.use_cases.judged import judged_version, put

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cxr_core.datasets.manifest import Film

CLASSES = ("normal", "pneumonia", "covid19")
_CLASS_OF = {"normal": "normal", "viral": "pneumonia", "covid19": "covid19"}


def make_version(
    models: Path, name: str, classes: Sequence[str] = CLASSES, seen: Sequence[str] = ()
) -> Path:
    """Lay out a version without weights, whose digest is its own."""
    folder = judged_version(models, name, None)
    table = json.loads((folder / "manifest.json").read_text("utf-8"))
    table |= {"classes": list(classes), "canary": None, "reassuring": ["normal"]}
    table["canary"] = {"probabilities": [[1 / len(classes)] * len(classes)] * 2}
    table["weights"]["sha256"] = hashlib.sha256(name.encode()).hexdigest()
    put(folder / "manifest.json", table)
    if seen:
        (folder / "seen.txt").write_text("".join(f"{each}\n" for each in sorted(seen)))
    return folder


def films_of_split(manifest_dir: Path, split: Split = Split.TEST) -> list[Film]:
    return [film for film in load_manifest(manifest_dir).films if film.split is split]


def keep_answers(
    store: Path,
    folder: Path,
    manifest_dir: Path,
    wrong: Sequence[int] = (),
    without: Sequence[int] = (),
) -> SplitAnswers:
    """Keep answers that are right, but for the films at the places in `wrong`.

    Those are called the class after the true one. Films at the places `without` could not be
    read.
    """
    version = read_manifest(folder)
    digest = load_manifest(manifest_dir).digest
    films = films_of_split(manifest_dir)
    places = [place for place in range(len(films)) if place not in set(without)]
    names = [_CLASS_OF[films[place].finding.value] for place in places]
    count = len(version.classes)
    truth = np.array([version.classes.index(name) for name in names])
    called = np.array(
        [
            (true + 1) % count if place in set(wrong) else true
            for place, true in zip(places, truth, strict=True)
        ]
    )
    generator = np.random.default_rng(len(version.name))
    logits = np.eye(count)[called] * 2 + generator.uniform(0, 0.5, (len(places), count))
    answers = SplitAnswers(
        version=version.name,
        weights_sha256=version.weights_sha256,
        manifest=digest,
        split=Split.TEST,
        paths=tuple(films[place].path for place in places),
        cases=Cases(
            version.classes,
            logits.astype(np.float32).astype(np.float64),
            truth,
            tuple(films[place].group for place in places),
        ),
        refused=len(tuple(without)),
    )
    path = AnswerStore(store, Limits()).path(version, digest, Split.TEST)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_as_bytes(answers, _kind_of(version)))
    return answers
