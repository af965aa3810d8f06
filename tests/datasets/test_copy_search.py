"""What is found depends on the films alone, and nothing is searched twice for it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from cxr_core.datasets import copy_search
from cxr_core.datasets.copies import COPY_SCORE, likeness
from cxr_core.datasets.copy_search import CopySearch
from cxr_core.errors import StorageError
from tests.datasets.releases import person

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Square = NDArray[np.uint8]
    Report = Callable[[str, int, int], None]

SIDE = 192


class Cancelled(Exception):
    """What a person's cancelling raises."""


def drawn(seed: int) -> Square:
    return np.rint(person(seed, SIDE) * 255).astype(np.uint8)


def copied(square: Square, margin: int, quality: int) -> Square:
    inner = np.ascontiguousarray(square[margin : SIDE - margin // 2, margin:])
    _, data = cv2.imencode(".jpg", inner, [cv2.IMWRITE_JPEG_QUALITY, quality])
    inner = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return cv2.resize(inner, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def releases() -> list[tuple[str, Square]]:
    """Four sources: `b` and `d` copy from `a`, `a` repeats itself, `d` has a file of `a`'s."""
    people = [drawn(seed) for seed in range(9)]
    return [
        *[("a", square) for square in people[:5]],
        ("a", copied(people[0], 0, 60)),
        *[("b", copied(people[place], 12, 70)) for place in (1, 2)],
        ("b", people[5]),
        *[("c", square) for square in people[6:8]],
        ("d", copied(people[3], 20, 60)),
        ("d", copied(people[6], 8, 80)),
        ("d", people[4]),
        ("d", people[8]),
    ]


FILMS = releases()
SQUARES = np.stack([square for _, square in FILMS])
SOURCES = [source for source, _ in FILMS]
DIGESTS = [hashlib.sha256(square.tobytes()).hexdigest() for square in SQUARES]
COPIES = {(0, 5), (1, 6), (2, 7), (3, 11), (9, 12)}


def ignore(step: str, done: int, total: int) -> None:
    del step, done, total


def search(
    folder: Path, sources: str = "abcd", report: Report = ignore
) -> dict[tuple[str, str], float]:
    """Search some of the sources; scores by the digests of the two films."""
    places = [place for place, source in enumerate(SOURCES) if source in sources]
    found = CopySearch(folder, SQUARES, report).links(
        [SOURCES[place] for place in places],
        [DIGESTS[place] for place in places],
        places,
    )
    pairs = [sorted((places[link.first], places[link.second])) for link in found]
    assert len(pairs) == len({tuple(pair) for pair in pairs})
    return {
        tuple(sorted((DIGESTS[one], DIGESTS[other]))): link.score
        for (one, other), link in zip(pairs, found, strict=True)
    }


def wanted(pairs: Sequence[tuple[int, int]]) -> set[tuple[str, str]]:
    return {tuple(sorted((DIGESTS[one], DIGESTS[other]))) for one, other in pairs}


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], float]:
    return search(tmp_path_factory.mktemp("at-once"))


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, bytes, int]]:
    """Everything that was laid over each other during the test."""
    calls: list[tuple[bytes, bytes, int]] = []

    def counted(whole: Square, cropped: Square, box: int) -> float:
        calls.append((whole.tobytes(), cropped.tobytes(), box))
        return likeness(whole, cropped, box)

    monkeypatch.setattr(copy_search, "likeness", counted)
    return calls


def test_copies_are_found_across_sources_and_within_one(
    at_once: dict[tuple[str, str], float],
) -> None:
    assert set(at_once) == wanted(COPIES)
    assert all(score >= COPY_SCORE for score in at_once.values())


