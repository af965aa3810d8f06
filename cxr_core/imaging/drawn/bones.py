"""The bones of a frontal chest: ribs, clavicles, shoulder blades, spine.

Each layer says how much more than its surroundings it holds back, 0 to about 1. The right of
the body is on the left of the film, as it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.imaging.drawn.strokes import Sheet, closed, mirrored, smooth

if TYPE_CHECKING:
    from cxr_core.domain import FloatArray
    from cxr_core.imaging.drawn.strokes import Course

_MIDLINE = 0.5
# Of the ribs from the first on: where they leave the spine, how far they reach sideways, and
# how far they fall on the way round to the front.
_RIBS = (
    (0.105, 0.165, 0.105), (0.145, 0.235, 0.150), (0.190, 0.285, 0.190), (0.240, 0.320, 0.215),
    (0.293, 0.345, 0.235), (0.348, 0.362, 0.250), (0.404, 0.372, 0.260), (0.462, 0.378, 0.265),
    (0.522, 0.380, 0.265), (0.585, 0.378, 0.255),
)  # fmt: skip
_ROOT = 0.038  # beside the midline, where a rib meets its vertebra
_FRONT_BEGINS, _FRONT_ENDS = 0.55 * np.pi, 0.82 * np.pi  # of half a turn around the chest
_WIDTH, _MARROW = 0.026, 0.017
_VERTEBRAE = 19


def draw_ribs(sheet: Sheet) -> FloatArray:
    """Draw both sides, back and front: tubes, brighter along their edges."""
    x, _ = sheet.coordinates()
    # In front they end in cartilage, which is hardly seen.
    bone = np.clip((np.abs(x - _MIDLINE) - 0.13) / 0.10, 0.0, 1.0)
    front = _tubes(sheet, _FRONT_BEGINS, _FRONT_ENDS) * np.asarray(bone, dtype=np.float32)
    return _tubes(sheet, 0.0, _FRONT_BEGINS) + 0.55 * front


def draw_clavicles(sheet: Sheet) -> FloatArray:
    """Draw both collar bones, thicker towards the breastbone."""
    places = (0.462, 0.178), (0.40, 0.170), (0.31, 0.138), (0.235, 0.112), (0.15, 0.104)
    right = smooth(places)
    bones = [right, mirrored(right, _MIDLINE)]
    strokes = [(course[:6], 0.042, 1.0) for course in bones]
    strokes += [(course, 0.030, 1.0) for course in bones]
    marrow = sheet.lines([(course, 0.020, 1.0) for course in bones], 0.003)
    return sheet.lines(strokes, 0.003) - 0.42 * marrow


def draw_shoulder_blades(sheet: Sheet) -> FloatArray:
    """Draw both blades, turned outwards as on a film that is taken well."""
    right = closed(
        (0.10, 0.13), (0.19, 0.16), (0.172, 0.30), (0.135, 0.44), (0.105, 0.40), (0.075, 0.25)
    )  # fmt: skip
    layer = sheet.blank()
    for outline in (right, mirrored(right, _MIDLINE)):
        edge = np.vstack([outline, outline[:1]])
        layer += 0.55 * sheet.area(outline, 0.004)
        layer += 0.40 * sheet.lines([(edge, 0.008, 1.0)], 0.003)
    return layer


def draw_spine(sheet: Sheet) -> FloatArray:
    """Draw the bodies of the vertebrae, their end plates, pedicles and spinous processes."""
    bodies = sheet.blank()
    plates: list[tuple[Course, float, float]] = []
    processes: list[tuple[Course, float, float]] = []
    top = 0.02
    for number in range(_VERTEBRAE):
        height, half = 0.046 + 0.0011 * number, 0.033 + 0.0007 * number
        middle, bottom = top + height / 2, top + height - 0.006
        left, right = _MIDLINE - half, _MIDLINE + half
        waist = 0.08 * half
        bodies += sheet.area(closed(
            (left, top + 0.004), (right, top + 0.004), (right - waist, middle),
            (right, bottom), (left, bottom), (left + waist, middle)), 0.0)  # fmt: skip
        plates += [
            (smooth([(left, edge), (right, edge)]), 0.004, 1.0)
            for edge in (top + 0.003, bottom + 0.001)
        ]
        for x, width, begin, end in (
            (_MIDLINE - 0.68 * half, 0.010, -0.012, -0.002),
            (_MIDLINE + 0.68 * half, 0.010, -0.012, -0.002),
            (_MIDLINE, 0.008, 0.004, 0.024),
        ):
            processes.append((smooth([(x, middle + begin), (x, middle + end)]), width, 1.0))
        top += height
    spine = 0.62 * sheet.blurred(bodies, 0.003)
    spine += 0.22 * sheet.lines(plates, 0.002)
    spine += 0.25 * sheet.lines(processes, 0.003)
    return np.asarray(spine, dtype=np.float32)


def _tubes(sheet: Sheet, begin: float, end: float) -> FloatArray:
    courses = [_rib(*rib, begin, end) for rib in _RIBS]
    courses += [mirrored(course, _MIDLINE) for course in courses]
    outer = sheet.lines([(course, _WIDTH, 1.0) for course in courses], 0.002)
    marrow = sheet.lines([(course, _MARROW, 1.0) for course in courses], 0.003)
    return np.asarray(outer - 0.4 * marrow, dtype=np.float32)


def _rib(start: float, reach: float, fall: float, begin: float, end: float) -> Course:
    """Follow a rib, from `begin` to `end` of half a turn."""
    turn = np.linspace(begin, end, 40)
    x = _MIDLINE - _ROOT - (reach - _ROOT) * np.sin(turn)
    y = start - 0.016 * np.sin(2 * np.clip(turn, 0, np.pi / 2)) + fall * (1 - np.cos(turn)) / 2
    return np.column_stack([x, y])
