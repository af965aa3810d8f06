"""What a version says of every film of a split: asked once, kept, shared by all who compare.

A file of answers lies under the SHA-256 of the weights that gave them and the digest of the
manifest that they are about, so that neither can change unnoticed. It is numbers and JSON:
reading it executes nothing.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.datasets.collection import BY_PATIENT, deal_films
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.splits import Split
from cxr_core.errors import CxrError, DataError
from cxr_core.evaluation.cases import Cases
from cxr_core.registry.atomic import write_atomically
from cxr_core.use_cases.collecting import Films, open_collection
from cxr_core.use_cases.evaluating import judge_films
from cxr_core.use_cases.seen import seen_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from cxr_core.datasets.manifest import Manifest as FilmManifest
    from cxr_core.imaging.decode import Limits
    from cxr_core.registry.catalogue import LoadedModel
    from cxr_core.registry.manifest import Manifest

_FORMAT = 1
_NOT_OURS = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, CxrError)
_TEXTS = ("groups", "sources", "views", "sexes")


@dataclass(frozen=True, slots=True, eq=False)
class SplitAnswers:
    """A version's answers for the films of one split of a manifest, seen patients included.

    `version` is the version's name, `manifest` the digest of the manifest of films; `paths`
    are the films as that manifest names them, parallel to `cases`, in its order. `refused`
    counts films of the split that could not be read and are not here.
    """

    version: str
    weights_sha256: str
    manifest: str
    split: Split
    paths: tuple[str, ...]
    cases: Cases
    refused: int = 0

    def unseen(self, films: FilmManifest, seen: Iterable[frozenset[str]]) -> NDArray[np.bool_]:
        """Mark the films of patients of whom none of the versions has seen a film: (films,).

        `seen` holds the tokens of each version (`seen.read_seen`).

        Raises
        ------
        DataError
            When `films` is another manifest than the one that the answers are about.
        """
        if films.digest != self.manifest:
            raise DataError(
                f"The answers are about manifest {self.manifest[:16]}; this one is "
                f"{films.digest[:16]}. Compare the versions again."
            )
        known: set[str] = set()
        for tokens in seen:
            known |= seen_groups(films.films, tokens)
        return np.array([group not in known for group in self.cases.groups], dtype=bool)


@dataclass(frozen=True, slots=True)
class AnswerStore:
    """Files of answers under `folder`; films are read within `limits`."""

    folder: Path
    limits: Limits

    def path(self, version: Manifest, digest: str, split: Split) -> Path:
        """Say where the answers of a version for a split of a manifest are kept."""
        return self.folder / version.weights_sha256 / f"{digest}-{split.value}.npz"

    def stored_answers(
        self, version: Manifest, digest: str, split: Split
    ) -> SplitAnswers | None:
        """Return kept answers; None where there are none, or the file is damaged.

        `version` is the version's manifest, `digest` that of the manifest of films.
        """
        try:
            data = self.path(version, digest, split).read_bytes()
            found, kind = _parse(data, version.name)
        except _NOT_OURS:
            return None
        told = (found.weights_sha256, found.manifest, found.split, found.cases.classes)
        wanted = (version.weights_sha256, digest, split, version.classes)
        return found if told == wanted and kind == _kind_of(version) else None

    def answers_of(
        self,
        model: LoadedModel,
        films: Films,
        split: Split,
        report: Callable[[str, int, int], None],
    ) -> SplitAnswers:
        """Return kept answers, or ask the version about every film of the split and keep them.

        The films are dealt by patient, as the manifest has them, whatever `films` says.
        `report` hears a sentence, films done and films in all, and may raise to cancel.

        Raises
        ------
        DataError
            When the manifest or its films are not there, or no film could be read.
        StorageError
            When the disk refuses.
        """
        version = model.manifest
        space = LabelSpace(version.classes)
        films = replace(films, dealing=BY_PATIENT)
        manifest, collection = open_collection(
            films, space, lambda done, total: report("Checking films", done, total)
        )
        if kept := self.stored_answers(version, manifest.digest, split):
            return kept
        dealt = deal_films(manifest, space, films.dealing)  # runs parallel to the collection
        chosen = [int(place) for place in collection.of(split)]
        if not chosen:
            raise DataError(
                f"The manifest has no film in its {split.value} split. Curate again."
            )
        asked = [collection.films[place] for place in chosen]
        judged = judge_films(model, asked, self.limits, report)
        answers = SplitAnswers(
            version=version.name,
            weights_sha256=version.weights_sha256,
            manifest=manifest.digest,
            split=split,
            paths=tuple(dealt.films[chosen[place]].film.path for place in judged.places),
            cases=judged.cases,
            refused=judged.refused,
        )
        self.keep(version, answers)
        return answers

    def keep(self, version: Manifest, answers: SplitAnswers) -> None:
        """Write a version's answers where they will be found.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        where = self.path(version, answers.manifest, answers.split)
        write_atomically(where, _as_bytes(answers, _kind_of(version)))


def _kind_of(version: Manifest) -> list[Any]:
    """What, besides the weights, decides an answer."""
    record = version.record
    return [
        version.architecture,
        version.input_size,
        version.normalisation.value,
        [record.get(key) for key in ("hidden", "pooling", "output", "kernel", "scaling")],
    ]


def _as_bytes(answers: SplitAnswers, kind: list[Any]) -> bytes:
    cases = answers.cases
    told = {
        "format": _FORMAT,
        "kind": kind,
        "weights_sha256": answers.weights_sha256,
        "manifest": answers.manifest,
        "split": answers.split.value,
        "refused": answers.refused,
        "classes": list(cases.classes),
        "paths": list(answers.paths),
        **{name: list(getattr(cases, name)) for name in _TEXTS},
        "ages": list(cases.ages),
    }
    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        logits=cases.logits.astype(np.float32),
        truth=cases.truth.astype(np.int32),
        told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8),
    )
    return stream.getvalue()


def _parse(data: bytes, version: str) -> tuple[SplitAnswers, Any]:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        told = json.loads(arrays["told"].tobytes())
        if told["format"] != _FORMAT:
            raise ValueError("the answers are of another format")
        cases = Cases(
            classes=tuple(told["classes"]),
            logits=arrays["logits"].astype(np.float64),
            truth=arrays["truth"].astype(np.intp),
            ages=tuple(told["ages"]),
            **{name: tuple(told[name]) for name in _TEXTS},
        )
    paths = tuple(str(path) for path in told["paths"])
    if len(paths) != len(cases):
        raise ValueError("paths and answers are not equally many")
    answers = SplitAnswers(
        version=version,
        weights_sha256=told["weights_sha256"],
        manifest=told["manifest"],
        split=Split(told["split"]),
        paths=paths,
        cases=cases,
        refused=int(told["refused"]),
    )
    return answers, told["kind"]
