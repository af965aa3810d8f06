"""Lung masks: whose they are, and that they lie where the lungs do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from cxr_core.datasets.lungs import films_with_masks, read_lungs, show_the_same
from cxr_core.datasets.manifest import Film
from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Exclusion
from cxr_core.datasets.sources import cohen
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError, InputError
from cxr_core.imaging.decode import decode_radiograph
from tests.synthetic import png_bytes, synthetic_chest

if TYPE_CHECKING:
    from pathlib import Path


def mask(rows: int = 64, columns: int = 48) -> np.ndarray:
    lungs = np.zeros((rows, columns), np.bool_)
    lungs[rows // 4 : rows // 2, columns // 6 : columns // 3] = True
    lungs[rows // 4 : rows // 2, -(columns // 3) : -(columns // 6)] = True
    return lungs


def encoded(lungs: np.ndarray) -> bytes:
    return png_bytes(lungs.astype(np.float32))


def row(name: str, **told: Any) -> Film:
    words = ("finding_text", "detail", "view", "modality", "study_date", "sex", "licence")
    known: dict[str, Any] = dict.fromkeys((*words, "mask"), "") | {
        "path": f"release/{name}.png",
        "source": "cohen",
        "patient": f"cohen/{name}",
        "group": f"cohen/{name}",
        "cluster": f"release/{name}.png",
        "finding": Finding.COVID19,
        "split": Split.TEST,
        "exclusion": None,
        "offset_days": None,
        "age_years": None,
        "rows": 64,
        "columns": 48,
        "sha256": name,
    }
    return Film(**(known | told))


# Geometry


def test_a_mask_of_the_film_s_size_is_taken_as_it_is() -> None:
    lungs = read_lungs(encoded(mask()), 64, 48)
    assert lungs.dtype == np.bool_
    np.testing.assert_array_equal(lungs, mask())


@pytest.mark.parametrize("shape", [(128, 96), (32, 24), (640, 481)])
def test_a_mask_of_another_size_is_brought_to_the_film_s(shape: tuple[int, int]) -> None:
    lungs = read_lungs(encoded(mask()), *shape)
    assert lungs.shape == shape
    assert lungs.mean() == pytest.approx(mask().mean(), abs=0.02)
    assert lungs[shape[0] * 3 // 8, shape[1] // 4]
    assert not lungs[shape[0] * 3 // 8, shape[1] // 2]


def test_grey_edges_are_cut_at_half() -> None:
    soft = cv2.GaussianBlur(mask(128, 96).astype(np.float32), (5, 5), 1.0)
    lungs = read_lungs(png_bytes(soft), 128, 96)
    assert (lungs != mask(128, 96)).mean() < 0.005


@pytest.mark.parametrize(
    ("data", "shape", "said"),
    [
        (encoded(mask()), (64, 64), "aspect ratio"),
        (encoded(mask()), (48, 64), "aspect ratio"),
        (encoded(np.eye(64, 48, dtype=np.bool_) & False), (64, 48), "marks 0%"),
        (encoded(np.ones((64, 48), np.bool_)), (64, 48), "marks 100%"),
        (b"", (64, 48), "cannot be read"),
        (b"not a mask", (64, 48), "cannot be read"),
        (encoded(mask())[:60], (64, 48), "cannot be read"),
    ],
)
def test_a_mask_that_cannot_be_the_film_s_is_refused(
    data: bytes, shape: tuple[int, int], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        read_lungs(data, *shape)


# Whose they are


def test_used_films_have_their_own_mask_or_that_of_a_copy() -> None:
    films = [
        row("own", mask="release/own_mask.png"),
        row("kept", source="covid-cxnet"),
        row("copy", cluster="release/kept.png", exclusion=Exclusion.COPY, mask="m.png"),
        row("lateral", exclusion=Exclusion.NOT_FRONTAL, mask="n.png"),
        row("bare"),
    ]
    found = films_with_masks(films)
    assert [(each.film.path, each.drawn_on.mask, each.is_copy) for each in found] == [
        ("release/own.png", "release/own_mask.png", False),
        ("release/kept.png", "m.png", True),
    ]


def test_copies_that_are_excluded_for_more_than_being_one_give_no_mask() -> None:
    kept = row("kept")
    held = row("held", cluster=kept.cluster, exclusion=Exclusion.HELD_BACK, mask="m.png")
    assert films_with_masks([kept, held]) == []
    assert films_with_masks([replace(held, exclusion=Exclusion.COPY)]) == []


def test_a_whole_copy_is_told_from_a_crop() -> None:
    film = synthetic_chest(256, 224, seed=3)
    smaller = cv2.resize(film, (112, 128), interpolation=cv2.INTER_AREA)
    assert show_the_same(film, smaller)
    assert show_the_same(film, film * 0.7 + 0.1)
    assert not show_the_same(film, film[20:-20, 18:-17])
    assert not show_the_same(film, film[:, 30:])
    assert not show_the_same(film, np.full_like(film, 0.5))


# The real masks


def test_every_mask_of_the_release_fits_its_film(shared_films: Path) -> None:
    folder = shared_films / "covid-chestxray-dataset"
    fitting, darker = 0, 0
    for record in cohen.read(folder):
        if not record.mask or not (folder / record.path).is_file():
            continue
        try:
            pixels = decode_radiograph((folder / record.path).read_bytes()).pixels
        except InputError:
            continue  # a CT slice, or a film in colour
        lungs = read_lungs((folder / record.mask).read_bytes(), *pixels.shape)
        fitting += 1
        assert 0.1 < lungs.mean() < 0.55
        darker += pixels[lungs].mean() < pixels[around(lungs)].mean()
    assert fitting > 100
    assert darker > 0.9 * fitting  # so they lie where the air is


def around(lungs: np.ndarray) -> np.ndarray:
    """A band as wide as a tenth of the film around the lungs, and what lies between them."""
    side = max(3, lungs.shape[1] // 10)
    grown = cv2.dilate(lungs.astype(np.uint8), np.ones((side, side), np.uint8))
    return (grown > 0) & ~lungs
