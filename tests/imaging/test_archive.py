"""A zip is refused as a whole or handed out in order."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from cxr_core.errors import EncryptedArchive, FileTooLarge, InputError, UnsafeArchive
from cxr_core.imaging.archive import ArchiveLimits, is_archive, list_members, read_member

LIMITS = ArchiveLimits(max_members=20, max_total_bytes=1 << 20, ratio_floor_bytes=1 << 16)


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def contents_of(data: bytes, limits: ArchiveLimits = LIMITS) -> list[tuple[str, bytes]]:
    members = list_members(data, limits)
    return [(member.filename, read_member(data, member, limits)) for member in members]


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


@pytest.mark.parametrize(
    "name", ["/etc/film", "../film", "a/../../film", "C:/film", "a\\..\\b"]
)
def test_names_that_lead_out_are_refused_before_anything_is_handed_out(name: str):
    with pytest.raises(UnsafeArchive):
        list_members(zip_of({"a.png": b"1", name: b"2"}), LIMITS)


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


def test_a_member_larger_than_it_claims_is_refused():
    data = bytearray(zip_of({"zeros": bytes(60_000)}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 100)
    with pytest.raises(UnsafeArchive):
        list_members(bytes(data), LIMITS)


def test_members_that_share_bytes_are_refused():
    data = bytearray(zip_of({"a": b"content", "b": b"content"}))
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)
    with pytest.raises(UnsafeArchive):
        list_members(bytes(data), LIMITS)


def test_a_password_is_told_from_damage():
    data = bytearray(zip_of({"a": b"content"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    with pytest.raises(EncryptedArchive):
        list_members(bytes(data), LIMITS)


def test_unusual_packing_is_refused():
    with pytest.raises(UnsafeArchive):
        list_members(zip_of({"a": b"content"}, zipfile.ZIP_BZIP2), LIMITS)


def test_mutated_archives_raise_our_errors_only():
    random = np.random.default_rng(5)
    whole = zip_of({"a": bytes(range(256)) * 4, "b/c": b"film" * 99})
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(random.integers(1, 6)):
            data[random.integers(len(data))] = random.integers(256)
        try:
            contents_of(bytes(data[: random.integers(1, len(data) + 1)]), LIMITS)
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
