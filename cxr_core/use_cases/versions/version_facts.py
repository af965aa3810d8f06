"""What people are told of a version: where it comes from, how good it is, what it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.registry.folders import bytes_of
from cxr_core.store.version_rows import Origin, VersionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.registry.catalogue import Entry
    from cxr_core.store.version_rows import PromotionRow, Roster, VersionRow


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a version comes from; "" where that is not known.

    `data_manifest` is the digest of the manifest of films, `parent` the version that it
    started from, `started_from` the same in words, `started_by` who ordered it.
    """

    data_manifest: str
    recipe: str
    parent: str
    started_from: str
    code_version: str
    started_by: str
    command: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version as people see it.

    `accuracy` and `balanced_accuracy` are shares of the films of `judged_on`, as its manifest
    has them, None where it was never judged. `created` and `serves_since` are seconds since
    1970; `problem` says why it cannot be used, "" where it can.
    """

    name: str
    line: str
    state: VersionState
    origin: Origin
    title: str
    version: str
    architecture: str
    classes: tuple[str, ...]
    accuracy: float | None
    accuracy_95: tuple[float, float] | None
    balanced_accuracy: float | None
    judged_on: str
    created: float
    created_by: str
    job: str | None
    serves_since: float | None
    weights_sha256: str
    lineage: Lineage
    size_bytes: int
    problem: str


@dataclass(frozen=True, slots=True)
class Overview:
    """All versions and changes of champion at one moment.

    `versions` are by line, champions first and then the newest; `before` names, by line, what
    a roll-back would put in force; `remarks` are sentences on what was found at the start.
    """

    versions: tuple[Version, ...]
    history: tuple[PromotionRow, ...]
    before: dict[str, str]
    remarks: tuple[str, ...] = ()

    def of(self, state: VersionState) -> list[Version]:
        """Return the versions in one state."""
        return [each for each in self.versions if each.state is state]


def version_of(row: VersionRow, entry: Entry | None, roster: Roster) -> Version:
    """Put together what the store and the folder say; `entry` is None where it is gone."""
    manifest = None if entry is None else entry.manifest
    record: Mapping[str, Any] = {} if manifest is None else manifest.record
    metrics = record.get("metrics", {})
    return Version(
        name=row.name,
        line=row.line,
        state=row.state,
        origin=row.origin,
        title=str(record.get("title") or row.name),
        version=str(record.get("version") or ""),
        architecture="" if manifest is None else manifest.architecture,
        classes=() if manifest is None else manifest.classes,
        accuracy=_number(metrics.get("accuracy")),
        accuracy_95=_interval(metrics.get("accuracy_95")),
        balanced_accuracy=_number(metrics.get("balanced_accuracy")),
        judged_on=str(metrics.get("manifest") or ""),
        created=row.created,
        created_by=row.created_by,
        job=row.job,
        serves_since=_since(row, roster),
        weights_sha256=row.weights_sha256,
        lineage=_lineage(record),
        size_bytes=0 if entry is None else bytes_of(entry.folder),
        problem=_problem(row, entry),
    )


def _problem(row: VersionRow, entry: Entry | None) -> str:
    if entry is None:
        return f"The folder of {row.name} is gone. Restore it from a backup or a bundle."
    return entry.problem or ""


def _since(row: VersionRow, roster: Roster) -> float | None:
    if row.state is not VersionState.CHAMPION:
        return None
    newest: PromotionRow | None = next(
        (each for each in roster.promotions if each.version == row.name), None
    )
    return None if newest is None else newest.at


def _lineage(record: Mapping[str, Any]) -> Lineage:
    recipe = record.get("recipe")
    name = recipe.get("name") if isinstance(recipe, dict) else recipe
    told = {
        key: str(record.get(key) or "")
        for key in (
            "data_manifest",
            "parent",
            "started_from",
            "code_version",
            "started_by",
            "command",
        )
    }
    return Lineage(recipe=str(name or ""), **told)


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]


def _interval(value: object) -> tuple[float, float] | None:
    match value:
        case [int() | float() as low, int() | float() as high]:
            return float(low), float(high)
        case _:
            return None
