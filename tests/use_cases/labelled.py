"""Labelled films drawn in memory, dealt, from two made-up hospitals."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.datasets.collection import Collection, LabelledFilm
from cxr_core.datasets.manifest import Manifest, seal
from cxr_core.datasets.splits import Split
from tests.synthetic import png_bytes, synthetic_chest
from tests.use_cases.test_seen import film as row

if TYPE_CHECKING:
    from collections.abc import Sequence

CLASSES = ("normal", "pneumonia", "covid19")
SOURCES = ("hill", "lake")
_TILT = {"normal": 0.6, "pneumonia": -0.6, "covid19": 0.0}


def film_bytes(label: str, seed: int) -> bytes:
    """Draw a chest with a slope by which even random features tell its class."""
    film = synthetic_chest(72, 64, seed=seed)
    slope = np.linspace(-_TILT[label], _TILT[label], 72, dtype=np.float32)[:, None]
    return png_bytes(np.clip(film + slope, 0, 1), bits=8)


def labelled(label: str, source: str, number: int, **told: Any) -> LabelledFilm:
    """One film of a patient of its own, unless told otherwise."""
    known = {"group": f"{source}/{label}{number}"} | told
    return LabelledFilm(
        name=f"{source}-{label}-{number}.png",
        source=source,
        label=label,
        load=partial(film_bytes, label, number),
        **known,
    )


def collected(films: Sequence[tuple[LabelledFilm, Split]]) -> tuple[Manifest, Collection]:
    """Put films where a recipe or a judge would find them."""
    rows = [row(film.name, film.group, film.group, split) for film, split in films]
    manifest = seal(rows, {})
    collection = Collection(
        films=tuple(film for film, _ in films),
        splits=tuple(split for _, split in films),
        slots=tuple(range(len(films))),
        squares=np.zeros((len(films), 2, 2), np.uint8),
        manifest=manifest.digest,
        left_out=Counter(),
    )
    return manifest, collection


def hospitals(per_class: int = 6, validation: int = 4) -> tuple[Manifest, Collection]:
    """Train, validation and test films of every class in both sources."""
    films = []
    for source in SOURCES:
        for label in CLASSES:
            for number in range(2 * per_class + validation):
                split = Split.TRAIN if number < per_class else Split.TEST
                if number >= 2 * per_class:
                    split = Split.VALIDATION
                films.append((labelled(label, source, number), split))
    return collected(films)
