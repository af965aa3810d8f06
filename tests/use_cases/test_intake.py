"""Films come in from paths, from zips, and over the network to the disk; RAM keeps names."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
import time
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest

from cxr_core.errors import (
    EncryptedArchive,
    FileTooLarge,
    InputError,
    NotFound,
    StorageError,
    UnsafeArchive,
    UnsupportedFormat,
)
from cxr_core.imaging.archive import ArchiveLimits
from cxr_core.use_cases.films.room import NoRoom
from cxr_core.use_cases.films.spool import Spool
from cxr_core.use_cases.intake import (
    film_limits,
    films_of_bytes,
    films_of_file,
    films_of_paths,
    shown_name,
)
from tests.imaging.test_archive import zip_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cxr_core.domain import FilmFile
    from cxr_core.use_cases.films.shelf import Shelf

LIMITS = ArchiveLimits(max_member_bytes=1 << 20, max_archive_bytes=200 << 20)
PATH_LIKE = ("../../../etc/cron.d/film", "/etc/passwd", "..\\film", "C:\\film", "a\0b", ".")


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path / "uploads", LIMITS, most_bytes=1 << 30, most_each=1 << 30)
    yield made
    made.close()


def send(shelf: Shelf, name: str, content: bytes, piece: int = 1 << 16) -> None:
    """Upload as the server does."""
    with shelf.begin(name, len(content), content[:300]) as arrival:
        for start in range(0, len(content), piece):
            arrival.write(content[start : start + piece])
        arrival.finish()


def files_under(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")


def refusal_of(film: FilmFile) -> type[InputError]:
    with pytest.raises(InputError) as caught:
        film.load()
    return caught.type


def test_what_was_sent_is_collected_once_and_is_the_same(spool: Spool) -> None:
    shelf = spool.open("ada")
    contents = {f"{number}.png": os.urandom(100_000) for number in range(3)}
    for name, content in contents.items():
        send(shelf, name, content)
    films = list(shelf.collect())
    assert {film.name: film.load() for film in films} == contents
    assert list(shelf.collect()) == []
    assert (shelf.arrived, shelf.collected) == (3, 3)


@pytest.mark.parametrize("name", PATH_LIKE)
def test_a_name_is_only_shown_and_files_are_the_owners_alone(spool: Spool, name: str) -> None:
    shelf = spool.open("ada")
    send(shelf, name, b"film")
    (path,) = files_under(spool.folder.parent)
    assert path.parent == shelf.folder
    assert set(path.name) <= set("0123456789abcdef")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    (film,) = shelf.collect()
    assert film.load() == b"film"


def test_names_are_shown_in_one_line_and_in_their_own_direction() -> None:
    assert shown_name("a\r\nb\0\x1b[31m") == "a\ufffd\ufffdb\ufffd\ufffd[31m"
    assert shown_name("film-\u202egnp.exe\u2066\u200f") == "film-\ufffdgnp.exe\ufffd\ufffd"
    assert shown_name("Thorax_\u00e4\u6f22.png") == "Thorax_\u00e4\u6f22.png"
    assert len(shown_name("x" * 10_000)) == 1000
    (film,) = films_of_bytes("a.zip", zip_of({"x\n\u202ey.png": b"1"}))
    assert film.name == "a.zip!x\ufffd\ufffdy.png"


def test_an_upload_that_is_cut_off_leaves_nothing(spool: Spool) -> None:
    shelf = spool.open("ada")
    with pytest.raises(ConnectionError), shelf.begin("a.png", 100, b"") as arrival:
        arrival.write(b"half")
        raise ConnectionError
    with pytest.raises(StorageError), shelf.begin("a.png", 100, b"") as arrival:
        arrival.write(b"half")
        arrival.finish()
    with pytest.raises(StorageError), shelf.begin("a.png", 3, b"") as arrival:
        arrival.write(b"more than announced")
    assert files_under(spool.folder) == []
    assert list(shelf.collect()) == []
    send(shelf, "a.png", b"film")
    assert [film.load() for film in shelf.collect()] == [b"film"]


def test_a_file_above_the_limit_becomes_a_row_without_being_kept(spool: Spool) -> None:
    shelf = spool.open("ada")
    for size, head in ((2 << 20, b"\x89PNG"), (300 << 20, b"PK\x03\x04")):
        with pytest.raises(FileTooLarge):
            shelf.begin("large", size, head)
    assert files_under(spool.folder) == []
    assert [refusal_of(film) for film in shelf.collect()] == [FileTooLarge, FileTooLarge]
    assert shelf.arrived == 2


def test_another_kind_of_archive_becomes_a_row_that_names_it(spool: Spool) -> None:
    shelf = spool.open("ada")
    with pytest.raises(UnsupportedFormat, match="a rar archive"):
        shelf.begin("films.rar", 1000, b"Rar!\x1a\x07\x01\x00")
    (film,) = shelf.collect()
    assert refusal_of(film) is UnsupportedFormat


def test_a_window_and_all_windows_have_a_quota(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "uploads", LIMITS, most_bytes=250_000, most_each=100_000)
    shelves = [spool.open("ada") for _ in range(3)]
    for shelf in shelves[:2]:
        send(shelf, "a.png", bytes(90_000))
        with pytest.raises(NoRoom, match="this worklist"):
            send(shelf, "b.png", bytes(20_000))
    with pytest.raises(NoRoom, match="everybody"):
        send(shelves[2], "c.png", bytes(80_000))
    spool.discard(shelves[0])
    send(shelves[2], "c.png", bytes(80_000))
    spool.close()


def test_what_did_not_come_in_does_not_count_against_the_quota(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "uploads", LIMITS, most_bytes=100_000, most_each=100_000)
    shelf = spool.open("ada")
    for _ in range(5):
        with pytest.raises(ConnectionError), shelf.begin("a.png", 90_000, b""):
            raise ConnectionError
    send(shelf, "a.png", bytes(90_000))
    spool.close()


def test_the_disk_is_never_filled(spool: Spool) -> None:
    shelf = spool.open("ada")
    limits = film_limits(2**60, 2**60)
    shelf.limits = limits
    shelf.room.most = shelf.room.most_each = 2**60
    with pytest.raises(NoRoom, match="almost full"):
        shelf.begin("a.png", 2**55, b"\x89PNG")


def test_a_cleared_shelf_has_no_films_and_takes_none(spool: Spool) -> None:
    shelf, other = spool.open("ada"), spool.open("ada")
    send(shelf, "a.png", b"film")
    send(other, "b.png", b"other")
    (film,) = shelf.collect()
    with shelf.begin("late.png", 4, b"") as late:
        late.write(b"film")
        spool.discard(shelf)
        with pytest.raises(StorageError, match="cleared"):
            late.finish()
    assert refusal_of(film) is NotFound
    assert spool.find(shelf.token) is None
    with pytest.raises(StorageError, match="cleared"):
        shelf.begin("b.png", 4, b"film")
    assert [each.load() for each in other.collect()] == [b"other"]


def test_a_window_that_has_gone_loses_its_films_unless_it_comes_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "uploads", LIMITS, 1 << 30, 1 << 30, grace=0.2)
    gone, back = spool.open("ada"), spool.open("ada")
    for shelf in (gone, back):
        send(shelf, "a.png", b"film")
        spool.leave(shelf)
    back.stay()
    deadline = time.monotonic() + 20
    while not gone.is_closed and time.monotonic() < deadline:
        time.sleep(0.05)
    assert spool.find(gone.token) is None
    assert spool.find(back.token) is back
    assert [film.load() for film in back.collect()] == [b"film"]
    spool.close()


def test_a_start_deletes_what_a_killed_server_left_and_nothing_of_a_living_one(
    tmp_path: Path, repository: Path
) -> None:
    uploads = tmp_path / "uploads"
    living = Spool(uploads, LIMITS, 1 << 30, 1 << 30)
    shelf = living.open("ada")
    send(shelf, "a.png", b"film")
    script = textwrap.dedent(f"""
        import os, pathlib
        from cxr_core.imaging.archive import ArchiveLimits
        from cxr_core.use_cases.films.spool import Spool
        spool = Spool(pathlib.Path({str(uploads)!r}), ArchiveLimits(), 1 << 30, 1 << 30)
        with spool.open("ada").begin("b.png", 4, b"") as arrival:
            arrival.write(b"left")
            arrival.finish()
            os.kill(os.getpid(), 9)
    """)
    killed = subprocess.run([sys.executable, "-c", script], cwd=repository, check=False)
    assert killed.returncode == -9
    assert len(files_under(uploads)) == 2
    another = Spool(uploads, LIMITS, 1 << 30, 1 << 30)
    assert [path.read_bytes() for path in files_under(uploads)] == [b"film"]
    living.close()
    another.close()
    assert files_under(uploads) == []


def test_a_token_opens_one_shelf_and_cannot_be_guessed(spool: Spool) -> None:
    one, other = spool.open("ada"), spool.open("ada")
    assert one.token != other.token
    assert len(one.token) >= 40
    assert one.token not in repr(one)
    assert spool.find(one.token) is one
    assert spool.find("") is None


def test_1200_films_of_a_zip_go_through_in_the_memory_of_a_few(spool: Spool) -> None:
    size, count = 120_000, 1200
    path = spool.folder / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(f"study/{number:04d}.png", number.to_bytes(4) + bytes(size))
    shelf = spool.open("ada")
    weight = path.stat().st_size
    tracemalloc.start()
    with path.open("rb") as stream, shelf.begin("all.zip", weight, b"PK\x03\x04") as arrival:
        while piece := stream.read(1 << 20):
            arrival.write(piece)
        arrival.finish()
    films = list(shelf.collect())
    for number, film in enumerate(films):
        assert film.load()[:4] == number.to_bytes(4)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(films) == count
    assert weight > 130 << 20
    assert peak < 8 << 20


def test_a_folder_a_zip_in_it_and_a_film_are_listed_alike(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"film")
    (tmp_path / "b.zip").write_bytes(zip_of({"c.png": b"one", "d.png": b"two"}))
    (tmp_path / "e.tar").write_bytes(bytes(257) + b"ustar\x0000")
    films = list(films_of_paths([str(tmp_path)], 1000))
    names = [film.name.removeprefix(f"{tmp_path}/") for film in films]
    assert names == ["a.png", "b.zip!c.png", "b.zip!d.png", "e.tar"]
    assert [film.load() for film in films[:3]] == [b"film", b"one", b"two"]
    assert refusal_of(films[3]) is UnsupportedFormat


def test_a_refused_archive_is_one_row_and_a_refused_member_its_own(tmp_path: Path) -> None:
    locked = bytearray(zip_of({"a": b"1", "b": b"2"}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    inner = zip_of({"a": b"1"})
    cases = {
        "locked.zip": (bytes(locked), [EncryptedArchive]),
        "cut.zip": (zip_of({"a": b"1", "b": b"2"})[:-30], [UnsafeArchive]),
        "nested.zip": (
            zip_of({"a.zip": inner, "b": b"x" * 2000}),
            [UnsafeArchive, FileTooLarge],
        ),
        "large.zip": (zip_of({"a": os.urandom(9000)}), [FileTooLarge]),
    }
    limits = ArchiveLimits(max_member_bytes=1000, max_archive_bytes=5000)
    for name, (data, expected) in cases.items():
        (tmp_path / name).write_bytes(data)
        films = list(films_of_file(name, tmp_path / name, limits))
        assert [refusal_of(film) for film in films] == expected
