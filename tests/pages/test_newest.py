"""What a component of ours is told has a number that grows with every change, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest

if TYPE_CHECKING:
    from collections.abc import Mapping


def script() -> None:
    import streamlit as st

    from pages.components.newest import numbered

    told = [
        numbered("worklist", {"rows": ["waiting"], "of": 1}),
        numbered("worklist", {"of": 1, "rows": ["waiting"]}),
        numbered("worklist", {"rows": ["read"], "of": 1}),
        numbered("worklist", {"rows": ["waiting"], "of": 1}),
        numbered("note", {"said": ""}),
    ]
    st.session_state.told = [*st.session_state.get("told", []), *told]


def serials(told: list[Mapping[str, int]]) -> list[int]:
    return [each["serial"] for each in told]


def test_equal_data_keep_their_number_and_changed_data_get_a_higher_one() -> None:
    told = AppTest.from_function(script).run().session_state.told
    first, same, read, again, _ = serials(told)
    assert first == same < read < again
    assert told[0] == {"rows": ["waiting"], "of": 1, "serial": first}


def test_a_run_that_changes_nothing_says_the_same_and_a_new_window_goes_on_counting() -> None:
    app = AppTest.from_function(script).run()
    before, note = serials(app.session_state.told)[3:]
    assert serials(app.run().session_state.told)[5] == before
    assert serials(app.session_state.told)[9] == note
    elsewhere = AppTest.from_function(script).run().session_state.told
    assert serials(elsewhere)[0] > note
