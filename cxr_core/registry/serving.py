"""What reads films: a champion for each line, renewed while the program runs.

Who serves is asked for at most once a second. A reading takes its versions when it begins and
keeps them to its end, so a promotion disturbs nobody; the next reading takes the new ones. A
champion whose folder is damaged is replaced by the newest earlier one that can be trusted, and
that is said for as long as it lasts.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cxr_core.domain import ModelRef
from cxr_core.errors import DataError, ModelError, StorageError
from cxr_core.evaluation.calibration import parse_calibration
from cxr_core.registry.folders import seal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cxr_core.registry.catalogue import Catalogue, LoadedModel
    from cxr_core.registry.folders import Seal

_FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """A version, and what was noted when it was promoted.

    `seal` is None for a bundled version, for which the program itself vouches; `calibration`
    is None where the version's own is served.
    """

    version: str
    seal: Seal | None = None
    calibration: dict[str, Any] | None = None
    is_bundled: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What may serve as a line: the champion, then the earlier ones, the newest first."""

    name: str
    choices: tuple[Assignment, ...]


class Serving:
    """The versions of a catalogue that read films.

    `lines` says which serve, None where nothing was ever decided: then all bundled ones do.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        lines: Callable[[], Sequence[Line] | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalogue = catalogue
        self._ask = lines
        self._clock = clock
        self._lines: Sequence[Line] | None = None
        self._asked: float | None = None
        self._is_stale = False
        self._unanswered = ""
        self._faults: dict[str, str] = {}
        self._lock = threading.Lock()

    def lines(self) -> Sequence[Line] | None:
        """Return what serves, asked for at most once a second.

        When the answer cannot be had, the last one stands; while somebody asks, the others go
        on with it.
        """
        must_wait = self._asked is None or self._is_stale
        if not self._lock.acquire(blocking=must_wait):
            return self._lines
        try:
            now = self._clock()
            if self._asked is None or self._is_stale or now - self._asked >= _FRESH_SECONDS:
                self._is_stale = False  # before asking: what changes meanwhile is asked again
                self._renew()
                self._asked = now
            return self._lines
        finally:
            self._lock.release()

    def refresh(self) -> None:
        """Ask again at the next reading."""
        self._is_stale = True

    def _renew(self) -> None:
        try:
            self._lines = self._ask()
            self._unanswered = ""
        except StorageError as error:
            self._unanswered = f"Which versions serve cannot be asked: {error}"

    def load(self, names: Sequence[str] | None = None) -> list[LoadedModel]:
        """Return what serves now: every line, or the lines and versions of these names.

        Raises
        ------
        DataError
            When a name is neither a line nor a version.
        ModelError
            When one that was asked for by name cannot be loaded, or none can.
        """
        lines = self.lines()
        if lines is None:
            return self._catalogue.load(names)
        if names is not None:
            return [self._named(name, lines) for name in names]
        loaded = []
        for line in lines:
            try:
                loaded.append(self._line(line))
            except ModelError:
                continue  # kept with its reason in problems()
        if not loaded:
            raise ModelError(
                "No version that serves can be used. Run `python -m cxr_core models verify`."
            )
        return loaded

    def serves(self, version: str) -> bool:
        """Tell whether a version is a champion now."""
        lines = self.lines()
        return lines is not None and any(line.choices[0].version == version for line in lines)

    def words(self) -> list[str]:
        """Name each line and the version that shall serve it, without loading anything."""
        lines = self.lines()
        if lines is None:
            entries = self._catalogue.bundled()
            return [f"{each.name} {each.manifest.version}" for each in entries if each.manifest]
        return [f"{line.name} {self._version(line.choices[0])}" for line in lines]

    def problems(self) -> dict[str, str]:
        """Why a line is not served by its champion, of those asked for so far."""
        lines = self.lines()
        if lines is None:
            found = self._catalogue.problems()
        else:
            names = {line.name for line in lines}
            found = {name: words for name, words in self._faults.items() if name in names}
        return {**found, **({"database": self._unanswered} if self._unanswered else {})}

    def _version(self, choice: Assignment) -> str:
        if not choice.is_bundled:
            return choice.version
        try:
            manifest = self._catalogue.entry(choice.version).manifest
        except DataError:
            return choice.version
        return choice.version if manifest is None else manifest.version

    def _named(self, name: str, lines: Sequence[Line]) -> LoadedModel:
        for line in lines:
            if line.name == name:
                return self._line(line)
        for line in lines:
            if line.choices[0].version == name:
                return self._line(replace(line, choices=line.choices[:1]))
        try:
            return self._catalogue.load([name])[0]
        except DataError as error:
            known = [line.name for line in lines]
            raise DataError(
                f"There is no model {name!r}; expected one of {known}, or the name of a "
                "version (`python -m cxr_core models list`)."
            ) from error

    def _line(self, line: Line) -> LoadedModel:
        reasons = []
        for choice in line.choices:
            try:
                model = load_assigned(self._catalogue, line.name, choice)
            except (ModelError, DataError) as error:
                reasons.append(str(error))
                continue
            if reasons:
                told = f"{reasons[0]} {choice.version} serves instead."
                self._faults[line.name] = told
            else:
                self._faults.pop(line.name, None)
            return model
        self._faults[line.name] = reasons[0]
        raise ModelError(f"{line.name} cannot be served: {reasons[0]}")


def load_assigned(catalogue: Catalogue, line: str, choice: Assignment) -> LoadedModel:
    """Load a version as what it serves: named by its line, with its promoted thresholds.

    Raises
    ------
    DataError
        When its folder is gone.
    ModelError
        When it is damaged, or not what was promoted.
    """
    entry = catalogue.entry(choice.version)
    if choice.seal is not None and entry.manifest is not None:
        found = seal_of(entry.folder, entry.manifest.weights_sha256)
        if found != choice.seal:
            raise ModelError(
                f"{choice.version} is not what was promoted: its manifest or its weights were "
                "exchanged. Restore its folder, or roll back."
            )
    [model] = catalogue.load([choice.version])
    manifest = model.manifest
    if choice.calibration is not None:
        served = parse_calibration(choice.calibration, manifest.classes)
        manifest = replace(manifest, calibration=served)
    version = manifest.version if choice.is_bundled else manifest.name
    return replace(
        model, ref=ModelRef(line, version, manifest.weights_sha256), manifest=manifest
    )
