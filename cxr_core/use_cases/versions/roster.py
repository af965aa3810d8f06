"""From what the store says of versions to what serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr_core.registry.folders import Seal
from cxr_core.registry.serving import Assignment, Line
from cxr_core.store.version_rows import NewVersion, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.registry.catalogue import Entry
    from cxr_core.store.version_rows import PromotionRow, Roster

SEALED = "sealed"  # in a promotion's decision: what the version was


def assignment(roster: Roster, line: str, name: str) -> Assignment:
    """Return a version as it was last made champion of a line.

    Thresholds that were fitted to other weights, as of a bundled version that came anew with a
    later program, are not served.
    """
    row = roster.version(name)
    is_bundled = row is not None and row.origin is Origin.BUNDLED
    newest = newest_change(roster, line, name)
    seal = None if newest is None else seal_in(newest)
    if newest is None or seal is None:
        return Assignment(name, is_bundled=is_bundled)
    is_same = row is not None and row.weights_sha256 == seal.weights_sha256
    return Assignment(
        name,
        seal=None if is_bundled else seal,
        calibration=newest.calibration if is_same else None,
        is_bundled=is_bundled,
    )


def newest_change(roster: Roster, line: str, name: str) -> PromotionRow | None:
    """Return the last change by which a version came to serve a line."""
    return next(
        (each for each in roster.promotions if (each.line, each.version) == (line, name)), None
    )


def lines_of(roster: Roster, bundled: Sequence[Entry]) -> list[Line]:
    """Return every line's champion, and whom it followed.

    Bundled versions that nobody registered yet serve lines of their own that have no champion.
    """
    lines = []
    for row in roster.champions():
        names = [row.name, *roster.earlier(row.line, row.name)]
        choices = tuple(assignment(roster, row.line, name) for name in names)
        lines.append(Line(row.line, choices))
    served = {line.name for line in lines}
    lines += [
        Line(entry.name, (Assignment(entry.name, is_bundled=True),))
        for entry in bundled
        if roster.version(entry.name) is None and entry.name not in served
    ]
    return sorted(lines, key=lambda line: line.name)


def seal_in(promotion: PromotionRow) -> Seal | None:
    """Return what was noted of a version when it was promoted."""
    told = promotion.decision.get(SEALED)
    if not isinstance(told, dict):
        return None
    return Seal(str(told.get("weights_sha256")), str(told.get("manifest_sha256")))


def seal_as_dict(seal: Seal) -> dict[str, str]:
    """Plain values, for a promotion's decision."""
    return {"weights_sha256": seal.weights_sha256, "manifest_sha256": seal.manifest_sha256}


def new_version(entry: Entry) -> NewVersion | None:
    """Describe a bundled version for the store; None where it is damaged."""
    if entry.manifest is None:
        return None
    weights = entry.manifest.weights_sha256
    return NewVersion(entry.name, entry.name, Origin.BUNDLED, weights)
