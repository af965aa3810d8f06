"""From the releases under a folder to a manifest: read, decode, join, exclude, deal.

Every image that a release lists or holds ends as one row, used or excluded for one reason, the
first that applies in the order of `Exclusion`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.candidates import Candidate, clusters_of, namesakes
from cxr_core.datasets.copies import COPY_SCORE
from cxr_core.datasets.copy_search import CopySearch
from cxr_core.datasets.header import describe
from cxr_core.datasets.joining import Joined, Link
from cxr_core.datasets.manifest import Film
from cxr_core.datasets.ontology import Finding, most_specific
from cxr_core.datasets.records import Exclusion, Source
from cxr_core.datasets.splits import SplitRule, most_protected
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from cxr_core.datasets.film_store import FilmStore

    Report = Callable[[str, int, int], None]

_FRONTAL_VIEWS = frozenset({"PA", "AP", "AP SUPINE", "AP ERECT", "AP SEMI ERECT", ""})
_RADIOGRAPHS = frozenset({"X-RAY", "CR", "DX", ""})
_BY_FAULT = {
    "not_frontal": Exclusion.NOT_FRONTAL,
    "wrong_modality": Exclusion.NOT_RADIOGRAPH,
    "not_a_chest": Exclusion.NOT_RADIOGRAPH,
}


@dataclass(frozen=True, slots=True)
class Curation:
    """What a manifest is made of.

    `films` are sorted by source and path; `slots` has the place of each among the store's
    squares, -1 where there is none; `header` is what cannot be read off the films.
    """

    films: tuple[Film, ...]
    slots: tuple[int, ...]
    header: dict[str, Any]


def curate(
    releases: Sequence[tuple[Source, str, Path]],
    store: FilmStore,
    search_folder: Path,
    rule: SplitRule,
    report: Report,
) -> Curation:
    """Return the films of the manifest, where their squares are, and its header.

    `releases` are sources with the prefix that their paths get in the manifest and the folder
    where they lie. `report` hears a sentence, what is done and what there is in all; it may
    raise to cancel, and what was decoded and compared until then is kept.

    Raises
    ------
    DataError
        When a release is not laid out as published, or no film can be read.
    StorageError
        When the disk refuses.
    """
    rows = [row for place, each in enumerate(releases) for row in _read(place, *each)]
    for row in rows:
        _exclude_by_record(row)
    candidates = [row for row in rows if row.exclusion is None]
    told = store.examine(
        [row.file for row in candidates],
        lambda done, total: report("Reading films", done, total),
    )
    for row, examined in zip(candidates, told, strict=True):
        row.examined = examined
        if examined.fault:
            exclusion = _BY_FAULT.get(examined.fault, Exclusion.UNREADABLE)
            row.exclude(exclusion, f"{examined.fault}: {examined.message}")
    readable = [row for row in candidates if row.is_readable]
    if not readable:
        raise DataError(
            f"None of the {len(rows)} images can be read. Is the folder the right one?"
        )
    settle(readable, _search(readable, store, search_folder, report), rule)
    rows.sort(key=lambda row: (row.order, row.path))
    return Curation(
        films=tuple(_film(row) for row in rows),
        slots=tuple(row.examined.slot if row.examined else -1 for row in rows),
        header=describe(releases, rows, readable, rule),
    )


def settle(rows: Sequence[Candidate], links: Iterable[Link], rule: SplitRule) -> None:
    """Join readable candidates, exclude, deal, and keep one picture of each film.

    `links` name candidates by their places in `rows`.
    """
    _join(rows, links)
    _exclude_by_cluster(rows)
    _deal(rows, rule)
    _choose(rows)


def _read(order: int, source: Source, prefix: str, folder: Path) -> list[Candidate]:
    return [
        Candidate(
            source, record, _speakable(f"{prefix}/{record.path}"), folder / record.path, order
        )
        for record in source.read(folder)
    ]


def _speakable(path: str) -> str:
    """Spell out the bytes of a file name that is not UTF-8, which no table can hold."""
    return path.encode("utf-8", "backslashreplace").decode()


def _exclude_by_record(row: Candidate) -> None:
    record = row.record
    if not row.path.endswith(record.path):
        row.exclude(Exclusion.UNREADABLE, "The file's name is not UTF-8. Rename it.")
    if not row.file.is_file():
        row.exclude(Exclusion.NO_FILE)
    if record.exclusion is not None:
        row.exclude(record.exclusion)
    if record.modality.upper() not in _RADIOGRAPHS:
        row.exclude(Exclusion.NOT_RADIOGRAPH, record.modality)
    if record.view.upper() not in _FRONTAL_VIEWS:
        row.exclude(Exclusion.NOT_FRONTAL, record.view)


def _search(
    rows: Sequence[Candidate], store: FilmStore, folder: Path, report: Report
) -> list[Link]:
    search = CopySearch(folder, store.squares(), report)
    seen = [row.examined for row in rows if row.examined is not None]
    return search.links(
        [row.source.name for row in rows],
        [each.sha256 for each in seen],
        [each.slot for each in seen],
    )


def _join(rows: Sequence[Candidate], links: Iterable[Link]) -> None:
    """Name the film that each picture is, and the person whom each patient is."""
    films, patients = Joined(len(rows)), Joined(len(rows))
    digests = [row.examined.sha256 if row.examined else "" for row in rows]
    films.join_equal([[digest] for digest in digests])
    patients.join_equal(
        [
            [digest, row.patient, *row.record.also]
            for row, digest in zip(rows, digests, strict=True)
        ]
    )
    for first, second in namesakes(rows):
        patients.join(first, second)
    for link in links:
        patients.join(link.first, link.second)
        if link.score >= COPY_SCORE:
            films.join(link.first, link.second)
    groups: dict[int, str] = {}
    for row, name in zip(rows, patients.names(), strict=True):
        groups[name] = min(row.patient, groups.get(name, row.patient))
    for row, film, patient in zip(rows, films.names(), patients.names(), strict=True):
        row.cluster, row.group = rows[film].path, groups[patient]


def _exclude_by_cluster(rows: Sequence[Candidate]) -> None:
    """Exclude films that nobody labels, and all copies of one that is labelled two ways."""
    for cluster in clusters_of(rows):
        told = sorted({f"{row.source.name}: {row.finding.value}" for row in cluster})
        agreed = most_specific(row.finding for row in cluster)
        for row in cluster:
            if row.finding is Finding.UNKNOWN:
                row.exclude(Exclusion.NO_LABEL, row.record.finding_text)
            if agreed is None:
                row.exclude(Exclusion.DISAGREEMENT, "; ".join(told))


def _deal(rows: Sequence[Candidate], rule: SplitRule) -> None:
    """Give each film its own patient's split; hold it back where the group's is another.

    Excluded films count too: else a film that is excluded tomorrow could let its group go from
    test to training.
    """
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for row in rows:
        row.split = rule.split_of(row.patient)
        groups[row.group].append(row)
    for group in groups.values():
        split = most_protected(row.split for row in group if row.split is not None)
        speaker = min(row.patient for row in group if row.split is split)
        for row in group:
            if row.split is not split:
                row.exclude(Exclusion.HELD_BACK, f"joined with {speaker} of {split.value}")


def _choose(rows: Sequence[Candidate]) -> None:
    """Keep one of each film: the most telling finding, then the most pixels, then the order."""
    for cluster in clusters_of(rows):
        left = [row for row in cluster if row.exclusion in {None, Exclusion.HELD_BACK}]
        usable = [row for row in left if row.exclusion is None]
        if not usable:
            continue
        best = min(usable, key=_preference)
        for row in left:
            if row is not best:
                row.exclusion, row.detail = Exclusion.COPY, f"copy of {best.path}"


def _preference(row: Candidate) -> tuple[bool, int, int, str]:
    pixels = row.examined.rows * row.examined.columns if row.examined else 0
    return row.finding.parent is None, -pixels, row.order, row.path


def _film(row: Candidate) -> Film:
    record, examined = row.record, row.examined
    age = record.age_years
    return Film(
        path=row.path,
        source=row.source.name,
        patient=row.patient,
        group=row.group or row.patient,
        cluster=row.cluster or row.path,
        finding=record.finding,
        finding_text=record.finding_text,
        split=row.split if row.exclusion is None else None,
        exclusion=row.exclusion,
        detail=row.detail,
        view=record.view or (examined.view if examined else ""),
        modality=record.modality,
        study_date=record.study_date,
        offset_days=record.offset_days,
        age_years=examined.age_years if age is None and examined else age,
        sex=record.sex,
        licence=record.licence or row.source.licence,
        mask=f"{row.path.removesuffix(record.path)}{record.mask}" if record.mask else "",
        rows=examined.rows if examined else 0,
        columns=examined.columns if examined else 0,
        sha256=examined.sha256 if examined else "",
    )
