"""Versions on the test split: values, differences and tests, from answers that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import Table, table_html
from pages.components.compare.charts import reliability_chart
from pages.components.compare.flips import show_flips
from pages.components.compare.words import interval, p_value, signed, verdict
from pages.components.session import actor, comparer, is_administrator, order_answers
from pages.components.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cxr_core.services import Pair, Side, SplitComparison

_OPTIONS = {"displayModeBar": False, "scrollZoom": False}


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
    with st.spinner("Comparing: patients are drawn again for the intervals"):
        found = comparer().on_split(actor(), names)
    told = f"{found.films:,} test films of {found.patients:,} patients"
    if found.left_out:
        told += f"; {found.left_out:,} left out, seen by one of the versions or not read by all"
    st.caption(plain(f"{told}. Manifest {found.manifest[:16]}. Intervals are of 95 %."))
    for side in found.sides:
        if not side.says_what_it_saw:
            st.warning(
                plain(
                    f"{side.name} does not say which films it was trained on, so some of "
                    "these may not be new to it."
                )
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


def _show_missing(missing: Sequence[str]) -> None:
    names = " and ".join(missing)
    st.info(
        plain(
            f"{names} must be asked about every test film first. A worker does that once, "
            "and the answers are kept."
        )
    )
    if not is_administrator():
        st.caption("Ask an administrator to order it.")
        return
    if st.button("Order the answers", type="primary", key="compare_order"):
        st.session_state.compare_ordered = order_answers(list(missing))
    if said := st.session_state.get("compare_ordered"):
        st.markdown(plain(said))
        st.caption("The Retrain page shows how far it is. Come back when it is done.")


def _values(found: SplitComparison) -> Table:
    rows = [(name, *cells) for (name, cells) in _rows(found.sides)]
    head = ("", *(side.name for side in found.sides))
    return Table("Values of each version", head, tuple(rows))


def _rows(sides: Sequence[Side]) -> Iterator[tuple[str, list[str]]]:
    yield "accuracy", [interval(side.accuracy) for side in sides]
    yield "balanced accuracy", [interval(side.balanced_accuracy) for side in sides]
    for name in sides[0].sensitivity:
        words = name.replace("_", " ")
        yield f"sensitivity, {words}", [interval(side.sensitivity[name]) for side in sides]
    for name in sides[0].auc:
        yield f"AUC, {name.replace('_', ' ')}", [interval(side.auc[name]) for side in sides]
    yield "expected calibration error", [interval(side.reliability.ece) for side in sides]
    yield "temperature", [f"{side.temperature:.3f}" for side in sides]


def _differences(pair: Pair) -> Table:
    found = pair.found
    mcnemar = p_value(found.mcnemar.p_value)
    rows = [
        ("accuracy", signed(found.accuracy.difference), f"McNemar {mcnemar}"),
        ("balanced accuracy", signed(found.balanced_accuracy.difference), ""),
        *(
            (f"sensitivity, {name.replace('_', ' ')}", signed(each.difference), "")
            for name, each in found.sensitivity.items()
        ),
    ]
    tests = {each.name: each.p_value for each in found.delong}
    for name, each in found.auc.items():
        told = f"DeLong {p_value(tests[name])}" if name in tests else "too few films"
        rows.append((f"AUC, {name.replace('_', ' ')}", signed(each.difference), told))
    rows.append(("expected calibration error", signed(found.ece.difference), "less is better"))
    head = ("", "Difference", "Test")
    return Table(f"{pair.second} less {pair.first}, on the same films", head, tuple(rows))


def _show_reliability(found: SplitComparison) -> None:
    st.header("Reliability", anchor=False)
    said = "; ".join(
        f"{side.name}: expected calibration error {interval(side.reliability.ece)}"
        for side in found.sides
    )
    with st.container(key="compare-reliability"):
        st.plotly_chart(
            reliability_chart(found.sides),
            theme=None,
            config=_OPTIONS,
            key="compare_reliability",
            alt=f"How often the favourite was right against how sure each version was. {said}",
        )
    st.caption(
        "On the dotted line a version is right as often as it is sure; below it, less often."
    )
