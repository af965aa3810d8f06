"""A pack holds a manifest and its films in one file that other libraries read too."""

from __future__ import annotations

import json
import signal
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from cxr_core.datasets import pack
from cxr_core.datasets.collection import Dealing
from cxr_core.datasets.manifest import Film, Manifest, seal
from cxr_core.datasets.ontology import Finding, LabelSpace
from cxr_core.datasets.pack import collect_pack, read_pack, write_pack
from cxr_core.datasets.records import Exclusion
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError, StorageError
from cxr_core.imaging.decode import decode_radiograph
from tests.datasets.releases import person

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 96
SPACE = LabelSpace(("normal", "pneumonia", "covid19"))
FINDINGS = (Finding.NORMAL, Finding.VIRAL, Finding.COVID19, Finding.OTHER_DISEASE)
SLOTS = [6, 0, 3, 5, 1]  # of the used films, among more squares than these
CHILD = """
import os, signal, sys
from pathlib import Path
from cxr_core.datasets import pack
from tests.datasets.test_pack import SLOTS, manifest, squares
pack._BATCH = 2
def die(done, total):
    if done == 4:
        os.kill(os.getpid(), signal.SIGKILL)
pack.write_pack(Path(sys.argv[1]), manifest(), 255 - squares(), SLOTS, die)
"""


class Cancelled(Exception):
    """What a person's cancelling raises."""


def squares() -> NDArray[np.uint8]:
    drawn = np.stack([person(seed, SIDE) for seed in range(8)])
    return np.rint(drawn * 255).astype(np.uint8)


def film(number: int, *, is_used: bool) -> Film:
    return Film(
        path=f"release/{number}.png",
        source="cohen",
        patient=f"cohen/{number}",
        group=f"cohen/{number}",
        cluster=f"release/{number}.png",
        finding=FINDINGS[number % 4],
        finding_text="",
        split=list(Split)[number % 3] if is_used else None,
        exclusion=None if is_used else Exclusion.COPY,
        detail="",
        view="",
        modality="",
        study_date="",
        offset_days=None,
        age_years=None,
        sex="",
        licence="",
        mask="",
        rows=SIDE,
        columns=SIDE,
        sha256=f"{number:064}",
    )


def manifest() -> Manifest:
    films = [film(number, is_used=number not in {1, 4}) for number in range(7)]
    rule = {"salt": "salt", "validation_share": 0.1, "test_share": 0.2}
    return seal(films, {**rule, "sources": [{"title": "Köln"}]})


def ignore(done: int, total: int) -> None:
    del done, total


def packed(folder: Path) -> Path:
    path = folder / "films.safetensors"
    write_pack(path, manifest(), squares(), SLOTS, ignore)
    return path


def rewritten(data: bytes, part: str, name: str, value: Any) -> bytes:
    """Say something else in the header of a pack."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header[part][name] = value
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[end:]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give a whole pack."""
    return packed(tmp_path_factory.mktemp("pack")).read_bytes()


# What goes in comes out


def test_a_pack_gives_back_its_manifest_and_a_square_for_each_used_film(tmp_path: Path) -> None:
    opened = read_pack(packed(tmp_path))
    assert opened.manifest == manifest()
    assert np.array_equal(opened.squares, squares()[SLOTS])
    assert len(opened.squares) == len(opened.manifest.used())


def test_the_squares_are_mapped_and_cannot_be_written(tmp_path: Path) -> None:
    opened = read_pack(packed(tmp_path))
    assert isinstance(opened.squares, np.memmap)
    assert not opened.squares.flags.writeable


@pytest.mark.parametrize("batch", [1, 2, 5, 256])
def test_the_bytes_do_not_depend_on_how_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, batch: int
) -> None:
    monkeypatch.setattr(pack, "_BATCH", batch)
    assert packed(tmp_path / "new" / "folder").read_bytes() == data


def test_the_safetensors_library_reads_it(tmp_path: Path) -> None:
    path = packed(tmp_path)
    arrays = load_file(path)
    assert set(arrays) == {"squares", "table"}
    assert np.array_equal(arrays["squares"], squares()[SLOTS])
    assert arrays["table"].tobytes() == manifest().table
    with safe_open(path, "numpy") as opened:
        assert json.loads(opened.metadata()["header"]) == manifest().header
        assert np.array_equal(opened.get_slice("squares")[2:3], squares()[SLOTS[2:3]])


def test_the_safetensors_library_writes_one_that_is_read(tmp_path: Path) -> None:
    path = packed(tmp_path)
    with safe_open(path, "numpy") as opened:
        told = opened.metadata()
    again = tmp_path / "again.safetensors"
    save_file(load_file(path), again, told)
    assert np.array_equal(read_pack(again).squares, read_pack(path).squares)
    assert read_pack(again).manifest == manifest()


