"""Two manifests are told apart film by film, in one word each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cxr_core.datasets.manifest import Film, Manifest, seal
from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Exclusion
from cxr_core.datasets.splits import Split
from cxr_core.use_cases.comparing import Change, compare_manifests

if TYPE_CHECKING:
    from collections.abc import Sequence

FILM = Film(
    path="release/1.png",
    source="cohen",
    patient="cohen/1",
    group="cohen/1",
    cluster="release/1.png",
    finding=Finding.COVID19,
    finding_text="COVID-19",
    split=Split.TRAIN,
    exclusion=None,
    detail="",
    view="PA",
    modality="X-ray",
    study_date="",
    offset_days=None,
    age_years=None,
    sex="",
    licence="",
    mask="",
    rows=100,
    columns=100,
    sha256="0123456789abcdef",
)
OUT = replace(FILM, split=None, exclusion=Exclusion.COPY, detail="copy of another")
CASES = {
    "added": (None, FILM, "", "train: covid19"),
    "removed": (OUT, None, "copy of another film", ""),
    "moved": (FILM, replace(FILM, split=Split.TEST), "train: covid19", "test: covid19"),
    "relabelled": (FILM, replace(FILM, finding=Finding.VIRAL), "covid19", "viral"),
    "excluded": (FILM, OUT, "train: covid19", "copy of another film"),
    "taken in": (OUT, FILM, "copy of another film", "train: covid19"),
    "excluded otherwise": (
        OUT,
        replace(OUT, exclusion=Exclusion.NO_LABEL),
        "copy of another film",
        "finding unknown",
    ),
    "other file": (FILM, replace(FILM, sha256="f" * 64), "0123456789ab", "f" * 12),
    "other patient": (FILM, replace(FILM, group="hannover/9"), "cohen/1", "hannover/9"),
}


def manifest(films: Sequence[Film | None]) -> Manifest:
    return seal([film for film in films if film is not None], {})


@pytest.mark.parametrize("kind", CASES)
def test_a_change_is_called_by_its_name(kind: str) -> None:
    old, new, before, after = CASES[kind]
    found = compare_manifests(manifest([old]), manifest([new]))
    assert found == [Change("release/1.png", kind, before, after)]


@pytest.mark.parametrize("kind", CASES)
def test_the_way_back_changes_the_same_films(kind: str) -> None:
    old, new, before, after = CASES[kind]
    (change,) = compare_manifests(manifest([new]), manifest([old]))
    assert (change.path, change.before, change.after) == ("release/1.png", after, before)


def test_manifests_that_say_the_same_do_not_differ() -> None:
    films = [FILM, replace(OUT, path="release/2.png")]
    assert compare_manifests(manifest(films), manifest(films[::-1])) == []


def test_the_gravest_of_several_changes_is_told() -> None:
    moved = replace(
        FILM, split=Split.TEST, finding=Finding.VIRAL, sha256="f" * 64, group="hannover/9"
    )
    (change,) = compare_manifests(manifest([FILM]), manifest([moved]))
    assert (change.change, change.after) == ("moved", "test: viral")


def test_changes_are_told_by_path() -> None:
    old = [replace(FILM, path=f"release/{name}.png") for name in "badc"]
    new = [replace(FILM, path=f"release/{name}.png") for name in "fdae"]
    found = compare_manifests(manifest(old), manifest(new))
    assert [(change.path[8], change.change) for change in found] == [
        ("b", "removed"),
        ("c", "removed"),
        ("e", "added"),
        ("f", "added"),
    ]
