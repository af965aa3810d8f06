"""Backup and restore: the same rows and bytes come back, and nothing hostile gets in."""

from __future__ import annotations

import hashlib
import json
import stat
import threading
import zipfile
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from cxr_core.domain import Actor, Role
from cxr_core.errors import AccessError, CxrError, DataError, StorageError
from cxr_core.store.audit_log import AuditLog
from cxr_core.store.database import Database, open_database
from cxr_core.store.tables import METADATA, SESSIONS, USERS
from cxr_core.store.transfer import TABLES
from cxr_core.use_cases.access import TERMINAL
from cxr_core.use_cases.care.backup import BackupMade, BackupMaker, BackupPlace
from cxr_core.use_cases.care.backup_job import BackupJob
from cxr_core.use_cases.care.folder_lock import (
    CLEARING,
    IN_USE,
    UNFINISHED,
    FolderInUse,
    alone_in,
    hold,
)
from cxr_core.use_cases.care.restoring import How, Restored, Restorer
from tests.use_cases.stored import (
    add_job,
    add_promotion,
    add_version,
    add_worker,
    write_version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLACE = How(is_replacing=True)
LEFT_OUT = {"cache/films/squares.u8", "datasets/nih/a.png", ".hidden/x", "jobs/on/features.bin"}


def quiet(*_: object) -> None:
    """Hear nothing."""


def place_in(folder: Path) -> BackupPlace:
    return BackupPlace(folder, folder / "versions", folder / "jobs", folder / "backups")


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def rows_of(database: Database) -> dict[str, list[dict[str, Any]]]:
    with database.transaction() as connection:
        return {
            name: [
                dict(row)
                for row in connection.execute(
                    sa.select(table).order_by(*table.primary_key.columns)
                ).mappings()
            ]
            for name, table in METADATA.tables.items()
            if name in TABLES
        }


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.name.startswith(("cxr.db", "."))
        and path.relative_to(folder).parts[0] not in {"backups"}
        and not path.relative_to(folder).parts[0].startswith(".replaced")
    }


def settle(database: Database, folder: Path) -> None:
    """Fill a data folder with a bit of everything."""
    with database.transaction() as connection:
        for name in ("ada", "böb"):
            values = {
                "name": name,
                "role": "reader",
                "must_change": name == "ada",
                "is_disabled": False,
                "failures": 0,
                "created": 0.1 + 0.2,
            }
            connection.execute(sa.insert(USERS).values(values))
        token = {"digest": "d", "user_id": 1, "created": 1, "last_used": 1, "expires": 9}
        connection.execute(sa.insert(SESSIONS).values(token))
    AuditLog(database).append("ada", "Add user", "böb", {"role": "reader"})
    add_version(database, "one", "retired", 9, line="vgg16")
    add_version(database, "two", "champion", 8, line="vgg16")
    add_promotion(database, "two", "one", 7, line="vgg16", calibration='{"temperature": 1.5}')
    add_job(database, "was", "done", 3, result='{"name": "two"}')
    add_worker(database, "w", silent=100)
    for name in ("one", "two"):
        write_version(folder / "versions", name)
    write(folder / "jobs" / "was" / "log", "wärts\n".encode())
    write(folder / "runs" / "mine" / "history.json", b"[]")
    write(folder / "manifest" / "manifest.csv", b"path,sha256\n")
    write(folder / "recipes" / "own.toml", b"x = 1\n")
    for name in LEFT_OUT:
        write(folder / name, b"not carried")


@contextmanager
def opened(url: str) -> Iterator[Database]:
    with closing(open_database(url)) as database:
        yield database


def make(database: Database, folder: Path, out: Path) -> BackupMade:
    return BackupMaker(place_in(folder), lambda: database).make(TERMINAL, out, quiet)


def restore(folder: Path, url: str, file: Path, how: How = REPLACE) -> Restored:
    return Restorer(place_in(folder), url).restore(TERMINAL, file, how, quiet)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'cxr.db'}"


