"""The decoder that the server uses: a few processes, kept, lent to one film at a time."""

from __future__ import annotations

import queue
import threading
import weakref
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from cxr_core.domain import AS_STORED
from cxr_core.errors import DecoderFailed, StorageError
from cxr_core.imaging.decode import digest
from cxr_core.imaging.isolation.answers import crashed, read_film, read_look, read_prepared
from cxr_core.imaging.isolation.worker import Died, Worker
from cxr_core.imaging.preparing import Prepared

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np
    from numpy.typing import NDArray

    from cxr_core.domain import InputKind, Presentation, Radiograph
    from cxr_core.imaging.decode import Limits
    from cxr_core.imaging.isolation.wire import Header
    from cxr_core.imaging.preparing import Look, Order

_MEBIBYTE = 1 << 20
_SECONDS_PER_BYTE = 0.25 / _MEBIBYTE
_PIXEL_BYTES = 4
_TABLE_BYTES = 4 << 16  # the greys of a film's levels
_MOST_SMALL_BYTES = 64 * _MEBIBYTE  # inputs and a view
_MOST_FILMS = 1000  # per process: codecs leak
_MOST_IDLE_BYTES = 512 * _MEBIBYTE  # a process that keeps more is replaced


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What one decoder process may use for one film.

    `seconds` are of the processor, and grow by 0.25 with each MiB of the file.
    """

    processes: int = 2
    memory_bytes: int = 2048 * _MEBIBYTE
    seconds: float = 4.0


class DecoderPool:
    """Decodes films in child processes.

    Processes start with the first film, are lent to one film at a time, and are replaced when
    they die, after many films, and when they keep much memory. Any thread may ask.
    """

    def __init__(self, limits: Limits, child_limits: ChildLimits | None = None) -> None:
        self.limits = limits
        self.child_limits = child_limits or ChildLimits()
        self._free: queue.LifoQueue[Worker | None] = queue.LifoQueue()
        for _ in range(self.child_limits.processes):
            self._free.put(None)
        self._all: set[Worker] = set()
        self._lock = threading.Lock()
        weakref.finalize(self, _end, self._all)

    def decode(self, data: bytes, presentation: Presentation = AS_STORED) -> Radiograph:
        """Decode a whole film.

        Raises
        ------
        InputError
            DecoderFailed where the process died of it.
        StorageError
            When no process can be started.
        """
        request = self._request("film", (), data, presentation)
        header, arrays = self._ask(request, data, self._most_film_bytes)
        return read_film(header, arrays)

    def look(
        self, data: bytes, kinds: Collection[InputKind], presentation: Presentation
    ) -> Look:
        """Decode a whole film with its values, and make what networks of `kinds` get of it.

        Raises
        ------
        InputError, StorageError
            As `decode`.
        """
        request = self._request("look", kinds, data, presentation)
        most_bytes = self._most_film_bytes + _MOST_SMALL_BYTES
        header, arrays = self._ask(request, data, most_bytes)
        return read_look(header, arrays, list(kinds))

    def prepare(self, data: bytes, order: Order) -> Prepared:
        """Make a film ready; what is wrong with it is told in `refusal`."""
        request = self._request("inputs", order.kinds, data, order.presentation)
        request["view_side"] = order.view_side
        try:
            header, arrays = self._ask(request, data, _MOST_SMALL_BYTES)
            return read_prepared(header, arrays, list(order.kinds))
        except DecoderFailed as refusal:
            return Prepared(digest(data), {}, None, None, refusal)

    def processes(self) -> list[int]:
        """Return the numbers of the processes that are there, as the machine counts them."""
        with self._lock:
            return sorted(worker.process_id for worker in self._all if worker.is_alive)

    def peak_bytes(self) -> int:
        """Return the most memory that one of the processes ever had."""
        with self._lock:
            return max((worker.peak_bytes for worker in self._all), default=0)

    def close(self) -> None:
        """End every process; a film that is being decoded is lost, the next starts anew."""
        with self._lock:
            _end(self._all)

    @property
    def _most_film_bytes(self) -> int:
        return self.limits.max_pixels * _PIXEL_BYTES + _TABLE_BYTES

    def _request(
        self,
        wanted: Literal["film", "look", "inputs"],
        kinds: Collection[InputKind],
        data: bytes,
        presentation: Presentation,
    ) -> dict[str, Any]:
        limits = asdict(self.limits)
        limits["study_key"] = limits["study_key"].hex()
        return {
            "wanted": wanted,
            "kinds": [[size, normalisation.value] for size, normalisation in kinds],
            "limits": limits,
            "presentation": asdict(presentation),
            "seconds": self.child_limits.seconds + _SECONDS_PER_BYTE * len(data),
        }

    def _ask(
        self, request: Header, data: bytes, most_bytes: int
    ) -> tuple[Header, list[NDArray[np.generic]]]:
        """Ask, and once more where a process died: the film may not have been the reason."""
        try:
            return self._ask_once(request, data, most_bytes)
        except Died as error:
            if error.is_late:
                raise _late(request) from error
        try:
            return self._ask_once(request, data, most_bytes)
        except Died as error:
            raise (_late(request) if error.is_late else crashed()) from error

    def _ask_once(
        self, request: Header, data: bytes, most_bytes: int
    ) -> tuple[Header, list[NDArray[np.generic]]]:
        worker = self._borrow()
        try:
            return worker.ask(request, data, most_bytes)
        finally:
            self._give_back(worker)

    def _borrow(self) -> Worker:
        worker = self._free.get()
        if worker is not None and worker.is_alive:
            return worker
        self._forget(worker)
        try:
            return self._start_worker()
        except OSError as error:
            self._free.put(None)
            raise StorageError(
                f"This machine starts no decoder process ({error.strerror}). Free memory or "
                "processes, and read the film again."
            ) from error

    def _forget(self, worker: Worker | None) -> None:
        if worker is not None:
            with self._lock:
                self._all.discard(worker)
            worker.end()

    def _start_worker(self) -> Worker:
        worker = Worker(self.child_limits.memory_bytes)
        with self._lock:
            self._all.add(worker)
        return worker

    def _give_back(self, worker: Worker) -> None:
        """Put a process back; one that has had its time makes room for a fresh one."""
        is_worn = worker.films >= _MOST_FILMS or worker.held_bytes > _MOST_IDLE_BYTES
        if worker.is_alive and not is_worn:
            self._free.put(worker)
            return
        self._forget(worker)
        fresh = None
        try:
            fresh = self._start_worker()  # ready before the next film comes
        except OSError:
            return  # whoever comes next is told
        finally:
            self._free.put(fresh)


def _end(workers: set[Worker]) -> None:
    while workers:
        workers.pop().end()


def _late(request: Header) -> DecoderFailed:
    return DecoderFailed(
        f"The decoder was ended after {request['seconds']:.0f} seconds of work on this file. "
        "Export the film again at its native size, uncompressed."
    )
