"""A film that kills its decoder costs itself: neighbours, server and store never notice."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
from pydicom.uid import JPEG2000Lossless

from cxr_core.domain import Normalisation, Presentation
from cxr_core.errors import BlankImage, DecoderFailed, InputError, NotFrontal, StorageError
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.isolation import wire
from cxr_core.imaging.isolation.answers import read_film, read_prepared
from cxr_core.imaging.isolation.pool import ChildLimits, DecoderPool
from cxr_core.imaging.preparing import InProcess, Order
from tests.imaging.films import dicom_of, picture_of, stored_chest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORDER = Order([(64, Normalisation.FILM), (32, Normalisation.IMAGENET)], 96)
FILM = dicom_of(stored_chest(), PixelSpacing=[0.2, 0.3], WindowCenter=[2048, 900],
                WindowWidth=[4096, 500])  # fmt: skip
LARGE = dicom_of(np.kron(stored_chest(), np.ones((24, 24), np.uint16)), syntax=JPEG2000Lossless)


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    made = DecoderPool(Limits(study_key=b"key"), ChildLimits(processes=1))
    yield made
    made.close()


def the_process(pool: DecoderPool) -> psutil.Process:
    pool.decode(FILM)
    (worker,) = pool.processes()
    return psutil.Process(worker)


def test_a_film_is_the_same_wherever_it_is_decoded(pool: DecoderPool) -> None:
    here, there = InProcess(pool.limits).decode(FILM), pool.decode(FILM)
    assert np.array_equal(here.pixels, there.pixels)
    assert here.provenance == there.provenance
    assert not there.pixels.flags.writeable
    turned = pool.decode(FILM, Presentation(is_inverted=True))
    assert np.allclose(turned.pixels, InProcess(pool.limits)
                       .decode(FILM, Presentation(is_inverted=True)).pixels)  # fmt: skip


def test_a_film_is_made_ready_the_same_wherever_it_is_decoded(pool: DecoderPool) -> None:
    here, there = InProcess(pool.limits).prepare(FILM, ORDER), pool.prepare(FILM, ORDER)
    assert there.refusal is None
    assert here.sha256 == there.sha256
    assert here.provenance == there.provenance
    assert np.array_equal(here.view, there.view)
    for kind, made in here.inputs.items():
        assert np.array_equal(made.pixels, there.inputs[kind].pixels)
        assert made.geometry == there.inputs[kind].geometry


def test_a_refusal_keeps_its_class_its_words_and_what_was_read(pool: DecoderPool) -> None:
    blank = picture_of(np.full((80, 90), 7, np.uint8))
    with pytest.raises(BlankImage) as there:
        pool.decode(blank)
    with pytest.raises(BlankImage) as here:
        InProcess().decode(blank)
    assert str(there.value) == str(here.value)
    assert there.value.provenance == here.value.provenance is not None


def test_a_lateral_is_refused_and_can_be_looked_at(pool: DecoderPool) -> None:
    lateral = dicom_of(stored_chest(), ViewPosition="LL")
    prepared = pool.prepare(lateral, ORDER)
    assert isinstance(prepared.refusal, NotFrontal)
    assert prepared.inputs == {}
    assert prepared.view is not None
    shown = pool.decode(lateral, Presentation(any_view=True))
    assert shown.pixels.shape == stored_chest().shape


def test_processes_are_kept_between_films(pool: DecoderPool) -> None:
    before = the_process(pool).pid
    for _ in range(3):
        pool.prepare(FILM, ORDER)
    assert the_process(pool).pid == before


def test_tensorflow_is_never_loaded_and_secrets_stay_out(monkeypatch) -> None:
    monkeypatch.setenv("CXR_DATABASE_URL", "postgresql://me:secret@host/films")
    alone = DecoderPool(Limits(), ChildLimits(processes=1))
    process = the_process(alone)
    assert "CXR_DATABASE_URL" not in process.environ()
    mapped = " ".join(each.path for each in process.memory_maps())
    assert "tensorflow" not in mapped
    assert "numpy" in mapped
    alone.close()


def test_a_film_that_kills_its_decoder_is_refused_and_the_next_is_read(
    pool: DecoderPool,
) -> None:
    with killing_every_decoder(pool):
        prepared = pool.prepare(LARGE, ORDER)
    assert isinstance(prepared.refusal, DecoderFailed)
    assert "crashed" in str(prepared.refusal)
    assert pool.prepare(FILM, ORDER).refusal is None


def test_a_decoder_that_the_machine_ends_costs_no_film(pool: DecoderPool) -> None:
    the_process(pool).kill()
    assert pool.prepare(FILM, ORDER).refusal is None


def test_neighbours_of_a_crash_are_read() -> None:
    two = DecoderPool(Limits(), ChildLimits(processes=2))
    two.prepare(FILM, ORDER)
    with ThreadPoolExecutor(4) as threads:
        films = [threads.submit(two.prepare, data, ORDER) for data in [FILM, LARGE] * 6]
        with killing_one_decoder(two):
            refusals = [film.result().refusal for film in films]
    assert refusals == [None] * 12
    two.close()


def test_a_film_that_takes_too_long_is_ended_and_named() -> None:
    hasty = DecoderPool(Limits(), ChildLimits(processes=1, seconds=0.02))
    hasty.prepare(FILM, ORDER)
    with pytest.raises(DecoderFailed, match="seconds of work"):
        hasty.decode(LARGE)
    hasty.close()


def test_a_stopped_decoder_is_given_up_by_the_clock() -> None:
    alone = DecoderPool(Limits(), ChildLimits(processes=1, seconds=0.3))
    process = the_process(alone)
    process.suspend()
    with pytest.raises(DecoderFailed):
        alone.decode(FILM)
    assert not psutil.pid_exists(process.pid)
    alone.close()


def test_memory_is_bounded() -> None:
    tight = DecoderPool(Limits(), ChildLimits(processes=1, memory_bytes=24 << 20))
    with pytest.raises(InputError):
        tight.decode(LARGE)
    assert tight.prepare(FILM, ORDER).refusal is None
    tight.close()


@pytest.mark.skipif(sys.platform == "win32", reason="without resource limits")
def test_a_decoder_writes_no_files_and_leaves_no_core(pool: DecoderPool) -> None:
    process = the_process(pool)
    assert process.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert process.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert process.rlimit(psutil.RLIMIT_NOFILE)[1] <= 64


def test_a_machine_that_starts_nothing_says_so(monkeypatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    alone = DecoderPool(Limits(), ChildLimits(processes=1))
    for _ in range(2):  # the place in the pool is not lost
        with pytest.raises(StorageError, match="starts no decoder"):
            alone.decode(FILM)


def test_decoders_end_with_the_pool_and_with_the_server(tmp_path: Path) -> None:
    alone = DecoderPool(Limits(), ChildLimits(processes=1))
    process = the_process(alone)
    del alone
    process.wait(10)
    script = (
        "import sys, os, signal\n"
        "from cxr_core.imaging.isolation.pool import DecoderPool\n"
        "from cxr_core.imaging.decode import Limits\n"
        "from tests.imaging.test_isolation import FILM\n"
        "pool = DecoderPool(Limits())\n"
        "pool.decode(FILM)\n"
        "print(*pool.processes(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    (number,) = map(int, said.stdout.split())
    deadline = time.monotonic() + 10
    while psutil.pid_exists(number) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(number)


@pytest.mark.parametrize(
    "told",
    [
        {"refusal": None, "provenance": None},
        {"refusal": None, "provenance": {"sha256": "0"}},
        {"refusal": ["corrupt_image"], "provenance": None},
        {"refusal": None},
        {},
    ],
)
def test_an_answer_that_makes_no_sense_is_a_failed_decoder(told: dict) -> None:
    with pytest.raises(DecoderFailed):
        read_film(dict(told), [np.zeros((4, 4), np.float32)])
    with pytest.raises(DecoderFailed):
        read_prepared(dict(told) | {"sha256": "", "has_view": False}, [], [(4, ORDER)])


@pytest.mark.parametrize(
    "message",
    [
        struct.pack("<IQ", 1 << 30, 0),
        struct.pack("<IQ", 2, 1 << 40) + b"{}",
        struct.pack("<IQ", 2, 0) + b"[]",
        struct.pack("<IQ", 2, 0) + b"\xff\xff",
        struct.pack("<IQ", 60, 8) + b'{"arrays": [["object", [1]]]}'.ljust(60) + bytes(8),
        struct.pack("<IQ", 60, 8) + b'{"arrays": [["float32", [-2]]]}'.ljust(60) + bytes(8),
        struct.pack("<IQ", 60, 8) + b'{"arrays": [["uint8", [9]]]}'.ljust(60) + bytes(8),
        struct.pack("<IQ", 60, 8) + b'{"arrays": [["uint8", [true]]]}'.ljust(60) + bytes(8),
        struct.pack("<IQ", 80, 8)
        + b'{"arrays": [["uint8", [65536, 65536, 65536, 65536]]]}'.ljust(80)
        + bytes(8),
        b"\x01",
    ],
)
def test_a_message_that_claims_too_much_is_not_believed(message: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(message)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(wire.BadMessage):
            wire.receive_arrays(ours, 1 << 20)


class killing_every_decoder:  # noqa: N801
    """Kill each process of a pool again and again, as a film does that crashes its decoder."""

    once = False

    def __init__(self, pool: DecoderPool) -> None:
        self._pool = pool
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._kill)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _kill(self) -> None:
        while not self._is_over.wait(0.05):
            for number in self._pool.processes():
                os.kill(number, signal.SIGSEGV)
                if self.once:
                    return


class killing_one_decoder(killing_every_decoder):  # noqa: N801
    """Kill one process of a pool, once."""

    once = True
