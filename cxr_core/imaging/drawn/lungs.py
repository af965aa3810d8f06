"""The lungs of a frontal chest: their outline, vessels that branch, airways, and haze."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.imaging.drawn.strokes import Sheet, closed, smooth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cxr_core.domain import FloatArray
    from cxr_core.imaging.drawn.strokes import Course

RIGHT_LUNG = closed(
    (0.405, 0.118), (0.335, 0.128), (0.255, 0.200), (0.190, 0.320), (0.152, 0.460),
    (0.136, 0.600), (0.128, 0.720), (0.130, 0.806), (0.160, 0.756), (0.225, 0.718),
    (0.300, 0.704), (0.370, 0.710), (0.440, 0.738), (0.440, 0.650), (0.440, 0.540),
    (0.452, 0.430), (0.456, 0.300), (0.452, 0.190), (0.440, 0.135))  # fmt: skip
LEFT_LUNG = closed(
    (0.595, 0.118), (0.665, 0.128), (0.745, 0.200), (0.810, 0.320), (0.848, 0.460),
    (0.866, 0.600), (0.874, 0.740), (0.870, 0.830), (0.842, 0.782), (0.780, 0.746),
    (0.710, 0.732), (0.640, 0.740), (0.575, 0.764), (0.566, 0.680), (0.560, 0.540),
    (0.552, 0.430), (0.546, 0.300), (0.548, 0.190), (0.560, 0.135))  # fmt: skip
_HILA = ((-1, 0.425, 0.445), (1, 0.578, 0.425))  # which side, and where
_TRUNKS = 9  # of each hilum
_GENERATIONS = 7
_LENGTH, _CALIBRE = 0.088, 0.0115


def draw_airways(sheet: Sheet) -> FloatArray:
    """Draw the windpipe, a little to the right, and both main bronchi: 1 where there is air."""
    fork = (0.492, 0.352)
    tubes = [
        (smooth([(0.497, 0.0), (0.496, 0.15), (0.490, 0.28), fork]), 0.036, 1.0),
        (smooth([fork, (0.462, 0.400), (0.440, 0.440)]), 0.026, 0.8),
        (smooth([fork, (0.530, 0.392), (0.566, 0.418)]), 0.022, 0.8),
    ]
    return sheet.lines(tubes, 0.005)


def draw_vessels(sheet: Sheet, chance: np.random.Generator) -> FloatArray:
    """Draw what leaves both hila, branch after branch, thinner and fainter as it goes."""
    branches = []
    for side, x, y in _HILA:
        for direction in np.linspace(-1.45, 1.40, _TRUNKS):
            # Lower lobes get more blood in a person who stands.
            length = _LENGTH * (0.84 + 0.13 * direction) * chance.uniform(0.9, 1.1)
            heading = np.pi / 2 - side * (np.pi / 2 - direction)
            branches += list(_branches((x, y), heading, length, 0, chance))
    strokes = [
        (course, _CALIBRE * 0.70**depth, 0.90 * 0.76**depth)
        for depth, course in sorted(branches, key=lambda branch: -branch[0])
    ]
    hilum = [
        (smooth([(x, y - 0.05), (x + side * 0.012, y), (x, y + 0.075)]), 0.034, 0.8)
        for side, x, y in _HILA
    ]
    return np.maximum(sheet.lines(strokes, 0.0009), sheet.lines(hilum, 0.010))


def draw_haze(sheet: Sheet, chance: np.random.Generator) -> FloatArray:
    """Draw patches in both lungs, low and outwards above all: 0 clear, 1 as dense as can be."""
    x, y = sheet.coordinates()
    haze = sheet.blank()
    patches = (
        (0.215, 0.600, 0.085, 0.120, 1.00), (0.255, 0.430, 0.070, 0.075, 0.60),
        (0.330, 0.640, 0.080, 0.070, 0.70), (0.790, 0.620, 0.080, 0.115, 0.95),
        (0.765, 0.440, 0.065, 0.085, 0.70), (0.690, 0.560, 0.060, 0.070, 0.45),
    )  # fmt: skip
    wobble_x, wobble_y = (0.022 * sheet.clouds(chance, 0.11) for _ in range(2))
    for across, down, width, height, strength in patches:
        sideways, downwards = (x - across + wobble_x) / width, (y - down + wobble_y) / height
        haze += strength * np.exp(-0.75 * (sideways**2 + downwards**2))
    mottle = 1.0 + 0.22 * sheet.clouds(chance, 0.05) + 0.12 * sheet.clouds(chance, 0.018)
    return np.asarray(np.clip(1.0 - np.exp(-1.5 * haze * mottle), 0.0, 1.0), dtype=np.float32)


def _branches(
    start: tuple[float, float],
    heading: float,
    length: float,
    depth: int,
    chance: np.random.Generator,
) -> Iterator[tuple[int, Course]]:
    """Yield a branch with its depth, then what it splits into."""
    bend = chance.normal(0.0, 0.16)
    places = [np.asarray(start)]
    for part in range(3):
        angle = heading + bend * part / 2
        places.append(places[-1] + length / 3 * np.array([np.cos(angle), 0.86 * np.sin(angle)]))
    yield depth, np.array(places)
    if depth + 1 >= _GENERATIONS:
        return
    end = (float(places[-1][0]), float(places[-1][1]))
    spread = chance.uniform(0.30, 0.62)
    share = chance.uniform(0.35, 0.65)
    for turn in (spread * share * 1.3, -spread * (1 - share) * 1.3):
        shorter = length * chance.uniform(0.68, 0.90)
        yield from _branches(end, heading + bend + turn, shorter, depth + 1, chance)
