"""Part (d): whether the maps depend on what the network has learnt.

A map that stays as it is while the weights are drawn at random shows the film's edges, not the
network's reasons (Adebayo et al. 2018). The maps of all classes are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cxr_core.evaluation.audit.randomising import cascade, spoil
from cxr_core.evaluation.audit.results import Sanity, Stage
from cxr_core.evaluation.audit.shares import mean_share
from cxr_core.evaluation.audit.subject import ask
from cxr_core.evaluation.bootstrap import Options, bootstrap
from cxr_core.inference.engine import KerasEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras
    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray
    from cxr_core.evaluation.audit.randomising import Portion
    from cxr_core.evaluation.audit.subject import AuditFilm, AuditOptions, AuditSubject, Report
    from cxr_core.evaluation.bootstrap import Measure
    from cxr_core.evaluation.metrics import FloatMatrix

_SIDE = 64
_WINDOW, _DEVIATION = (11, 11), 1.5
_LUMINANCE, _CONTRAST = 0.01**2, 0.03**2


def check_maps(
    subject: AuditSubject,
    films: Sequence[AuditFilm],
    maps: FloatArray,
    options: AuditOptions,
    report: Report,
) -> Sanity | None:
    """Spoil the network in a cascade and compare its maps with the trained network's.

    `maps` are the trained network's, float32 (films, classes, rows, columns). Maps without heat
    have nothing to lose and are left out. None when the network cannot be rebuilt, or no map
    has heat.
    """
    rebuild = subject.rebuild
    warm = maps.max(axis=(2, 3)) > 0.0
    if rebuild is None or not warm.any():
        return None
    model = rebuild()
    trained = model.get_weights()
    portions = cascade(model, subject.heat_layer, subject.blocks)
    steps = options.randomisations * len(portions)
    found: list[list[_Likeness]] = []
    engine = _engine(model, subject.heat_layer)
    for number in range(options.randomisations):
        model.set_weights(trained)
        generator = np.random.default_rng([options.seed, number])
        stages = []
        for place, portion in enumerate(portions):
            report("Spoiling the weights", number * len(portions) + place, steps)
            spoil(model, portion, generator)
            engine = _engine(model, subject.heat_layer, engine)
            spoilt = ask(subject, [film.pixels for film in films], options, _unheard, engine)
            stages.append(_compare(maps, spoilt.heatmaps, warm))
        found.append(stages)
    report("Spoiling the weights", steps, steps)
    return Sanity(
        films=len(films),
        randomisations=options.randomisations,
        maps=int(warm.sum()),
        stages=_stages(portions, found, [film.group for film in films], options),
    )


def _engine(
    model: keras.Model, heat_layer: str, before: KerasEngine | None = None
) -> KerasEngine:
    """Under TensorFlow a compiled graph reads the weights as they are; JAX builds them in."""
    import keras

    if before is not None and keras.backend.backend() == "tensorflow":
        return before
    return KerasEngine(model, heat_layer)


def _unheard(done: int, total: int) -> None:
    """The stages are heard of, not the batches in them."""


@dataclass(frozen=True, slots=True, eq=False)
class _Likeness:
    """Mean over a film's maps that have heat, float64 (films,); NaN where none has."""

    spearman: FloatMatrix
    ssim: FloatMatrix
    zero_maps: int


def _compare(trained: FloatArray, spoilt: FloatArray, warm: NDArray[np.bool_]) -> _Likeness:
    spearman, ssim = np.zeros(warm.shape), np.zeros(warm.shape)
    for film, label in np.argwhere(warm):
        pair = trained[film, label], spoilt[film, label]
        spearman[film, label] = rank_correlation(*pair)
        ssim[film, label] = structural_similarity(*pair)
    maps = warm.sum(axis=1)
    nothing = np.full(len(warm), np.nan)
    return _Likeness(
        spearman=np.divide(spearman.sum(axis=1), maps, out=nothing.copy(), where=maps > 0),
        ssim=np.divide(ssim.sum(axis=1), maps, out=nothing.copy(), where=maps > 0),
        zero_maps=int((warm & (spoilt.max(axis=(2, 3)) <= 0.0)).sum()),
    )


def _stages(
    portions: Sequence[Portion],
    found: Sequence[Sequence[_Likeness]],
    groups: Sequence[str],
    options: AuditOptions,
) -> tuple[Stage, ...]:
    stages, layers = [], 0
    for place, portion in enumerate(portions):
        own = [stages_of_one[place] for stages_of_one in found]
        layers += len(portion.layers)
        stages.append(
            Stage(
                name=portion.name,
                layers=layers,
                spearman=_mean([each.spearman for each in own], groups, options),
                ssim=_mean([each.ssim for each in own], groups, options),
                zero_maps=sum(each.zero_maps for each in own),
            )
        )
    return tuple(stages)


def _mean(
    values: Sequence[FloatMatrix], groups: Sequence[str], options: AuditOptions
) -> Measure:
    mean = np.mean(values, axis=0)
    held = np.flatnonzero(np.isfinite(mean)).tolist()

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        return {"mean": mean_share(weights, mean[held])}

    drawing = Options(resamples=options.resamples, seed=options.seed)
    return bootstrap(statistic, [groups[place] for place in held], drawing).measure("mean")


def rank_correlation(one: FloatArray, other: FloatArray) -> float:
    """Spearman's rank correlation in [-1, 1], ties sharing their ranks; 0 for a flat map."""
    ranks = [_ranks(each.ravel()) for each in (one, other)]
    centred = [each - each.mean() for each in ranks]
    size = float(np.linalg.norm(centred[0]) * np.linalg.norm(centred[1]))
    return float(centred[0] @ centred[1]) / size if size > 0.0 else 0.0


def _ranks(values: NDArray[np.floating]) -> FloatMatrix:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - (counts - 1) / 2.0
    return np.asarray(middles[places], dtype=np.float64)


def structural_similarity(one: FloatArray, other: FloatArray) -> float:
    """SSIM of two maps in [0, 1], enlarged to 64 x 64 (Wang et al. 2004, eq. 13)."""
    side = (_SIDE, _SIDE)
    a, b = (
        np.asarray(cv2.resize(each, side, interpolation=cv2.INTER_LINEAR), dtype=np.float64)
        for each in (one, other)
    )

    def blurred(values: FloatMatrix) -> FloatMatrix:
        return np.asarray(cv2.GaussianBlur(values, _WINDOW, _DEVIATION), dtype=np.float64)

    mean_a, mean_b = blurred(a), blurred(b)
    spread_a = blurred(a * a) - mean_a**2
    spread_b = blurred(b * b) - mean_b**2
    together = blurred(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + _LUMINANCE) * (2 * together + _CONTRAST)
    below = (mean_a**2 + mean_b**2 + _LUMINANCE) * (spread_a + spread_b + _CONTRAST)
    return float((above / below).mean())
