"""Write what each model looked at as PNG pictures, one per class, captioned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cxr_core.errors import StorageError
from cxr_core.inference.overlay import paint_heat, with_caption
from cxr_core.registry.atomic import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.domain import Prediction, Reading

PICTURE_SIDE = 1024
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


def write_heatmaps(reading: Reading, number: int, folder: Path) -> dict[str, dict[str, Path]]:
    """Paint every class of every prediction over the film's view: {model: {class: path}}.

    `number` keeps files of the same name apart; names are reduced to letters and digits.

    Raises
    ------
    StorageError
        When a picture cannot be written.
    """
    stem = _UNSAFE.sub("-", reading.name.replace("\\", "/").rsplit("/", 1)[-1])[:60]
    return {
        prediction.model.name: {
            name: _write_one(reading, prediction, name, folder / f"{number:04d}-{stem}")
            for name in prediction.classes
        }
        for prediction in reading.predictions
    }


def _write_one(reading: Reading, prediction: Prediction, name: str, prefix: Path) -> Path:
    if reading.view is None:
        raise ValueError("A refused film has no heatmaps.")
    film = reading.view.astype(np.float32) / np.float32(255.0)
    heatmap = prediction.heatmaps[prediction.classes.index(name)]
    caption = (
        f"{prediction.model.name}: Grad-CAM for {name}, {prediction.probability(name):.1%}"
    )
    picture = with_caption(paint_heat(film, heatmap), caption)
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    # The index keeps classes apart whose names have no letter that a file name may hold.
    index = prediction.classes.index(name)
    ending = f"{prediction.model.name}-{index}-{_UNSAFE.sub('-', name)}.png"
    path = prefix.with_name(f"{prefix.name}-{ending}")
    if not done:
        raise StorageError(f"The picture {path.name} could not be encoded.")
    write_atomically(path, data.tobytes())
    return path
