"""What copy detection finds among the releases of a folder, in figures and for the eye.

Prints the films searched, the seconds of each step, the linked pairs by score, how many of the
pairs that share a telling file name across two sources are found, and how many films of each
source another one has too. With --montage it draws linked pairs side by side, under their
score: a seeded sample at COPY_SCORE or above, then the sixteen lowest of these, then all from
PATIENT_SCORE up to COPY_SCORE. The last line of the output is JSON.

Pictures of patients: whatever --montage draws stays outside the repository.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import cv2
import numpy as np
from tqdm import tqdm

from cxr_core.datasets.copies import COPY_SCORE, PATIENT_SCORE
from cxr_core.datasets.copy_search import CopySearch
from cxr_core.datasets.film_store import FilmStore
from cxr_core.datasets.joining import Joined, Link
from cxr_core.datasets.sources import SOURCES, find_releases
from cxr_core.imaging.decode import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_RADIOGRAPHS = {"X-RAY", "CR", "DX", ""}
_LEAST_STEM = 8
_LOWEST = 16
_BAND = 0.05
_SIDE, _CAPTION, _GAP, _ACROSS = 192, 30, 8, 4


@dataclass(frozen=True, slots=True)
class Film:
    """A decoded film: whose release, which file, and its place among the squares."""

    source: str
    path: str
    sha256: str
    slot: int


class Steps:
    """Hears a report, shows it as a bar, and keeps the seconds of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._step, self._began = "", 0.0
        self._bar: tqdm[None] | None = None

    def __call__(self, step: str, done: int, total: int) -> None:
        """Move the bar of the step, and open it when it is a new one."""
        if step != self._step or self._bar is None:
            self.close()
            self._step, self._began = step, time.perf_counter()
            self._bar = tqdm(total=total, desc=step, disable=None)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """End the step that is under way."""
        if self._bar is not None:
            self._bar.close()
            self.seconds[self._step] = round(time.perf_counter() - self._began, 1)
            self._bar = None


def main() -> None:
    """Search, print a table and JSON, and draw if asked to."""
    options = read_options()
    with tempfile.TemporaryDirectory() as folder:
        cache = options.cache or Path(folder)
        steps = Steps()
        store = FilmStore(cache, Limits())
        films = read_films(options.root, store, steps)
        squares = store.squares()
        links = CopySearch(cache, squares, steps).links(
            [film.source for film in films],
            [film.sha256 for film in films],
            [film.slot for film in films],
        )
        steps.close()
        results = summarise(films, links) | {"seconds": steps.seconds}
        print_results(results)
        if options.montage:
            chosen = choose(links, options.pairs, options.seed)
            cv2.imwrite(str(options.montage), montage(films, squares, chosen))
    print(json.dumps(results))


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--root", type=Path, required=True, help="folder of the releases")
    parser.add_argument("--cache", type=Path, help="keep squares and results here")
    parser.add_argument("--montage", type=Path, help="draw pairs to this PNG")
    parser.add_argument("--pairs", type=int, default=56, help="pairs sampled (default: 56)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample (default: 0)")
    return parser.parse_args()


def read_films(root: Path, store: FilmStore, steps: Steps) -> list[Film]:
    """Decode the frontal radiographs of all releases, as far as their tables tell them."""
    found = find_releases(root)
    rows = [
        (source.name, found[source.name], record.path)
        for source in SOURCES
        if source.name in found
        for record in source.read(found[source.name])
        if record.exclusion is None
        and record.modality.upper() in _RADIOGRAPHS
        and record.view.upper() != "L"
    ]
    told = store.examine(
        [folder / path for _, folder, path in rows],
        lambda done, total: steps("Reading films", done, total),
    )
    return [
        Film(source, path, each.sha256, each.slot)
        for (source, _, path), each in zip(rows, told, strict=True)
        if not each.fault
    ]