@pytest.fixture
def backup(tmp_path: Path, folder: Path, url: str) -> Path:
    """A backup of a small folder, on an embedded database."""
    with opened(url) as database:
        settle(database, folder)
        return make(database, folder, tmp_path / "out.zip").path


def test_backup_change_and_restore_give_the_same_rows_and_bytes(
    database_url: str, tmp_path: Path, folder: Path
) -> None:
    with opened(database_url) as database:
        settle(database, folder)
        before, bytes_before = rows_of(database), files_of(folder)
        made = make(database, folder, tmp_path / "kept" / "out.zip")
        assert made.bytes == made.path.stat().st_size
        add_version(database, "three", "candidate")
        add_job(database, "new", "queued")
        with database.transaction() as connection:
            connection.execute(sa.delete(USERS).where(USERS.c.name == "ada"))
        write_version(folder / "versions", "three")
        write(folder / "versions" / "two" / "weights.safetensors", b"torn")
        (folder / "runs" / "mine" / "history.json").unlink()

    found = restore(folder, database_url, made.path)

    with opened(database_url) as database:
        after = rows_of(database)
        log = AuditLog(database)
        assert log.verify().fault == ""
        restored = log.entries()[0]
        assert (restored.actor, restored.action) == ("terminal", "Restore backup")
        added = {"audit": after["audit"].pop(), "audit_head": after["audit_head"].pop()}
        assert added["audit_head"]["seq"] == added["audit"]["seq"] == 2
        assert before.pop("audit_head")[0]["hash"] == added["audit"]["previous"]
        assert {**after, "audit_head": []} == {**before, "audit_head": []}
        # New rows are numbered after those that came back.
        add_promotion(database, "two", "one", line="vgg16")
        assert len(rows_of(database)["promotions"]) == 2
        with pytest.raises(StorageError), database.transaction() as connection:
            connection.execute(sa.text("DELETE FROM audit"))
    kept = {name: content for name, content in bytes_before.items() if "on/" not in name}
    now = {name: content for name, content in files_of(folder).items() if "on/" not in name}
    assert now == kept
    # What was replaced lies aside, with all that came after the backup.
    aside = Path(found.aside.split(" and ")[0])
    assert (aside / "versions" / "three").is_dir()
    assert (aside / "versions" / "two" / "weights.safetensors").read_bytes() == b"torn"
    if database_url.startswith("sqlite"):
        with closing(Database(f"sqlite:///{aside / 'cxr.db'}")) as old:
            assert len(rows_of(old)["versions"]) == 3
    else:
        schema = found.aside.rpartition("schema ")[2]
        with opened(database_url) as database, database.transaction() as connection:
            old = sa.select(sa.func.count()).select_from(sa.table("versions", schema=schema))
            assert connection.execute(old).scalar() == 3


