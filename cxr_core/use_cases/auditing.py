"""Audit a version for shortcuts on a manifest's films."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.collection import deal_films
from cxr_core.datasets.lungs import films_with_masks
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.pack import SUFFIX
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.evaluation.audit.run import audit
from cxr_core.evaluation.audit.subject import AuditSubject
from cxr_core.inference.networks import NETWORKS, build_network
from cxr_core.inference.weights import load_into
from cxr_core.registry.catalogue import load_arrays, read_weights
from cxr_core.use_cases.audit_films import AuditPlan, Candidate, FilmReader, choose_films
from cxr_core.use_cases.collecting import open_collection
from cxr_core.use_cases.location import read_location
from cxr_core.use_cases.seen import seen_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cxr_core.evaluation.audit.results import Audit
    from cxr_core.evaluation.audit.subject import AuditFilm
    from cxr_core.imaging.decode import Limits
    from cxr_core.registry.catalogue import LoadedModel
    from cxr_core.use_cases.collecting import Films

AUDIT_NAME = "audit.json"
_DECODERS = 2
_MASK_NOTE = "Lung masks are drawn by a model (Selvan et al. 2020), not by hand."


@dataclass(frozen=True, slots=True)
class VersionAudit:
    """An audit, and the version and films that it rests on.

    `manifest` is the manifest's digest, `scheme` how its films were dealt.
    """

    audit: Audit
    version: str
    weights_sha256: str
    manifest: str
    scheme: str
    split: Split

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "version": self.version,
            "weights_sha256": self.weights_sha256,
            "manifest": self.manifest,
            "scheme": self.scheme,
            "split": self.split.value,
            **self.audit.as_dict(),
        }

    def headline(self) -> dict[str, Any]:
        """Return what is shown beside a version's score."""
        return {
            "manifest": self.manifest,
            "split": self.split.value,
            "score": round(self.audit.score, 4),
            "verdict": self.audit.verdict,
            "reasons": list(self.audit.reasons),
            "parts": {part.name: part.score for part in self.audit.parts},
        }


@dataclass(frozen=True, slots=True)
class Auditor:
    """A version that lies in `folder`, and how its films are read.

    `seen` are the tokens of what it was trained on, None where it does not say. `report` hears
    a sentence, films done and films in all, and may raise to cancel.
    """

    model: LoadedModel
    folder: Path
    seen: frozenset[str] | None
    limits: Limits
    report: Callable[[str, int, int], None]

    def audit(
        self, films: Films, split: Split = Split.TEST, plan: AuditPlan | None = None
    ) -> VersionAudit:
        """Audit on one split of a manifest, leaving out patients whom the version has seen.

        Raises
        ------
        DataError
            When the manifest or its films are not there, or no film is left.
        ModelError
            When the weights are not those of the version's manifest.
        """
        chosen_plan = plan or AuditPlan()
        candidates, manifest = self._candidates(films, split)
        chosen = choose_films(candidates, chosen_plan)
        reader = FilmReader(_mask_places(films), self.limits, self.model.manifest.classes)
        read, notes = self._read(chosen, reader)
        ref = self.model.ref
        return VersionAudit(
            audit=audit(self._subject(), read, chosen_plan.options, self.report, notes),
            version=ref.version,
            weights_sha256=ref.weights_sha256,
            manifest=manifest,
            scheme=films.dealing.scheme,
            split=split,
        )

    def _candidates(self, films: Films, split: Split) -> tuple[list[Candidate], str]:
        space = LabelSpace(self.model.manifest.classes)
        manifest, collection = open_collection(
            films, space, lambda done, total: self.report("Checking films", done, total)
        )
        dealt = deal_films(manifest, space, films.dealing).films
        known = set() if self.seen is None else seen_groups(manifest.films, self.seen)
        masks = {each.film.path: each for each in films_with_masks(manifest.films)}
        candidates = [
            Candidate(
                each.film,
                labelled,
                masks.get(each.film.path),
                each.split is not split or each.film.group in known,
            )
            for each, labelled in zip(dealt, collection.films, strict=True)
        ]
        if all(each.is_seen for each in candidates):
            raise DataError(
                f"The {split.value} split has no film of a patient whom {self.model.ref.name} "
                "has not seen. Audit it on other data."
            )
        return candidates, collection.manifest

    def _read(
        self, chosen: Sequence[Candidate], reader: FilmReader
    ) -> tuple[list[AuditFilm], list[str]]:
        read: list[AuditFilm] = []
        problems: Counter[str] = Counter()
        with ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode") as pool:
            for done, (film, problem) in enumerate(pool.map(reader.read, chosen)):
                self.report("Decoding films", done, len(chosen))
                if problem:
                    problems[problem] += 1
                if film is not None:
                    read.append(film)
        masked = [film for film in read if film.lungs is not None]
        notes = [f"{count} of the films chosen: {told}" for told, count in problems.items()]
        if masked:
            notes.append(f"{len(masked)} of {len(read)} films have a lung mask. {_MASK_NOTE}")
        if seen := sum(film.is_seen for film in masked):
            notes.append(
                f"{seen} of the films with a lung mask are of patients that the version may "
                "have been trained on. They count only where lungs are asked for."
            )
        return read, notes

    def _subject(self) -> AuditSubject:
        manifest = self.model.manifest
        network = NETWORKS[manifest.blueprint.network]

        def rebuild() -> Any:  # noqa: ANN401 - a Keras model, which this room does not know
            model = build_network(manifest.blueprint)
            data = read_weights(self.folder, manifest)
            load_into(model, load_arrays(data, self.folder.name))
            return model

        return AuditSubject(
            name=self.model.ref.name,
            classes=manifest.classes,
            size=manifest.input_size,
            normalisation=manifest.normalisation,
            engine=self.model.engine,
            heat_layer=network.heat_layer,
            rebuild=rebuild,
            blocks=tuple(network.blocks.items()),
        )


def _mask_places(films: Films) -> dict[str, str]:
    """Return where the releases lie; a pack has no masks, and so no place for them."""
    if films.manifest.suffix == SUFFIX:
        return {}
    return read_location(films.manifest, films.root)
