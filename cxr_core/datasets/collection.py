"""A manifest's films as a recipe sees them: classes, splits, and the squares to train on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.manifest import rule_of
from cxr_core.datasets.schemes import PATIENTS, deal, is_candidate
from cxr_core.datasets.selection import Wanted, choose
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from cxr_core.datasets.film_store import FilmStore
    from cxr_core.datasets.manifest import Film, Manifest
    from cxr_core.datasets.ontology import LabelSpace
    from cxr_core.datasets.splits import SplitRule


@dataclass(frozen=True, slots=True)
class Dealing:
    """How a training or a judgement deals a manifest's films.

    `scheme` is one of `datasets.schemes`. `wanted` narrows what is trained on (and tested on,
    where the scheme makes its own test films; the manifest's own test split stays whole).
    Films whose path or patient is in `excluded` are left out.
    """

    scheme: str = PATIENTS
    wanted: tuple[Wanted, ...] = ()
    excluded: frozenset[str] = frozenset()


BY_PATIENT = Dealing()


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFilm:
    """A film with its class; `load` returns its file's bytes, `group` names its patient.

    `view` and `sex` are as the release has them, "" where unknown; None is an unknown age.
    """

    name: str
    source: str
    group: str
    label: str
    load: Callable[[], bytes]
    view: str = ""
    sex: str = ""
    age_years: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Films that may be used, with their pictures.

    `splits` and `slots` run parallel to `films`; `squares` is uint8 (slots, side, side), mapped
    from disk, dense tissue bright, and `squares[slots[i]]` shows film i. `manifest` is the
    manifest's digest, `scheme` how its films were dealt, `left_out` counts what is not used, by
    reason, `remarks` say which films that were asked for had to be replaced.
    """

    films: tuple[LabelledFilm, ...]
    splits: tuple[Split, ...]
    slots: tuple[int, ...]
    squares: NDArray[np.uint8]
    manifest: str
    left_out: Counter[str]
    scheme: str = PATIENTS
    remarks: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True)
class DealtFilm:
    """A film of the manifest with the class and the split that a recipe gives it."""

    film: Film
    label: str
    split: Split


@dataclass(frozen=True, slots=True)
class Dealt:
    """A manifest, by its digest, through a recipe's classes and scheme."""

    films: tuple[DealtFilm, ...]
    manifest: str
    left_out: Counter[str]
    scheme: str
    remarks: tuple[str, ...] = ()


def deal_films(manifest: Manifest, space: LabelSpace, dealing: Dealing = BY_PATIENT) -> Dealt:
    """Return the films that have a class in the view and a split, and counts of all others.

    Raises
    ------
    DataError
        When no film has a class of the view's, or there is no such scheme.
    """
    scheme = dealing.scheme
    films: list[Film] = []
    labels: list[str] = []
    left_out: Counter[str] = Counter()
    for film in manifest.films:
        label = space.class_of(film.finding)
        if not is_candidate(film, scheme):
            reason = "not decoded" if film.exclusion is None else film.exclusion.value
            left_out[f"{film.source}: {reason}"] += 1
        elif label is None:
            left_out[f"{film.source}: {film.finding.value} is no class of the recipe"] += 1
        elif film.path in dealing.excluded or film.group in dealing.excluded:
            left_out[f"{film.source}: needed elsewhere"] += 1
        else:
            films.append(film)
            labels.append(label)
    if not films:
        raise DataError(
            f"No film of the manifest is {' or '.join(space.classes)}. Curate other releases, "
            "or give the recipe other classes."
        )
    rule = rule_of(manifest)
    kept, remarks = _asked_for(films, labels, dealing, rule)
    for place in sorted(set(range(len(films))) - set(kept)):
        left_out[f"{films[place].source}: not asked for by the recipe"] += 1
    films, labels = [films[place] for place in kept], [labels[place] for place in kept]
    dealt = []
    for film, label, split in zip(
        films, labels, deal(films, labels, scheme, rule), strict=True
    ):
        if split is None:
            left_out[f"{film.source}: patient stands in the source that is tested on"] += 1
        else:
            dealt.append(DealtFilm(film, label, split))
    return Dealt(tuple(dealt), manifest.digest, left_out, scheme, remarks)


def _asked_for(
    films: list[Film], labels: list[str], dealing: Dealing, rule: SplitRule
) -> tuple[list[int], tuple[str, ...]]:
    """Narrow to what is asked for; the manifest's own test split stays whole.

    A small study is so judged on every unseen film, from every hospital.
    """
    frozen = [
        place
        for place, film in enumerate(films)
        if dealing.scheme == PATIENTS and film.split is Split.TEST
    ]
    others = sorted(set(range(len(films))) - set(frozen))
    chosen, remarks = choose(
        [films[place] for place in others],
        [labels[place] for place in others],
        dealing.wanted,
        rule.salt,
    )
    return sorted([*frozen, *(others[place] for place in chosen)]), remarks


def labelled(dealt: DealtFilm, name: str, load: Callable[[], bytes]) -> LabelledFilm:
    """Name a dealt film, and say how its bytes are had."""
    film = dealt.film
    return LabelledFilm(
        name=name,
        source=film.source,
        group=film.group,
        label=dealt.label,
        load=load,
        view=film.view,
        sex=film.sex,
        age_years=film.age_years,
    )


def collect(
    dealt: Dealt,
    locate: Callable[[Film], Path],
    store: FilmStore,
    report: Callable[[int, int], None],
) -> Collection:
    """Open the films that were dealt; what is not decoded yet is.

    `locate` says where a film's file lies.

    Raises
    ------
    DataError
        When a file is no longer the one that the manifest speaks of.
    """
    paths = [locate(each.film) for each in dealt.films]
    examined = store.examine(paths, report)
    for each, now in zip(dealt.films, examined, strict=True):
        if now.sha256 != each.film.sha256:
            what = "missing" if not now.sha256 else "another one than when it was curated"
            raise DataError(f"{each.film.path} is {what}. Curate again, or restore the file.")
    return Collection(
        films=tuple(
            labelled(each, path.name, path.read_bytes)
            for each, path in zip(dealt.films, paths, strict=True)
        ),
        splits=tuple(each.split for each in dealt.films),
        slots=tuple(each.slot for each in examined),
        squares=store.squares(),
        manifest=dealt.manifest,
        left_out=dealt.left_out,
        scheme=dealt.scheme,
        remarks=dealt.remarks,
    )
