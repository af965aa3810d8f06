"""What a release says of one image, and what a release says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from cxr_core.datasets.ontology import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


class Exclusion(StrEnum):
    """Why an image is in the manifest but never used, in the order in which it is asked."""

    NO_FILE = "row without a file"
    NO_ROW = "file without a row"
    NOT_RADIOGRAPH = "not a plain radiograph"
    NOT_FRONTAL = "not a frontal view"
    UNREADABLE = "unreadable image"
    NO_LABEL = "finding unknown"
    DISAGREEMENT = "copies disagree about the finding"
    COPY = "copy of another film"
    HELD_BACK = "patient stands in another split"


@dataclass(frozen=True, slots=True)
class Record:
    """One image, as its release describes it.

    `path` is POSIX and relative to the release's folder. `patient` is unique inside the source
    and empty where nobody says whose film it is, which then stands for a patient of its own.
    `finding_text` is the release's own word, `finding` its place in the ontology. `view` is
    DICOM-like and upper case ("PA", "AP", "AP SUPINE", "L", "" unknown), `modality` as the
    release writes it ("X-ray", "CR", "CT", "" unknown), `study_date` as far as it is known,
    ISO where it is a day ("2020-03-13", "2020"), `offset_days` days since onset or admission.
    `licence` is empty where the release's own holds. `mask` is the path of a lung mask beside
    `path`. `also` names the same patient elsewhere, as "source/patient". `exclusion` is what
    the reader alone can see: a file that no row mentions.
    """

    path: str
    patient: str
    finding_text: str
    finding: Finding
    view: str = ""
    modality: str = ""
    study_date: str = ""
    offset_days: float | None = None
    age_years: float | None = None
    sex: str = ""
    licence: str = ""
    mask: str = ""
    also: tuple[str, ...] = ()
    exclusion: Exclusion | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """How a release is fetched.

    `kind` is "git" (clone `address`), "http" (the files named in `files`), "kaggle" (`address`
    is the data set or, after "competition:", the competition), or "none". `files` are (URL,
    file name, SHA-256 or empty) triples.
    """

    kind: str
    address: str = ""
    files: tuple[tuple[str, str, str], ...] = ()
    note: str = ""


def _no_masks(folder: Path) -> list[str]:
    """Most releases have no masks."""
    del folder
    return []


@dataclass(frozen=True, slots=True)
class Source:
    """One public release: who made it, how to get it, and how to read it.

    `folders` are the names under which it is published; the first is where `fetch` puts it.
    `read` yields a record per image of such a folder. `images` and `megabytes` are those of
    the full release, about. `ages` says in words whose films they
    are where all are of one age group, and `is_of_children` whether that group is children.
    `caution` is what a person must know before believing the labels. `masks_without_film`
    lists lung masks whose film is absent.
    """

    name: str
    title: str
    folders: tuple[str, ...]
    read: Callable[[Path], Iterable[Record]]
    licence: str
    citation: str
    url: str
    images: int
    megabytes: int
    download: Download = field(default=Download("none"))
    ages: str = ""
    is_of_children: bool = False
    caution: str = ""
    masks_without_film: Callable[[Path], list[str]] = _no_masks
