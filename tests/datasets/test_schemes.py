"""A manifest's films dealt in other ways: folds, a source left out, and the naive one."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from cxr_core.datasets.collection import deal_films
from cxr_core.datasets.manifest import load_manifest
from cxr_core.datasets.ontology import LabelSpace
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
    for each in deal_films(manifest, SPACE, scheme).films:
        found[each.film.group].add(each.split)
    return found


@pytest.mark.parametrize("scheme", ["patients", "fold:1/5", "fold:5/5", "without:hannover"])
def test_no_patient_is_in_two_splits(manifest: Manifest, scheme: str) -> None:
    assert all(len(splits) == 1 for splits in homes(manifest, scheme).values())


def test_every_film_is_tested_on_in_exactly_one_fold(manifest: Manifest) -> None:
    tested = Counter(
        each.film.path
        for fold in range(1, 6)
        for each in deal_films(manifest, SPACE, f"fold:{fold}/5").films
        if each.split is Split.TEST
    )
    assert set(tested) == {film.path for film in manifest.used()}
    assert set(tested.values()) == {1}
    validated = deal_films(manifest, SPACE, "fold:1/5").films
    following = deal_films(manifest, SPACE, "fold:2/5").films
    assert [each.film.path for each in validated if each.split is Split.VALIDATION] == [
        each.film.path for each in following if each.split is Split.TEST
    ]


def test_a_source_left_out_is_the_whole_test(manifest: Manifest) -> None:
    dealt = deal_films(manifest, SPACE, "without:kermany").films
    assert {each.film.source for each in dealt if each.split is Split.TEST} == {"kermany"}
    assert "kermany" not in {each.film.source for each in dealt if each.split is not Split.TEST}


def test_the_naive_split_tears_patients_apart(manifest: Manifest) -> None:
    assert any(len(splits) > 1 for splits in homes(manifest, "naive").values())


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ("random", "expected patients, naive"),
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
        deal_films(manifest, SPACE, scheme)
