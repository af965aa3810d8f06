"""Retention: a purge lists first, and never touches what is in force, bundled or referenced."""

from __future__ import annotations

import os
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.domain import Actor, Role
from cxr_core.errors import AccessError, DataError, StorageError
from cxr_core.store.activity import look
from cxr_core.store.audit_log import AuditLog
from cxr_core.store.database import Database, open_database
from cxr_core.use_cases.access import TERMINAL
from cxr_core.use_cases.care.folder_lock import CLEARING, FolderInUse, alone_in
from cxr_core.use_cases.care.holdings import Shelves
from cxr_core.use_cases.care.retention import Plan, Retention
from cxr_core.use_cases.care.retention_rules import VersionFacts, fates, named_in
from tests.use_cases.judged import put
from tests.use_cases.stored import (
    DAY,
    add_job,
    add_promotion,
    add_version,
    write_version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = tuple("abcdefgh")
STATES = ("candidate", "champion", "retired", "retired", "retired")


def shelves_in(folder: Path) -> Shelves:
    names = ("versions", "jobs", "runs", "cache", "answers")
    return Shelves(folder, *(folder / name for name in names), bundled=folder.parent / "models")


def write(path: Path, size: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def kept_reasons(plan: Plan) -> dict[str, str]:
    return {item.name: item.reason for item in plan.items}


@pytest.fixture
def shelves(tmp_path: Path) -> Shelves:
    return shelves_in(tmp_path / "data")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(f"sqlite:///{tmp_path / 'data' / 'cxr.db'}")) as opened:
        yield opened


@pytest.fixture
def retention(shelves: Shelves, small: Database) -> Retention:
    return Retention(shelves, lambda: small)


@st.composite
def version_graphs(draw: st.DrawFn) -> tuple[list[VersionFacts], set[str]]:
    facts = [
        VersionFacts(
            name=name,
            state=draw(st.sampled_from(STATES)),
            origin=draw(st.sampled_from(["bundled", "trained", "trained", "imported"])),
            days=draw(st.sampled_from([0.0, 29.9, 30.0, 400.0])),
            parents=draw(st.frozensets(st.sampled_from(NAMES), max_size=2)) - {name},
            is_in_use=draw(st.integers(0, 9)) == 0,
        )
        for name in draw(st.sets(st.sampled_from(NAMES)))
    ]
    return facts, draw(st.sets(st.sampled_from(NAMES), max_size=2))


@given(version_graphs())
def test_nothing_that_anybody_needs_ever_goes(
    graph: tuple[list[VersionFacts], set[str]],
) -> None:
    facts, targets = graph
    found = fates(facts, targets, 30)
    known = {each.name: each for each in facts}
    goes = {name for name, reason in found.items() if not reason}
    assert found.keys() == known.keys()
    for name in goes:
        each = known[name]
        assert (each.state, each.origin != "bundled") == ("retired", True)
        assert name not in targets
        assert not each.is_in_use
        assert each.days >= 30
    for name in known.keys() - goes:
        assert not known[name].parents & goes


@given(version_graphs())
def test_what_nobody_needs_goes(graph: tuple[list[VersionFacts], set[str]]) -> None:
    """Everything that stays is needed by itself, or led to from what is."""
    facts, targets = graph
    found = fates(facts, targets, 30)
    needed = {
        each.name
        for each in facts
        if each.state != "retired"
        or each.origin == "bundled"
        or each.name in targets
        or each.is_in_use
        or each.days < 30
    }
    for _ in facts:
        for each in facts:
            if each.name in needed:
                needed |= each.parents & found.keys()
    assert {name for name, reason in found.items() if reason} == needed


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"started_from": "vgg16-a, version 2026-01-02"}, {"vgg16-a"}),
        ({"started_from": "vgg16-a."}, {"vgg16-a"}),
        ({"lineage": {"parents": [{"name": "vgg16-b"}]}}, {"vgg16-b"}),
        ({"command": "train r --start versions/vgg16-a --out x"}, {"vgg16-a"}),
        ({"started_from": "vgg16-ab"}, set()),
        ({"title": "vgg16-a"}, set()),
    ],
)
def test_a_parent_is_found_where_a_manifest_names_it(
    record: dict[str, object], found: set[str]
) -> None:
    assert named_in(record, {"vgg16-a", "vgg16-b"}) == found


