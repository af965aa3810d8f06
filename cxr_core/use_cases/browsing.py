"""What the Data page shows: the releases on disk, and the manifest, read once and counted once.

Nothing here decides anything; a manifest that is changed on disk is read anew.
"""

from __future__ import annotations

import shlex
import threading
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cxr_core.datasets import summary
from cxr_core.datasets.manifest import HEADER_NAME, load_manifest
from cxr_core.datasets.records import Source
from cxr_core.datasets.sources import SOURCES, find_releases
from cxr_core.errors import CxrError, DataError
from cxr_core.use_cases.curating import CLASSES, DATASHEET_NAME, read_bias
from cxr_core.use_cases.fetching import download_command
from cxr_core.use_cases.location import locate, read_location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cxr_core.datasets.bias import Bias
    from cxr_core.datasets.film_store import FilmStore
    from cxr_core.datasets.manifest import Film, Manifest
    from cxr_core.datasets.summary import CrossTable

_FACTS = ("images", "used", "patients")
_DECADES = 10
_OLDEST_DECADE = 90
_COPY_KINDS: dict[str, Callable[[Sequence[Film]], bool]] = {
    "all": lambda films: True,
    "across sources": lambda films: len({film.source for film in films}) > 1,
    "disagreeing": lambda films: any(
        film.exclusion is not None and film.exclusion.name == "DISAGREEMENT" for film in films
    ),
}
COPY_KINDS = tuple(_COPY_KINDS)


@dataclass(frozen=True, slots=True)
class Release:
    """A source, and how much of it lies here.

    `folder` is None where it is not on this machine. `images` are those that it lists or holds
    here, None where there are none or where `fault` says why nobody can tell. `fetch_command`
    is ours, `own_command` the publisher's way; both empty for what nobody publishes.
    """

    source: Source
    folder: Path | None
    images: int | None
    fault: str = ""
    revision: str = ""
    fetch_command: str = ""
    own_command: str = ""


class Curated:
    """A manifest with everything that is counted from it; each count is made once.

    Treat what it returns as read-only: all browser sessions share it.
    """

    def __init__(self, manifest: Manifest, bias: Bias | None, datasheet: str) -> None:
        self.manifest = manifest
        self.bias = bias
        self.datasheet = datasheet
        header = manifest.header
        self.releases = {told["name"]: _told(told) for told in header["sources"]}
        self.facts = {name: int(header["counts"][name]) for name in _FACTS}
        self.origin = f"salt {header['salt']}, code {header['code_version']}"
        self.warnings = tuple(summary.warnings(manifest, bias, CLASSES))
        self.leak_share = summary.naive_leak(manifest, CLASSES)
        self.class_by_source = summary.class_by_source(manifest, CLASSES)
        self.finding_by_source = summary.class_by_source(manifest)
        self.split_by_class = summary.split_by_class(manifest, CLASSES)
        self.fate_by_source = summary.fate_by_source(manifest)
        self.clusters = tuple(tuple(films) for films in summary.clusters(manifest))

    @cached_property
    def age_by_source(self) -> CrossTable:
        """Used films by decade of life (rows) and source (columns).

        Where only the source as a whole is known to be of children, the row is "children".
        """
        children = {name for name, _ in self.sources_of_children}
        table = summary.cross_table(
            (_decade(film.age_years, film.source in children), film.source)
            for film in self.manifest.used()
        )
        return replace(table, rows=tuple(name.removeprefix("0") for name in table.rows))

    @property
    def sources_of_children(self) -> list[tuple[str, str]]:
        """Name the sources that say so of all their films, and the ages that they give."""
        sources = [release.source for release in self.releases.values()]
        return [(source.name, source.ages) for source in sources if source.is_of_children]

    @cached_property
    def view_by_source(self) -> CrossTable:
        """Used films by view (rows) and source (columns)."""
        return summary.cross_table(
            (film.view or "not stated", film.source) for film in self.manifest.used()
        )

    @cached_property
    def sizes(self) -> dict[str, dict[tuple[int, int], int]]:
        """Used films by source and by (columns, rows) of the file."""
        found: dict[str, dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))
        for film in self.manifest.used():
            found[film.source][film.columns, film.rows] += 1
        return found

    @cached_property
    def shuffled(self) -> tuple[Film, ...]:
        """The used films in an order that says nothing, the same on every visit."""
        return tuple(sorted(self.manifest.used(), key=lambda film: film.sha256))

    def samples(self, finding: str | None, source: str | None, split: str | None) -> list[Film]:
        """Return the used films of a finding, source and split; None takes all."""
        return [
            film
            for film in self.shuffled
            if finding in {None, film.finding.value}
            and source in {None, film.source}
            and split in {None, film.split and film.split.value}
        ]

    def copies(self, kind: str) -> list[Sequence[Film]]:
        """Return films that there are several pictures of, by one of `COPY_KINDS`."""
        return [films for films in self.clusters if _COPY_KINDS[kind](films)]

    def excluded(self, reason: str | None, source: str | None) -> list[Film]:
        """Return what is not used, of a reason and source; None takes all."""
        return [
            film
            for film in self.manifest.films
            if film.exclusion is not None
            and reason in {None, film.exclusion.value}
            and source in {None, film.source}
        ]


