"""A manifest's films dealt in other ways: folds, a source left out, and the naive one."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from cxr_core.datasets.collection import Dealing, deal_films
from cxr_core.datasets.manifest import load_manifest
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.selection import Wanted
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from tests.datasets.releases import curated, write_releases

if TYPE_CHECKING:
    from cxr_core.datasets.manifest import Manifest

SPACE = LabelSpace(("normal", "pneumonia", "covid19"))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    folder = tmp_path_factory.mktemp("films")
    return load_manifest(curated(write_releases(folder / "root"), folder / "out").manifest)


def homes(manifest: Manifest, scheme: str) -> dict[str, set[Split]]:
    found = defaultdict(set)
    for each in deal_films(manifest, SPACE, Dealing(scheme)).films:
        found[each.film.group].add(each.split)
    return found


@pytest.mark.parametrize("scheme", ["patients", "fold:1/5", "fold:5/5", "without:hannover"])
def test_no_patient_is_in_two_splits(manifest: Manifest, scheme: str) -> None:
    assert all(len(splits) == 1 for splits in homes(manifest, scheme).values())


def test_every_film_is_tested_on_in_exactly_one_fold(manifest: Manifest) -> None:
    tested = Counter(
        each.film.path
        for fold in range(1, 6)
        for each in deal_films(manifest, SPACE, Dealing(f"fold:{fold}/5")).films
        if each.split is Split.TEST
    )
    assert set(tested) == {film.path for film in manifest.used()}
    assert set(tested.values()) == {1}
    validated = deal_films(manifest, SPACE, Dealing("fold:1/5")).films
    following = deal_films(manifest, SPACE, Dealing("fold:2/5")).films
    assert [each.film.path for each in validated if each.split is Split.VALIDATION] == [
        each.film.path for each in following if each.split is Split.TEST
    ]


def test_a_source_left_out_is_the_whole_test(manifest: Manifest) -> None:
    dealt = deal_films(manifest, SPACE, Dealing("without:kermany")).films
    assert {each.film.source for each in dealt if each.split is Split.TEST} == {"kermany"}
    assert "kermany" not in {each.film.source for each in dealt if each.split is not Split.TEST}


@pytest.mark.parametrize("scheme", ["naive", "naive:0.2/0.3", "naive-fold:2/5"])
def test_the_naive_schemes_tear_patients_apart(manifest: Manifest, scheme: str) -> None:
    assert any(len(splits) > 1 for splits in homes(manifest, scheme).values())


def test_naive_shares_are_those_that_are_asked_for(manifest: Manifest) -> None:
    dealt = deal_films(manifest, SPACE, Dealing("naive:0.2/0.5")).films
    tested = sum(each.split is Split.TEST for each in dealt)
    assert 0.3 < tested / len(dealt) < 0.7


def test_no_more_films_are_trained_on_than_are_wanted(manifest: Manifest) -> None:
    wanted = (
        Wanted(("normal",), (), ("kermany",), 5, ()),
        Wanted(("covid19",), (), ("cohen",), 4, ("hannover",)),
        Wanted(("pneumonia",), ("viral",), (), 0, ()),
    )
    dealt = deal_films(manifest, SPACE, Dealing("patients", wanted))
    free = deal_films(manifest, SPACE)
    used = Counter(each.label for each in dealt.films if each.split is not Split.TEST)
    assert (used["normal"], used["covid19"]) == (5, 4)
    assert [each.film.path for each in dealt.films if each.split is Split.TEST] == [
        each.film.path for each in free.films if each.split is Split.TEST
    ]
    assert dealt.remarks == ("covid19 of cohen: 4 films asked for, 4 of hannover instead",)
    assert deal_films(manifest, SPACE, Dealing("patients", wanted)).films == dealt.films

    naive = deal_films(manifest, SPACE, Dealing("naive", wanted))
    assert Counter(each.label for each in naive.films)["normal"] == 5


def test_what_is_not_there_is_said(manifest: Manifest) -> None:
    wanted = (
        Wanted(("normal",), (), ("kermany", "nih"), 500, ()),
        Wanted(("covid19",), (), ("cohen",), 4, ("figure1",)),
    )
    remarks = deal_films(manifest, SPACE, Dealing("naive", wanted)).remarks
    assert remarks[0].startswith("normal of kermany, nih: 500 films asked for, 25 of kermany")
    assert remarks[1] == "covid19 of cohen: 4 films asked for, none there"
    with pytest.raises(DataError, match="none of the films that the recipe asks for"):
        deal_films(manifest, SPACE, Dealing("naive", wanted[1:]))


def test_excluded_patients_are_left_out(manifest: Manifest) -> None:
    everybody = deal_films(manifest, SPACE).films
    somebody = everybody[0].film
    dealt = deal_films(manifest, SPACE, Dealing(excluded=frozenset({somebody.group})))
    assert somebody.group not in {each.film.group for each in dealt.films}
    assert (
        0
        < len(everybody) - len(dealt.films)
        == dealt.left_out[f"{somebody.source}: needed elsewhere"]
    )


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ("random", "expected patients, fold"),
        ("fold:6/5", "no fold"),
        ("fold:0/5", "no fold"),
        ("fold:1/900", "cannot be dealt"),
        ("without:nih", "leaves nothing to test on"),
    ],
)
def test_a_scheme_that_cannot_be_is_refused(
    manifest: Manifest, scheme: str, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        deal_films(manifest, SPACE, Dealing(scheme))
