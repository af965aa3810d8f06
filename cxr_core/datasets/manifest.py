"""The manifest: every image that was found, what became of it, and a header to vouch for it.

One Parquet table and one JSON header. Nothing in either depends on the machine, the day or the
folder, so the same films give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Exclusion
from cxr_core.datasets.splits import Split, SplitRule
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa

TABLE_NAME = "manifest.parquet"
HEADER_NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Film:
    """One image of the manifest.

    `path` is POSIX, from the folder that holds the releases. `patient` is "source/key" as the
    release has it, `group` the name of the joined patient, `cluster` that of the film itself,
    which its copies share. `rows` and `columns` are 0 where nothing was decoded, `sha256` is
    of the file. A film that is used has a `split` and no `exclusion`; any other has an
    `exclusion` and, in `detail`, a word on why.
    """

    path: str
    source: str
    patient: str
    group: str
    cluster: str
    finding: Finding
    finding_text: str
    split: Split | None
    exclusion: Exclusion | None
    detail: str
    view: str
    modality: str
    study_date: str
    offset_days: float | None
    age_years: float | None
    sex: str
    licence: str
    mask: str
    rows: int
    columns: int
    sha256: str

    @property
    def is_used(self) -> bool:
        """True for the films that train, validate or test."""
        return self.exclusion is None


_COLUMNS = tuple(each.name for each in fields(Film))


@dataclass(frozen=True, slots=True)
class Manifest:
    """The films in the order of their sources and paths, the header, and the table's bytes."""

    films: tuple[Film, ...]
    header: dict[str, Any]
    table: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the table, by which a training names its data."""
        return str(self.header["table_sha256"])

    def used(self) -> list[Film]:
        """Return the films that train, validate or test."""
        return [film for film in self.films if film.is_used]


def seal(films: Iterable[Film], header: dict[str, Any]) -> Manifest:
    """Write the table, and complete the header with its digest.

    `header` says what cannot be read off the films: sources with their revisions, salt, shares
    and code version.
    """
    kept = tuple(films)
    table = _table_bytes(kept)
    digest = hashlib.sha256(table).hexdigest()
    used = [film for film in kept if film.is_used]
    counts = {
        "images": len(kept),
        "used": len(used),
        "patients": len({film.group for film in used}),
        "by_exclusion": _count(film.exclusion.value for film in kept if film.exclusion),
        "by_split": _count(film.split.value for film in used if film.split),
        "by_finding": _count(film.finding.value for film in used),
        "by_source": _count(film.source for film in used),
    }
    sealed = {"format": FORMAT, **header, "counts": counts, "table_sha256": digest}
    return Manifest(kept, sealed, table)


def header_bytes(manifest: Manifest) -> bytes:
    """Return the header as it is written."""
    text = json.dumps(manifest.header, indent=2, ensure_ascii=False)
    return (text + "\n").encode()


def load_manifest(path: Path) -> Manifest:
    """Read a manifest by its folder, its table or its header.

    Raises
    ------
    DataError
        When a part is missing, damaged, of another format, or the table is not the one that
        the header vouches for.
    """
    folder = manifest_folder(path)
    try:
        header = json.loads((folder / HEADER_NAME).read_text(encoding="utf-8"))
        table = (folder / TABLE_NAME).read_bytes()
    except FileNotFoundError as error:
        raise DataError(
            f"{path} is not a manifest: {error.filename} is missing. Expected the folder that "
            "`datasets curate` wrote."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"The manifest in {folder} cannot be read: {error}.") from error
    return parse_manifest(header, table, str(folder))


def rule_of(manifest: Manifest) -> SplitRule:
    """Return the rule by which a manifest was dealt."""
    header = manifest.header
    return SplitRule(header["salt"], header["validation_share"], header["test_share"])


def manifest_folder(path: Path) -> Path:
    """Return the folder of a manifest that is named by its folder, its table or its header."""
    return path.parent if path.name in {TABLE_NAME, HEADER_NAME} else path


def parse_manifest(header: object, table: bytes, name: str) -> Manifest:
    """Check a header against its table; `name` is for the messages.

    Raises
    ------
    DataError
        When they do not belong together, or are of another format.
    """
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise DataError(f"The manifest in {name} is not of format {FORMAT}. Curate again.")
    if header.get("table_sha256") != hashlib.sha256(table).hexdigest():
        raise DataError(
            f"The table in {name} is not the one that its header vouches for. Curate again."
        )
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # One thread: those of Arrow now and then abort a process that ends soon after.
        rows = pq.read_table(
            io.BytesIO(table), schema=_schema(), use_threads=False, pre_buffer=False
        ).to_pylist()
        return Manifest(tuple(_film(row) for row in rows), header, table)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"The table in {name} cannot be read: {error}. Curate again."
        ) from error


def _schema() -> pa.Schema:
    # Imported where it is needed: a page's first paint should not wait for it.
    import pyarrow as pa

    types = {"offset_days": pa.float64(), "age_years": pa.float64()} | {
        name: pa.int32() for name in ("rows", "columns")
    }
    return pa.schema([(name, types.get(name, pa.string())) for name in _COLUMNS])


def _table_bytes(films: tuple[Film, ...]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [asdict(film) for film in films]
    # Arrow takes enumerations of strings for strings.
    columns = {name: [row[name] for row in rows] for name in _COLUMNS}
    table = pa.table(columns, schema=_schema())
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd", compression_level=9, version="2.6")
    return stream.getvalue()


def _film(row: dict[str, Any]) -> Film:
    return Film(
        **{
            **row,
            "finding": Finding(row["finding"]),
            "split": None if row["split"] is None else Split(row["split"]),
            "exclusion": None if row["exclusion"] is None else Exclusion(row["exclusion"]),
        }
    )


def _count(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))
