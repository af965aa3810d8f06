"""The audit itself: every part on one set of films, one pass for each condition."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.errors import DataError
from cxr_core.evaluation.audit.attention import measure_attention
from cxr_core.evaluation.audit.blackout import (
    BORDER_ONLY,
    LUNGS_HIDDEN,
    LUNGS_ONLY,
    PLAIN,
    compare_conditions,
)
from cxr_core.evaluation.audit.hiding import FILL, frame, hide
from cxr_core.evaluation.audit.probe import probe_sources
from cxr_core.evaluation.audit.results import Audit, Blackouts
from cxr_core.evaluation.audit.sanity import check_maps
from cxr_core.evaluation.audit.subject import ask, labels_of
from cxr_core.evaluation.audit.verdict import (
    attention_part,
    border_part,
    judge,
    lungs_part,
    sanity_part,
    source_part,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.domain import FloatArray
    from cxr_core.evaluation.audit.results import Blackout, Sanity
    from cxr_core.evaluation.audit.subject import (
        AuditFilm,
        AuditOptions,
        AuditSubject,
        Report,
    )
    from cxr_core.inference.engine import EngineOutput


def audit(
    subject: AuditSubject,
    films: Sequence[AuditFilm],
    options: AuditOptions,
    report: Report,
    notes: Sequence[str] = (),
) -> Audit:
    """Ask whether a network reads lungs or something else.

    Films that it has seen are used only where they have a lung mask, for what needs one, and
    are counted there. `notes` are sentences for the reader, of how the films were chosen.
    `report` hears a sentence, films done and films in all, and may raise to cancel.

    Raises
    ------
    DataError
        When no film is of a patient whom the network has not seen, or a film's class is none
        of its classes.
    ModelError
        When the network answers with values that are not finite.
    """
    used = _usable(subject, films)
    unseen = np.flatnonzero([not film.is_seen for film in used])
    whole = ask(subject, [film.pixels for film in used], options, _said(report, "whole films"))
    fresh = [used[place] for place in unseen]
    blackouts = _black_out(subject, used, whole, options, report)
    attention = measure_attention(subject.classes, used, whole, options)
    report("Telling sources apart", 0, 1)
    source = probe_sources(subject.classes, fresh, whole.features[unseen], options)
    sanity = _spoil(subject, fresh, whole.heatmaps[unseen], options, report)
    parts = (
        border_part(blackouts),
        lungs_part(blackouts),
        attention_part(attention),
        source_part(source),
        sanity_part(sanity),
    )
    score, verdict, reasons = judge(parts)
    return Audit(
        subject=subject.name,
        score=score,
        verdict=verdict,
        reasons=reasons,
        parts=parts,
        films=_counts(used),
        notes=tuple(notes),
        blackout=blackouts,
        attention=attention,
        source=source,
        sanity=sanity,
    )


def _usable(subject: AuditSubject, films: Sequence[AuditFilm]) -> list[AuditFilm]:
    """Leave out what is of no use, and refuse what cannot be judged."""
    used = [film for film in films if not film.is_seen or film.lungs is not None]
    if all(film.is_seen for film in used):
        raise DataError(
            f"None of the {len(films)} films is of a patient whom {subject.name} has not seen. "
            "Audit it on other films."
        )
    if not set(labels_of(used).tolist()) <= set(range(len(subject.classes))):
        raise DataError(
            f"A film's class is none of the {len(subject.classes)} classes of {subject.name}."
        )
    return used


def _said(report: Report, what: str) -> partial[None]:
    return partial(report, f"Reading {what}")


def _counts(used: Sequence[AuditFilm]) -> dict[str, int]:
    return {
        "all": len(used),
        "unseen": sum(not film.is_seen for film in used),
        "seen": sum(film.is_seen for film in used),
        "with_lungs": sum(film.lungs is not None for film in used),
        "unseen_with_lungs": sum(film.lungs is not None and not film.is_seen for film in used),
    }


def _black_out(
    subject: AuditSubject,
    used: Sequence[AuditFilm],
    whole: EngineOutput,
    options: AuditOptions,
    report: Report,
) -> Blackouts:
    def asked(pictures: Sequence[FloatArray], what: str) -> FloatArray:
        return ask(subject, pictures, options, _said(report, what)).logits

    plain = whole.logits
    unseen = [place for place, film in enumerate(used) if not film.is_seen]
    masked = [place for place, film in enumerate(used) if film.lungs is not None]
    bordered = asked([_border_of(used[place], options) for place in unseen], "borders")
    border = compare_conditions(
        subject.classes,
        [used[place] for place in unseen],
        {PLAIN: plain[unseen], BORDER_ONLY: bordered},
        options,
    )
    lungs = lungs_unseen = None
    if masked:
        pairs = [(film.pixels, film.lungs) for film in used if film.lungs is not None]
        conditions = {
            PLAIN: plain[masked],
            LUNGS_HIDDEN: asked([hide(*pair) for pair in pairs], "films without lungs"),
            LUNGS_ONLY: asked([hide(one, ~own) for one, own in pairs], "lungs alone"),
        }
        own = [used[place] for place in masked]
        lungs = compare_conditions(subject.classes, own, conditions, options)
        lungs_unseen = _of_unseen(subject, own, conditions, options)
    return Blackouts(FILL, options.frame_share, border, lungs, lungs_unseen)


def _of_unseen(
    subject: AuditSubject,
    films: Sequence[AuditFilm],
    conditions: dict[str, FloatArray],
    options: AuditOptions,
) -> Blackout | None:
    """Return the same on the films of unknown patients; None if that is none, or all."""
    kept = [place for place, film in enumerate(films) if not film.is_seen]
    if not kept or len(kept) == len(films):
        return None
    logits = {name: told[kept] for name, told in conditions.items()}
    return compare_conditions(
        subject.classes, [films[place] for place in kept], logits, options
    )


def _border_of(film: AuditFilm, options: AuditOptions) -> FloatArray:
    rows, columns = film.pixels.shape
    return hide(film.pixels, ~frame(rows, columns, options.frame_share))


def _spoil(
    subject: AuditSubject,
    films: Sequence[AuditFilm],
    maps: FloatArray,
    options: AuditOptions,
    report: Report,
) -> Sanity | None:
    """Check the maps on a few films, evenly from all classes as they come."""
    order = np.argsort(labels_of(films), kind="stable")
    spread = np.linspace(0, len(films) - 1, min(options.sanity_films, len(films)))
    chosen = np.unique(order[np.rint(spread).astype(int)])
    few = [films[place] for place in chosen]
    return check_maps(subject, few, maps[chosen], options, report)
