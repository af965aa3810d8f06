"""A frontal chest, put together: what lies in the beam's way adds up, then becomes a grey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from cxr_core.imaging.drawn.bones import (
    draw_clavicles,
    draw_ribs,
    draw_shoulder_blades,
    draw_spine,
)
from cxr_core.imaging.drawn.lungs import (
    LEFT_LUNG,
    RIGHT_LUNG,
    draw_airways,
    draw_haze,
    draw_vessels,
)
from cxr_core.imaging.drawn.strokes import Sheet, closed

if TYPE_CHECKING:
    from cxr_core.domain import FloatArray

WORDS = "SYNTHETIC, NOT A PATIENT"
ROWS, COLUMNS = 1800, 1536
_LETTER, _INK = 38, 0.97  # height of a capital in pixels, and its grey
_STRIP = 2 * _LETTER  # rows that the words take
_FINENESS = 2  # shapes are drawn so many times smaller: a detector blurs them too
_HEART = closed(
    (0.500, 0.470), (0.440, 0.500), (0.412, 0.570), (0.404, 0.650), (0.424, 0.722),
    (0.500, 0.760), (0.610, 0.778), (0.690, 0.768), (0.716, 0.725), (0.704, 0.660),
    (0.668, 0.575), (0.622, 0.500), (0.602, 0.440), (0.560, 0.430))  # fmt: skip
_MEDIASTINUM = closed(
    (0.430, -0.06), (0.570, -0.06), (0.556, 0.230), (0.592, 0.285), (0.597, 0.335),
    (0.578, 0.385), (0.600, 0.430), (0.592, 0.500), (0.560, 0.640), (0.556, 1.100),
    (0.444, 1.100), (0.440, 0.640), (0.432, 0.480), (0.444, 0.380), (0.436, 0.280),
    (0.444, 0.180))  # fmt: skip
_TRUNK = closed(
    (0.400, -0.10), (0.398, 0.015), (0.370, 0.060), (0.230, 0.085), (0.090, 0.120),
    (0.020, 0.200), (-0.10, 0.300), (-0.10, 1.10), (1.10, 1.10), (1.10, 0.300),
    (0.980, 0.200), (0.910, 0.120), (0.770, 0.085), (0.630, 0.060), (0.602, 0.015),
    (0.600, -0.10))  # fmt: skip
_AORTA = closed(
    (0.540, 0.275), (0.578, 0.280), (0.602, 0.308), (0.600, 0.342), (0.572, 0.365),
    (0.540, 0.360))  # fmt: skip
_STOMACH_AIR = closed(
    (0.650, 0.815), (0.715, 0.795), (0.765, 0.825), (0.755, 0.862), (0.690, 0.868))  # fmt: skip


def draw_chest(seed: int, *, is_hazy: bool = False) -> FloatArray:
    """Draw a chest as float32 (ROWS, COLUMNS) in [0, 1], dense tissue bright.

    Parameters
    ----------
    seed
        The same seed draws the same film; another one other vessels and another grain.
    is_hazy
        With soft patches in both lungs.
    """
    chance, patches = np.random.default_rng(seed).spawn(2)  # haze changes nothing else
    sheet = Sheet(ROWS // _FINENESS, COLUMNS // _FINENESS)
    haze = draw_haze(sheet, patches) if is_hazy else sheet.blank()
    small = _to_greys(_attenuation(sheet, chance, haze))
    film = cv2.resize(small, (COLUMNS, ROWS), interpolation=cv2.INTER_CUBIC)
    quanta = chance.standard_normal((ROWS, COLUMNS), dtype=np.float32)
    grain = cv2.GaussianBlur(quanta, (0, 0), 0.7)
    film += 0.020 * grain * (1.15 - film)  # few quanta come through what is dense
    return _with_words(np.clip(film, 0.0, 1.0, dtype=np.float32))


def _attenuation(sheet: Sheet, chance: np.random.Generator, haze: FloatArray) -> FloatArray:
    """Add up what lies in the way, from 0 for air alone."""
    x, y = sheet.coordinates()
    trunk = sheet.body(_TRUNK, 0.16, 0.004)
    air = sheet.body(RIGHT_LUNG, 0.12, 0.003) + sheet.body(LEFT_LUNG, 0.12, 0.003)
    heart = sheet.body(_HEART, 0.15, 0.004)
    belly = np.clip((y - 0.72) / 0.25, 0.0, 1.0)
    total = trunk * (1.50 + 0.45 * belly + 0.30 * (1.0 - np.abs(2.0 * x - 1.0)))
    total += 0.06 * trunk * sheet.clouds(chance, 0.20)
    total -= 1.20 * air * (1.0 - 0.68 * haze) * (1.0 - 0.45 * heart)
    open_lung = np.clip(2.5 * air, 0.0, 1.0) * (1.0 - 0.85 * heart)
    total += 0.40 * open_lung * (1.0 - 0.70 * haze) * draw_vessels(sheet, chance)
    total += 0.032 * open_lung * (sheet.clouds(chance, 0.013) + sheet.clouds(chance, 0.006))
    total += 0.52 * heart + 0.36 * sheet.body(_MEDIASTINUM, 0.10, 0.006)
    total += 0.30 * sheet.body(_AORTA, 0.05, 0.003)
    total -= 0.24 * draw_airways(sheet)
    total -= 0.42 * sheet.body(_STOMACH_AIR, 0.04, 0.004)
    total += 0.27 * draw_spine(sheet) * trunk + 0.25 * draw_ribs(sheet) * trunk
    total += 0.28 * draw_clavicles(sheet) + 0.12 * draw_shoulder_blades(sheet)
    return np.asarray(np.maximum(total, 0.0), dtype=np.float32)


def _to_greys(attenuation: FloatArray) -> FloatArray:
    """Show attenuation as a detector's processing does, with a toe and a shoulder."""
    return np.asarray(1.0 / (1.0 + np.exp(-2.0 * (attenuation - 1.30))), dtype=np.float32)


def _with_words(film: FloatArray) -> FloatArray:
    """Write at the upper left, where there is air, that nobody is shown: a copy keeps it."""
    face, place = cv2.FONT_HERSHEY_DUPLEX, (_LETTER // 2, _STRIP - _LETTER // 2)
    scale = cv2.getFontScaleFromHeight(face, _LETTER, 2)
    for grey, thickness in ((0.0, 10), (_INK, 2)):  # an edge around them, then the words
        letters = np.zeros((_STRIP, film.shape[1]), dtype=np.uint8)
        cv2.putText(letters, WORDS, place, face, scale, 255, thickness, cv2.LINE_AA)
        share = np.asarray(letters, dtype=np.float32) / 255.0
        film[:_STRIP] += share * (np.float32(grey) - film[:_STRIP])
    return film
