"""A film is decoded once, and no crash, crowd or cancellation leaves a wrong square."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.datasets import film_store
from cxr_core.datasets.film_store import FilmStore
from cxr_core.errors import StorageError
from cxr_core.imaging import preparing
from cxr_core.imaging.decode import Limits, decode_film, decode_radiograph
from cxr_core.imaging.model_input import to_square
from tests.synthetic import dicom_bytes, png_bytes, synthetic_chest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIZE = 64
CHILD = """
import os, signal, sys, time
from pathlib import Path
from cxr_core.datasets import film_store
from cxr_core.imaging.decode import Limits
folder, films, dies_at, order = sys.argv[1:]
film_store._BATCH = 4
flushes, flush = 0, os.fsync
def counted(stream):
    global flushes
    flushes += 1
    if flushes == int(dies_at):
        os.kill(os.getpid(), signal.SIGKILL)
    flush(stream)
film_store.os.fsync = counted
if order:  # linger where another process must not come in between
    look_up = film_store._film
    film_store._film = lambda *told: time.sleep(0.002) or look_up(*told)
paths = sorted(Path(films).iterdir(), reverse=order == "backwards")
print("begin", flush=True)
store = film_store.FilmStore(Path(folder), Limits(), 64)
store.examine(paths, lambda *_: time.sleep(0.005))
"""


class Cancelled(Exception):
    """What a person's cancelling raises."""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """80 films that differ."""
    folder = tmp_path_factory.mktemp("films")
    film = synthetic_chest(160, 140, seed=3)
    for number in range(80):
        (folder / f"{number:02}.png").write_bytes(png_bytes(np.roll(film, number, axis=1)))
    return folder


def store_at(folder: Path, size: int = SIZE) -> FilmStore:
    return FilmStore(folder, Limits(), size)


def ignore(done: int, total: int) -> None:
    del done, total


def refuse_to_decode(*_: object) -> None:
    raise AssertionError("decoded again")


def start(folder: Path, films: Path, dies_at: int = 0, order: str = "") -> subprocess.Popen:
    """Fill a store in a process of its own, which has begun when this returns."""
    command = [sys.executable, "-c", CHILD, str(folder), str(films), str(dies_at), order]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "begin\n"
    return child


def assert_right(store: FilmStore, paths: Sequence[Path]) -> None:
    """Every path has a slot of its own, and in it what decoding gives."""
    told = store.examine(paths, ignore)
    squares = store.squares()
    assert len({each.slot for each in told}) == len({each.sha256 for each in told})
    for path, each in zip(paths, told, strict=True):
        film = decode_radiograph(path.read_bytes())
        wanted = to_square(film.pixels, store.size)
        assert (each.sha256, each.fault) == (film.provenance.sha256, "")
        assert (each.rows, each.columns) == (film.provenance.rows, film.provenance.columns)
        assert np.abs(squares[each.slot] / 255.0 - wanted).max() <= 0.5 / 255 + 1e-6


# What is kept


@pytest.mark.parametrize("size", [48, 256])
def test_a_square_is_the_decoded_film_within_rounding(tmp_path: Path, size: int) -> None:
    film, wide = synthetic_chest(300, 280, seed=1), synthetic_chest(120, 230, seed=2)
    made = {
        "eight.png": png_bytes(film),
        "sixteen.png": png_bytes(film, 16),
        "wide.png": png_bytes(wide),
        "film.dcm": dicom_bytes(film),
        "inverted.dcm": dicom_bytes(film, is_inverted=True),
    }
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    paths = [tmp_path / name for name in made]
    store = store_at(tmp_path / "cache", size)
    assert_right(store, paths)
    assert [each.view for each in store.examine(paths, ignore)] == ["", "", "", "PA", "PA"]
    assert not store.squares().flags.writeable


