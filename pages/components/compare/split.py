"""Versions on the test split: values, differences and tests, from answers that are kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import Table, table_html
from pages.components.compare.charts import reliability_chart
from pages.components.compare.flips import show_flips
from pages.components.compare.words import interval, p_value, signed, verdict
from pages.components.parts.chart import show_chart
from pages.components.parts.states import show_empty, show_warnings
from pages.components.session import actor, comparer, is_administrator, order_answers
from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cxr_core.services import Pair, Side, SplitComparison


def show_split(names: Sequence[str]) -> None:
    """Draw the comparison, or what is missing for it.

    Raises
    ------
    CxrError
        When nothing is curated, or the versions cannot be compared.
    """
    missing = comparer().missing(actor(), names)
    if missing:
        _show_missing(missing)
        return
    with st.spinner(say("compare-drawing")):
        found = comparer().on_split(actor(), names)
    st.caption(_told(found))
    show_warnings(
        say("compare-may-have-seen", name=side.name)
        for side in found.sides
        if not side.says_what_it_saw
    )
    for pair in found.pairs:
        st.markdown(verdict(pair))
    with st.container(key="compare-columns-split"):
        left, right = st.columns(2, gap="large")
    left.html(table_html(_values(found)))
    for pair in found.pairs:
        right.html(table_html(_differences(pair)))
    _show_reliability(found)
    for pair in found.pairs:
        show_flips(pair)


def _told(found: SplitComparison) -> str:
    counts = {"films": found.films, "patients": found.patients}
    manifest = found.manifest[:16]
    if found.left_out:
        left = found.left_out
        return say("compare-split-left-out", **counts, left=left, manifest=manifest)
    return say("compare-split-told", **counts, manifest=manifest)


def _show_missing(missing: Sequence[str]) -> None:
    names = missing[0]
    for each in missing[1:]:
        names = say("compare-and", first=names, second=each)
    what = say("compare-missing-do" if is_administrator() else "compare-ask-administrator")
    place = show_empty(say("compare-missing", names=names), what)
    if not is_administrator():
        return
    if place.button(say("compare-order"), type="primary", key="compare_order"):
        st.session_state.compare_ordered = order_answers(list(missing))
    if said := st.session_state.get("compare_ordered"):
        st.markdown(plain(said))
        st.caption(say("compare-ordered-where"))


def _values(found: SplitComparison) -> Table:
    rows = [(name, *cells) for (name, cells) in _rows(found.sides)]
    head = ("", *(side.name for side in found.sides))
    return Table(say("compare-values"), head, tuple(rows))


def _rows(sides: Sequence[Side]) -> Iterator[tuple[str, list[str]]]:
    yield say("compare-accuracy"), [interval(side.accuracy) for side in sides]
    balanced = [interval(side.balanced_accuracy) for side in sides]
    yield say("compare-balanced"), balanced
    for name in sides[0].sensitivity:
        cells = [interval(side.sensitivity[name]) for side in sides]
        yield _of("compare-sensitivity", name), cells
    for name in sides[0].auc:
        yield _of("compare-auc", name), [interval(side.auc[name]) for side in sides]
    yield say("compare-ece"), [interval(side.reliability.ece) for side in sides]
    yield say("compare-temperature"), [f"{side.temperature:.3f}" for side in sides]


def _differences(pair: Pair) -> Table:
    found = pair.found
    mcnemar = say("compare-mcnemar", p=p_value(found.mcnemar.p_value))
    rows = [
        (say("compare-accuracy"), signed(found.accuracy.difference), mcnemar),
        (say("compare-balanced"), signed(found.balanced_accuracy.difference), ""),
        *(
            (_of("compare-sensitivity", name), signed(each.difference), "")
            for name, each in found.sensitivity.items()
        ),
    ]
    tests = {each.name: each.p_value for each in found.delong}
    for name, each in found.auc.items():
        told = say("compare-too-few-films")
        if name in tests:
            told = say("compare-delong", p=p_value(tests[name]))
        rows.append((_of("compare-auc", name), signed(each.difference), told))
    better = say("compare-less-is-better")
    rows.append((say("compare-ece"), signed(found.ece.difference), better))
    head = ("", say("compare-difference"), say("compare-test"))
    caption = say("compare-less", first=pair.first, second=pair.second)
    return Table(caption, head, tuple(rows))


def _of(name: str, label: str) -> str:
    return say(name, **{"class": label.replace("_", " ")})


def _show_reliability(found: SplitComparison) -> None:
    st.header(say("compare-reliability"), anchor=False)
    said = "; ".join(
        say("compare-reliability-value", name=side.name, value=interval(side.reliability.ece))
        for side in found.sides
    )
    with st.container(key="compare-reliability"):
        show_chart(
            partial(reliability_chart, found.sides),
            key="compare_reliability",
            alt=say("compare-reliability-alt", values=said),
        )
    st.caption(say("compare-reliability-told"))
