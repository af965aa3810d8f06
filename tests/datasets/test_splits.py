"""No patient crosses a split, whoever published the film, and nobody moves when films come."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.datasets.splits import (
    Split,
    SplitRule,
    fold_splits,
    leaking_share,
    leave_source_out,
    most_protected,
    naive_image_split,
)
from cxr_core.errors import DataError

RULE = SplitRule("salt", validation_share=0.1, test_share=0.2)
DEALT = {
    "kermany/normal-1": "train",
    "kermany/pneumonia-22": "train",
    "cohen/2": "train",
    "hannover/9": "train",
    "figure1/COVID-00015": "train",
    "actualmed/31": "train",
    "covid-cxnet/film-7": "test",
    "cohen/19": "train",
    "nih/4": "test",
    "nih/35": "train",
    "nih/72": "train",
    "nih/81": "train",
    "hannover/10": "validation",
}
FILMS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from("ab"), st.sampled_from("xyz")), min_size=12
)


def test_a_dealing_never_changes() -> None:
    """Another one would put films that published versions were trained on into their test."""
    rule = SplitRule("cxr-triage-2026", validation_share=0.07, test_share=0.18)
    assert rule == SplitRule()
    assert {key: rule.split_of(key).value for key in DEALT} == DEALT
    other = SplitRule("another salt", validation_share=0.07, test_share=0.18)
    assert {key: other.split_of(key).value for key in DEALT} != DEALT


def test_the_shares_are_those_of_the_rule() -> None:
    dealt = Counter(RULE.split_of(f"source/{number}") for number in range(5000))
    assert abs(dealt[Split.TEST] / 5000 - 0.2) < 0.02
    assert abs(dealt[Split.VALIDATION] / 5000 - 0.1) < 0.02


def test_test_speaks_before_validation_and_validation_before_training() -> None:
    assert most_protected([Split.TRAIN, Split.TEST, Split.VALIDATION]) is Split.TEST
    assert most_protected([Split.TRAIN, Split.VALIDATION]) is Split.VALIDATION
    assert most_protected([Split.TRAIN]) is Split.TRAIN


@given(FILMS, st.integers(2, 5))
def test_no_patient_is_in_two_folds(films: list[tuple[int, str, str]], folds: int) -> None:
    groups = [str(patient) for patient, _, _ in films]
    strata = [f"{label}/{source}" for _, label, source in films]
    if len(set(groups)) < folds:
        with pytest.raises(DataError, match="cannot be dealt"):
            fold_splits(groups, strata, folds, "salt")
        return
    dealt = fold_splits(groups, strata, folds, "salt")
    homes = defaultdict(set)
    for group, fold in zip(groups, dealt, strict=True):
        homes[group].add(fold)
    assert all(len(found) == 1 for found in homes.values())
    assert set(dealt) <= set(range(folds))


@given(st.permutations(range(60)))
def test_folds_do_not_depend_on_the_order_of_the_films(order: list[int]) -> None:
    groups = [str(number // 2) for number in range(60)]
    strata = [str(number % 3) for number in range(60)]
    plain = fold_splits(groups, strata, 5, "salt")
    dealt = fold_splits([groups[i] for i in order], [strata[i] for i in order], 5, "salt")
    assert dealt == [plain[i] for i in order]


def test_folds_share_every_stratum_evenly() -> None:
    groups = [str(number) for number in range(500)]
    strata = ["rare" if number % 10 == 0 else "common" for number in range(500)]
    dealt = fold_splits(groups, strata, 5, "salt")
    rare = Counter(fold for fold, name in zip(dealt, strata, strict=True) if name == "rare")
    assert set(rare.values()) == {10}
    assert set(Counter(dealt).values()) == {100}


def test_a_source_left_out_is_tested_on_and_its_patients_are_not_trained_on() -> None:
    groups = ["1", "2", "3", "2"]
    sources = ["nih", "nih", "cohen", "cohen"]
    assert leave_source_out(groups, sources, "nih") == [
        Split.TEST,
        Split.TEST,
        Split.TRAIN,
        None,
    ]
    with pytest.raises(DataError, match="kermany"):
        leave_source_out(groups, sources, "kermany")


def test_the_naive_split_leaks_and_the_share_says_how_much() -> None:
    groups = [str(number // 4) for number in range(2000)]
    naive = naive_image_split([f"{number}.png" for number in range(2000)], RULE)
    assert leaking_share(groups, naive) > 0.9
    honest = [RULE.split_of(group) for group in groups]
    assert leaking_share(groups, honest) == 0.0
    assert leaking_share(groups[:0], honest[:0]) == 0.0