def test_rows_move_between_kinds_of_database(
    postgres: str, tmp_path: Path, folder: Path, url: str, backup: Path
) -> None:
    import psycopg

    with psycopg.connect(postgres.format(name="postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE moved")
    other = postgres.format(name="moved")
    with opened(url) as database:
        before = rows_of(database)
    restore(tmp_path / "elsewhere", other, backup, How())
    with opened(other) as database:
        for table in ("users", "jobs", "versions", "promotions"):
            assert rows_of(database)[table] == before[table]
        again = make(database, tmp_path / "elsewhere", tmp_path / "again.zip").path
    restore(tmp_path / "back", f"sqlite:///{tmp_path / 'back' / 'cxr.db'}", again, How())
    with opened(f"sqlite:///{tmp_path / 'back' / 'cxr.db'}") as database:
        assert rows_of(database)["users"] == before["users"]
        assert AuditLog(database).verify().fault == ""
    missing = files_of(folder).keys() - files_of(tmp_path / "back").keys()
    assert missing == LEFT_OUT - {"jobs/on/features.bin"}


def test_what_is_left_out_is_said(backup: Path, folder: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        record = json.loads(archive.read("backup.json"))
        names = set(archive.namelist())
    assert {f"files/{name}" for name in LEFT_OUT} & names == {"files/jobs/on/features.bin"}
    assert "rows/sessions.jsonl" not in names
    assert "rows/workers.jsonl" not in names
    assert not [name for name in names if "cxr.db" in name]
    assert any("cache" in each and "datasets" in each for each in record["left_out"])
    assert record["members"]["files/versions/one/weights.safetensors"] == {
        "bytes": 1000,
        "sha256": hashlib.sha256(b"w" * 1000).hexdigest(),
    }
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert not list(backup.parent.glob(".*"))
    assert not list(folder.glob(".backup-*"))


def test_a_running_job_comes_back_as_failed(tmp_path: Path, folder: Path, url: str) -> None:
    with opened(url) as database:
        settle(database, folder)
        add_job(database, "on", "running", owner="w", lease_until=9e9)
        add_job(database, "waits", "queued")
        made = make(database, folder, tmp_path / "out.zip")
    assert any("1 running" in each for each in made.record.left_out)
    restore(folder, url, made.path)
    assert not (folder / "jobs" / "on").exists()
    with opened(url) as database:
        jobs = {row["id"]: row for row in rows_of(database)["jobs"]}
    assert jobs["waits"]["state"] == "queued"
    assert (jobs["on"]["state"], jobs["on"]["owner"], jobs["on"]["fence"]) == (
        "failed",
        None,
        2,
    )
    assert "Try it again" in jobs["on"]["error"]


def test_a_version_that_arrives_meanwhile_is_left_for_the_next_backup(
    tmp_path: Path, folder: Path, url: str
) -> None:
    with opened(url) as database:
        settle(database, folder)
        arrived = []

        def report(sentence: str, *_: object) -> None:
            if sentence == "Copying files" and not arrived:
                arrived.append(write_version(folder / "versions", "late"))
                add_version(database, "late", "candidate")

        def early(sentence: str, *_: object) -> None:
            if sentence == "Copying the database" and not arrived:
                arrived.append(write_version(folder / "versions", "early"))

        maker = BackupMaker(place_in(folder), lambda: database)
        for heard in (report, early):
            arrived.clear()
            made = maker.make(TERMINAL, tmp_path / f"{heard.__name__}.zip", heard)
            names = {name for name in made.record.members if "/versions/" in name}
            assert not [
                name for name in names if heard.__name__.replace("report", "late") in name
            ]
            assert "files/versions/two/manifest.json" in names
            assert Restorer(place_in(folder), url).verify(made.path, quiet).members


def test_a_backup_is_made_while_others_write(tmp_path: Path, folder: Path, url: str) -> None:
    stop = threading.Event()
    with opened(url) as database, opened(url) as other:
        settle(database, folder)

        def write_on() -> None:
            while not stop.is_set():
                AuditLog(other).append("ada", "Add user", "x")
                stop.wait(0.01)

        writer = threading.Thread(target=write_on)
        writer.start()
        try:
            made = [make(database, folder, tmp_path / f"{n}.zip") for n in range(2)]
        finally:
            stop.set()
            writer.join()
    for each in made:
        restore(
            tmp_path / each.path.stem, f"sqlite:///{tmp_path / each.path.stem}/x.db", each.path
        )
        with opened(f"sqlite:///{tmp_path / each.path.stem}/x.db") as database:
            assert AuditLog(database).verify().fault == ""


def test_a_folder_in_use_is_replaced_only_on_request(
    folder: Path, url: str, backup: Path
) -> None:
    before = files_of(folder)
    with pytest.raises(DataError, match="--replace"):
        restore(folder, url, backup, How())
    assert files_of(folder) == before
    assert not list(folder.glob(".replaced*"))


def test_nothing_is_replaced_while_the_program_is_alive(
    folder: Path, url: str, backup: Path
) -> None:
    import os

    held = hold(folder)
    assert held is not None
    try:
        with pytest.raises(FolderInUse, match="End the application"):
            restore(folder, url, backup)
        restore(folder, url, backup, replace(REPLACE, is_forced=True))
    finally:
        os.close(held)


def test_a_living_worker_elsewhere_is_noticed(folder: Path, url: str, backup: Path) -> None:
    with opened(url) as database:
        add_worker(database, "far", host="ward-7")
    with pytest.raises(FolderInUse, match="ward-7"):
        restore(folder, url, backup)
    restore(folder, url, backup, replace(REPLACE, is_forced=True))


def test_a_restore_that_was_cut_off_keeps_everybody_out_until_it_is_done(
    folder: Path, url: str, backup: Path
) -> None:
    (folder / UNFINISHED).touch()
    with pytest.raises(StorageError, match="cut off"):
        hold(folder)
    restore(folder, url, backup)
    assert not (folder / UNFINISHED).exists()


@pytest.mark.parametrize("was_cut_off", [False, True])
def test_a_restore_that_cannot_move_puts_everything_back(
    was_cut_off: bool, folder: Path, url: str, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    before = files_of(folder)
    if was_cut_off:
        (folder / UNFINISHED).touch()
    move, moved = shutil.move, []

    def failing(source: Path, target: Path) -> None:
        if len(moved) == 6:
            moved.append(source)
            raise OSError(28, "No space left on device")
        moved.append(source)
        move(source, target)

    monkeypatch.setattr(shutil, "move", failing)
    with pytest.raises(StorageError, match="No space left"):
        restore(folder, url, backup)
    assert files_of(folder) == before
    with opened(url) as database:
        assert len(rows_of(database)["users"]) == 2
    assert (folder / UNFINISHED).exists() is was_cut_off
    assert not list(folder.glob(".rep*"))


def repacked(backup: Path, target: Path, change: Any) -> Path:
    """Pack a backup anew after `change` had its members (name to bytes) and its record."""
    with zipfile.ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    record = json.loads(members.pop("backup.json"))
    change(members, record)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("backup.json", json.dumps(record))
    return target


def vouched(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def put_member(name: str, content: bytes = b"x") -> Any:
    def change(members: dict[str, bytes], record: dict[str, Any]) -> None:
        members[name] = content
        record["members"][name] = vouched(content)

    return change


def set_record(**values: Any) -> Any:
    return lambda members, record: record.update(values)


HOSTILE = {
    "a path that climbs": put_member("files/../../evil"),
    "an absolute path": put_member("files//etc/evil"),
    "a path of another system": put_member("files/a\\..\\..\\evil"),
    "a hidden place": put_member("files/.streamlit/secrets.toml"),
    "the database itself": put_member("files/cxr.db"),
    "a backup": put_member("files/backups/x.zip"),
    "a place of its own": put_member("evil.py"),
    "a changed byte": lambda members, record: members.update(
        {"files/versions/one/weights.safetensors": b"v" + b"w" * 999}
    ),
    "another size": lambda members, record: members.update({"files/recipes/own.toml": b"x"}),
    "a member that nobody vouches for": lambda members, record: members.update(
        {"files/extra": b"x"}
    ),
    "a member that is missing": lambda members, record: members.pop("rows/users.jsonl"),
    "a bomb": lambda members, record: record["members"]["rows/users.jsonl"].update(bytes=1),
    "rows that are no rows": put_member("rows/users.jsonl", b"[1]\n"),
    "rows of no table like this": put_member("rows/users.jsonl", b'{"shoe": 3}\n'),
    "a later format": set_record(format=2),
    "a later revision": set_record(revision="9999_later"),
    "no members": set_record(members=None),
    "a record that is no table": set_record(left_out=3),
}


def test_a_hostile_backup_changes_nothing(
    tmp_path: Path, folder: Path, url: str, backup: Path
) -> None:
    before = files_of(folder)
    for name, change in HOSTILE.items():
        hostile = repacked(backup, tmp_path / "hostile.zip", change)
        with pytest.raises(DataError):
            restore(folder, url, hostile)
            pytest.fail(f"{name} was let in")
    assert files_of(folder) == before
    with opened(url) as database:
        assert len(rows_of(database)["users"]) == 2
        assert AuditLog(database).entries()[0].action == "Make backup"
    assert not list(tmp_path.glob("evil*"))
    assert not list(folder.glob(".re*"))


def test_a_link_in_a_backup_is_refused(tmp_path: Path, url: str, folder: Path) -> None:
    path = tmp_path / "link.zip"
    target = b"/etc/passwd"
    info = zipfile.ZipInfo("files/runs/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    record = {
        **{"format": 1, "made": "", "program": "", "database": "", "revision": "0001"},
        **{"members": {info.filename: vouched(target)}, "left_out": []},
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, target)
        archive.writestr("backup.json", json.dumps(record))
    with pytest.raises(DataError, match="no file"):
        restore(folder, url, path, How())


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_backup_that_was_cut_off_is_refused(
    share: float, tmp_path: Path, folder: Path, url: str, backup: Path
) -> None:
    data = backup.read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(DataError):
        restore(folder, url, cut)
    with pytest.raises(DataError, match="There is no"):
        restore(folder, url, tmp_path / "nothing.zip")


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path, folder: Path, url: str) -> None:
    with opened(url) as database:
        settle(database, folder)

        def fail(sentence: str, *_: object) -> None:
            if sentence == "Copying files":
                raise StorageError("The disk is full.")

        maker = BackupMaker(place_in(folder), lambda: database)
        with pytest.raises(StorageError):
            maker.make(TERMINAL, tmp_path / "out.zip", fail)
        assert list(tmp_path.glob("*.zip")) + list(tmp_path.glob(".*")) == []
        with alone_in(folder / CLEARING), pytest.raises(FolderInUse, match="Wait"):
            maker.make(TERMINAL, tmp_path / "out.zip", quiet)
        made = maker.make(TERMINAL, tmp_path / "out.zip", quiet)
        with pytest.raises(DataError, match="there already"):
            maker.make(TERMINAL, made.path, quiet)
        entry = AuditLog(database).entries()[0]
        assert (entry.action, entry.subject) == ("Make backup", "out.zip")


@pytest.mark.parametrize("nobody", [None, Actor("ada", Role.READER)])
def test_only_administrators_back_up_and_restore(
    nobody: Actor | None, folder: Path, url: str, backup: Path
) -> None:
    with opened(url) as database:
        maker = BackupMaker(place_in(folder), lambda: database)
        job = BackupJob(maker)
        restorer = Restorer(place_in(folder), url)
        for call in (
            lambda: maker.make(nobody, folder / "x.zip", quiet),
            lambda: restorer.restore(nobody, backup, REPLACE, quiet),
            lambda: job.start(nobody),
            lambda: job.backups(nobody),
            lambda: job.read(nobody, "x.zip"),
        ):
            with pytest.raises(AccessError):
                call()


def test_a_backup_beside_the_pages_is_made_listed_and_given_out(folder: Path, url: str) -> None:
    with opened(url) as database:
        settle(database, folder)
        done = threading.Event()
        job = BackupJob(BackupMaker(place_in(folder), lambda: database), done.set)
        assert job.start(TERMINAL)
        assert done.wait(60)
        assert (job.state.running, job.state.failed) == (False, "")
        (listed,) = job.backups(TERMINAL)
        assert listed.name == job.state.made
        assert len(job.read(TERMINAL, listed.name)) == listed.bytes
        for name in ("../cxr.db", "nothing.zip"):
            with pytest.raises(CxrError):
                job.read(TERMINAL, name)
        # The next backup has nothing of this one.
        made = BackupMaker(place_in(folder), lambda: database).make(
            TERMINAL, folder / "backups" / "second.zip", quiet
        )
        assert not [name for name in made.record.members if "backups" in name]
        assert (folder / IN_USE).exists() is False


def test_what_a_killed_backup_left_is_cleared_by_the_next(
    tmp_path: Path, folder: Path, url: str
) -> None:
    write(folder / ".backup-x1" / "snapshot.db", b"half")
    write(folder / "backups" / ".cxr-backup-1.zip.draft", b"half")
    with opened(url) as database:
        make(database, folder, tmp_path / "out.zip")
    assert not (folder / ".backup-x1").exists()
    assert list((folder / "backups").iterdir()) == []
