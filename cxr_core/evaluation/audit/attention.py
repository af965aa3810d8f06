"""Part (b): how much of the heat lies in the lungs. No network: testable on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cxr_core.evaluation.audit.results import Attention, ClassAttention, MassShare
from cxr_core.evaluation.bootstrap import Options, bootstrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray
    from cxr_core.evaluation.audit.subject import AuditFilm, AuditOptions
    from cxr_core.evaluation.metrics import FloatMatrix
    from cxr_core.inference.engine import EngineOutput


def share_on_film(heat: FloatArray, lungs: NDArray[np.bool_]) -> float | None:
    """Share of a coarse map's mass in the lungs, the map enlarged to the film.

    Enlarged linearly, as `inference.overlay` paints it. None for a map without heat.
    """
    rows, columns = lungs.shape
    large = cv2.resize(heat, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return _share(np.asarray(large, dtype=np.float64), lungs.astype(np.float64))


def share_on_map(heat: FloatArray, lungs: NDArray[np.bool_]) -> float | None:
    """Share of a coarse map's mass in the lungs, each cell by how much of it is lung."""
    rows, columns = heat.shape
    cells = cv2.resize(lungs.astype(np.float64), (columns, rows), interpolation=cv2.INTER_AREA)
    return _share(heat.astype(np.float64), np.asarray(cells, dtype=np.float64))


def _share(heat: FloatMatrix, weights: FloatMatrix) -> float | None:
    mass = np.maximum(heat, 0.0)
    total = mass.sum()
    return float((mass * weights).sum() / total) if total > 0.0 else None


def measure_attention(
    classes: Sequence[str],
    films: Sequence[AuditFilm],
    output: EngineOutput,
    options: AuditOptions,
) -> Attention | None:
    """Measure the maps of the answered classes on the films whose lungs are known.

    `output` runs parallel to `films`. None when no film has a mask.
    """
    told = output.logits.argmax(axis=1)
    rows = [
        _Row(
            group=film.group,
            answer=int(answer),
            area=float(film.lungs.mean()),
            film=share_on_film(output.heatmaps[place, answer], film.lungs),
            map=share_on_map(output.heatmaps[place, answer], film.lungs),
        )
        for place, (film, answer) in enumerate(zip(films, told, strict=True))
        if film.lungs is not None
    ]
    if not rows:
        return None
    on_film, on_map, dark = _shares(rows, options)
    masked = [film for film in films if film.lungs is not None]
    return Attention(
        films=len(rows),
        patients=len({row.group for row in rows}),
        seen=sum(film.is_seen for film in masked),
        without_lungs=len(films) - len(rows),
        zero_maps=dark,
        film=on_film,
        map=on_map,
        per_class=tuple(
            _of_class(name, [row for row in rows if row.answer == place], options)
            for place, name in enumerate(classes)
            if any(row.answer == place for row in rows)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One film's numbers; `film` and `map` None where its map has no heat."""

    group: str
    answer: int
    area: float
    film: float | None
    map: float | None


def _of_class(name: str, rows: Sequence[_Row], options: AuditOptions) -> ClassAttention:
    on_film, on_map, dark = _shares(rows, options)
    return ClassAttention(name, len(rows), dark, on_film, on_map)


def _shares(
    rows: Sequence[_Row], options: AuditOptions
) -> tuple[MassShare | None, MassShare | None, int]:
    """Means on the film and on the map over the maps that have heat, and how many have none."""
    warm = [row for row in rows if row.film is not None and row.map is not None]
    if not warm:
        return None, None, len(rows)
    area = np.array([row.area for row in warm])
    groups = [row.group for row in warm]
    on_film = np.array([row.film for row in warm], dtype=np.float64)
    on_map = np.array([row.map for row in warm], dtype=np.float64)
    return (
        _mass_share(on_film, area, groups, options),
        _mass_share(on_map, area, groups, options),
        len(rows) - len(warm),
    )


def _mass_share(
    share: FloatMatrix, area: FloatMatrix, groups: Sequence[str], options: AuditOptions
) -> MassShare:
    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        return {
            "share": np.asarray(weights @ share / weights.sum(axis=1)),
            "ratio": np.asarray((weights @ share) / (weights @ area)),
        }

    drawing = Options(resamples=options.resamples, seed=options.seed)
    estimates = bootstrap(statistic, groups, drawing)
    return MassShare(estimates.measure("share"), float(area.mean()), estimates.measure("ratio"))
