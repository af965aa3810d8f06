"""How often the polarity check takes a chest film for inverted, wrongly and rightly.

    python -m benchmarks.polarity --data FOLDER

FOLDER holds the public releases under their usual names. Every frontal film of theirs is judged
as it is and inverted, and so once more as it might have arrived: with borders, collimated,
cropped, tilted, with letters burnt in, on its side and on its head. Prints how many per cent
are taken for inverted, first of the films as they are (false alarms), then of the inverted ones
(detections), and the time for a film of 12 megapixels. The last line of the output is JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from tqdm import tqdm

from cxr_core.datasets.sources import SOURCES, find_releases
from cxr_core.errors import InputError
from cxr_core.imaging.decode import decode_radiograph
from cxr_core.imaging.polarity import Polarity, estimate_polarity
from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cxr_core.domain import FloatArray

_RADIOGRAPHS = {"X-RAY", "CR", "DX", ""}
_REPEATS = 20


def main() -> None:
    """Judge every film, print a table and JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the releases")
    alarms: dict[str, list[tuple[bool, bool]]] = {}
    for source, film in _frontal_films(parser.parse_args().data):
        for name, dress in DRESSES.items():
            pair = (_is_alarm(dress(film)), _is_alarm(dress(np.float32(1.0) - film)))
            alarms.setdefault(name, []).append(pair)
            if name == "as it is":
                alarms.setdefault(source, []).append(pair)
    shares = {
        name: {"films": len(pairs), "as_is": _percent(pairs, 0), "inverted": _percent(pairs, 1)}
        for name, pairs in alarms.items()
    }
    for name, row in shares.items():
        print(f"{name:24}{row['films']:7}{row['as_is']:9.2f} %{row['inverted']:9.2f} %")
    milliseconds = _time_large_film()
    print(f"{'12 megapixels':24}{milliseconds:16.2f} ms")
    print(json.dumps({"shares": shares, "milliseconds": milliseconds}))


def _frontal_films(root: Path) -> Iterator[tuple[str, FloatArray]]:
    found = find_releases(root)
    rows = [
        (source.name, found[source.name] / record.path)
        for source in SOURCES
        if source.name in found
        for record in source.read(found[source.name])
        if record.exclusion is None
        and record.modality.upper() in _RADIOGRAPHS
        and record.view.upper() != "L"
    ]
    for source, path in tqdm(rows, desc="Judging films", disable=None):
        try:
            yield source, decode_radiograph(path.read_bytes()).pixels
        except (InputError, OSError):  # releases lack films that their tables list
            continue


def _is_alarm(film: FloatArray) -> bool:
    return estimate_polarity(film) is Polarity.INVERTED


def _percent(pairs: list[tuple[bool, bool]], which: int) -> float:
    return round(100.0 * sum(pair[which] for pair in pairs) / len(pairs), 2)


def _framed(film: FloatArray, grey: float) -> FloatArray:
    wide = max(film.shape) // 5
    return cv2.copyMakeBorder(film, wide, wide, wide, wide, cv2.BORDER_CONSTANT, value=grey)


def _collimated(film: FloatArray) -> FloatArray:
    rows, columns = film.shape
    closed = np.zeros_like(film)
    inner = (slice(rows // 7, -rows // 6), slice(columns // 10, -columns // 7))
    closed[inner] = film[inner]
    return closed


def _cropped(film: FloatArray) -> FloatArray:
    rows, columns = film.shape
    return film[rows // 8 : -rows // 8, columns // 8 : -columns // 8]


def _tilted(film: FloatArray) -> FloatArray:
    rows, columns = film.shape
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), 10, 1)
    return np.asarray(cv2.warpAffine(film, turn, (columns, rows)), dtype=np.float32)


def _lettered(film: FloatArray) -> FloatArray:
    cells = np.rint(film * 255).astype(np.uint8)
    size = min(film.shape) / 220
    for words, place in (("AP PORTABLE", (0.02, 0.15)), ("L", (0.8, 0.5))):
        spot = (int(place[0] * cells.shape[1]), int(place[1] * cells.shape[0]))
        cv2.putText(cells, words, spot, cv2.FONT_HERSHEY_SIMPLEX, size, 255, 3)
    return np.asarray(cells, dtype=np.float32) / np.float32(255)


DRESSES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "as it is": lambda film: film,
    "in a black frame": lambda film: _framed(film, 0.0),
    "in a white frame": lambda film: _framed(film, 1.0),
    "collimated": _collimated,
    "cropped by a quarter": _cropped,
    "foot cut off": lambda film: film[: -len(film) // 4],
    "tilted by 10 degrees": _tilted,
    "with letters": _lettered,
    "gamma 3": lambda film: film**3,
    "on its side": np.rot90,
    "on its head": lambda film: np.rot90(film, 2),
}


def _time_large_film() -> float:
    film = cv2.resize(synthetic_chest(1024, 896), (3000, 4000))
    seconds = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        estimate_polarity(film)
        seconds.append(time.perf_counter() - began)
    return round(1000.0 * float(np.median(seconds)), 2)


if __name__ == "__main__":
    main()
