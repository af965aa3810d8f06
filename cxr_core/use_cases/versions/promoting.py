"""Promote a candidate, and take it back: one click, one transaction, no reading disturbed.

The new version is loaded and its canary asked before anything changes, and it stays loaded:
readings that begin after the change find it ready, readings under way end with what they had.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.domain import Role
from cxr_core.errors import CxrError, DataError, ModelError
from cxr_core.registry.folders import is_protected, protect, seal_of, unprotect
from cxr_core.registry.manifest import is_version_name
from cxr_core.registry.serving import Assignment, load_assigned
from cxr_core.store.version_rows import Change, ChangeKind, Origin, VersionState
from cxr_core.use_cases.access import require
from cxr_core.use_cases.versions.roster import SEALED, assignment, newest_change, seal_as_dict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cxr_core.domain import Actor
    from cxr_core.registry.catalogue import Catalogue
    from cxr_core.registry.serving import Serving
    from cxr_core.store.version_rows import Roster, VersionRow
    from cxr_core.store.versions import VersionStore
    from cxr_core.use_cases.versions.gatekeeping import Gatekeeper, Standing
    from cxr_core.use_cases.versions.versions import Versions

LEAST_REASON = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """A promotion that is asked for.

    `line` is what it shall serve as, by default its own; `reason` sets the gate's word aside.
    """

    name: str
    line: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Promoter:
    """Changes champions. `versions` knows them, `gate` judges, `serving` is told."""

    store: VersionStore
    versions: Versions
    catalogue: Catalogue
    serving: Serving
    gate: Gatekeeper

    def standing(self, actor: Actor | None, name: str, line: str | None = None) -> Standing:
        """Say how a version stands at the gate, by answers that are kept; nothing is run.

        Raises
        ------
        AccessError
            When nobody is signed in.
        DataError
            When there is no such version.
        """
        require(actor, Role.READER, "see how versions compare")
        roster = self.versions.roster()
        row = _row(roster, name)
        return self.gate.standing(roster, name, line or row.line)

    def compare(
        self, actor: Actor | None, wish: Wish, report: Callable[[str, int, int], None]
    ) -> Standing:
        """Ask a candidate and its opponent about the films, where they were not asked yet.

        Takes minutes.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        DataError, ModelError, StorageError
            As reading the films does.
        """
        require(actor, Role.ADMINISTRATOR, "compare versions")
        standing = self.standing(actor, wish.name, wish.line)
        if standing.missing:
            self.gate.answer(standing.missing, report)
            standing = self.standing(actor, wish.name, wish.line)
        return standing

    def promote(self, actor: Actor | None, wish: Wish) -> Standing:
        """Make a version the champion of a line; return how it stood at the gate.

        Its thresholds are fitted anew on its kept validation answers. Where there are none,
        which only a reason allows, its own are served.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        DataError
            When the gate does not let it pass and no reason of 20 characters or more is given,
            when it serves already, or the champion changed meanwhile.
        ModelError
            When it cannot be loaded.
        StorageError
            When the disk or the database refuses; nothing has changed then.
        """
        who = require(actor, Role.ADMINISTRATOR, "promote versions").name
        roster = self.versions.roster()
        row = _row(roster, wish.name)
        line = wish.line or row.line
        if not is_version_name(line):
            raise DataError(f"{line!r} is no name of a line; expected letters, digits, dashes.")
        if row.state is VersionState.CHAMPION:
            raise DataError(f"{row.name} is the champion of {row.line} already.")
        standing = self.gate.standing(roster, row.name, line)
        reason = _reason(standing, wish.reason)
        champion = roster.champion(line)
        previous = None if champion is None else champion.name
        with self._sealed(row):
            change = self._prepared(row, line, previous)
            self._commit(who, _told(change, standing, reason))
        return standing

    def rollback(self, actor: Actor | None, line: str) -> str:
        """Put the champion before this one in force again, with its thresholds; return it.

        Where that one cannot be loaded, the one before it is taken, and so on.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        DataError
            When there is no such line, no champion before this one, or it changed meanwhile.
        ModelError
            When none of the earlier ones can be loaded.
        """
        who = require(actor, Role.ADMINISTRATOR, "roll versions back").name
        roster = self.versions.roster()
        champion = roster.champion(line)
        if champion is None:
            raise DataError(
                f"{line!r} is no line that is served; expected one of {_lines(roster)}."
            )
        reasons = []
        for name in roster.earlier(line, champion.name):
            row = roster.version(name)
            if row is None or row.state is VersionState.CHAMPION:
                reasons.append(f"{name} is purged, or serves elsewhere.")
                continue
            choice = assignment(roster, line, name)
            try:
                load_assigned(self.catalogue, line, choice)
            except (ModelError, DataError) as error:
                reasons.append(str(error))
                continue
            self._commit(who, _back(roster, choice, line, champion.name))
            return name
        if reasons:
            raise ModelError(f"No earlier champion of {line} can be loaded: {reasons[0]}")
        raise DataError(
            f"{champion.name} is the first champion of {line}; nothing is before it."
        )

    def _prepared(self, row: VersionRow, line: str, previous: str | None) -> Change:
        """Fit its thresholds, load it as it will serve, and note what it is."""
        fitted = self.gate.refit(row.name)
        calibration = None if fitted is None else fitted.as_dict()
        is_bundled = row.origin is Origin.BUNDLED
        choice = Assignment(row.name, None, calibration, is_bundled)
        model = load_assigned(self.catalogue, line, choice)
        if model.manifest.weights_sha256 != row.weights_sha256:
            raise ModelError(
                f"The weights of {row.name} are not those that were registered. Restore its "
                "folder."
            )
        folder = self.catalogue.folder_of(row.name)
        seal = seal_of(folder, model.manifest.weights_sha256)
        told = {SEALED: seal_as_dict(seal)}
        return Change(ChangeKind.PROMOTION, line, row.name, previous, None, told, calibration)

    def _commit(self, who: str, change: Change) -> None:
        detail: dict[str, Any] = {"kind": change.kind.value, "reason": change.reason}
        self.store.promote(who, change, {**detail, **_gate_words(change)})
        self.serving.refresh()

    @contextmanager
    def _sealed(self, row: VersionRow) -> Iterator[None]:
        """Make a version's files read-only before they are noted; undo it if that fails."""
        folder = self.catalogue.folder_of(row.name)
        if row.origin is Origin.BUNDLED or is_protected(folder):
            yield
            return
        protect(folder)
        try:
            yield
        except CxrError:
            found = self.store.roster()
            if all(each.version != row.name for each in found.promotions):
                unprotect(folder)
            raise


