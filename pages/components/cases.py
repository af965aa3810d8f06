"""The films of one browser session: what waits, what was read, and in which order to look."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cxr_core.domain import BURNED_IN_FLAG
from cxr_core.errors import NotFrontal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cxr_core.domain import FilmFile, Presentation, Reading

    Reader = Callable[[list[FilmFile]], Iterable[Reading]]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A film of this session: where its bytes are, and what was read."""

    number: int
    file: FilmFile
    reading: Reading

    @property
    def is_seen_only(self) -> bool:
        """Whether it is a lateral or oblique: shown, and read by no model."""
        return self.reading.refusal is not None and self.reading.refusal.code == NotFrontal.code

    @property
    def can_be_shown(self) -> bool:
        """Whether it can be looked at in Review."""
        return self.reading.refusal is None or self.is_seen_only

    @property
    def study(self) -> str | None:
        """What films of one study share; None where nobody knows."""
        return self.reading.provenance.study if self.reading.provenance else None


@dataclass(slots=True)
class Worklist:
    """The films of one browser session, read and waiting.

    `uploads` counts the drops, so that each drop starts with an empty uploader; `current` is
    the number of the case under review, `confirmed` the numbers of films with burnt-in text
    that a person has decided to look at. Streamlit may start the next run of a page while the
    last one is still reading: a reading is kept only by the newest reader, and always with the
    very file that it belongs to.
    """

    cases: dict[int, Case] = field(default_factory=dict)
    waiting: deque[FilmFile] = field(default_factory=deque)
    paused: bool = False
    uploads: int = 0
    current: int | None = None
    confirmed: set[int] = field(default_factory=set)
    _next: int = 1
    _reader: object = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, files: Iterator[FilmFile]) -> None:
        """Queue films for reading."""
        self.waiting.extend(files)
        self.paused = False

    def read_next(self, films: int, read: Reader) -> Iterator[Reading]:
        """Read the first films that wait; each leaves the queue only when its reading is kept.

        When the reader fails, reading is paused, so that no later visit fails by itself.
        """
        reader = object()
        with self._lock:
            self._reader = reader
            files = list(self.waiting)[:films]
        try:
            for file, reading in zip(files, read(files), strict=True):
                with self._lock:
                    if self._reader is not reader or file not in self.waiting:
                        return
                    self.waiting.remove(file)
                    self._keep(file, reading)
                yield reading
        except Exception:
            self.paused = True
            raise

    def read_again(self, case: Case, presentation: Presentation, read: Reader) -> None:
        """Read a film anew as a person wants it; its reading takes the old one's place."""
        file = replace(case.file, presentation=presentation)
        (reading,) = read([file])
        with self._lock:
            if self.cases.get(case.number) is case:
                self.cases[case.number] = Case(case.number, file, reading)

    def is_held(self, case: Case) -> bool:
        """Tell whether a film may show whose it is, and nobody has decided to look yet."""
        flags = case.reading.provenance.flags if case.reading.provenance else ()
        is_named = BURNED_IN_FLAG in flags and case.can_be_shown
        return is_named and case.number not in self.confirmed

    def ordered(self) -> list[Case]:
        """Cases in reading order: priority, then score, then arrival.

        Films that are held come last of their priority. Those of a study stand together, where
        the most urgent of them belongs.
        """
        alone = sorted(self.cases.values(), key=self._place)
        groups: dict[object, list[Case]] = {}
        for case in alone:
            groups.setdefault(case.study or case.number, []).append(case)
        return [case for group in groups.values() for case in group]

    def reviewable(self) -> list[Case]:
        """Cases that Review tells of, in reading order."""
        return [case for case in self.ordered() if case.can_be_shown]

    def readable(self) -> list[Case]:
        """Cases that models have read and that may be shown, in reading order."""
        return [
            case
            for case in self.ordered()
            if case.reading.refusal is None and not self.is_held(case)
        ]

    def companions(self, case: Case) -> list[Case]:
        """Other films of the same study that Review tells of, in reading order."""
        same = [each for each in self.reviewable() if each.study == case.study and case.study]
        return [each for each in same if each.number != case.number]

    def _place(self, case: Case) -> tuple[int, bool, float, int]:
        rank, score = case.reading.sort_key
        return rank, self.is_held(case), score, case.number

    def clear(self) -> None:
        """Forget every film, and whatever is being read at this moment."""
        with self._lock:
            self._reader = None
            self.cases.clear()
            self.waiting.clear()
            self.current = None
            self.confirmed.clear()

    def _keep(self, file: FilmFile, reading: Reading) -> None:
        """Add a case; the same file dropped again takes the place of its first."""
        twin = next(
            (
                case.number
                for case in self.cases.values()
                if (case.reading.sha256, case.reading.name) == (reading.sha256, reading.name)
                and reading.sha256 is not None
            ),
            None,
        )
        number = self._next if twin is None else twin
        self._next = max(self._next, number + 1)
        self.cases[number] = Case(number, file, reading)
