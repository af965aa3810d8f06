"""Ask versions about every held-out film, where they were not asked before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr_core.datasets.manifest import load_manifest
from cxr_core.datasets.splits import Split
from cxr_core.jobs.job import Progress
from cxr_core.registry.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cxr_core.jobs.desk import Desk
    from cxr_core.use_cases.work.workplace import Workplace


def ask_versions(names: Iterable[str], desk: Desk, place: Workplace) -> str:
    """Keep what each version says of test and validation films; return the manifest's digest.

    Raises
    ------
    DataError, ModelError, StorageError
        When a version or the films are not there, or the disk refuses.
    """
    digest = load_manifest(place.manifest).digest
    for name in names:
        version = read_manifest(place.catalogue.folder_of(name))
        for split in (Split.TEST, Split.VALIDATION):
            if place.answers.stored_answers(version, digest, split) is not None:
                continue
            (model,) = place.catalogue.load([name])

            def tell(words: str, done: int, total: int, name: str = name) -> None:
                told = f"{name}: {words[:1].lower()}{words[1:]}"
                desk.progress(Progress(told, done, total, kept=desk.claim.job.progress.kept))

            place.answers.answers_of(model, place.films(), split, tell)
    return digest
