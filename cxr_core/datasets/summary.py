"""What a person should see of a manifest: tables to draw, and warnings in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.datasets.manifest import rule_of
from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.splits import Split, leaking_share, naive_image_split

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cxr_core.datasets.bias import Bias
    from cxr_core.datasets.manifest import Film, Manifest
    from cxr_core.datasets.ontology import LabelSpace

_MOSTLY = 0.9
_GIVEN_AWAY = "whatever marks that source speaks for the class"
_FEWEST_FOR_SHARES = 50
_TOLERATED_DEVIATIONS = 3.0


@dataclass(frozen=True, slots=True)
class CrossTable:
    """Films per row and column: `counts[row][column]`."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def cross_table(pairs: Iterable[tuple[str, str]]) -> CrossTable:
    """Count pairs of words; rows and columns are sorted."""
    counted = Counter(pairs)
    rows = tuple(sorted({row for row, _ in counted}))
    columns = tuple(sorted({column for _, column in counted}))
    counts = tuple(tuple(counted[row, column] for column in columns) for row in rows)
    return CrossTable(rows, columns, counts)


def class_of(film: Film, space: LabelSpace | None) -> str | None:
    """Return the film's class in a view of the ontology; without a view, its finding."""
    if space is not None:
        return space.class_of(film.finding)
    return None if film.finding is Finding.UNKNOWN else film.finding.value


def class_by_source(manifest: Manifest, space: LabelSpace | None = None) -> CrossTable:
    """Count the used films by class (rows) and source (columns)."""
    labelled = ((class_of(film, space), film.source) for film in manifest.used())
    return cross_table((name, source) for name, source in labelled if name is not None)


def fate_by_source(manifest: Manifest) -> CrossTable:
    """Count all images by what became of them (rows) and source (columns)."""
    return cross_table(
        ("used" if film.exclusion is None else film.exclusion.value, film.source)
        for film in manifest.films
    )


def split_by_class(manifest: Manifest, space: LabelSpace | None = None) -> CrossTable:
    """Count the used films by split (rows) and class (columns)."""
    return cross_table(
        (film.split.value, name)
        for film in manifest.used()
        if film.split is not None and (name := class_of(film, space)) is not None
    )


def clusters(manifest: Manifest) -> list[list[Film]]:
    """Return the films that there are several pictures of, the most pictures first."""
    found: dict[str, list[Film]] = defaultdict(list)
    for film in manifest.films:
        if film.rows:
            found[film.cluster].append(film)
    several = [films for films in found.values() if len(films) > 1]
    return sorted(several, key=lambda films: (-len(films), films[0].path))


def warnings(manifest: Manifest, bias: Bias | None, space: LabelSpace) -> list[str]:
    """Say in sentences why accuracy on these films is not to be trusted alone."""
    table = class_by_source(manifest, space)
    said = [
        *_one_class_sources(table),
        *_one_source_classes(table),
        *_children(manifest, space),
        *_naive(manifest, space),
        *_uneven(manifest, space),
    ]
    return said if bias is None else [*_guessed(bias), *said]


def _guessed(bias: Bias) -> list[str]:
    hospital, look = bias.class_from_source, bias.class_from_thumbnail
    source = bias.source_from_thumbnail
    return [
        "Knowing only which source a film comes from, and never looking at it, gives the right "
        f"class for {hospital.accuracy:.0%} of the films (balanced over classes "
        f"{hospital.balanced_accuracy:.0%}, chance {hospital.chance:.0%}). An accuracy has to "
        "be read against this number, not against zero.",
        f"A linear classifier on thumbnails of 32 x 32 pixels, in which no lung can be read, "
        f"gives the right class for {look.accuracy:.0%} of the films and the right source for "
        f"{source.accuracy:.0%}: a network can learn the hospital instead of the lung.",
    ]


def _one_class_sources(table: CrossTable) -> list[str]:
    said = []
    for place, source in enumerate(table.columns):
        counts = {row: table.counts[line][place] for line, row in enumerate(table.rows)}
        name, most = max(counts.items(), key=lambda item: item[1])
        total = sum(counts.values())
        if most == total:
            said.append(f"All {total} films of {source} are {name}: {_GIVEN_AWAY}.")
        elif most >= _MOSTLY * total:
            said.append(f"{most} of {total} films of {source} are {name}: {_GIVEN_AWAY}.")
    return said


def _one_source_classes(table: CrossTable) -> list[str]:
    said = []
    for name, counts in zip(table.rows, table.counts, strict=True):
        most = max(counts)
        source = table.columns[counts.index(most)]
        if most == sum(counts):
            said.append(f"Every {name} film comes from {source}: {_GIVEN_AWAY}.")
        elif most >= _MOSTLY * sum(counts):
            said.append(
                f"{most} of {sum(counts)} {name} films come from {source}: {_GIVEN_AWAY}."
            )
    return said


def _children(manifest: Manifest, space: LabelSpace) -> list[str]:
    said = []
    for source in manifest.header["sources"]:
        if source["is_of_children"]:
            own = [film for film in manifest.used() if film.source == source["name"]]
            classes = sorted({name for film in own if (name := class_of(film, space))})
            missing = sorted(set(space.classes) - set(classes))
            if own and missing:
                said.append(
                    f"All {len(own)} films of {source['name']} are of children "
                    f"({source['ages']}), and none of them is {' or '.join(missing)}: age is a "
                    "shortcut."
                )
    return said


def _naive(manifest: Manifest, space: LabelSpace) -> list[str]:
    share = naive_leak(manifest, space)
    if not share:
        return []
    return [
        "Dealt film by film, as the papers did, copies included, "
        f"{share:.0%} of the test films would show a patient who was also trained on. Here "
        "none does."
    ]


def naive_leak(manifest: Manifest, space: LabelSpace | None = None) -> float:
    """Return the share of test films that an image-level split would leak, in [0, 1]."""
    films = [film for film in manifest.films if film.rows and class_of(film, space) is not None]
    splits = naive_image_split([film.path for film in films], rule_of(manifest))
    return leaking_share([film.group for film in films], splits)


def _uneven(manifest: Manifest, space: LabelSpace) -> list[str]:
    """Find classes whose share of test films is further off than chance would have it."""
    wanted = rule_of(manifest).test_share
    said = []
    for name, films in sorted(_by_class(manifest.used(), space).items()):
        share = sum(film.split is Split.TEST for film in films) / len(films)
        patients = len({film.group for film in films})
        deviation = (wanted * (1 - wanted) / patients) ** 0.5
        is_off = abs(share - wanted) > _TOLERATED_DEVIATIONS * deviation
        if len(films) >= _FEWEST_FOR_SHARES and is_off:
            said.append(
                f"{share:.0%} of the {name} films are in test, not {wanted:.0%}: patients who "
                "stand in several sources go where they are protected most."
            )
    return said


def _by_class(films: Sequence[Film], space: LabelSpace) -> Mapping[str, list[Film]]:
    found: dict[str, list[Film]] = defaultdict(list)
    for film in films:
        if name := class_of(film, space):
            found[name].append(film)
    return found
