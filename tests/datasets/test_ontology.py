"""The tree of findings, and the classes that recipes see in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.datasets.ontology import Finding, LabelSpace, most_specific
from cxr_core.errors import DataError

FINDINGS = st.sampled_from(list(Finding))
KNOWN = [each for each in Finding if each is not Finding.UNKNOWN]
VIEWS = {
    ("normal", "pneumonia", "covid19"): {
        "normal": "normal",
        "pneumonia": "pneumonia",
        "bacterial": "pneumonia",
        "viral": "pneumonia",
        "fungal": "pneumonia",
        "covid19": "covid19",
    },
    ("normal", "bacterial", "viral", "covid19"): {
        "normal": "normal",
        "bacterial": "bacterial",
        "viral": "viral",
        "covid19": "covid19",
    },
    ("normal", "pneumonia"): {
        "normal": "normal",
        "pneumonia": "pneumonia",
        "bacterial": "pneumonia",
        "viral": "pneumonia",
        "fungal": "pneumonia",
        "covid19": "pneumonia",
    },
    ("covid19", "not_covid19"): {
        "normal": "not_covid19",
        "bacterial": "not_covid19",
        "viral": "not_covid19",
        "fungal": "not_covid19",
        "covid19": "covid19",
        "other_disease": "not_covid19",
    },
    ("normal", "not_normal"): {
        "normal": "normal",
        "pneumonia": "not_normal",
        "bacterial": "not_normal",
        "viral": "not_normal",
        "fungal": "not_normal",
        "covid19": "not_normal",
        "other_disease": "not_normal",
    },
    ("pneumonia", "not_pneumonia"): {
        "normal": "not_pneumonia",
        "pneumonia": "pneumonia",
        "bacterial": "pneumonia",
        "viral": "pneumonia",
        "fungal": "pneumonia",
        "covid19": "pneumonia",
        "other_disease": "not_pneumonia",
    },
}


@pytest.mark.parametrize("classes", VIEWS, ids="-".join)
def test_a_view_takes_each_node_with_what_stands_beneath_it(classes: tuple[str, ...]) -> None:
    seen = {each.value: LabelSpace(classes).class_of(each) for each in Finding}
    assert {name: answer for name, answer in seen.items() if answer} == VIEWS[classes]


def test_a_class_of_all_the_rest_takes_no_film_of_the_denied_node_or_beneath() -> None:
    view = LabelSpace(("normal", "not_pneumonia"))
    taken = {each for each in Finding if view.class_of(each) is not None}
    assert taken == {Finding.NORMAL, Finding.OTHER_DISEASE}


@given(
    st.lists(st.sampled_from(KNOWN), unique=True, max_size=4),
    st.none() | st.sampled_from(KNOWN),
    FINDINGS,
)
def test_whatever_the_view_a_class_is_one_of_its_own_and_unknown_has_none(
    named: list[Finding], denied: Finding | None, finding: Finding
) -> None:
    names = tuple(each.value for each in named)
    view = LabelSpace(names if denied is None else (*names, f"not_{denied}"))
    assert view.class_of(finding) in {*view.classes, None}
    assert view.class_of(Finding.UNKNOWN) is None
    if finding in named:
        assert view.class_of(finding) == finding.value
    if denied is not None:
        assert view.class_of(denied) != f"not_{denied}"


@given(st.permutations(["normal", "pneumonia", "covid19"]), FINDINGS)
def test_the_order_of_the_logits_decides_no_class(order: list[str], finding: Finding) -> None:
    shuffled = LabelSpace(tuple(order))
    assert shuffled.class_of(finding) == LabelSpace(tuple(sorted(order))).class_of(finding)


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        (("normal", "flu"), "'flu' is not in the ontology"),
        (("normal", "unknown"), "'unknown' is not in the ontology"),
        (("normal", "not_unknown"), "'not_unknown' is not"),
        (("normal", "not_"), "'not_' is not"),
        (("normal", "not_not_normal"), "'not_not_normal' is not"),
        (("Normal", "covid19"), "'Normal' is not"),
        (("normal", "covid19", "normal"), "stands twice"),
        (("not_normal", "not_covid19"), "more than one class takes all the rest"),
    ],
)
def test_names_that_the_tree_does_not_have_are_refused(
    classes: tuple[str, ...], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        LabelSpace(classes)


@given(FINDINGS, FINDINGS)
def test_agreement_is_mutual(one: Finding, other: Finding) -> None:
    assert one.agrees_with(other) == other.agrees_with(one)


@given(FINDINGS)
def test_a_finding_agrees_with_itself_with_its_parent_and_with_unknown(one: Finding) -> None:
    assert one.agrees_with(one)
    assert one.agrees_with(Finding.UNKNOWN)
    assert one.parent is None or one.agrees_with(one.parent)


def test_two_kinds_of_pneumonia_exclude_each_other_and_health_excludes_disease() -> None:
    kinds = [each for each in Finding if each.parent is Finding.PNEUMONIA]
    assert len(kinds) == 4
    assert not any(one.agrees_with(other) for one in kinds for other in kinds if one != other)
    ill = {*kinds, Finding.PNEUMONIA, Finding.OTHER_DISEASE}
    assert not any(Finding.NORMAL.agrees_with(each) for each in ill)


@given(st.lists(FINDINGS, max_size=6).flatmap(lambda told: st.tuples(
    st.just(told), st.permutations(told)
)))  # fmt: skip
def test_the_most_specific_finding_agrees_with_all_in_whatever_order(
    case: tuple[list[Finding], list[Finding]],
) -> None:
    told, shuffled = case
    answer = most_specific(told)
    assert answer is most_specific(shuffled)
    can_all_be_true = all(one.agrees_with(other) for one in told for other in told)
    assert (answer is not None) == can_all_be_true
    if answer is not None:
        assert answer in {*told, Finding.UNKNOWN}
        assert all(answer.agrees_with(each) for each in told)
        assert answer.parent is not None or not any(each.parent for each in told)
        assert (answer is Finding.UNKNOWN) == (set(told) <= {Finding.UNKNOWN})
