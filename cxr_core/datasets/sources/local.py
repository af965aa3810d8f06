"""The installation's own films, whose findings its readers have settled.

This room does not know the store: whoever holds the cases hands them in. A patient's id is
replaced by a pseudonym before it enters a record, and cannot be had back from there.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cxr_core.datasets.records import Record, Source
from cxr_core.datasets.sources.layout import complete
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cxr_core.datasets.ontology import Finding

_NAME = "local"
_SHORTEST_SALT = 16
_PSEUDONYM_LENGTH = 20


@dataclass(frozen=True, slots=True)
class ReviewedCase:
    """One film with the finding that its readers agreed on.

    `path` is POSIX and relative to the folder of the source; `patient` is the raw id, empty
    where it is not known. The rest is as in a `Record`.
    """

    path: str
    patient: str
    finding: Finding
    view: str = ""
    modality: str = ""
    study_date: str = ""
    age_years: float | None = None
    sex: str = ""
    reviewer_count: int = 1


def local_source(cases: Sequence[ReviewedCase], salt: bytes) -> Source:
    """Return the source `local` with these cases.

    Parameters
    ----------
    salt
        A secret of the installation, at least 16 bytes; the same patient has the same
        pseudonym as long as it stays the same.

    Raises
    ------
    DataError
        When the salt is too short to keep the ids from being guessed.
    """
    if len(salt) < _SHORTEST_SALT:
        raise DataError(
            f"The salt has {len(salt)} bytes; expected at least {_SHORTEST_SALT}, or patient "
            "ids could be guessed from their pseudonyms."
        )
    records = [_record(case, salt) for case in cases]
    return replace(SOURCE, read=lambda _: complete(_NAME, records, ()), images=len(records))


def _record(case: ReviewedCase, salt: bytes) -> Record:
    readers = "one reader" if case.reviewer_count == 1 else f"{case.reviewer_count} readers"
    return Record(
        path=case.path,
        patient=_pseudonym(case.patient, salt) if case.patient else "",
        finding_text=f"{case.finding.value} ({readers})",
        finding=case.finding,
        view=case.view,
        modality=case.modality,
        study_date=case.study_date,
        age_years=case.age_years,
        sex=case.sex,
    )


def _pseudonym(patient: str, salt: bytes) -> str:
    digest = hmac.new(salt, patient.encode(), hashlib.sha256).hexdigest()
    return digest[:_PSEUDONYM_LENGTH]


def _read_nothing(_: Path) -> Iterator[Record]:
    """Without cases handed in there is nothing to read."""
    yield from ()


SOURCE = Source(
    name=_NAME,
    title="Reviewed cases of this installation",
    folders=("local",),
    read=_read_nothing,
    licence="the installation's own; do not pass the films on",
    citation="",
    url="",
    images=0,
    megabytes=0,
    caution="The findings are those of the readers here, who saw what the models said.",
)
