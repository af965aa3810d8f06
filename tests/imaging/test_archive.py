"""A zip is refused as a whole for what it is, a member for what it holds."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.errors import EncryptedArchive, FileTooLarge, InputError, UnsafeArchive
from cxr_core.imaging.archive import (
    ArchiveLimits,
    archive_kind,
    is_archive,
    list_members,
    read_member,
)

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = ArchiveLimits(max_members=20, max_total_bytes=1 << 20, ratio_floor_bytes=1 << 16)
DIRECTORY, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def contents_of(
    source: bytes | Path, limits: ArchiveLimits = LIMITS
) -> list[tuple[str, bytes]]:
    members = list_members(source, limits)
    return [(member.filename, read_member(source, member, limits)) for member in members]


def patched(data: bytes, *values: tuple[bytes, int, str, int]) -> bytes:
    """A zip with other numbers after a mark: (mark, offset, format, value)."""
    changed = bytearray(data)
    for mark, offset, kind, value in values:
        struct.pack_into(kind, changed, changed.index(mark) + offset, value)
    return bytes(changed)


def test_films_come_sorted_and_clutter_stays_out():
    data = zip_of({
        "b/film.png": b"2",
        "a.png": b"1",
        "b/": b"",
        ".hidden": b"x",
        "b/.DS_Store": b"x",
        "__MACOSX/a.png": b"x",
    })  # fmt: skip
    assert is_archive(data)
    assert contents_of(data) == [("a.png", b"1"), ("b/film.png", b"2")]
    assert list_members(zip_of({})) == []
    assert not is_archive(b"\x89PNG")


def test_an_archive_on_the_disk_gives_the_same_as_one_in_memory(tmp_path: Path):
    data = zip_of({"a.png": bytes(range(256)) * 9, "b/c.png": b"film"})
    path = tmp_path / "scan.zip"
    path.write_bytes(data)
    assert contents_of(path) == contents_of(data)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/film",
        "../film",
        "a/../../film",
        "a/..",
        "C:/film",
        "c:film",
        "a\\..\\b",
        "\\\\server\\share\\film",
        "\\film",
    ],
)
def test_names_that_lead_out_are_refused_before_anything_is_handed_out(name: str):
    with pytest.raises(UnsafeArchive):
        list_members(zip_of({"a.png": b"1", name: b"2"}), LIMITS)


def test_a_name_with_a_nul_is_refused():
    data = zip_of({"a.pngX/../../film": b"1"}).replace(b"a.pngX", b"a.png\0")
    with pytest.raises(UnsafeArchive):
        list_members(data, LIMITS)


def test_a_second_name_in_an_extra_field_cannot_lead_out():
    name, other = b"film.png", b"../../film.png"
    entry = zipfile.ZipInfo(name.decode())
    entry.extra = struct.pack("<HHBI", 0x7075, 5 + len(other), 1, zipfile.crc32(name)) + other
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(entry, b"1")
    try:
        names = [member.filename for member in list_members(stream.getvalue(), LIMITS)]
    except UnsafeArchive:
        names = []
    assert not any(".." in name for name in names)


@pytest.mark.parametrize("kind", [0o120777, 0o010644, 0o020644, 0o060644, 0o140644])
def test_links_pipes_and_devices_are_refused(kind: int):
    entry = zipfile.ZipInfo("film.png")
    entry.create_system, entry.external_attr = 3, kind << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.png", b"1")
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(UnsafeArchive, match="link"):
        list_members(stream.getvalue(), LIMITS)


def test_bombs_are_refused():
    bombs = [
        zip_of({f"{number}": b"" for number in range(21)}),
        zip_of({f"{number}": b"" for number in range(99)}),
        zip_of({"zeros": bytes(1 << 20)}),
        zip_of({"a": bytes(1 << 19), "b": bytes(1 << 20)}, zipfile.ZIP_STORED),
    ]
    for bomb in bombs:
        with pytest.raises(UnsafeArchive):
            list_members(bomb, LIMITS)


@pytest.fixture(scope="module")
def crowd() -> bytes:
    """More members than two bytes can count."""
    return zip_of({f"{number:05d}": b"" for number in range(66_000)}, zipfile.ZIP_STORED)


def test_a_crowded_directory_is_refused_before_it_is_read(crowd: bytes):
    end = crowd.rindex(END)
    modest = patched(crowd[end:], (END, 8, "<H", 3), (END, 10, "<H", 3))
    few = patched(crowd[:end], (b"PK\x06\x06", 32, "<Q", 3)) + modest
    for data in (crowd, few):
        tracemalloc.start()
        try:
            with pytest.raises(UnsafeArchive):
                list_members(data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 12 << 20, "66,000 entries take 30 MB"


def test_more_members_than_two_bytes_can_count_are_read_where_the_limit_allows(crowd: bytes):
    assert b"PK\x06\x06" in crowd, "the 64-bit records"
    assert len(list_members(crowd, ArchiveLimits(max_members=66_000))) == 66_000


def test_sixty_four_bit_records_are_read_and_bounded_too():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("a", "w", force_zip64=True) as a:
        a.write(b"film")
    assert contents_of(stream.getvalue()) == [("a", b"film")]


def test_an_archive_on_the_disk_is_never_in_memory(tmp_path: Path):
    path = tmp_path / "many.zip"
    content = bytes(range(256)) * 200
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number in range(3000):
            archive.writestr(f"study/{number:05d}.png", content)
    tracemalloc.start()
    members = list_members(path)
    for member in members[::50]:
        assert read_member(path, member, ArchiveLimits()) == content
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(members) == 3000
    assert path.stat().st_size > 140 << 20
    assert peak < 12 << 20


def test_a_member_larger_than_it_claims_is_refused_by_itself():
    data = zip_of({"zeros": bytes(60_000)})
    data = patched(data, (LOCAL, 22, "<I", 100), (DIRECTORY, 24, "<I", 100))
    (member,) = list_members(data, LIMITS)
    with pytest.raises(UnsafeArchive):
        read_member(data, member, LIMITS)


def test_a_member_that_is_damaged_costs_only_itself():
    data = bytearray(zip_of({"a": b"content a", "b": b"content b"}, zipfile.ZIP_STORED))
    data[data.index(b"content a")] ^= 1
    first, second = list_members(bytes(data), LIMITS)
    with pytest.raises(UnsafeArchive):
        read_member(bytes(data), first, LIMITS)
    assert read_member(bytes(data), second, LIMITS) == b"content b"


def test_a_bomb_that_lies_of_its_size_is_not_unpacked_any_further():
    data = zip_of({"zeros": bytes(60 << 20)})
    data = patched(data, (LOCAL, 22, "<I", 1000), (DIRECTORY, 24, "<I", 1000))
    (member,) = list_members(data)
    tracemalloc.start()
    with pytest.raises(UnsafeArchive):
        read_member(data, member, ArchiveLimits())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def test_members_that_share_bytes_are_refused():
    data = bytearray(zip_of({"a": b"content", "b": b"content"}))
    second = data.rindex(DIRECTORY)
    struct.pack_into("<I", data, second + 42, 0)
    with pytest.raises(UnsafeArchive):
        list_members(bytes(data), LIMITS)


def test_a_member_that_reaches_over_the_next_is_refused():
    """Fifield's quoting: the packed bytes of the first hold the header of the second."""
    data = bytearray(zip_of({"a": b"content", "b": b"content"}, zipfile.ZIP_STORED))
    first = data.index(DIRECTORY)
    reach = data.rindex(LOCAL) + 38 - data.index(b"content")
    struct.pack_into("<II", data, first + 20, reach, reach)
    with pytest.raises(UnsafeArchive):
        list_members(bytes(data), LIMITS)