def summarise(films: Sequence[Film], links: Sequence[Link]) -> dict[str, object]:
    """Count what was found."""
    joined = Joined(len(films))
    joined.join_equal([[film.sha256] for film in films])
    for link in links:
        if link.score >= COPY_SCORE:
            joined.join(link.first, link.second)
    names = joined.names()
    pairs = {frozenset((link.first, link.second)) for link in links if link.score >= COPY_SCORE}
    twins = same_name_pairs(films)
    return {
        "films": dict(Counter(film.source for film in films)),
        "pairs_by_score": bands(link.score for link in links),
        "same_name_pairs": len(twins),
        "same_name_pairs_linked": sum(
            films[one].sha256 == films[other].sha256 or frozenset((one, other)) in pairs
            for one, other in twins
        ),
        "same_name_pairs_joined": sum(names[one] == names[other] for one, other in twins),
        "also_in_another_source": in_several_sources(films, names),
    }


def bands(scores: Iterable[float]) -> dict[str, int]:
    """Count scores by bands of 0.05 from PATIENT_SCORE to 1."""
    edges = np.arange(PATIENT_SCORE, 1.0 + _BAND, _BAND)
    counts, _ = np.histogram(np.minimum(list(scores), 1.0), edges)
    return {f"{low:.2f}": int(count) for low, count in zip(edges, counts, strict=False)}


def same_name_pairs(films: Sequence[Film]) -> list[tuple[int, int]]:
    """Return pairs of two sources whose files are called the same, in eight letters or more."""
    stems: dict[str, list[int]] = defaultdict(list)
    for place, film in enumerate(films):
        stem = PurePosixPath(film.path).stem.lower()
        if len(stem) >= _LEAST_STEM:
            stems[stem].append(place)
    return [
        (one, other)
        for same in stems.values()
        for order, one in enumerate(same)
        for other in same[order + 1 :]
        if films[one].source != films[other].source
    ]


def in_several_sources(films: Sequence[Film], names: Sequence[int]) -> dict[str, int]:
    """Count the films of each source that another source has too."""
    sources: dict[int, set[str]] = defaultdict(set)
    for film, name in zip(films, names, strict=True):
        sources[name].add(film.source)
    return dict(
        Counter(
            film.source
            for film, name in zip(films, names, strict=True)
            if len(sources[name]) > 1
        )
    )


def print_results(results: dict[str, object]) -> None:
    """Print each figure, and tables as indented lines."""
    for name, value in results.items():
        if isinstance(value, dict):
            print(name.replace("_", " "))
            for key, count in value.items():
                print(f"  {key:40s}{count:>8}")
        else:
            print(f"{name.replace('_', ' '):42s}{value:>8}")


def choose(links: Sequence[Link], count: int, seed: int) -> list[Link]:
    """Sample copies, then take the lowest of them, then all that are of one patient only."""
    copies = [link for link in links if link.score >= COPY_SCORE]
    order = np.random.default_rng(seed).permutation(len(copies))[:count]
    between = [link for link in links if link.score < COPY_SCORE]
    by_score = sorted(copies, key=lambda link: link.score)
    return [
        *sorted((copies[place] for place in order), key=lambda link: -link.score),
        *by_score[:_LOWEST],
        *sorted(between, key=lambda link: -link.score),
    ]


def montage(
    films: Sequence[Film], squares: NDArray[np.uint8], links: Sequence[Link]
) -> NDArray[np.uint8]:
    """Draw the pairs four across, each under its score and its two sources."""
    wide, tall = 2 * _SIDE + _GAP, _SIDE + _CAPTION
    rows = -(-max(len(links), 1) // _ACROSS)
    sheet = np.zeros((rows * tall, _ACROSS * wide), np.uint8)
    for number, link in enumerate(links):
        top, left = number // _ACROSS * tall, number % _ACROSS * wide
        one, other = films[link.first], films[link.second]
        text = f"{number + 1}: {link.score:.2f} {one.source} / {other.source}"
        where = (left + 4, top + _CAPTION - 9)
        cv2.putText(sheet, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1, cv2.LINE_AA)
        for place, film in enumerate((one, other)):
            begin = left + place * _SIDE
            sheet[top + _CAPTION : top + tall, begin : begin + _SIDE] = cv2.resize(
                squares[film.slot], (_SIDE, _SIDE), interpolation=cv2.INTER_AREA
            )
    return sheet


if __name__ == "__main__":
    main()
