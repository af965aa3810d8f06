"""Joining, excluding and dealing, over random datasets: the promises that a manifest makes."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from cxr_core.datasets.candidates import Candidate
from cxr_core.datasets.curation import settle
from cxr_core.datasets.film_store import Examined
from cxr_core.datasets.joining import Link
from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Exclusion, Record, Source
from cxr_core.datasets.splits import Split, SplitRule

if TYPE_CHECKING:
    from collections.abc import Sequence

RULE = SplitRule("salt", validation_share=0.2, test_share=0.3)
NAMES = ("a", "b", "c", "d")
SOURCES = {
    name: Source(
        name=name,
        title=name,
        folders=(name,),
        read=lambda folder: (),
        licence="",
        citation="",
        url="",
        images=0,
        megabytes=0,
    )
    for name in NAMES
}
FILMS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.integers(0, 9),  # patient, 0 for unknown
        st.integers(0, 40),  # content
        st.sampled_from(list(Finding)),
        st.integers(1, 3),  # size
    ),
    min_size=1,
    max_size=60,
)
LINKS = st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59), st.floats(0.6, 1.0)))


def candidates(films: Sequence[tuple[str, int, int, Finding, int]]) -> list[Candidate]:
    made = []
    for place, (source, patient, content, finding, size) in enumerate(films):
        path = f"{source}/{place}.png"
        record = Record(
            path=f"{place}.png",
            patient=str(patient) if patient else "",
            finding_text=finding.value,
            finding=finding,
        )
        made.append(
            Candidate(
                SOURCES[source],
                record,
                path,
                Path(path),
                NAMES.index(source),
                Examined(str(content), place, size, size, "", None, "", ""),
            )
        )
    return made


def settled(
    films: Sequence[tuple[str, int, int, Finding, int]],
    links: Sequence[tuple[int, int, float]],
    without: str = "",
) -> dict[str, Candidate]:
    """Settle the films but those of one source; links that lead there go with it."""
    rows = [row for row in candidates(films) if row.source.name != without]
    places = {row.path: place for place, row in enumerate(rows)}
    everything = [row.path for row in candidates(films)]
    kept = [
        Link(places[everything[one]], places[everything[other]], score)
        for one, other, score in links
        if one < len(films)
        and other < len(films)
        and everything[one] in places
        and everything[other] in places
    ]
    settle(rows, kept, RULE)
    return {row.path: row for row in rows}


def split_of(row: Candidate) -> Split | None:
    return row.split if row.exclusion is None else None


@given(FILMS, LINKS)
def test_no_patient_and_no_film_is_in_two_splits(films, links) -> None:
    homes, pictures = defaultdict(set), defaultdict(int)
    for row in settled(films, links).values():
        if row.exclusion is None:
            homes[row.group].add(row.split)
            homes["patient", row.patient].add(row.split)
            homes["bytes", row.examined.sha256].add(row.split)
            pictures[row.cluster] += 1
    assert all(len(splits) == 1 for splits in homes.values())
    assert all(count == 1 for count in pictures.values())


@settings(max_examples=300)
@given(FILMS, LINKS, st.sampled_from(NAMES))
def test_adding_a_source_moves_nobody(films, links, added) -> None:
    before, after = settled(films, links, without=added), settled(films, links)
    for path, row in before.items():
        old, new = split_of(row), split_of(after[path])
        assert old is None or new in {old, None}, path


@settings(max_examples=300)
@given(FILMS, LINKS, st.sampled_from(NAMES))
def test_no_patient_goes_from_test_to_training_when_a_source_is_added(
    films, links, added
) -> None:
    before, after = settled(films, links, without=added), settled(films, links)
    trained = {row.group for row in after.values() if split_of(row) is Split.TRAIN}
    tested = {path for path, row in before.items() if split_of(row) is Split.TEST}
    assert not [path for path in tested if after[path].group in trained]


@given(FILMS, LINKS)
def test_every_film_is_used_or_excluded_for_one_reason(films, links) -> None:
    rows = settled(films, links)
    for row in rows.values():
        if row.finding is Finding.UNKNOWN:
            assert row.exclusion is Exclusion.NO_LABEL
        if row.exclusion is None:
            assert row.split is RULE.split_of(row.patient)
        if row.exclusion is Exclusion.COPY:
            kept = rows[row.detail.removeprefix("copy of ")]
            assert kept.exclusion is None
            assert kept.cluster == row.cluster


def test_sources_that_disagree_about_a_film_lose_it_and_say_so() -> None:
    films = [
        ("a", 1, 5, Finding.COVID19, 1),
        ("b", 1, 5, Finding.NORMAL, 1),
        ("c", 1, 6, Finding.NORMAL, 1),
    ]
    rows = settled(films, [])
    for path in ("a/0.png", "b/1.png"):
        assert rows[path].exclusion is Exclusion.DISAGREEMENT
        assert rows[path].detail == "a: covid19; b: normal"
    assert rows["c/2.png"].exclusion is not Exclusion.DISAGREEMENT


def test_the_most_telling_finding_is_kept_before_the_larger_picture() -> None:
    rows = settled([("a", 2, 5, Finding.PNEUMONIA, 3), ("a", 2, 5, Finding.BACTERIAL, 1)], [])
    assert rows["a/1.png"].exclusion is None
    assert rows["a/0.png"].exclusion is Exclusion.COPY


def test_the_larger_picture_is_kept_of_two_that_say_the_same() -> None:
    rows = settled([("a", 2, 5, Finding.COVID19, 1), ("a", 2, 5, Finding.COVID19, 3)], [])
    assert rows["a/1.png"].exclusion is None
    assert rows["a/0.png"].exclusion is Exclusion.COPY


def test_a_picture_in_the_protected_split_is_kept_before_a_larger_one() -> None:
    keys = [f"a/{number}" for number in range(1, 10)]
    test = next(key for key in keys if RULE.split_of(key) is Split.TEST)
    train = next(key for key in keys if RULE.split_of(key) is Split.TRAIN)
    films = [
        ("a", int(key[2:]), 5, Finding.COVID19, size) for key, size in ((train, 3), (test, 1))
    ]
    rows = settled(films, [])
    assert rows["a/1.png"].exclusion is None
    assert rows["a/0.png"].exclusion is Exclusion.COPY


def test_a_film_of_another_day_joins_the_patients_but_is_no_copy() -> None:
    films = [("a", 1, 1, Finding.COVID19, 1), ("b", 1, 2, Finding.COVID19, 1)]
    rows = settled(films, [(0, 1, 0.65)])
    assert rows["a/0.png"].group == rows["b/1.png"].group
    assert rows["a/0.png"].cluster != rows["b/1.png"].cluster
    apart = settled(films, [])
    assert apart["a/0.png"].group != apart["b/1.png"].group


def test_a_file_name_that_two_sources_share_joins_them_unless_scanners_give_it() -> None:
    def named(source: str, patient: str, path: str) -> Candidate:
        record = Record(path, patient, "", Finding.COVID19)
        examined = Examined(f"{source}{path}", 0, 1, 1, "", None, "", "")
        return Candidate(SOURCES[source], record, f"{source}/{path}", Path(path), 0, examined)

    telling = [named("a", "1", "x/4c0fcf57.jpg"), named("b", "2", "4C0FCF57.png")]
    settle(telling, [], RULE)
    assert telling[0].group == telling[1].group
    scanner = [
        named("a", "1", "1/IMG00001.png"),
        named("a", "2", "2/IMG00001.png"),
        named("b", "3", "IMG00001.png"),
    ]
    settle(scanner, [], RULE)
    assert len({each.group for each in scanner}) == 3
    short = [named("a", "1", "1.png"), named("b", "2", "1.png")]
    settle(short, [], RULE)
    assert short[0].group != short[1].group
