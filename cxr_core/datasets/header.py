"""The manifest's header: sources and their revisions, the rule, and the copies found."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cxr_core import __version__
from cxr_core.datasets.candidates import Candidate, clusters_of, namesakes
from cxr_core.datasets.copies import COPY_SCORE, PATIENT_SCORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cxr_core.datasets.records import Source
    from cxr_core.datasets.splits import SplitRule


def describe(
    releases: Sequence[tuple[Source, str, Path]],
    rows: Sequence[Candidate],
    readable: Sequence[Candidate],
    rule: SplitRule,
) -> dict[str, Any]:
    """Return what a manifest says beside its table; nothing of it tells of the machine."""
    return {
        "code_version": __version__,
        "salt": rule.salt,
        "validation_share": rule.validation_share,
        "test_share": rule.test_share,
        "copy_score": COPY_SCORE,
        "patient_score": PATIENT_SCORE,
        "sources": [
            {
                "name": source.name,
                "title": source.title,
                "folder": prefix,
                "licence": source.licence,
                "citation": source.citation,
                "url": source.url,
                "ages": source.ages,
                "is_of_children": source.is_of_children,
                "caution": source.caution,
                "revision": _revision([row for row in rows if row.source is source]),
                "images": sum(row.source is source for row in rows),
                "orphan_masks": len(source.masks_without_film(folder)),
            }
            for source, prefix, folder in releases
        ],
        "copies": _copies(readable),
    }


def _revision(rows: Iterable[Candidate]) -> str:
    """Digest of all that a release says and of every file that was read."""
    told = sorted(
        json.dumps([asdict(row.record), row.examined.sha256 if row.examined else ""])
        for row in rows
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _copies(rows: Sequence[Candidate]) -> dict[str, Any]:
    """Count the films that another source has too, and those that share their file's name."""
    elsewhere: Counter[str] = Counter()
    for cluster in clusters_of(rows):
        sources = {row.source.name for row in cluster}
        elsewhere.update(row.source.name for row in cluster if len(sources) > 1)
    twins = [(rows[one], rows[other]) for one, other in namesakes(rows)]
    return {
        "films_with_copies": sum(len(each) > 1 for each in clusters_of(rows)),
        "also_in_another_source": dict(sorted(elsewhere.items())),
        "same_name_pairs": len(twins),
        "same_name_pairs_found": sum(one.cluster == other.cluster for one, other in twins),
    }
