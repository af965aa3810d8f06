"""The health of an installation: what is told of it, and when somebody has to act."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cxr_core import __version__
from cxr_core.domain import Actor, Role
from cxr_core.errors import AccessError
from cxr_core.store.activity import look
from cxr_core.store.database import Database, open_database
from cxr_core.use_cases.access import TERMINAL
from cxr_core.use_cases.care.health import HealthService, Places
from cxr_core.use_cases.care.health_remarks import Level, Ordered, Remark, remarks_on
from cxr_core.use_cases.care.machine import (
    DiskUse,
    bytes_under,
    find_devices,
    find_disk,
    parse_card,
    programs,
)
from tests.use_cases.stored import add_job, add_promotion, add_version, add_worker

if TYPE_CHECKING:
    from cxr_core.store.activity import Seen

ORDERED = Ordered(jobs=1, threads=0, is_embedded=True)
GIGABYTE = 2**30
ROOMY = DiskUse(Path("data"), 1000 * GIGABYTE, 500 * GIGABYTE, {})


@pytest.fixture
def small(tmp_path: Path) -> Database:
    with closing(open_database(f"sqlite:///{tmp_path / 'cxr.db'}")) as opened:
        yield opened


def remark(seen: Seen | None, subject: str, disk: DiskUse = ROOMY, **ordered: object) -> Remark:
    found = remarks_on(disk, find_devices(), seen, replace(ORDERED, **ordered))
    assert [each.level.rank for each in found] == sorted(each.level.rank for each in found)
    return next(each for each in found if each.subject == subject)


def test_all_of_it_is_told(database: Database, tmp_path: Path) -> None:
    add_job(database, "waits", "queued", days=0.5)
    add_job(database, "later", "queued")
    add_job(database, "was", "done", days=3)
    add_worker(database, "w")
    add_version(database, "old", "retired", days=9, line="vgg16")
    add_version(database, "new", "champion", days=5, line="vgg16")
    add_promotion(database, "new", "old", days=2, line="vgg16")
    (tmp_path / "kept" / "a").mkdir(parents=True)
    (tmp_path / "kept" / "a" / "b").write_bytes(b"x" * 300)
    (tmp_path / "odd").write_bytes(b"x" * 7)
    places = Places(tmp_path / "kept", {"versions": (tmp_path / "kept" / "a",)})
    health = HealthService(places, lambda: database, ORDERED).health(TERMINAL)

    assert health.disk.parts["versions"] == 300
    assert health.disk.free > 0
    assert health.queue.states["queued"] == 2
    assert health.queue.states["done"] == 1
    assert health.queue.oldest == pytest.approx(43_200, abs=60)
    (worker,) = health.workers
    assert (worker.process, worker.silent < 30) == (4711, True)
    (served,) = health.in_force
    assert (served.line, served.name) == ("vgg16", "new")
    assert served.age == pytest.approx(2 * 86_400, abs=60)
    assert health.database.kind == database.dialect
    assert health.database.revision == database.revision()
    assert health.database.size > 10_000
    assert health.devices.cores >= 1
    assert health.devices.processor
    assert health.programs["CXR Triage"] == __version__


def test_only_administrators_see_it(small: Database, tmp_path: Path) -> None:
    service = HealthService(Places(tmp_path, {}), lambda: small, ORDERED)
    for nobody in (None, Actor("ada", Role.READER)):
        with pytest.raises(AccessError):
            service.health(nobody)
        with pytest.raises(AccessError):
            service.check_audit(nobody)
    assert service.check_audit(TERMINAL).fault == ""


def test_a_database_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    def away() -> Database:
        return open_database("postgresql://ada:secret@127.0.0.1:1/none")

    ordered = Ordered(jobs=1, threads=0, is_embedded=False)
    health = HealthService(Places(tmp_path, {}), away, ordered).health(TERMINAL)
    assert health.level is Level.ACT
    assert health.remarks[0].subject == "Database"
    assert "refuses" in health.database.fault
    assert "secret" not in str(health)


def test_folders_are_walked_once_a_minute(small: Database, tmp_path: Path) -> None:
    time = [0.0]
    places = Places(tmp_path, {"jobs": (tmp_path / "jobs",)})
    service = HealthService(places, lambda: small, ORDERED, lambda: time[0])
    assert service.health(TERMINAL).disk.parts["jobs"] == 0
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "log").write_bytes(b"x" * 50)
    time[0] = 59.0
    assert service.health(TERMINAL).disk.parts["jobs"] == 0
    time[0] = 60.0
    assert service.health(TERMINAL).disk.parts["jobs"] == 50
    (tmp_path / "jobs" / "log").write_bytes(b"x" * 60)
    service.forget()
    assert service.health(TERMINAL).disk.parts["jobs"] == 60


def test_parts_and_the_rest_add_up(tmp_path: Path) -> None:
    for name, size in (("jobs/a/log", 10), ("versions/v/weights", 20), ("stray", 5)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    parts = {"jobs": (tmp_path / "jobs",), "versions": (tmp_path / "versions",)}
    disk = find_disk(tmp_path, parts)
    assert dict(disk.parts) == {"jobs": 10, "versions": 20, "other": 5}
    assert disk.used == 35


def test_a_link_does_not_count_for_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "large").write_bytes(b"x" * 100_000)
    (tmp_path / "near").mkdir()
    (tmp_path / "near" / "link").symlink_to(tmp_path / "far")
    assert bytes_under(tmp_path / "near") < 1000
    assert bytes_under(tmp_path / "nowhere") == 0


@pytest.mark.parametrize(
    ("free", "total", "level"),
    [
        (500, 1000, Level.OK),
        (140, 1000, Level.WATCH),
        (49, 1000, Level.ACT),  # below a twentieth
        (9, 20, Level.WATCH),
        (1.9, 10, Level.ACT),  # below 2 GB
    ],
)
def test_a_disk_that_fills_up_is_told_in_time(
    small: Database, free: float, total: float, level: Level
) -> None:
    disk = DiskUse(Path("d"), int(total * GIGABYTE), int(free * GIGABYTE), {})
    found = remark(look(small), "Disk", disk)
    assert found.level is level
    assert bool(found.to_do) is (level is not Level.OK)


def test_a_worker_that_fell_silent_is_named(small: Database) -> None:
    assert "No worker runs" in remark(look(small), "Workers").sentence
    assert remark(look(small), "Workers").level is Level.WATCH
    add_worker(small, "lost", silent=120, host="ward-7")
    found = remark(look(small), "Workers")
    assert found.level is Level.WATCH
    assert "ward-7" in found.sentence
    assert "2 minutes" in found.sentence
    add_job(small, "left", "running")
    assert remark(look(small), "Workers").level is Level.ACT
    add_worker(small, "other")
    assert remark(look(small), "Workers").level is Level.WATCH


def test_a_job_that_failed_is_named_for_a_week(small: Database) -> None:
    add_job(small, "old", "failed", days=8, error="The disk was full.")
    assert remark(look(small), "Jobs").level is Level.OK
    add_job(small, "new", "failed", days=1, error="The manifest is gone.")
    found = remark(look(small), "Jobs")
    assert found.level is Level.WATCH
    assert "Train new. The manifest is gone." in found.sentence


def test_a_queue_without_a_worker_is_a_case_to_act_on(small: Database) -> None:
    add_job(small, "waits", "queued", days=0.1)
    found = remark(look(small), "Queue")
    assert found.level is Level.ACT
    assert "cxr_core worker" in found.to_do
    add_worker(small, "w")
    assert remark(look(small), "Queue").level is Level.WATCH


def test_settings_at_odds_with_the_machine_are_told(small: Database) -> None:
    assert remark(look(small), "Settings").level is Level.OK
    assert "CXR_JOBS is 500" in remark(look(small), "Settings", jobs=500).sentence
    assert "CXR_THREADS is 500" in remark(look(small), "Settings", threads=500).sentence
    add_worker(small, "old", code="0.0.1")
    assert "version 0.0.1" in remark(look(small), "Settings").sentence
    add_worker(small, "far", host="there")
    found = remark(look(small), "Settings")
    assert found.level is Level.ACT
    assert "here, there" in found.sentence


def test_a_graphics_driver_is_understood() -> None:
    card = parse_card("NVIDIA A100, SXM, 81920, 1024")
    assert card is not None
    assert (card.name, card.used) == ("NVIDIA A100, SXM", GIGABYTE)
    assert parse_card("No devices were found") is None
    assert parse_card("NVIDIA T4, [N/A], [N/A]") is None


def test_what_is_not_installed_is_told() -> None:
    assert programs()["sqlalchemy"].startswith("2.")
