"""How long a film takes from bytes to a Radiograph, and how much memory, in every encoding.

    python -m benchmarks.decode --megapixels 1 12 40

Draws a noisy 12-bit film of each size and times in turns, on the same bytes: the bare decoder
in this process (the library's call that gives stored values and nothing else), our decoding in
this process (header, gates, window, polarity), the same in a decoder process of the pool, and
what reading takes instead: a view and a network's input made in a decoder process. Peak memory
is a fresh decoder process's above what it has at rest. Prints medians and ratios; the last line
is JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import time
import zlib
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
from PIL import Image
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from cxr_core.domain import Normalisation
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.isolation.pool import ChildLimits, DecoderPool
from cxr_core.imaging.preparing import InProcess, Order
from tests.imaging.films import dataset_of, file_of, frame_of, picture_of
from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_LIMITS = Limits(max_bytes=1 << 30, max_pixels=100_000_000)
_PROCESS = ChildLimits(processes=1, memory_bytes=4 << 30, seconds=120)
_READ = Order([(224, Normalisation.FILM)], 96)
_BITS = 12
_FRAMES: dict[str, Callable[[bytes], Any]] = {
    RLELossless: lambda frame: imagecodecs.dicomrle_decode(frame, np.dtype("<u2")),
    JPEGLosslessSV1: imagecodecs.jpeg8_decode,
    JPEGLSLossless: imagecodecs.jpegls_decode,
    JPEG2000Lossless: lambda frame: imagecodecs.jpeg2k_decode(frame, numthreads=1),
    HTJ2KLossless: lambda frame: imagecodecs.jpeg2k_decode(frame, numthreads=1),
}
Case = tuple[bytes, "Callable[[], Any]"]


def main() -> None:
    """Time each size in each encoding, and print a table and JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--megapixels", type=int, nargs="+", default=[1, 12, 40])
    parser.add_argument("--rounds", type=int, default=7, help="of each (7)")
    options = parser.parse_args()
    rows = []
    for megapixels in options.megapixels:
        for name, (data, bare) in cases(film(megapixels)).items():
            row = measure(data, bare, options.rounds)
            rows.append({"encoding": name, "megapixels": megapixels, **row})
            print(
                f"{megapixels:3d} MP {name:24s} {row['megabytes']:6.1f} MB: bare "
                f"{row['bare_ms']:7.1f} ms, here {row['here_ms']:7.1f}, in a process "
                f"{row['process_ms']:7.1f} ({row['ratio']:.2f} times bare, "
                f"{row['process_ratio']:.2f} times here), read {row['read_ms']:7.1f}, peak "
                f"{row['peak_mb']:5.0f} MB",
                flush=True,
            )
    print(json.dumps(rows))


def film(megapixels: int) -> NDArray[np.uint16]:
    """Draw a chest with the noise of a detector: 12 bits, four to three."""
    rows = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    chest = synthetic_chest(rows, megapixels * 1_000_000 // rows)
    noise = np.random.default_rng(7).normal(0.0, 0.004, chest.shape)
    return np.rint(np.clip(chest + noise, 0.0, 1.0) * 4095).astype(np.uint16)


def cases(cells: NDArray[np.uint16]) -> dict[str, Case]:
    """Return files of one film, and the bare decoder of each."""
    grey = (cells >> 4).astype(np.uint8)
    found: dict[str, Case] = {}
    plain = file_of(dataset_of(cells, _BITS), ExplicitVRLittleEndian)
    found[ExplicitVRLittleEndian.name] = plain, lambda: cells.copy()
    deflated = file_of(dataset_of(cells, _BITS), DeflatedExplicitVRLittleEndian)
    body = zlib.compress(cells.tobytes())
    found[DeflatedExplicitVRLittleEndian.name] = deflated, lambda: zlib.decompress(body)
    for syntax, decode in _FRAMES.items():
        data = file_of(dataset_of(cells, _BITS), syntax)
        frame = frame_of(cells, _BITS, syntax) if syntax != RLELossless else _rle_frame(data)
        found[syntax.name] = data, lambda frame=frame, decode=decode: decode(frame)
    jpeg = frame_of(grey, 8, JPEGBaseline8Bit)
    found["JPEG Baseline"] = (
        file_of(dataset_of(grey, 8), JPEGBaseline8Bit),
        lambda: imagecodecs.jpeg8_decode(jpeg),
    )
    pictures = {"PNG 8": picture_of(grey), "PNG 16": picture_of(cells * 16)}
    pictures["JPEG"] = picture_of(grey, "JPEG", quality=92)
    for name, data in pictures.items():
        found[name] = data, lambda data=data: np.asarray(Image.open(io.BytesIO(data)))
    return found


def measure(data: bytes, bare: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Time the ways in turns; milliseconds and megabytes."""
    Image.MAX_IMAGE_PIXELS = None
    here, pool = InProcess(_LIMITS), DecoderPool(_LIMITS, _PROCESS)
    ways: dict[str, Callable[[], Any]] = {
        "bare": bare,
        "here": lambda: here.decode(data),
        "process": lambda: pool.decode(data),
        "read": lambda: pool.prepare(data, _READ),
    }
    rest = _rest_megabytes(pool)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            if number:  # the first is to warm up
                seconds[name].append(time.perf_counter() - begun)
    medians = {name: 1000 * statistics.median(each) for name, each in seconds.items()}
    peak = pool.peak_bytes() / 2**20 - rest
    pool.close()
    return {
        **{f"{name}_ms": median for name, median in medians.items()},
        "ratio": medians["process"] / medians["bare"],
        "process_ratio": medians["process"] / medians["here"],
        "megabytes": len(data) / 1e6,
        "peak_mb": peak,
    }


def _rest_megabytes(pool: DecoderPool) -> float:
    small = picture_of(np.rint(synthetic_chest(80, 80) * 255).astype(np.uint8))
    pool.decode(small)
    return pool.peak_bytes() / 2**20


def _rle_frame(data: bytes) -> bytes:
    """Cut the one frame out of a file: the last item but the delimiter."""
    start = data.index(b"\xfe\xff\x00\xe0", data.index(b"\xe0\x7f\x10\x00"))
    first = start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")
    length = int.from_bytes(data[first + 4 : first + 8], "little")
    return data[first + 8 : first + 8 + length]


if __name__ == "__main__":
    main()
