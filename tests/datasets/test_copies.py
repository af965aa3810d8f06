"""One film in two encodings is found, whole or cropped; two people are not taken for one."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr_core.datasets import copies
from cxr_core.datasets.copies import (
    COPY_SCORE,
    PATIENT_SCORE,
    Nominee,
    detail,
    likeness,
    nominate,
)
from cxr_core.datasets.sources import nih
from cxr_core.imaging.decode import decode_radiograph
from cxr_core.imaging.model_input import to_square
from tests.datasets.releases import person
from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Square = NDArray[np.uint8]

SIDE = 256
MARGINS = [
    (0.0, 0.0, 0.0, 0.0),
    (0.07, 0.07, 0.07, 0.07),
    (0.0, 0.2, 0.0, 0.0),
    (0.14, 0.0, 0.1, 0.07),
    (0.03, 0.12, 0.16, 0.02),
]


@functools.cache
def drawn(seed: int, *, is_mottled: bool = True) -> Square:
    film = person(seed, SIDE) if is_mottled else synthetic_chest(SIDE, SIDE, seed=seed)
    return as_square(film)


def as_square(film: NDArray[np.float32]) -> Square:
    return np.rint(np.clip(film, 0, 1) * 255).astype(np.uint8)


def cropped(square: Square, margins: Sequence[float]) -> Square:
    """Cut shares of the side off the top, bottom, left and right."""
    top, bottom, left, right = (round(margin * SIDE) for margin in margins)
    inner = square[top : SIDE - bottom, left : SIDE - right]
    return cv2.resize(inner, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def through_jpeg(square: Square, quality: int = 50) -> Square:
    _, data = cv2.imencode(".jpg", square, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)


def resized(square: Square) -> Square:
    small = cv2.resize(square, (150, 170), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)


def regraded(square: Square, gamma: float = 0.7, brightness: float = 0.04) -> Square:
    return as_square((square / 255.0) ** gamma + brightness)


def ignore(done: int) -> None:
    del done


def nominees(whole: Square, larger: Square) -> list[Nominee]:
    """Nominate one film against the crops of another."""
    (found,) = nominate(detail(larger[None]), [detail(whole[None])], ignore)
    return found


def nominated_score(whole: Square, larger: Square) -> float:
    """Score as the search does: -1 for films that are not even nominated."""
    scores = [likeness(whole, larger, each.box) for each in nominees(whole, larger)]
    return max(scores, default=-1.0)


# Copies


@pytest.mark.parametrize("is_mottled", [True, False])
@pytest.mark.parametrize("margins", MARGINS)
@pytest.mark.parametrize("change", [through_jpeg, resized, regraded, lambda square: square])
def test_a_crop_in_another_encoding_is_nominated_and_scores_as_a_copy(
    change: Callable[[Square], Square], margins: tuple[float, ...], *, is_mottled: bool
) -> None:
    film = drawn(3, is_mottled=is_mottled)
    assert nominated_score(change(cropped(film, margins)), film) >= COPY_SCORE


@settings(max_examples=25, derandomize=True)
@given(
    st.integers(0, 5),
    st.tuples(*[st.floats(0.0, 0.1)] * 4),
    st.integers(50, 95),
    st.floats(0.7, 1.4),
    st.floats(-0.04, 0.04),
)
def test_wherever_and_however_a_film_is_cut_and_stored_it_is_found(
    seed: int, margins: tuple[float, ...], quality: int, gamma: float, brightness: float
) -> None:
    film = drawn(seed)
    copy = regraded(through_jpeg(cropped(film, margins), quality), gamma, brightness)
    assert nominated_score(copy, film) >= COPY_SCORE


def test_the_box_is_the_one_that_was_cut() -> None:
    """The nominated crop, of all, lays the copy over the film best."""
    film = drawn(1)
    copy = cropped(film, (0.14, 0.07, 0.0, 0.22))
    (nominee,) = nominees(copy, film)
    assert likeness(copy, film, nominee.box) > 0.9
    assert likeness(copy, film, 0) < nominated_score(copy, film)


def test_a_film_is_wholly_like_itself() -> None:
    assert likeness(drawn(2), drawn(2), 0) == pytest.approx(1.0, abs=1e-3)


def test_nothing_but_the_copy_is_found_among_many() -> None:
    others = np.stack([drawn(seed) for seed in range(6)])
    copy = through_jpeg(cropped(drawn(4), (0.05, 0.1, 0.05, 0.0)))
    (found,) = nominate(detail(others), [detail(copy[None])], ignore)
    scores = {each.cropped: likeness(copy, others[each.cropped], each.box) for each in found}
    assert scores[4] >= COPY_SCORE
    assert all(score < PATIENT_SCORE for film, score in scores.items() if film != 4)


# People


@pytest.mark.parametrize("turn", [0.0, -9.0, 12.0])
@pytest.mark.parametrize("scale", [0.85, 1.0])
def test_another_person_is_not_taken_for_the_same(turn: float, scale: float) -> None:
    middle = (SIDE / 2, SIDE / 2)
    how = cv2.getRotationMatrix2D(middle, turn, scale)
    for seed in range(4):
        other = cv2.warpAffine(drawn(seed + 1), how, (SIDE, SIDE))
        assert nominated_score(other, drawn(seed)) < PATIENT_SCORE
        assert nominated_score(drawn(seed), other) < PATIENT_SCORE
        assert likeness(other, drawn(seed), 0) < PATIENT_SCORE


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_nothing_is_like_nothing(grey: int) -> None:
    blank = np.full((SIDE, SIDE), grey, np.uint8)
    for one, other in ((blank, blank), (blank, drawn(0)), (drawn(0), blank)):
        for box in (0, 17, 168):
            assert likeness(one, other, box) == -1.0


# The way to nominees


def test_a_source_by_itself_is_searched_once_a_pair_and_never_against_itself() -> None:
    film = drawn(1)
    own = detail(
        np.stack([film, drawn(2), through_jpeg(film), resized(film), through_jpeg(film, 80)])
    )
    (found,) = nominate(own, [own], ignore)
    pairs = {(each.whole, each.cropped) for each in found}
    assert set(itertools.combinations([0, 2, 3, 4], 2)) <= pairs
    assert len(pairs) == len(found)
    assert all(one < other for one, other in pairs)


def test_the_nominees_of_two_sources_depend_on_these_two_alone() -> None:
    first = detail(np.stack([drawn(seed) for seed in range(3)]))
    second = detail(np.stack([through_jpeg(drawn(seed)) for seed in (1, 2, 5)]))
    third = detail(np.stack([resized(drawn(seed)) for seed in (0, 1)]))
    alone = [nominate(first, [each], ignore)[0] for each in (first, second, third)]
    assert nominate(first, [first, second, third], ignore) == alone
    assert nominate(first, [third, second, first], ignore) == alone[::-1]


def test_a_film_has_no_more_than_three_nominees_and_these_are_the_likest() -> None:
    film, distance = drawn(1), (0, 2, 4, 6, 9, 12)
    others = detail(np.stack([np.roll(film, pixels, axis=1) for pixels in distance]))
    (as_whole,) = nominate(others, [detail(film[None])], ignore)
    (as_cropped,) = nominate(detail(film[None]), [others], ignore)
    assert [each.cropped for each in as_whole] == [0, 1, 2]
    assert [each.whole for each in as_cropped] == [0, 1, 2]


@pytest.mark.parametrize("chunk", [1, 2, 50])
def test_nominees_do_not_depend_on_how_many_films_are_compared_at_once(
    monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    own = detail(np.stack([drawn(seed) for seed in (0, 1, 2, 3)] * 2 + [resized(drawn(2))]))
    other = detail(np.stack([through_jpeg(drawn(seed)) for seed in (3, 1)]))
    wanted = nominate(own, [own, other], ignore)
    monkeypatch.setattr(copies, "_CHUNK", chunk)
    assert nominate(own, [own, other], ignore) == wanted
    assert all(wanted)


def test_a_report_that_raises_ends_the_nominating() -> None:
    films = detail(np.stack([drawn(seed) for seed in range(6)]))

    def stop(done: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        nominate(films, [detail(drawn(1)[None])], stop)


def test_detail_is_the_same_however_bright_the_film() -> None:
    film = cv2.GaussianBlur(drawn(1), (0, 0), 1.0) // 2 + 20
    assert np.abs(detail(film[None]) - detail(film[None] + np.uint8(60))).max() < 1e-3


# Real films


def square_of(path: Path) -> Square:
    film = decode_radiograph(path.read_bytes())
    return as_square(to_square(film.pixels, SIDE))


def test_films_that_two_releases_share_are_found(shared_films: Path) -> None:
    """Both releases kept the names of films that the one took from the other."""
    folders = (
        shared_films / "covid-chestxray-dataset" / "images",
        shared_films / "covid-19-image-repository" / "png",
    )
    if not all(folder.is_dir() for folder in folders):
        pytest.skip("the two releases are not both there")
    one, other = ({path.stem: path for path in folder.iterdir()} for folder in folders)
    shared = sorted(one.keys() & other.keys())
    if len(shared) < 20:
        pytest.skip(f"the two releases share only {len(shared)} films")
    first, second = (
        np.stack([square_of(each[stem]) for stem in shared]) for each in (one, other)
    )
    found = {
        each.whole: likeness(first[each.whole], second[each.cropped], each.box)
        for each in nominate(detail(second), [detail(first)], ignore)[0]
        if each.whole == each.cropped
    }
    told = sum(score >= COPY_SCORE for score in found.values())
    assert told >= 0.9 * len(shared), f"{told} of {len(shared)}"


def test_fifty_pairs_of_patients_are_not_taken_for_one(shared_films: Path) -> None:
    folder = shared_films / "nih-chest-xrays"
    if not folder.is_dir():
        pytest.skip("the NIH release is not there")
    records = [each for each in nih.read(folder) if (folder / each.path).is_file()]
    patients = {record.patient: folder / record.path for record in records}
    order = np.random.default_rng(0).permutation(sorted(patients))[:100]
    if len(order) < 100:
        pytest.skip(f"the NIH release here has only {len(order)} patients")
    squares = [square_of(patients[patient]) for patient in order]
    for one, other in zip(squares[::2], squares[1::2], strict=True):
        assert likeness(one, other, 0) < PATIENT_SCORE
        assert nominated_score(one, other) < PATIENT_SCORE
