"""Damaged and hostile films against the whole way in: exits, hangs, leaks, unnamed errors.

    python -m benchmarks.fuzz --count 100000 --out fuzz

Mutates drawn films in every encoding that is read (bytes, lengths, DICOM elements, pieces of
other films), some of them packed in a zip, and sends each the way of an upload: listed, loaded,
decoded and made ready in a decoder process. Mutant N of a seed is always the same; one that is
answered in a new way is kept, and mutated further. The way in runs in a process of its own,
which is watched: if it ends or stands still, the mutant that it was busy with is counted, kept,
and left out. `--out` holds the tally and what was kept; the same command goes on where it was
stopped. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from benchmarks.mutants import Mutator, corpus
from cxr_core.domain import Normalisation
from cxr_core.errors import DecoderFailed, InputError
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.isolation.pool import ChildLimits, DecoderPool
from cxr_core.imaging.preparing import Order
from cxr_core.use_cases.intake import films_of_bytes

if TYPE_CHECKING:
    from cxr_core.domain import FilmFile

_ORDER = Order([(64, Normalisation.FILM)], 64)
_LIMITS = Limits(max_bytes=8 << 20, max_pixels=4_000_000)
_CHILD_LIMITS = ChildLimits(processes=2, memory_bytes=1 << 30, seconds=2.0)
_STILL_SECONDS = 60.0
_TALLY_EVERY = 200
_MOST_KEPT = 400
_SECRET = "ecret"  # in the name and the number of every drawn patient
_WARM = 2000  # mutants until memory is compared


def main() -> None:
    """Watch the way in; print a line now and then, a table, and JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=2000, help="mutants in all (2000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other mutants (1)")
    parser.add_argument("--out", type=Path, help="where the tally is kept (a temporary folder)")
    parser.add_argument("--feed", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.feed:
        feed(options.out, options.seed, options.count)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = options.out or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        tally = watch(folder, options.seed, options.count)
    for name in sorted(tally["answers"]):
        print(f"{name:28s} {tally['answers'][name]:8,d}")
    print(json.dumps(tally))


def watch(folder: Path, seed: int, count: int) -> dict[str, Any]:
    """Keep the way in going until `count` mutants were sent; return the tally."""
    while (tally := read_tally(folder, seed))["done"] < count:
        command = [sys.executable, "-m", "benchmarks.fuzz", "--feed", "--seed", str(seed)]
        command += ["--out", str(folder), "--count", str(count)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        is_still = not _wait(process, folder, seed)
        if not is_still and process.returncode == 0:
            continue
        tally = read_tally(folder, seed)
        busy = _busy_with(folder)
        tally["hangs" if is_still else "exits"] += 1
        tally["left_out"].append(busy)
        tally["done"] = max(tally["done"], busy + 1)
        write_tally(folder, tally)
        print(f"mutant {busy}: {'stood still' if is_still else 'ended the app'}")
    return tally


def feed(folder: Path, seed: int, count: int) -> None:
    """Send mutants from where the tally ends; the process that is watched."""
    tally = read_tally(folder, seed)
    mutator = Mutator(seed, corpus())
    for path in sorted((folder / "kept").glob("*")):
        mutator.learn(path.read_bytes())
    pool = DecoderPool(_LIMITS, _CHILD_LIMITS)
    this = psutil.Process()
    started = time.monotonic()
    for number in range(tally["done"], count):
        (folder / "busy").write_text(str(number))
        data = mutator.mutant(number)
        for answer in answers(pool, data, tally):
            if answer in tally["kinds"]:
                continue
            tally["kinds"].append(answer)
            if len(tally["kinds"]) <= _MOST_KEPT:
                keep(folder / "kept", number, data)
                mutator.learn(data)
        tally["done"] = number + 1
        if number == _WARM:
            tally["warm_mb"] = _megabytes(this)
        if tally["done"] % _TALLY_EVERY == 0 or tally["done"] == count:
            tally["seconds"] += time.monotonic() - started
            started = time.monotonic()
            tally["mb"], tally["open_files"] = _megabytes(this), this.num_fds()
            tally["decoders"] = len(pool.processes())
            write_tally(folder, tally)
        if tally["done"] % 5000 == 0:
            print(f"{tally['done']:,} mutants, {tally['seconds']:.0f} s", flush=True)
    pool.close()


def answers(pool: DecoderPool, data: bytes, tally: dict[str, Any]) -> list[str]:
    """Send one upload; count what came of it, and return each answer's kind."""
    kinds = []
    try:
        kinds.extend(_answer(pool, film, tally) for film in films_of_bytes("film", data))
    except Exception as error:  # noqa: BLE001  counted: this is what is looked for
        tally["unnamed"].append(repr(error)[:200])
    for kind in kinds:
        code = kind.split(":")[0]
        tally["answers"][code] = tally["answers"].get(code, 0) + 1
    return kinds


def _answer(pool: DecoderPool, film: FilmFile, tally: dict[str, Any]) -> str:
    begun = time.monotonic()
    try:
        prepared = pool.prepare(film.load(), _ORDER)
        refusal = prepared.refusal
    except InputError as error:
        prepared, refusal = None, error
    tally["longest"] = max(tally["longest"], time.monotonic() - begun)
    told = prepared.provenance if prepared else None
    words = (str(refusal or ""), *(told.warnings if told else ()))
    if any(_SECRET in sentence for sentence in words):
        tally["told_secrets"] += 1
    if isinstance(refusal, DecoderFailed):
        tally["decoder_failures"][str(refusal)] = (
            tally["decoder_failures"].get(str(refusal), 0) + 1
        )
    if refusal is not None:
        return f"{refusal.code}: {_shape(str(refusal))}"
    return f"read: {told.format if told else ''} {[_shape(each) for each in words[1:]]}"


def _shape(sentence: str) -> str:
    """Take the numbers out of a sentence, so that alike ones are the same."""
    return "".join("9" if letter.isdigit() else letter for letter in sentence)


def keep(folder: Path, number: int, data: bytes) -> None:
    """Keep a mutant that was answered in a new way."""
    folder.mkdir(exist_ok=True)
    (folder / f"{number:08d}").write_bytes(data)


def read_tally(folder: Path, seed: int) -> dict[str, Any]:
    """Return what was counted until now."""
    path = folder / f"tally-{seed}.json"
    if path.is_file():
        found: dict[str, Any] = json.loads(path.read_text())
        return found
    counts = dict.fromkeys(("done", "exits", "hangs", "told_secrets"), 0)
    empty = {"answers": {}, "decoder_failures": {}, "unnamed": [], "left_out": [], "kinds": []}
    return {"seed": seed, **counts, **empty, "longest": 0.0, "seconds": 0.0}


def write_tally(folder: Path, tally: dict[str, Any]) -> None:
    """Keep the tally; a stop at any moment leaves the one before."""
    fresh = folder / "tally.new"
    fresh.write_text(json.dumps(tally))
    fresh.replace(folder / f"tally-{tally['seed']}.json")


def _wait(process: subprocess.Popen[bytes], folder: Path, seed: int) -> bool:
    """Wait for the end; False when nothing moved for a minute, and the process was killed."""
    last, since = -1, time.monotonic()
    while process.poll() is None:
        time.sleep(0.5)
        if (busy := _busy_with(folder)) != last:
            last, since = busy, time.monotonic()
        elif time.monotonic() - since > _STILL_SECONDS:
            process.kill()
            process.wait()
            return False
    return True


def _busy_with(folder: Path) -> int:
    try:
        return int((folder / "busy").read_text() or 0)
    except (OSError, ValueError):
        return 0


def _megabytes(process: psutil.Process) -> float:
    return round(float(process.memory_info().rss) / 2**20, 1)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    np.seterr(all="ignore")
    main()