def test_names_that_repeat_are_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a", b"1")
            archive.writestr("a", b"2")
    with pytest.raises(UnsafeArchive, match="repeat"):
        list_members(stream.getvalue(), LIMITS)


def test_a_name_that_differs_between_directory_and_member_is_refused():
    data = bytearray(zip_of({"a.png": b"content"}))
    data[data.index(b"a.png")] = ord("b")
    with pytest.raises(UnsafeArchive):
        list_members(bytes(data), LIMITS)


@pytest.mark.parametrize(("mark", "offset"), [(LOCAL, 6), (DIRECTORY, 8)])
def test_a_password_is_told_from_damage_wherever_it_is_noted(mark: bytes, offset: int):
    data = bytearray(zip_of({"a": b"content"}))
    data[data.index(mark) + offset] |= 1
    with pytest.raises(EncryptedArchive):
        list_members(bytes(data), LIMITS)


def test_unusual_packing_is_refused():
    with pytest.raises(UnsafeArchive):
        list_members(zip_of({"a": b"content"}, zipfile.ZIP_BZIP2), LIMITS)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (zip_of({"inner.png": b"1"}), "zip"),
        (zip_of({}), "zip"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "7z"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(50), "rar"),
        (b"\x1f\x8b\x08" + bytes(50), "gzip"),
        (bytes(257) + b"ustar\x0000", "tar"),
    ],
)
def test_an_archive_in_an_archive_is_refused_and_its_neighbour_read(content: bytes, word: str):
    data = zip_of({"a.png": content, "b.png": b"film"})
    nested, film = list_members(data, LIMITS)
    with pytest.raises(UnsafeArchive, match=word):
        read_member(data, nested, LIMITS)
    assert read_member(data, film, LIMITS) == b"film"
    assert word in archive_kind(content)


def test_mutated_archives_raise_our_errors_only():
    random = np.random.default_rng(5)
    whole = zip_of({"a": bytes(range(256)) * 4, "b/c": b"film" * 99})
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(random.integers(1, 6)):
            data[random.integers(len(data))] = random.integers(256)
        try:
            contents_of(bytes(data[: random.integers(1, len(data) + 1)]), LIMITS)
        except InputError:
            continue


def test_mutated_directories_raise_our_errors_only():
    random = np.random.default_rng(6)
    whole = zip_of({"a": bytes(range(256)) * 4, "b/c": b"film" * 99})
    start = whole.index(DIRECTORY)
    for _ in range(600):
        data = bytearray(whole)
        data[random.integers(start, len(data))] = random.integers(256)
        try:
            contents_of(bytes(data), LIMITS)
        except InputError:
            continue


def test_a_member_above_the_limit_is_refused_by_itself():
    data = zip_of({"a.png": b"film", "big.png": bytes(5000)})
    limits = ArchiveLimits(max_member_bytes=1000)
    small, big = list_members(data, limits)
    assert read_member(data, small, limits) == b"film"
    with pytest.raises(FileTooLarge):
        read_member(data, big, limits)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_found_behind_a_prefix(method: int):
    contents = {"a.png": bytes(range(256)) * 9, "b.png": b"", "\u00e4.png": b"film"}
    data = b"PK\x03\x04 prefix" + zip_of(contents, method)
    assert contents_of(data) == sorted(contents.items())


def test_listing_keeps_no_content():
    data = zip_of({f"{number}": bytes(4 << 20) for number in range(6)}, zipfile.ZIP_STORED)
    tracemalloc.start()
    members = list_members(data)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(members) == 6
    assert kept < 1 << 20
    assert peak < 8 << 20