def test_a_films_bytes_decode_to_its_square_but_for_the_stretch(tmp_path: Path) -> None:
    collection = collect_pack(read_pack(packed(tmp_path)), SPACE)
    wanted = dict(zip([each.path for each in manifest().used()], SLOTS, strict=True))
    labels = {each.path: SPACE.class_of(each.finding) for each in manifest().used()}
    splits = {each.path: each.split for each in manifest().used()}
    assert len(collection.films) == 4  # one of the five has no class
    for each, slot, split in zip(
        collection.films, collection.slots, collection.splits, strict=True
    ):
        square = squares()[wanted[each.name]]
        assert np.array_equal(collection.squares[slot], square)
        low, high = int(square.min()), int(square.max())
        shown = decode_radiograph(each.load()).pixels  # a picture spans its full range
        assert np.array_equal(np.rint(shown * (high - low) + low), square)
        assert (each.label, split) == (labels[each.name], splits[each.name])
    assert collection.manifest == manifest().digest
    assert sum(collection.left_out.values()) == 3


def test_a_view_that_takes_no_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No film of the manifest is fungal"):
        collect_pack(read_pack(packed(tmp_path)), LabelSpace(("fungal",)))


# What is refused


@given(st.floats(0.0, 1.0, exclude_max=True))
def test_a_truncated_pack_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, share: float
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.safetensors"
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(DataError, match="is not a pack of films"):
        read_pack(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n" + bytes(99),
        b"words, and more words than a header has room for",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 100_000) + b"[" * 100_000,
        struct.pack("<Q", 2**63) + b"{}",
    ],
    ids=["empty", "png", "text", "object", "list", "nested", "endless"],
)
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(content)
    with pytest.raises(DataError, match="is not a pack of films"):
        read_pack(path)


def test_weights_and_absent_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"kernel": np.zeros((3, 3), np.float32)}, path, {"format": "pt"})
    for each in (path, tmp_path / "absent.safetensors", tmp_path):
        with pytest.raises(DataError, match="is not a pack of films"):
            read_pack(each)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("__metadata__", "format", "cxr-triage-films-2"),
        ("__metadata__", "header", "{}"),
        ("__metadata__", "header", "[" * 100_000),
        ("squares", "shape", [5, SIDE, SIDE + 1]),
        ("squares", "shape", [4, SIDE, SIDE]),
        ("squares", "shape", [5, SIDE // 2, SIDE * 2]),
        ("squares", "shape", [5 * SIDE * SIDE]),
        ("squares", "shape", [10**30, SIDE, SIDE]),
        ("squares", "shape", ["5", SIDE, SIDE]),
        ("table", "data_offsets", [0, 10**30]),
        ("table", "data_offsets", [10, 4]),
        ("table", "data_offsets", [0]),
        ("table", "data_offsets", None),
    ],
)
def test_a_header_that_lies_is_refused(
    tmp_path: Path, data: bytes, part: str, name: str, value: object
) -> None:
    path = tmp_path / "lie.safetensors"
    path.write_bytes(rewritten(data, part, name, value))
    with pytest.raises(DataError):
        read_pack(path)


def test_a_changed_table_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "changed.safetensors"
    path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    with pytest.raises(DataError, match="vouches"):
        read_pack(path)


# Interrupted


def test_a_cancelled_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    path = packed(tmp_path)
    monkeypatch.setattr(pack, "_BATCH", 2)

    def cancel(done: int, total: int) -> None:
        if done >= 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_pack(path, manifest(), 255 - squares(), SLOTS, cancel)
    assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_whoever_has_opened_a_pack_keeps_it_while_a_new_one_is_written(tmp_path: Path) -> None:
    path = packed(tmp_path)
    old = read_pack(path)
    write_pack(path, manifest(), 255 - squares(), SLOTS, ignore)
    assert np.array_equal(old.squares, squares()[SLOTS])
    assert np.array_equal(read_pack(path).squares, 255 - squares()[SLOTS])


def test_a_killed_write_leaves_the_old_file_and_the_next_one_succeeds(
    tmp_path: Path, repository: Path, data: bytes
) -> None:
    path = packed(tmp_path)
    told = subprocess.run([sys.executable, "-c", CHILD, str(path)], cwd=repository, check=False)
    assert told.returncode == -signal.SIGKILL
    assert path.read_bytes() == data
    assert len(list(tmp_path.iterdir())) == 2  # and the draft
    write_pack(path, manifest(), 255 - squares(), SLOTS, ignore)
    assert list(tmp_path.iterdir()) == [path]
    assert np.array_equal(read_pack(path).squares, 255 - squares()[SLOTS])


def test_a_disk_that_refuses_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="Cannot write"):
        packed(tmp_path / "file")


def test_a_pack_is_not_dealt_naively(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no copies"):
        collect_pack(read_pack(packed(tmp_path)), SPACE, Dealing("naive"))
