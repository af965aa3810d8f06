"""One row of the catalogue: an input, how it is made, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

READ = "read"
_WARNED = "read, with a warning: "


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of input that is wrong, or looks so.

    `outcome` is an error code, or `READ`, or what `warned` returns. `spared` counts the other
    films of the same file, which are read all the same.
    """

    group: str
    name: str
    make: Callable[[], bytes]
    outcome: str
    spared: int = 0

    @property
    def is_refused(self) -> bool:
        """Whether the outcome is an error code."""
        return not self.outcome.startswith(READ)

    @property
    def warning(self) -> str:
        """Words that a warning of the reading holds; "" where none is told."""
        return self.outcome.removeprefix(_WARNED) if _WARNED in self.outcome else ""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A way to store a film that is read.

    `make` stores the drawn chest at each of `depths`, in bits. `within` is by how much of 255
    a grey may then differ from the film's; None where every stored value comes out. `noted`
    are words that a warning of the reading holds.
    """

    group: str
    name: str
    depths: tuple[int, ...]
    decoder: str
    make: Callable[[int], bytes]
    within: int | None = None
    noted: str = ""

    @property
    def exactness(self) -> str:
        """How near the reading comes to the film, in words."""
        return "bit-exact" if self.within is None else f"within {self.within} of 255"


def warned(words: str) -> str:
    """Return the outcome of a film that is read with a warning that holds these words."""
    return _WARNED + words