def test_films_of_the_same_bytes_are_searched_once_and_not_linked(
    tmp_path: Path, laid: list[tuple[bytes, bytes, int]]
) -> None:
    links = CopySearch(tmp_path, SQUARES, ignore).links(
        ["a", "a", "b", "c", "c"],
        [DIGESTS[place] for place in (1, 1, 1, 6, 1)],
        [1, 1, 1, 6, 1],
    )
    assert [{link.first, link.second} for link in links] == [{0, 3}]
    assert len(laid) == len(set(laid))


@pytest.mark.parametrize(
    "history", [["a", "ab", "abc"], ["d", "cd", "bcd"], ["ac", "bd"], ["abcd", "b", "abd"]]
)
def test_results_do_not_depend_on_what_was_searched_before(
    tmp_path: Path,
    at_once: dict[tuple[str, str], float],
    laid: list[tuple[bytes, bytes, int]],
    history: list[str],
) -> None:
    for sources in history:
        part = search(tmp_path, sources)
        own = {DIGESTS[place] for place, name in enumerate(SOURCES) if name in sources}
        assert part == {pair: score for pair, score in at_once.items() if set(pair) <= own}
    assert search(tmp_path) == at_once
    assert len(laid) == len(set(laid))


def test_the_order_of_the_films_does_not_matter(
    tmp_path: Path, at_once: dict[tuple[str, str], float]
) -> None:
    order = np.random.default_rng(1).permutation(len(FILMS)).tolist()
    links = CopySearch(tmp_path, SQUARES, ignore).links(
        [SOURCES[place] for place in order], [DIGESTS[place] for place in order], order
    )
    found = {
        tuple(sorted((DIGESTS[order[link.first]], DIGESTS[order[link.second]]))): link.score
        for link in links
    }
    assert found == at_once


def test_what_is_known_is_neither_nominated_nor_laid_again(
    tmp_path: Path, laid: list[tuple[bytes, bytes, int]]
) -> None:
    before = search(tmp_path)
    laid.clear()
    heard = []
    assert search(tmp_path, report=lambda *told: heard.append(told)) == before
    assert (laid, heard) == ([], [])


def test_a_source_that_changes_is_searched_anew_but_no_pair_of_films_is(
    tmp_path: Path,
    at_once: dict[tuple[str, str], float],
    laid: list[tuple[bytes, bytes, int]],
) -> None:
    fewer = [place for place in range(len(FILMS)) if place != 11]
    CopySearch(tmp_path, SQUARES, ignore).links(
        [SOURCES[place] for place in fewer], [DIGESTS[place] for place in fewer], fewer
    )
    assert search(tmp_path) == at_once
    assert len(laid) == len(set(laid))


@pytest.mark.parametrize("last", [1, 3, 6, 9])
def test_a_report_that_raises_cancels_and_the_next_search_ends_as_if_nothing_happened(
    tmp_path: Path,
    at_once: dict[tuple[str, str], float],
    laid: list[tuple[bytes, bytes, int]],
    monkeypatch: pytest.MonkeyPatch,
    last: int,
) -> None:
    monkeypatch.setattr(copy_search, "_BATCH", 1)
    heard = []

    def cancel(*told: object) -> None:
        heard.append(told)
        if len(heard) >= last:
            raise Cancelled

    with pytest.raises(Cancelled):
        search(tmp_path, report=cancel)
    assert search(tmp_path) == at_once
    assert len(laid) == len(set(laid))


def test_progress_names_the_step_and_never_passes_its_end(tmp_path: Path) -> None:
    heard = []
    search(tmp_path, report=lambda *told: heard.append(told))
    assert {step for step, _, _ in heard} == {
        "Looking for copies",
        "Comparing films that look alike",
    }
    assert all(0 <= done <= total for _, done, total in heard)


def test_one_film_and_no_film_have_no_copies(tmp_path: Path) -> None:
    search_in = CopySearch(tmp_path, SQUARES, ignore)
    assert search_in.links([], [], []) == []
    assert search_in.links(["a"], [DIGESTS[0]], [0]) == []


def test_a_disk_that_refuses_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match="Cannot keep copies"):
        search(tmp_path / "file")
