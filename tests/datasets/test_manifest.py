"""A manifest says the same everywhere, and no byte of its table can change unnoticed."""

from __future__ import annotations

import hashlib
import os
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr_core.datasets.manifest import (
    HEADER_NAME,
    TABLE_NAME,
    Film,
    Manifest,
    header_bytes,
    load_manifest,
    parse_manifest,
    seal,
)
from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Exclusion
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError

WORDS = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.none() | st.floats(allow_nan=False)
COUNTS = st.integers(0, 2**31 - 1)
FILMS = st.builds(
    Film,
    **dict.fromkeys(
        ("path", "source", "patient", "group", "cluster", "finding_text", "detail", "view"),
        WORDS,
    ),
    **dict.fromkeys(("modality", "study_date", "sex", "licence", "mask"), WORDS),
    finding=st.sampled_from(list(Finding)),
    split=st.none() | st.sampled_from(list(Split)),
    exclusion=st.none() | st.sampled_from(list(Exclusion)),
    offset_days=NUMBERS,
    age_years=NUMBERS,
    rows=COUNTS,
    columns=COUNTS,
    sha256=st.text(string.hexdigits, max_size=64),
)
CHILD = """
import hashlib
from tests.datasets.test_manifest import sealed
from cxr_core.datasets.manifest import header_bytes
manifest = sealed()
print(hashlib.sha256(manifest.table + header_bytes(manifest)).hexdigest())
"""


def film(number: int, **told: Any) -> Film:
    known: dict[str, Any] = {
        "path": f"release/images/{number:03}.png",
        "source": "cohen" if number % 3 else "kermany",
        "patient": f"cohen/{number // 2}",
        "group": f"cohen/{number // 2}",
        "cluster": f"release/images/{number:03}.png",
        "finding": list(Finding)[number % 7],
        "finding_text": "Pneumonie, ä",
        "split": list(Split)[number // 2 % 3],
        "exclusion": None,
        "detail": "",
        "view": "PA",
        "modality": "X-ray",
        "study_date": "2020-03-13",
        "offset_days": None if number % 2 else 3.5,
        "age_years": 0.1 * number,
        "sex": "F",
        "licence": "CC0",
        "mask": "",
        "rows": 1024,
        "columns": 900,
        "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
    }
    return Film(**(known | told))


def sealed() -> Manifest:
    out = {"split": None, "exclusion": Exclusion.COPY, "detail": "copy of another"}
    films = [film(number, **(out if number % 5 == 4 else {})) for number in range(40)]
    return seal(films, {"salt": "salt", "sources": [{"name": "cohen", "title": "Köln"}]})


def written(folder: Path, manifest: Manifest) -> Path:
    (folder / TABLE_NAME).write_bytes(manifest.table)
    (folder / HEADER_NAME).write_bytes(header_bytes(manifest))
    return folder


# What goes in comes out


@settings(max_examples=60)
@given(st.lists(FILMS, max_size=5))
def test_every_value_of_a_film_comes_back_as_it_was(films: list[Film]) -> None:
    manifest = seal(films, {"salt": "ß"})
    again = parse_manifest(manifest.header, manifest.table, "memory")
    assert again.films == tuple(films)
    for old, new in zip(films, again.films, strict=True):
        assert type(new.finding) is type(old.finding)
        assert type(new.split) is type(old.split)
        assert type(new.exclusion) is type(old.exclusion)


def test_a_written_manifest_is_read_by_its_folder_its_table_or_its_header(
    tmp_path: Path,
) -> None:
    manifest = sealed()
    folder = written(tmp_path, manifest)
    for path in (folder, folder / TABLE_NAME, folder / HEADER_NAME):
        assert load_manifest(path) == manifest


def test_the_header_counts_what_the_table_holds() -> None:
    manifest = sealed()
    counts = manifest.header["counts"]
    used = [each for each in manifest.films if each.exclusion is None]
    assert counts["images"] == 40
    assert counts["used"] == len(used) == len(manifest.used())
    assert counts["patients"] == len({each.group for each in used})
    for name in ("by_split", "by_finding", "by_source"):
        assert sum(counts[name].values()) == len(used)
    assert counts["by_exclusion"] == {Exclusion.COPY.value: 40 - len(used)}


# The same bytes


def test_the_same_films_give_the_same_bytes() -> None:
    one, other = sealed(), sealed()
    assert (one.table, header_bytes(one)) == (other.table, header_bytes(other))


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_writes_the_same_bytes(repository: Path, seed: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", CHILD],
        cwd=repository,
        env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    manifest = sealed()
    wanted = hashlib.sha256(manifest.table + header_bytes(manifest)).hexdigest()
    assert told.stdout.split() == [wanted]


@pytest.mark.parametrize(
    "change",
    [
        {"finding": Finding.UNKNOWN},
        {"split": None},
        {"age_years": None},
        {"rows": 7},
        {"detail": "x"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_value_anywhere_gives_another_digest(change: dict[str, Any]) -> None:
    films = sealed().films
    changed = seal([film(0, **change), *films[1:]], {})
    assert changed.digest != seal(films, {}).digest
    assert len(changed.films) == len(films)


# What is refused


@given(st.data())
def test_any_flipped_bit_of_the_table_is_refused(data: st.DataObject) -> None:
    manifest = sealed()
    place = data.draw(st.integers(0, len(manifest.table) - 1))
    table = bytearray(manifest.table)
    table[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(DataError, match="not the one that its header vouches for"):
        parse_manifest(manifest.header, bytes(table), "memory")


@pytest.mark.parametrize(
    "header", [{}, {"format": 2}, {"format": "1"}, [], None, "format", {"table_sha256": ""}]
)
def test_a_header_of_another_format_is_refused(header: object) -> None:
    table = sealed().table
    if isinstance(header, dict):
        header = {"table_sha256": hashlib.sha256(table).hexdigest(), **header}
    with pytest.raises(DataError, match="not of format 1"):
        parse_manifest(header, table, "memory")


@pytest.mark.parametrize("table", [b"", b"no table", b"PAR1" * 9])
def test_a_table_that_is_none_is_refused_even_when_vouched_for(table: bytes) -> None:
    header = {"format": 1, "table_sha256": hashlib.sha256(table).hexdigest()}
    with pytest.raises(DataError, match="cannot be read"):
        parse_manifest(header, table, "memory")


@pytest.mark.parametrize("name", [TABLE_NAME, HEADER_NAME])
def test_a_missing_part_is_named(tmp_path: Path, name: str) -> None:
    folder = written(tmp_path, sealed())
    (folder / name).unlink()
    with pytest.raises(DataError, match=rf"is not a manifest: .*{name} is missing"):
        load_manifest(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_header_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = written(tmp_path, sealed())
    (folder / HEADER_NAME).write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        load_manifest(folder)


def test_the_header_of_another_table_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, sealed())
    other = seal(sealed().films[:-1], {})
    (folder / HEADER_NAME).write_bytes(header_bytes(other))
    with pytest.raises(DataError, match="vouches"):
        load_manifest(folder)