def test_an_empty_store_has_no_squares(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    assert store.squares().shape == (0, SIZE, SIZE)
    assert store.examine([], ignore) == []


def test_nothing_is_decoded_twice(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = sorted(films.iterdir())
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no film")
    before = store_at(tmp_path).examine([*paths, bad], ignore)
    monkeypatch.setattr(preparing, "decode_film", refuse_to_decode)
    assert store_at(tmp_path).examine([*paths, bad], ignore) == before
    assert store_at(tmp_path).examine(paths[::-1], ignore) == before[-2::-1]
    assert store_at(tmp_path).examine([paths[7], paths[7]], ignore) == [before[7]] * 2


def test_a_film_that_moves_is_known_by_its_bytes(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = min(films.iterdir())
    (before,) = store_at(tmp_path).examine([path], ignore)
    moved = tmp_path / "elsewhere.png"
    moved.write_bytes(path.read_bytes())
    monkeypatch.setattr(preparing, "decode_film", refuse_to_decode)
    assert store_at(tmp_path).examine([moved], ignore) == [before]
    assert len(store_at(tmp_path).squares()) == 1


def test_the_same_bytes_share_a_square_even_within_one_call(tmp_path: Path) -> None:
    data = png_bytes(synthetic_chest(128, 128))
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths:
        path.write_bytes(data)
    store = store_at(tmp_path / "cache")
    assert {each.slot for each in store.examine(paths, ignore)} == {0}
    assert len(store.squares()) == 1


def test_a_changed_file_is_examined_anew(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(png_bytes(synthetic_chest(128, 128, seed=1)))
    store = store_at(tmp_path / "cache")
    (old,) = store.examine([path], ignore)
    stamp = path.stat()
    changed = bytearray(path.read_bytes())
    changed[-5] ^= 1  # of the same length, and no longer a valid PNG
    path.write_bytes(changed)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1))
    (same_length,) = store.examine([path], ignore)
    path.write_bytes(png_bytes(synthetic_chest(150, 128, seed=2)))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    (same_time,) = store.examine([path], ignore)
    assert len({old.sha256, same_length.sha256, same_time.sha256}) == 3
    assert_right(store, [path])


def test_stores_of_two_sizes_do_not_mix(films: Path, tmp_path: Path) -> None:
    paths = sorted(films.iterdir())[:3]
    for size in (32, 64):
        assert_right(store_at(tmp_path, size), paths)
    assert store_at(tmp_path, 32).squares().shape == (3, 32, 32)


# What cannot be read


def test_unreadable_and_absent_files_are_told_and_the_others_read(tmp_path: Path) -> None:
    made = {
        "film.png": png_bytes(synthetic_chest(128, 128)),
        "text.png": b"this is a letter",
        "empty.png": b"",
        "half.png": png_bytes(synthetic_chest(128, 128))[:900],
        "blank.png": png_bytes(np.full((128, 128), 0.5, np.float32)),
    }
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder.png").mkdir()
    names = [*made, "folder.png", "absent.png"]
    store = store_at(tmp_path / "cache")
    told = store.examine([tmp_path / name for name in names], ignore)
    assert [each.fault for each in told] == [
        "", "unsupported_format", "empty_file", "corrupt_image", "blank_image", "not_found",
        "not_found",
    ]  # fmt: skip
    assert [each.slot for each in told] == [0, -1, -1, -1, -1, -1, -1]
    assert all(each.message for each in told[1:])
    assert len(store.squares()) == 1


def test_a_file_that_appears_later_is_read_then(tmp_path: Path) -> None:
    path = tmp_path / "late.png"
    store = store_at(tmp_path / "cache")
    assert store.examine([path], ignore)[0].fault == "not_found"
    path.write_bytes(png_bytes(synthetic_chest(128, 128)))
    assert_right(store, [path])


def test_a_disk_that_refuses_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="Cannot keep films"):
        store_at(tmp_path / "file").examine([tmp_path / "film.png"], ignore)


# Cancelled, killed, crowded


def test_a_report_that_raises_cancels_and_what_was_done_stays(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = sorted(films.iterdir())
    monkeypatch.setattr(film_store, "_BATCH", 8)
    heard = []

    def cancel(done: int, total: int) -> None:
        heard.append((done, total))
        if done >= 24:
            raise Cancelled

    with pytest.raises(Cancelled):
        store_at(tmp_path).examine(paths, cancel)
    assert heard == [(0, 80), (8, 80), (16, 80), (24, 80)]
    decoded = []

    def decode(data: bytes, *how: object) -> object:
        decoded.append(data)
        return decode_film(data, *how)

    monkeypatch.setattr(preparing, "decode_film", decode)
    assert_right(store_at(tmp_path), paths)
    assert len(decoded) == len(paths) - 24


@pytest.mark.parametrize("dies_at", [1, 2, 7, 20])
def test_a_process_killed_before_its_flush_leaves_a_store_that_the_next_completes(
    films: Path, tmp_path: Path, dies_at: int
) -> None:
    child = start(tmp_path, films, dies_at)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    assert_right(store_at(tmp_path), sorted(films.iterdir()))
    assert len(store_at(tmp_path).squares()) == 80


def test_processes_killed_at_any_moment_leave_a_store_that_the_next_completes(
    films: Path, tmp_path: Path
) -> None:
    for delay in np.random.default_rng(5).uniform(0.0, 0.12, 5):
        child = start(tmp_path / str(delay), films)
        time.sleep(delay)
        child.kill()
        child.communicate()
        store = store_at(tmp_path / str(delay))
        assert_right(store, sorted(films.iterdir()))
        assert len(store.squares()) == 80


def test_two_processes_that_fill_one_store_both_get_right_squares(
    films: Path, tmp_path: Path
) -> None:
    children = [start(tmp_path, films, order=order) for order in ("forwards", "backwards")]
    paths = sorted(films.iterdir())
    assert_right(store_at(tmp_path), paths[40:] + paths[:40])  # a third one, meanwhile
    assert [child.wait() for child in children] == [0, 0]
    for child in children:
        child.communicate()
    assert_right(store_at(tmp_path), paths)
    assert len(store_at(tmp_path).squares()) == 80


@pytest.mark.parametrize("cells", [5, SIZE * SIZE, 3 * SIZE * SIZE + 1])
def test_cells_that_the_index_does_not_know_are_written_over(
    films: Path, tmp_path: Path, cells: int
) -> None:
    paths = sorted(films.iterdir())
    store = store_at(tmp_path)
    store.examine(paths[:2], ignore)
    (file,) = tmp_path.rglob("squares.u8")
    with file.open("ab") as stream:
        stream.write(b"\xff" * cells)
    assert_right(store, paths[:5])
    assert len(store.squares()) == 5


def test_a_film_refused_by_a_limit_is_asked_again_under_another(tmp_path: Path) -> None:
    film = tmp_path / "film.png"
    film.write_bytes(png_bytes(synthetic_chest(300, 300)))
    strict = FilmStore(tmp_path / "cache", Limits(max_bytes=100))
    assert [each.fault for each in strict.examine([film], lambda *_: None)] == [
        "file_too_large"
    ]
    (seen,) = FilmStore(tmp_path / "cache", Limits()).examine([film], lambda *_: None)
    assert (seen.fault, seen.slot) == ("", 0)
