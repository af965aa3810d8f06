"""What curation costs, and whether decoding could ever hold up a training.

    python -m benchmarks.datasets --root FOLDER

Curates the releases under FOLDER twice, with empty and with filled caches, and then feeds
random films to a network's input in three ways: from their files, from the mapped squares, and
from the squares with augmentation, as training does.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.film_store import FilmStore
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.domain import Normalisation
from cxr_core.imaging.decode import Limits, decode_radiograph
from cxr_core.imaging.model_input import normalise, to_square
from cxr_core.recipes.recipe import load_recipe
from cxr_core.training.augmentation import augment
from cxr_core.use_cases.collecting import Films, open_collection
from cxr_core.use_cases.curating import CurationOrder, curate_releases

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.domain import FloatArray

SIZE = 224
FILMS = 512


def main() -> None:
    """Print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = FilmStore(Path(folder) / "cache", Limits())
        order = CurationOrder(options.root, Path(folder) / "films", Path(folder) / "cache")
        first = seconds(lambda: curate_releases(order, store, lambda *_: None))
        again = seconds(lambda: curate_releases(order, store, lambda *_: None))
        print(f"curate, empty caches   {first:7.1f} s")
        print(f"curate, filled caches  {again:7.1f} s   ratio {again / first:.3f}")
        feed(Films(order.out, None, store))


def feed(films: Films) -> None:
    """Time the three ways on the same films."""
    space = LabelSpace(("normal", "pneumonia", "covid19"))
    _, collection = open_collection(films, space, lambda *_: None)
    random = np.random.default_rng(0)
    chosen = random.choice(len(collection.films), FILMS)
    change = load_recipe("resnet50").augmentation

    def from_file(place: int) -> FloatArray:
        return to_square(decode_radiograph(collection.films[place].load()).pixels, SIZE)

    def from_square(place: int) -> FloatArray:
        square = collection.squares[collection.slots[place]]
        return to_square(square.astype(np.float32) / np.float32(255.0), SIZE)

    def augmented(place: int) -> FloatArray:
        return augment(from_square(place), change, random)

    ways = {"files": from_file, "squares": from_square, "squares, augmented": augmented}
    spent = {
        name: seconds(lambda load=load: feed_all(load, chosen)) for name, load in ways.items()
    }
    for name, took in spent.items():
        print(
            f"{name:20} {1000 * took / FILMS:6.2f} ms a film, {FILMS / took:6.0f} films/s, "
            f"ratio {took / spent['files']:.2f}"
        )


def feed_all(load: Callable[[int], FloatArray], chosen: np.ndarray) -> None:
    """Make batches as a network takes them."""
    for start in range(0, len(chosen), 32):
        squares = np.stack([load(int(place)) for place in chosen[start : start + 32]])
        normalise(squares, Normalisation.FILM)


def seconds(work: Callable[[], object]) -> float:
    """Time one piece of work."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