def test_a_purge_removes_what_was_listed_and_nothing_else(
    database: Database, shelves: Shelves
) -> None:
    for name, state, days in (
        ("first", "retired", 90),
        ("second", "retired", 80),
        ("third", "retired", 70),
        ("serving", "champion", 60),
        ("waiting", "candidate", 90),
        ("base", "retired", 90),
    ):
        add_version(database, name, state, days, line="vgg16")
        write_version(shelves.versions, name, "base, version 1" if name == "waiting" else "-")
    for days, version, previous in (
        (88, "first", None),
        (78, "second", "first"),
        (68, "third", "second"),
        (58, "serving", "third"),
    ):
        add_promotion(database, version, previous, days, line="vgg16")
    for name in ("serving", "first"):
        write(shelves.answers / f"sha of {name}" / "a.npz")
    write(shelves.answers / "sha of one long gone" / "a.npz")
    for name, state, days in (("old", "done", 40), ("new", "failed", 2), ("on", "paused", 90)):
        add_job(database, name, state, days)
        write(shelves.jobs / name / "log", 50)
    write(shelves.runs / "mine" / "weights.safetensors")
    retention = Retention(shelves, lambda: database)

    plan = retention.plan(TERMINAL, 30)
    going = {(item.kind, item.name) for item in plan.going}
    assert going == {
        ("version", "first"),
        ("version", "second"),
        ("job", "old"),
        ("answers", "sha of one long gone"[:16]),
    }
    reasons = kept_reasons(plan)
    assert reasons["serving"] == "It is in force."
    assert "rollback" in reasons["third"]
    assert reasons["waiting"] == "It is a candidate, not retired."
    assert reasons["base"] == "waiting came from it."
    assert reasons["new"] == "The job ended 2 days ago, less than 30 days."
    assert reasons["on"] == "The job is paused."
    assert (shelves.versions / "first").is_dir()  # listing removes nothing

    assert {item.name for item in retention.purge(TERMINAL, 30).items} == {
        item.name for item in plan.going
    }
    assert sorted(path.name for path in shelves.versions.iterdir()) == [
        "base",
        "serving",
        "third",
        "waiting",
    ]
    assert sorted(path.name for path in shelves.jobs.iterdir()) == ["new", "on"]
    # The answers of a version that has just gone go with the next purge.
    assert sorted(path.name for path in shelves.answers.iterdir()) == [
        "sha of first",
        "sha of serving",
    ]
    assert {each.name for each in look(database).versions} == {
        "third",
        "serving",
        "waiting",
        "base",
    }
    log = AuditLog(database)
    told = [(each.action, each.subject) for each in log.entries()]
    assert told[0] == ("Purge data", "data folder")
    assert set(told[1:]) == {("Purge version", "first"), ("Purge version", "second")}
    assert log.verify().fault == ""
    assert [item.name for item in retention.plan(TERMINAL, 30).going] == ["sha of first"]


def test_after_a_step_back_both_ways_stay_open(database: Database, shelves: Shelves) -> None:
    for name, state in (("a", "retired"), ("b", "champion"), ("c", "retired")):
        add_version(database, name, state, 90, line="vgg16")
        write_version(shelves.versions, name)
    add_promotion(database, "a", None, 80, line="vgg16", kind="installation")
    add_promotion(database, "b", "a", 70, line="vgg16")
    add_promotion(database, "c", "b", 60, line="vgg16")
    add_promotion(database, "b", "c", 50, line="vgg16", kind="rollback")
    assert Retention(shelves, lambda: database).plan(TERMINAL, 30).going == ()


def test_a_version_that_a_job_is_to_start_from_stays(
    retention: Retention, small: Database, shelves: Shelves
) -> None:
    add_version(small, "base", "retired", 90)
    write_version(shelves.versions, "base")
    add_job(small, "next", "queued", arguments='{"start": "base"}')
    assert "job" in kept_reasons(retention.plan(TERMINAL, 30))["base"]


def test_what_is_taken_into_use_after_the_list_stays(
    retention: Retention, small: Database, shelves: Shelves
) -> None:
    add_version(small, "a", "retired", 90)
    write_version(shelves.versions, "a")
    add_job(small, "j", "failed", 90)
    write(shelves.jobs / "j" / "log")

    def meanwhile(_sentence: str, done: int, _total: int) -> None:
        if done == 0:
            add_version(small, "b", "champion", 1, line="b")
            write_version(shelves.versions, "b", "a, version 1")
            with small.transaction() as connection:
                connection.exec_driver_sql("UPDATE jobs SET state = 'queued' WHERE id = 'j'")

    assert retention.purge(TERMINAL, 30, meanwhile).items == ()
    assert (shelves.versions / "a").is_dir()
    assert (shelves.jobs / "j").is_dir()
    assert AuditLog(small).entries() == []


