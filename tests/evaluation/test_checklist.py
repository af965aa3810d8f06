"""The checklists: every item answered, what was not measured said so, every link leading on."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cxr_core.evaluation.checklist import (
    Item,
    Status,
    checklists,
    facts_of,
    write_checklist,
)
from cxr_core.evaluation.report.sections import sections
from tests.evaluation.reported import bare_material, full_material

EVERYTHING = facts_of(full_material())


def items(facts: frozenset[str]) -> dict[tuple[str, str], Item]:
    return {
        (each.title, item.number): item for each in checklists(facts) for item in each.items
    }


def test_both_guidelines_are_there_with_every_item_once() -> None:
    claim, tripod = checklists(EVERYTHING)
    assert [item.number for item in claim.items] == [str(each) for each in range(1, 45)]
    assert {re.sub("[a-z]", "", item.number) for item in tripod.items} == {
        str(each) for each in range(1, 28)
    }
    assert len({item.number for item in tripod.items}) == len(tripod.items) == 52


@pytest.mark.parametrize("facts", [EVERYTHING, frozenset()])
def test_every_item_is_linked_or_says_why_it_is_not_done(facts: frozenset[str]) -> None:
    for place, item in items(facts).items():
        assert item.words, place
        if item.status in {Status.DONE, Status.PARTLY}:
            assert item.where, place
        else:
            assert item.where == (), place


def test_facts_are_what_was_measured() -> None:
    assert {
        "patients", "intervals", "calibration", "temperature", "conformal", "operating",
        "by_source", "subgroups", "external", "audit", "studies", "ensembles",
    } <= EVERYTHING  # fmt: skip
    bare = facts_of(bare_material())
    assert "intervals" in bare
    assert not bare & {"temperature", "conformal", "external", "audit", "studies", "patients"}
    assert "patients" not in facts_of(full_material(scheme="naive"))


def test_an_item_that_was_not_measured_is_not_done_and_links_to_nothing() -> None:
    place = ("CLAIM 2024", "30")
    assert items(EVERYTHING)[place].status is Status.DONE
    for missing in ("audit", "external"):
        item = items(EVERYTHING - {missing})[place]
        assert item.status is Status.NOT_DONE
        assert item.where == ()
        assert item.words != items(EVERYTHING)[place].words


def test_nothing_that_can_be_measured_makes_up_for_what_was_never_done() -> None:
    for facts in (EVERYTHING, frozenset[str]()):
        assert items(facts)["CLAIM 2024", "16"].status is Status.NOT_DONE
        assert items(facts)["TRIPOD+AI", "18d"].status is Status.NOT_DONE


def test_every_place_that_is_named_is_there(repository: Path) -> None:
    keys = {each.key for each in sections(full_material())}
    for place, item in items(EVERYTHING).items():
        for where in item.where:
            if where.startswith("report#"):
                assert where.removeprefix("report#") in keys, place
            else:
                assert (repository / where).exists(), (place, where)


def test_markdown_has_a_row_for_each_item_and_links_that_lead_on(
    repository: Path, tmp_path: Path
) -> None:
    text = write_checklist(full_material(), "report.html", f"{repository.as_posix()}/")
    rows = [line for line in text.splitlines() if re.match(r"\| \d+[a-z]? \|", line)]
    assert len(rows) == 44 + 52
    assert {line.count(" | ") for line in rows} == {5}
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert "report.html#audit" in links
    others = [link for link in links if not link.startswith("report.html#")]
    assert [link for link in others if not Path(link).exists()] == []
    assert text.count("**not done**") >= 15
    assert "judged, version 2026-01-02" in text


def test_without_a_report_or_a_repository_beside_it_nothing_is_linked() -> None:
    text = write_checklist(full_material(), "", "")
    assert "](" not in text
    assert "report: audit" in text
    assert "`docs/datasets.md`" in text


def test_counts_add_up() -> None:
    text = write_checklist(bare_material(), "", "")
    for total, told in re.findall(r"(\d+) items: (.*)\.", text):
        assert sum(map(int, re.findall(r"\d+", told))) == int(total)
    audited = replace(bare_material(), audit=full_material().audit)
    assert write_checklist(audited, "", "").count("**not done**") < text.count("**not done**")
