"""What a film can show, as a small tree, and the views of it that recipes train on.

    normal
    pneumonia
    ├── bacterial
    ├── viral
    ├── fungal
    └── covid19
    other_disease
    unknown

`unknown` is never trained on and never judged by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cxr_core.errors import DataError

_NOT = "not_"


class Finding(StrEnum):
    """One node of the tree."""

    NORMAL = "normal"
    PNEUMONIA = "pneumonia"
    BACTERIAL = "bacterial"
    VIRAL = "viral"
    FUNGAL = "fungal"
    COVID19 = "covid19"
    OTHER_DISEASE = "other_disease"
    UNKNOWN = "unknown"

    @property
    def parent(self) -> Finding | None:
        """The node above, None at the top."""
        return Finding.PNEUMONIA if self in _KINDS_OF_PNEUMONIA else None

    def agrees_with(self, other: Finding) -> bool:
        """Say whether both can be true of one film: equal, one above the other, or unknown.

        >>> Finding.PNEUMONIA.agrees_with(Finding.COVID19)
        True
        >>> Finding.VIRAL.agrees_with(Finding.COVID19)
        False
        """
        return (
            self == other
            or Finding.UNKNOWN in (self, other)
            or self.parent == other
            or other.parent == self
        )


_KINDS_OF_PNEUMONIA = frozenset(
    {Finding.BACTERIAL, Finding.VIRAL, Finding.FUNGAL, Finding.COVID19}
)


@dataclass(frozen=True, slots=True)
class LabelSpace:
    """A recipe's classes as a view of the tree, in the order of the logits.

    A class named after a node takes that node and whatever stands beneath it, unless another
    class is named after that; a class called `not_<node>` takes every known film that no other
    class takes.
    """

    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse names that the tree does not have.

        Raises
        ------
        DataError
            When a class is neither a node nor `not_` and a node, is `unknown`, or stands
            twice.
        """
        known = [each.value for each in Finding if each is not Finding.UNKNOWN]
        for name in self.classes:
            if name.removeprefix(_NOT) not in known:
                raise DataError(
                    f"Class {name!r} is not in the ontology; expected {', '.join(known)}, or "
                    "one of these after not_."
                )
        if len(set(self.classes)) < len(self.classes):
            raise DataError(f"A class stands twice in {', '.join(self.classes)}.")
        if sum(name.startswith(_NOT) for name in self.classes) > 1:
            raise DataError(
                f"{', '.join(self.classes)}: more than one class takes all the rest; expected "
                "at most one that begins with not_."
            )

    def class_of(self, finding: Finding) -> str | None:
        """Return the class of a film; None when the view has no place for it.

        >>> LabelSpace(("normal", "pneumonia", "covid19")).class_of(Finding.VIRAL)
        'pneumonia'
        >>> LabelSpace(("covid19", "not_covid19")).class_of(Finding.NORMAL)
        'not_covid19'
        """
        if finding is Finding.UNKNOWN:
            return None
        node: Finding | None = finding
        while node is not None:
            if node.value in self.classes:
                return node.value
            node = node.parent
        for name in self.classes:
            if name.startswith(_NOT) and self._may_be(finding, name.removeprefix(_NOT)):
                return name
        return None

    def _may_be(self, finding: Finding, denied: str) -> bool:
        """A film of "pneumonia" may be of the very kind that `not_<kind>` denies."""
        return denied not in {finding.value, finding.parent} and (
            Finding(denied).parent is not finding
        )


def most_specific(findings: Iterable[Finding]) -> Finding | None:
    """Return the one finding that all agree on, None when two of them cannot both be true.

    >>> most_specific([Finding.UNKNOWN, Finding.PNEUMONIA, Finding.COVID19])
    <Finding.COVID19: 'covid19'>
    """
    told = {each for each in findings if each is not Finding.UNKNOWN}
    if not told:
        return Finding.UNKNOWN
    if not all(one.agrees_with(other) for one in told for other in told):
        return None
    return max(told, key=lambda each: each.parent is not None)
