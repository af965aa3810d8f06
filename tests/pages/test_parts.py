"""The shared parts as scripts: what they say, and that no text of others is markup."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from cxr_core.services import Headline, Markup, Table, headlines_html, table_html
from pages.components.parts.progress import Progress
from pages.components.parts.tables import alarming, code, lines, link
from pages.components.parts.times import moment
from tests.pages.shown import markup, notes

HOSTILE = "<b>ill</b>"


def column(table: str, place: int) -> set[str]:
    """The classes of a column's cells, head included."""
    rows = [row for row in table.split("<tr>") if "</tr>" in row]
    cells = [row.replace("<th", "<td").split("<td")[place + 1] for row in rows]
    heads = [cell.partition(">")[0] for cell in cells]
    return {head.partition('class="')[2].partition('"')[0] for head in heads}


def test_numbers_stand_at_the_right_and_words_do_not() -> None:
    rows = (
        ("a", "1,200", "0.500 (0.400 to 0.600)", "3 MB", "ok", "below 1%", ""),
        ("b", "7", "not measured", "1.5 GB", "12", "64%", ""),
    )
    table = table_html(Table("t", ("name", "n", "share", "size", "mixed", "of", "none"), rows))
    assert [column(table, place) for place in (1, 2, 3, 5)] == [{"cxr-number"}] * 4
    assert [column(table, place) for place in (0, 4, 6)] == [{""}] * 3


@pytest.mark.parametrize("text", ["0.1.0", "2026-11-22 03:41 UTC", "b92c70a8", "1 to 5 years"])
def test_what_only_begins_with_a_digit_is_no_number(text: str) -> None:
    table = table_html(Table("t", ("name", "value"), (("a", text),)))
    assert column(table, 1) == {""}


def test_a_path_may_be_broken_and_markup_is_measured_by_its_letters() -> None:
    rows = (("folder/" * 9, alarming("no")),)
    table = table_html(Table("t", ("path", "state"), rows))
    assert column(table, 0) == {"cxr-long"}
    assert "cxr-long" not in column(table, 1)


def test_a_table_tells_what_it_is_and_can_be_scrolled_with_the_keyboard() -> None:
    table = table_html(Table(HOSTILE, ("a",), ((HOSTILE,),)), is_titled=False)
    assert HOSTILE not in table
    assert '<div class="cxr-scroll" tabindex="0" role="region"' in table
    assert '<caption class="cxr-unseen">&lt;b&gt;ill' in table
    assert '<th scope="col">a</th>' in table
    assert '<th scope="row">&lt;b&gt;ill' in table


def test_facts_have_no_head_and_an_empty_table_has_no_rows() -> None:
    facts = table_html(Table("t", (), (("Size", "3"), ("Kind", "SQLite"))))
    assert "<thead>" not in facts
    assert "cxr-facts" in facts
    assert "<tbody></tbody>" in table_html(Table("t", ("a", "b"), ()))


def test_cells_of_markup_are_made_of_escaped_text() -> None:
    cells = [code(HOSTILE), alarming(HOSTILE), lines(HOSTILE, HOSTILE), link(HOSTILE, HOSTILE)]
    assert all(isinstance(each, Markup) and HOSTILE not in each for each in cells)
    assert link("x", "javascript:alert(1)") == "x"
    assert 'href="https://x.org"' in link("x", "https://x.org")
    assert lines("a", "", "b") == "a<p>b</p>"


def test_a_key_figure_has_its_unit_and_small_print_and_words_are_smaller() -> None:
    html = headlines_html([Headline(HOSTILE, "12", "of 40", unit="MB"), Headline("b", "none")])
    assert HOSTILE not in html
    assert "<dd>12 <span>MB</span><small>of 40</small></dd>" in html
    assert '<div class="cxr-words"><dt>b</dt>' in html


def test_a_moment_says_its_zone_whatever_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert moment(1_700_000_000) == "2023-11-14 22:13 UTC"
    assert moment(None, "not known") == "not known"


def test_progress_counts_only_what_can_be_counted() -> None:
    assert Progress(0.5, "Reading", 1200, 2400).words == r"Reading: 1,200 of 2,400"
    assert Progress(0.5, "Read *it*", 0, 1).words == r"Read \*it\*"
    assert Progress(0.5, "Read *it*", 1, 2).words == r"Read \*it\*: 1 of 2"


def states() -> None:
    import streamlit as st

    from pages.components.parts.note import keep_note, show_note
    from pages.components.parts.states import show_empty, show_fault, show_warnings

    place = show_empty("Nothing <here>", "Run `this`.")
    place.button("Go")
    show_fault("It failed <b>.", "Try again.")
    show_warnings([])
    show_warnings(["One.", "Two."])
    show_note("deeds")
    if st.button("Do"):
        keep_note("deeds", "It <was> done.")
        st.rerun()


def test_states_say_what_to_do_and_are_announced() -> None:
    page = AppTest.from_function(states).run()
    assert not page.exception
    told = markup(page)
    assert "<h2>Nothing &lt;here&gt;</h2><p>Run <code>this</code>.</p>" in told
    assert 'role="alert"><p>It failed &lt;b&gt;.</p><p>Try again.</p>' in told
    assert told.count("cxr-notice-warning") == 1
    assert "<p>One.</p><p>Two.</p>" in told


def test_a_note_stands_there_before_it_says_something_and_says_it_once() -> None:
    page = AppTest.from_function(states).run()
    (line,) = page.get("bidi_component")
    assert json.loads(line.proto.json)["said"] == ""
    page.button[1].click().run()
    assert notes(page) == ["It <was> done."]
    assert [each.proto.id for each in page.get("bidi_component")] == [line.proto.id]
    page.run()
    assert notes(page) == []
