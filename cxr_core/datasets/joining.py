"""Which films are one film, and which patients are one patient: links into groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Link:
    """Two films, by their places, that copy detection holds to be related.

    `score` is `copies.likeness`, -1 to 1.
    """

    first: int
    second: int
    score: float


class Joined:
    """Disjoint sets over the places 0 to `count` - 1."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def join(self, first: int, second: int) -> None:
        """Make two places members of one set."""
        one, other = self._root(first), self._root(second)
        self._parents[max(one, other)] = min(one, other)

    def join_equal(self, keys: Sequence[Iterable[Hashable]]) -> None:
        """Join the places that share a key; `keys` has those of each place."""
        seen: dict[Hashable, int] = {}
        for place, own in enumerate(keys):
            for key in own:
                self.join(seen.setdefault(key, place), place)

    def names(self) -> list[int]:
        """Return the smallest member of each place's set."""
        return [self._root(place) for place in range(len(self._parents))]

    def _root(self, place: int) -> int:
        while self._parents[place] != place:
            self._parents[place] = self._parents[self._parents[place]]
            place = self._parents[place]
        return place