class DatasetBrowser:
    """Looks at the releases under `datasets_dir` and at the manifest in `manifest_dir`."""

    def __init__(self, datasets_dir: Path, manifest_dir: Path, store: FilmStore) -> None:
        self.datasets_dir = datasets_dir
        self.manifest_dir = manifest_dir
        self._store = store
        self._lock = threading.Lock()
        self._known: tuple[object, Curated] | None = None
        self._counts: dict[tuple[str, int], tuple[int | None, str]] = {}

    def curated(self) -> Curated | None:
        """Return the manifest in force, None before the first curation.

        Raises
        ------
        DataError
            When it is damaged, half written, or of another format.
        """
        with self._lock:
            stamp = _stamp(self.manifest_dir / HEADER_NAME)
            if stamp is None:
                self._known = None
                return None
            if self._known is None or self._known[0] != stamp:
                self._known = (stamp, self._load())
            return self._known[1]

    def releases(self) -> list[Release]:
        """Return the known sources and those of the manifest; those on this machine first.

        A damaged manifest is passed over: `curated` tells of it.
        """
        try:
            curated = self.curated()
        except DataError:
            curated = None
        told = dict(curated.releases) if curated else {}
        there = find_releases(self.datasets_dir) if self.datasets_dir.is_dir() else {}
        found = [
            self._release(source, there.get(source.name), told.pop(source.name, None))
            for source in SOURCES
        ]
        return sorted(
            [*found, *told.values()], key=lambda each: each.images is None and not each.fault
        )

    def pictures(self, films: Sequence[Film]) -> list[NDArray[np.uint8] | None]:
        """Return each film as uint8 (256, 256), dense tissue bright; None where it is absent.

        Squares, whatever the film's shape was: draw them `columns` to `rows`. What is not in
        the cache is decoded.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        try:
            folders = read_location(self.manifest_dir)
        except DataError:
            folders = {}
        if not folders and self.datasets_dir.is_dir():
            folders = read_location(self.manifest_dir, self.datasets_dir)
        placed = {
            place: locate(folders, film)
            for place, film in enumerate(films)
            if film.path.partition("/")[0] in folders
        }
        examined = self._store.examine(list(placed.values()), lambda *_: None)
        squares = self._store.squares()
        pictures: list[NDArray[np.uint8] | None] = [None] * len(films)
        for place, each in zip(placed, examined, strict=True):
            if 0 <= each.slot < len(squares):
                pictures[place] = squares[each.slot].copy()
        return pictures

    def _load(self) -> Curated:
        manifest = load_manifest(self.manifest_dir)
        try:
            datasheet = (self.manifest_dir / DATASHEET_NAME).read_text(encoding="utf-8")
        except (OSError, ValueError):
            datasheet = ""
        try:
            return Curated(manifest, read_bias(self.manifest_dir), datasheet)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"The header in {self.manifest_dir} lacks or garbles {error}. Curate again."
            ) from error

    def _release(self, source: Source, folder: Path | None, told: Release | None) -> Release:
        known = told or Release(source, folder, *self._count(source, folder))
        own = download_command(source)
        root = shlex.quote(str(self.datasets_dir))
        ours = f"python -m cxr_core datasets fetch {source.name} --root {root}" if own else ""
        return replace(known, source=source, folder=folder, fetch_command=ours, own_command=own)

    def _count(self, source: Source, folder: Path | None) -> tuple[int | None, str]:
        """Count what a release lists or holds; None and a sentence where it cannot be read."""
        if folder is None or (stamp := _stamp(folder)) is None:
            return None, ""
        key = (source.name, stamp[0])
        if key not in self._counts:
            try:
                self._counts[key] = sum(1 for _ in source.read(folder)), ""
            except (CxrError, OSError) as error:
                self._counts[key] = None, str(error)
        return self._counts[key]


def _decade(age_years: float | None, is_of_children: bool) -> str:
    """Padded, so that the decades sort as words do."""
    if age_years is None:
        return "children" if is_of_children else "not stated"
    decade = min(_OLDEST_DECADE, int(age_years) // _DECADES * _DECADES)
    return f"{decade:02d}+" if decade == _OLDEST_DECADE else f"{decade:02d}-{decade + 9}"


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _told(told: Mapping[str, Any]) -> Release:
    """A source as the manifest has it, which may know others than the project does."""
    names = ("name", "title", "licence", "citation", "url", "ages", "is_of_children", "caution")
    source = Source(
        **{name: told[name] for name in names},
        folders=(told["folder"],),
        read=lambda _: (),
        images=int(told["images"]),
        megabytes=0,
    )
    return Release(source, None, int(told["images"]), revision=str(told["revision"]))
