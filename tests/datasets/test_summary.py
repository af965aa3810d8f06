"""Each warning is said when its condition holds, and only then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.datasets.bias import Bias, Guess
from cxr_core.datasets.manifest import Film, Manifest, seal
from cxr_core.datasets.ontology import Finding, LabelSpace
from cxr_core.datasets.records import Exclusion
from cxr_core.datasets.splits import Split, SplitRule
from cxr_core.datasets.summary import (
    class_by_source,
    clusters,
    cross_table,
    fate_by_source,
    naive_leak,
    split_by_class,
    warnings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

SPACE = LabelSpace(("normal", "pneumonia", "covid19"))
NORMAL, PNEUMONIA, COVID19 = Finding.NORMAL, Finding.PNEUMONIA, Finding.COVID19
RULE = SplitRule("salt", validation_share=0.1, test_share=0.2)
ADULTS = {"is_of_children": False, "ages": ""}
CHILDREN = {"is_of_children": True, "ages": "1 to 5 years"}


def film(number: int, source: str, finding: Finding, **told: Any) -> Film:
    path = f"{source}/{number}.png"
    known: dict[str, Any] = {
        "path": path,
        "source": source,
        "patient": f"{source}/{number}",
        "group": f"{source}/{number}",
        "cluster": path,
        "finding": finding,
        "split": list(Split)[number % 3],
        "exclusion": None,
        "offset_days": None,
        "age_years": None,
        "rows": 10,
        "columns": 10,
    }
    words = ("finding_text", "detail", "view", "modality", "study_date", "sex", "licence")
    blank = dict.fromkeys((*words, "mask", "sha256"), "")
    return Film(**(blank | known | told))


def films(source: str, finding: Finding, count: int, begin: int = 0) -> list[Film]:
    return [film(begin + number, source, finding) for number in range(count)]


def manifest(rows: Iterable[Film], **ages: dict[str, object]) -> Manifest:
    kept = list(rows)
    sources = [
        {"name": name, **ages.get(name, ADULTS)}
        for name in sorted({each.source for each in kept})
    ]
    rule = {
        "salt": RULE.salt,
        "validation_share": RULE.validation_share,
        "test_share": RULE.test_share,
    }
    return seal(kept, {**rule, "sources": sources})


def mixed(counts: dict[tuple[str, Finding], int]) -> list[Film]:
    rows = []
    for begin, ((source, finding), count) in enumerate(counts.items()):
        rows += films(source, finding, count, 1000 * begin)
    return rows


def said(rows: Iterable[Film], **ages: dict[str, object]) -> list[str]:
    return warnings(manifest(rows, **ages), None, SPACE)


EVEN = {(source, finding): 10 for source in "abc" for finding in (NORMAL, COVID19)}


# Warnings


def test_films_dealt_evenly_give_no_warning() -> None:
    assert said(mixed(EVEN)) == []


@pytest.mark.parametrize(
    ("normal", "covid19", "sentence"),
    [
        (0, 10, "All 10 films of b are covid19"),
        (1, 9, "9 of 10 films of b are covid19"),
        (10, 0, "All 10 films of b are normal"),
        (2, 8, None),
    ],
)
def test_a_source_of_one_class_is_named(
    normal: int, covid19: int, sentence: str | None
) -> None:
    told = said(mixed({**EVEN, ("b", NORMAL): normal, ("b", COVID19): covid19}))
    marked = "whatever marks that source speaks for the class"
    assert told == ([f"{sentence}: {marked}."] if sentence else [])


@pytest.mark.parametrize(
    ("here", "there", "sentence"),
    [
        (10, 0, "Every pneumonia film comes from a"),
        (9, 1, "9 of 10 pneumonia films come from a"),
        (8, 2, None),
    ],
)
def test_a_class_of_one_source_is_named(here: int, there: int, sentence: str | None) -> None:
    told = said(mixed({**EVEN, ("a", PNEUMONIA): here, ("b", Finding.VIRAL): there}))
    marked = "whatever marks that source speaks for the class"
    assert told == ([f"{sentence}: {marked}."] if sentence else [])


def test_a_source_of_children_without_a_class_is_a_shortcut() -> None:
    sentence = (
        "All 20 films of b are of children (1 to 5 years), and none of them is pneumonia: age "
        "is a shortcut."
    )
    assert sentence in said(mixed(EVEN), b=CHILDREN)
    assert sentence not in said(mixed(EVEN))


def test_a_source_of_children_with_every_class_is_no_shortcut() -> None:
    every = EVEN | {(source, PNEUMONIA): 10 for source in "abc"}
    assert said(mixed(every), b=CHILDREN) == []


def test_patients_with_several_films_leak_when_films_are_dealt_by_themselves() -> None:
    rows = [replace(each, group="one person") for each in mixed(EVEN)]
    (sentence,) = said(rows)
    assert sentence.startswith("Dealt film by film")
    assert "100% of the test films would show a patient who was also trained on" in sentence
    assert naive_leak(manifest(rows), SPACE) == 1.0
    assert naive_leak(manifest(mixed(EVEN)), SPACE) == 0.0


def test_copies_that_are_not_used_count_as_leaking_but_undecoded_ones_do_not() -> None:
    rows = mixed(EVEN)
    copies = [
        replace(each, path=f"x{each.path}", split=None, exclusion=Exclusion.COPY)
        for each in rows
    ]
    assert naive_leak(manifest([*rows, *copies]), SPACE) > 0
    undecoded = [replace(each, rows=0) for each in copies]
    assert naive_leak(manifest([*rows, *undecoded]), SPACE) == 0


@pytest.mark.parametrize(
    ("tested", "count", "share"),
    [(60, 100, "60%"), (0, 100, "0%"), (22, 100, None), (30, 49, None)],
)
def test_a_class_that_is_tested_too_much_or_too_little_is_named(
    tested: int, count: int, share: str | None
) -> None:
    rows = [
        replace(each, split=Split.TEST if number < tested else Split.TRAIN)
        for number, each in enumerate(films("a", NORMAL, count))
    ]
    told = [each for each in said(rows) if "are in test" in each]
    sentence = (
        f"{share} of the normal films are in test, not 20%: patients who stand in several "
        "sources go where they are protected most."
    )
    assert told == ([sentence] if share else [])


def test_few_patients_with_many_films_may_be_off_by_chance() -> None:
    rows = [
        replace(
            each, group=f"person{number % 3}", split=Split.TEST if number % 3 else Split.TRAIN
        )
        for number, each in enumerate(films("a", NORMAL, 100))
    ]
    assert not [each for each in said(rows) if "are in test" in each]


def test_bias_comes_first_when_it_was_measured() -> None:
    def guess(accuracy: float) -> Guess:
        return Guess(accuracy, 0.5, 0.33, 0.4, 40, ("covid19", "normal"))

    told = Bias(guess(0.91), guess(0.82), guess(0.73), ())
    rows = mixed({**EVEN, ("b", NORMAL): 0})
    spoken = warnings(manifest(rows), told, SPACE)
    assert "for 73% of the films" in spoken[0]
    assert "chance 33%" in spoken[0]
    assert "right class for 82% of the films and the right source for 91%" in spoken[1]
    assert spoken[2:] == said(rows)
    assert len(spoken) == 3


def test_excluded_films_and_findings_outside_the_view_raise_no_warning() -> None:
    out = [
        replace(each, split=None, exclusion=Exclusion.COPY)
        for each in films("d", COVID19, 10, 5000)
    ]
    other = films("e", Finding.OTHER_DISEASE, 10, 6000)
    assert said([*mixed(EVEN), *out, *other]) == []


# Tables


PAIRS = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("pqr")))


@given(PAIRS)
def test_a_cross_table_counts_every_pair_once(pairs: list[tuple[str, str]]) -> None:
    table = cross_table(iter(pairs))
    assert list(table.rows) == sorted({row for row, _ in pairs})
    assert list(table.columns) == sorted({column for _, column in pairs})
    cells = {
        (row, column): table.counts[line][place]
        for line, row in enumerate(table.rows)
        for place, column in enumerate(table.columns)
    }
    assert all(count == pairs.count(pair) for pair, count in cells.items())
    assert sum(cells.values()) == len(pairs)


def test_the_tables_of_a_manifest_count_used_and_other_films() -> None:
    excluded = replace(films("b", COVID19, 1, 7000)[0], split=None, exclusion=Exclusion.NO_FILE)
    held = manifest([*mixed({("a", NORMAL): 3, ("b", Finding.VIRAL): 6}), excluded])
    assert class_by_source(held).rows == ("normal", "viral")
    seen = class_by_source(held, SPACE)
    assert (seen.rows, seen.columns) == (("normal", "pneumonia"), ("a", "b"))
    assert seen.counts == ((3, 0), (0, 6))
    fate = fate_by_source(held)
    assert (fate.rows, fate.counts) == (("row without a file", "used"), ((0, 1), (3, 6)))
    dealt = split_by_class(held, SPACE)
    assert (dealt.rows, dealt.columns) == (("test", "train", "validation"), seen.rows)
    assert [sum(column) for column in zip(*dealt.counts, strict=True)] == [3, 6]


def test_clusters_are_films_with_several_pictures_the_most_first() -> None:
    rows = films("a", NORMAL, 9)
    named = dict(enumerate(["one", "two", "two", "three", "three", "three", "2", "2", "z"]))
    rows = [replace(each, cluster=named[number]) for number, each in enumerate(rows)]
    undecoded = [replace(film(10, "a", NORMAL), cluster="one", rows=0)]
    found = clusters(manifest([*rows, *undecoded]))
    assert [[each.path for each in own] for own in found] == [
        ["a/3.png", "a/4.png", "a/5.png"],
        ["a/1.png", "a/2.png"],
        ["a/6.png", "a/7.png"],
    ]
