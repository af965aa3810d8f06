"""Rows of versions: one champion a line, every change whole and told of."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cxr_core.errors import DataError, StorageError
from cxr_core.store.audit_log import AuditLog
from cxr_core.store.tables import VERSIONS
from cxr_core.store.version_rows import Change, ChangeKind, NewVersion, Origin, VersionState
from cxr_core.store.versions import VersionStore

if TYPE_CHECKING:
    from cxr_core.store.database import Database


def new(name: str, line: str = "vgg16", origin: Origin = Origin.TRAINED) -> NewVersion:
    return NewVersion(name, line, origin, f"sha-{name}")


BUNDLED = [new("vgg16", "vgg16", Origin.BUNDLED), new("resnet50", "resnet50", Origin.BUNDLED)]


def promotion(version: str, previous: str | None, line: str = "vgg16") -> Change:
    return Change(ChangeKind.PROMOTION, line, version, previous, None, {"a": 1}, {"b": 2})


@pytest.fixture
def store(database: Database) -> VersionStore:
    store = VersionStore(database)
    store.install("program", BUNDLED)
    return store


def test_bundled_versions_become_champions_once(database: Database) -> None:
    store = VersionStore(database)
    assert store.install("program", BUNDLED) == ["vgg16", "resnet50"]
    assert store.install("program", BUNDLED) == []
    roster = store.roster()
    assert [each.name for each in roster.champions()] == ["resnet50", "vgg16"]
    assert [each.kind for each in roster.promotions] == [ChangeKind.INSTALLATION] * 2
    assert len(AuditLog(database).entries()) == 1


def test_many_processes_that_start_at_once_install_once(database: Database) -> None:
    added: list[str] = []

    def start() -> None:
        added.extend(VersionStore(database).install("program", BUNDLED))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(added) == ["resnet50", "vgg16"]
    assert len(VersionStore(database).roster().promotions) == 2


def test_a_bundled_version_of_a_later_program_is_known_by_its_new_weights(
    store: VersionStore,
) -> None:
    later = NewVersion("vgg16", "vgg16", Origin.BUNDLED, "sha-later")
    assert store.install("program", [later]) == []
    row = store.roster().version("vgg16")
    assert row is not None
    assert (row.weights_sha256, row.state) == ("sha-later", VersionState.CHAMPION)


def test_a_bundled_version_of_a_line_that_is_served_waits(store: VersionStore) -> None:
    store.install("program", [NewVersion("vgg16-b", "vgg16", Origin.BUNDLED, "x")])
    row = store.roster().version("vgg16-b")
    assert row is not None
    assert row.state is VersionState.CANDIDATE


def test_a_promotion_retires_the_old_champion_and_is_told_of(
    store: VersionStore, database: Database
) -> None:
    store.register("ada", new("mine"))
    store.promote("ada", promotion("mine", "vgg16"), {"gate": "passed"})
    roster = store.roster()
    states = {each.name: each.state.value for each in roster.versions}
    assert states == {"mine": "champion", "vgg16": "retired", "resnet50": "champion"}
    newest = roster.promotions[0]
    assert (newest.version, newest.previous, newest.by) == ("mine", "vgg16", "ada")
    assert (newest.decision, newest.calibration) == ({"a": 1}, {"b": 2})
    entry = AuditLog(database).entries(1)[0]
    assert (entry.actor, entry.action, entry.subject) == ("ada", "Promote version", "mine")
    assert entry.detail["gate"] == "passed"
    assert AuditLog(database).verify().fault == ""


def test_a_promotion_against_another_champion_changes_nothing(
    store: VersionStore, database: Database
) -> None:
    store.register("ada", new("mine"))
    store.register("ada", new("yours"))
    store.promote("ada", promotion("mine", "vgg16"), {})
    entries = len(AuditLog(database).entries())
    for change in (promotion("yours", "vgg16"), promotion("yours", None)):
        with pytest.raises(DataError, match="champion of vgg16 is mine by now"):
            store.promote("ada", change, {})
    with pytest.raises(DataError, match="champion of vgg16 already"):
        store.promote("ada", promotion("mine", "mine"), {})
    with pytest.raises(DataError, match="no version 'absent'"):
        store.promote("ada", promotion("absent", "mine"), {})
    champion = store.roster().champion("vgg16")
    assert champion is not None
    assert champion.name == "mine"
    assert len(AuditLog(database).entries()) == entries


def test_of_two_promotions_at_once_one_is_made(store: VersionStore) -> None:
    names = [f"v{number}" for number in range(5)]
    for name in names:
        store.register("ada", new(name))
    refused: list[str] = []

    def promote(name: str) -> None:
        try:
            store.promote("ada", promotion(name, "vgg16"), {})
        except DataError:
            refused.append(name)

    threads = [threading.Thread(target=promote, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == len(names) - 1
    champion = store.roster().champion("vgg16")
    assert champion is not None
    assert champion.name in set(names) - set(refused)


def test_the_database_itself_refuses_a_second_champion(
    store: VersionStore, database: Database
) -> None:
    store.register("ada", new("mine"))
    crown = sa.update(VERSIONS).where(VERSIONS.c.name == "mine").values(state="champion")
    with pytest.raises(StorageError), database.transaction() as connection:
        connection.execute(crown)


def test_whom_a_champion_followed_is_known_through_promotions_and_ways_back(
    store: VersionStore,
) -> None:
    for name in ("a", "b"):
        store.register("ada", new(name))
    store.promote("ada", promotion("a", "vgg16"), {})
    store.promote("ada", promotion("b", "a"), {})
    assert store.roster().earlier("vgg16", "b") == ["a", "vgg16"]
    store.promote("ada", Change(ChangeKind.ROLLBACK, "vgg16", "a", "b"), {})
    assert store.roster().earlier("vgg16", "a") == ["vgg16"]
    store.promote("ada", Change(ChangeKind.ROLLBACK, "vgg16", "vgg16", "a"), {})
    assert store.roster().earlier("vgg16", "vgg16") == []
    store.promote("ada", promotion("b", "vgg16"), {})
    assert store.roster().earlier("vgg16", "b") == ["vgg16"]


def test_a_line_is_retired_while_another_one_reads(store: VersionStore) -> None:
    store.retire("ada", "vgg16")
    assert [each.name for each in store.roster().champions()] == ["resnet50"]
    with pytest.raises(DataError, match="only version that reads films"):
        store.retire("ada", "resnet50")
    with pytest.raises(DataError, match="retired already"):
        store.retire("ada", "vgg16")
    with pytest.raises(DataError, match="not known"):
        store.retire("ada", "absent")
    store.promote("ada", promotion("vgg16", None), {})
    assert len(store.roster().champions()) == 2


def test_a_version_found_before_its_job_could_say_so_gets_its_job(store: VersionStore) -> None:
    store.register("program", new("mine"))
    store.register("ada", NewVersion("mine", "vgg16", Origin.TRAINED, "sha-mine", "job-1"))
    row = store.roster().version("mine")
    assert row is not None
    assert (row.job, row.created_by) == ("job-1", "ada")
    with pytest.raises(DataError, match="already"):
        store.register("ada", NewVersion("mine", "vgg16", Origin.TRAINED, "sha-other"))