def test_a_removal_that_fails_takes_its_row_back(
    retention: Retention, small: Database, shelves: Shelves
) -> None:
    add_version(small, "a", "retired", 90)
    write_version(shelves.versions, "a")

    def obstruct(*_: object) -> None:
        write(shelves.versions / ".trash-a" / "in-the-way")

    with pytest.raises(StorageError, match="Cannot remove"):
        retention.purge(TERMINAL, 30, obstruct)
    assert [each.name for each in look(small).versions] == ["a"]
    assert (shelves.versions / "a" / "weights.safetensors").is_file()
    assert AuditLog(small).entries() == []


def test_what_a_kill_left_is_put_back_or_cleared_away(
    retention: Retention, small: Database, shelves: Shelves
) -> None:
    add_version(small, "still-known", "retired", 1)
    for name in ("still-known", "forgotten"):
        write_version(shelves.versions, name).rename(shelves.versions / f".trash-{name}")
    write(shelves.jobs / ".trash-job" / "log")
    retention.purge(TERMINAL, 30)
    assert sorted(path.name for path in shelves.versions.iterdir()) == ["still-known"]
    assert list(shelves.jobs.iterdir()) == []


def test_caches_go_when_nobody_works(
    retention: Retention, small: Database, shelves: Shelves
) -> None:
    square = write(shelves.cache / "films-256-1" / "squares.u8")
    assert "within the hour" in kept_reasons(retention.plan(TERMINAL, 30))["films-256-1"]
    for path in (square, square.parent):
        os.utime(path, (time.time() - DAY,) * 2)
    add_job(small, "on", "running")
    assert "may use it" in kept_reasons(retention.plan(TERMINAL, 30))["films-256-1"]
    with small.transaction() as connection:
        connection.exec_driver_sql("UPDATE jobs SET state = 'done'")
    retention.purge(TERMINAL, 30)
    assert not square.exists()


def test_old_copies_of_the_database_go_and_the_database_stays(
    retention: Retention, shelves: Shelves
) -> None:
    copies = [write(shelves.data_dir / f"cxr.db.before-000{n}") for n in (1, 2)]
    os.utime(copies[0], (time.time() - 40 * DAY,) * 2)
    retention.purge(TERMINAL, 30)
    assert [path.exists() for path in copies] == [False, True]
    assert (shelves.data_dir / "cxr.db").is_file()


def test_a_version_that_the_database_does_not_know_stays_with_its_parent(
    retention: Retention, small: Database, shelves: Shelves
) -> None:
    add_version(small, "base", "retired", 90)
    write_version(shelves.versions, "base")
    write_version(shelves.versions, "stray", "base, version 1")
    write(shelves.jobs / "stray-job" / "log")
    reasons = kept_reasons(retention.plan(TERMINAL, 0))
    assert "remove it by hand" in reasons["stray"]
    assert "remove it by hand" in reasons["stray-job"]
    assert reasons["base"] == "stray came from it."


def test_a_bundled_version_is_never_listed_as_going(
    retention: Retention, small: Database, shelves: Shelves
) -> None:
    put(shelves.bundled / "vgg16" / "manifest.json", {"weights": {"sha256": "bundled"}})
    add_version(small, "vgg16", "retired", 900, origin="bundled")
    write(shelves.answers / "bundled" / "a.npz")
    assert retention.plan(TERMINAL, 0).going == ()


def test_two_purges_at_once_are_one(retention: Retention, shelves: Shelves) -> None:
    with alone_in(shelves.data_dir / CLEARING), pytest.raises(FolderInUse):
        retention.purge(TERMINAL)


def test_only_administrators_purge(retention: Retention) -> None:
    for nobody in (None, Actor("ada", Role.READER)):
        with pytest.raises(AccessError):
            retention.purge(nobody)
        with pytest.raises(AccessError):
            retention.plan(nobody)


def test_days_below_nothing_are_refused(retention: Retention) -> None:
    with pytest.raises(DataError, match="expected 0 or more"):
        retention.plan(TERMINAL, -1)
