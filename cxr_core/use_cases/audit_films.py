"""Which films an audit looks at, and how they and their lungs are read."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cxr_core.datasets.lungs import read_lungs, show_the_same
from cxr_core.errors import DataError, InputError
from cxr_core.evaluation.audit.subject import AuditFilm, AuditOptions
from cxr_core.imaging.decode import decode_radiograph
from cxr_core.imaging.preparing import fit_within
from cxr_core.use_cases.location import locate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cxr_core.datasets.collection import LabelledFilm
    from cxr_core.datasets.lungs import MaskedFilm
    from cxr_core.datasets.manifest import Film
    from cxr_core.domain import FloatArray
    from cxr_core.imaging.decode import Limits

_LONGEST = 512


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """Which films are audited, and how.

    At most `films` of the split, dealt evenly to classes and sources; those with a lung mask
    come first, up to `masked` of them. When fewer than `fewest_masked` of those are there, or
    fewer than two classes have enough of them, films with masks from elsewhere in the manifest
    join for what needs lungs, up to `masked` in all: the version may know their patients.
    """

    films: int = 300
    masked: int = 80
    fewest_masked: int = 20
    options: AuditOptions = field(default_factory=AuditOptions)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A film that may be audited; `masked` where some row's mask shows its lungs."""

    film: Film
    labelled: LabelledFilm
    masked: MaskedFilm | None
    is_seen: bool


def choose_films(candidates: Sequence[Candidate], plan: AuditPlan) -> list[Candidate]:
    """Choose what is audited, the same films for the same candidates in any order."""
    fresh = [each for each in candidates if not each.is_seen]
    masked = _deal_evenly([each for each in fresh if each.masked], plan.masked)
    taken = {each.film.path for each in masked}
    rest = [each for each in fresh if each.film.path not in taken]
    chosen = masked + _deal_evenly(rest, max(0, plan.films - len(masked)))
    labels = Counter(each.labelled.label for each in masked)
    judged = [name for name, count in labels.items() if count >= plan.options.fewest_films]
    if len(masked) < plan.fewest_masked or len(judged) < 2:
        known = [each for each in candidates if each.is_seen and each.masked]
        chosen += _deal_evenly(known, plan.masked - len(masked))
    return chosen


def _deal_evenly(candidates: Sequence[Candidate], count: int) -> list[Candidate]:
    """Take films turn by turn from each class, and in it from each source and patient."""
    ordered = sorted(candidates, key=lambda each: _digest(each.film.path))
    taken: Counter[tuple[str, ...]] = Counter()
    ranked = []
    for each in ordered:
        label, source, group = each.labelled.label, each.film.source, each.film.group
        nth_of_patient = taken[label, source, group]
        taken[label, source, group] += 1
        ranked.append((nth_of_patient, each))
    ranked.sort(key=lambda pair: pair[0])  # every patient's first film before any second
    by_cell: dict[str, dict[str, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for _, each in ranked:
        by_cell[each.labelled.label][each.film.source].append(each)
    queues = [_by_turns(sorted(cells.items())) for _, cells in sorted(by_cell.items())]
    return _by_turns([(str(place), queue) for place, queue in enumerate(queues)])[:count]


def _by_turns(queues: Sequence[tuple[str, list[Candidate]]]) -> list[Candidate]:
    longest = max((len(queue) for _, queue in queues), default=0)
    return [queue[turn] for turn in range(longest) for _, queue in queues if turn < len(queue)]


def _digest(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FilmReader:
    """Decodes a film, and its lungs; what cannot be used is told in a sentence.

    `folders` says where the releases lie (`location`); without it no mask is found. The larger
    films are shrunk to 512 pixels, more than any network here reads.
    """

    folders: dict[str, str]
    limits: Limits
    classes: tuple[str, ...]

    def read(self, candidate: Candidate) -> tuple[AuditFilm | None, str]:
        """Return the film, None if it cannot be used, and what is wrong, "" for nothing.

        A film that may have been seen is of no use without its lungs.
        """
        try:
            pixels = self._pixels(candidate.labelled.load())
        except InputError as error:
            return None, f"not read ({error.code})."
        lungs, problem = None, ""
        if candidate.masked is not None and self.folders:
            try:
                lungs = self._lungs(candidate.masked, pixels)
            except (DataError, InputError, OSError) as error:
                problem = f"lung mask not used. {error}"
        if candidate.is_seen and lungs is None:
            return None, problem
        film = AuditFilm(
            name=candidate.film.path,
            pixels=pixels,
            label=self.classes.index(candidate.labelled.label),
            source=candidate.film.source,
            group=candidate.film.group,
            lungs=lungs,
            is_seen=candidate.is_seen,
        )
        return film, problem

    def _pixels(self, data: bytes) -> FloatArray:
        return fit_within(decode_radiograph(data, self.limits).pixels, _LONGEST)

    def _lungs(self, masked: MaskedFilm, pixels: FloatArray) -> NDArray[np.bool_]:
        drawn_on = masked.drawn_on
        if masked.is_copy:
            other = self._pixels(locate(self.folders, drawn_on).read_bytes())
            if not show_the_same(pixels, other):
                raise DataError("It was drawn on a copy that shows another part of the film.")
        place = locate(self.folders, replace(drawn_on, path=drawn_on.mask))
        return read_lungs(place.read_bytes(), *pixels.shape)
