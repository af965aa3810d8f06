"""A manifest's films as a recipe sees them: classes, splits, and the squares to train on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cxr_core.datasets.film_store import FilmStore
    from cxr_core.datasets.manifest import Film, Manifest
    from cxr_core.datasets.ontology import LabelSpace


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFilm:
    """A film with its class; `load` returns its file's bytes, `group` names its patient."""

    name: str
    source: str
    group: str
    label: str
    load: Callable[[], bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Films that may be used, with their pictures.

    `splits` and `slots` run parallel to `films`; `squares` is uint8 (slots, side, side), mapped
    from disk, dense tissue bright, and `squares[slots[i]]` shows film i. `manifest` is the
    manifest's digest, `left_out` counts what is not used, by reason.
    """

    films: tuple[LabelledFilm, ...]
    splits: tuple[Split, ...]
    slots: tuple[int, ...]
    squares: NDArray[np.uint8]
    manifest: str
    left_out: Counter[str]

    def of(self, split: Split) -> NDArray[np.intp]:
        """Indices of the films of one split."""
        return np.flatnonzero([each is split for each in self.splits])

    def counts(self, split: Split) -> dict[str, dict[str, int]]:
        """Films per label and source in one split."""
        table: dict[str, Counter[str]] = {}
        for index in self.of(split):
            film = self.films[index]
            table.setdefault(film.label, Counter())[film.source] += 1
        return {label: dict(sorted(row.items())) for label, row in sorted(table.items())}


def collect(
    manifest: Manifest,
    space: LabelSpace,
    locate: Callable[[Film], Path],
    store: FilmStore,
    report: Callable[[int, int], None],
) -> Collection:
    """View a manifest's films through a recipe's classes; what is not decoded yet is.

    `locate` says where a film's file lies.

    Raises
    ------
    DataError
        When no film has a class of the recipe's, or a file is no longer the one that the
        manifest speaks of.
    """
    films, left_out = labelled(manifest, space)
    paths = [locate(film) for film, _ in films]
    examined = store.examine(paths, report)
    for (film, _), now in zip(films, examined, strict=True):
        if now.sha256 != film.sha256:
            what = "missing" if not now.sha256 else "another one than when it was curated"
            raise DataError(f"{film.path} is {what}. Curate again, or restore the file.")
    return Collection(
        films=tuple(
            LabelledFilm(path.name, film.source, film.group, label, path.read_bytes)
            for (film, label), path in zip(films, paths, strict=True)
        ),
        splits=tuple(film.split for film, _ in films if film.split is not None),
        slots=tuple(each.slot for each in examined),
        squares=store.squares(),
        manifest=manifest.digest,
        left_out=left_out,
    )


def labelled(
    manifest: Manifest, space: LabelSpace
) -> tuple[Sequence[tuple[Film, str]], Counter[str]]:
    """Return the used films that have a class in the view, and counts of all others.

    Raises
    ------
    DataError
        When no film has a class of the view's.
    """
    films: list[tuple[Film, str]] = []
    left_out: Counter[str] = Counter()
    for film in manifest.films:
        label = space.class_of(film.finding)
        if film.exclusion is not None:
            left_out[f"{film.source}: {film.exclusion.value}"] += 1
        elif label is None:
            left_out[f"{film.source}: {film.finding.value} is no class of the recipe"] += 1
        else:
            films.append((film, label))
    if not films:
        raise DataError(
            f"No film of the manifest is {' or '.join(space.classes)}. Curate other releases, "
            "or give the recipe other classes."
        )
    return films, left_out