def _row(roster: Roster, name: str) -> VersionRow:
    row = roster.version(name)
    if row is None:
        known = [each.name for each in roster.versions]
        raise DataError(f"There is no version {name!r}; expected one of {known}.")
    return row


def _lines(roster: Roster) -> list[str]:
    return [each.line for each in roster.champions()]


def _reason(standing: Standing, given: str) -> str | None:
    """Return the reason for setting the gate aside, None where it need not be.

    Raises
    ------
    DataError
        When one is needed and not given.
    """
    if standing.decision is not None and standing.decision.passes:
        return None
    reason = given.strip()
    if len(reason) >= LEAST_REASON:
        return reason
    if standing.decision is not None:
        against = ", ".join(standing.decision.against)
        words = f"{standing.candidate} does not pass the gate: {against}."
    elif standing.missing:
        words = (
            f"Not compared yet: {', '.join(standing.missing)} was not asked about the films."
        )
    else:
        words = f"The gate cannot decide: {standing.problem}"
    raise DataError(
        f"{words} To promote it nevertheless, give a reason of {LEAST_REASON} characters or "
        "more."
    )


def _told(change: Change, standing: Standing, reason: str | None) -> Change:
    decision = standing.decision
    told = {
        **change.decision,
        "gate": None if decision is None else decision.as_dict(),
        "compared_with": standing.champion,
        "undecided": standing.problem or ", ".join(standing.missing),
    }
    return Change(
        change.kind,
        change.line,
        change.version,
        change.previous,
        reason,
        told,
        change.calibration,
    )


def _back(roster: Roster, choice: Assignment, line: str, previous: str) -> Change:
    """Put back what was noted when it last came to serve."""
    noted = newest_change(roster, line, choice.version)
    told = {} if noted is None else {k: v for k, v in noted.decision.items() if k == SEALED}
    return Change(
        ChangeKind.ROLLBACK, line, choice.version, previous, None, told, choice.calibration
    )


def _gate_words(change: Change) -> dict[str, Any]:
    gate = change.decision.get("gate")
    if change.kind is not ChangeKind.PROMOTION:
        return {}
    return {
        "gate": "passed" if gate and gate["passes"] else "set aside",
        "thresholds": "refitted" if change.calibration is not None else "its own",
    }
