"""Every class has a picture of its own, whatever it is called and whatever the film is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.domain import ModelRef, Prediction, Reading
from cxr_core.use_cases.heatmaps import write_heatmaps

if TYPE_CHECKING:
    from pathlib import Path


def reading(name: str, classes: tuple[str, ...]) -> Reading:
    prediction = Prediction(
        model=ModelRef("any", "1", "0" * 64),
        classes=classes,
        probabilities=tuple(1 / len(classes) for _ in classes),
        logits=tuple(0.0 for _ in classes),
        heatmaps=np.random.default_rng(0).random((len(classes), 7, 7), dtype=np.float32),
        prediction_set=classes,
        reassuring=(),
        device="CPU",
        seconds=0.1,
    )
    view = np.full((60, 50), 128, np.uint8)
    return Reading(name, "0" * 64, None, None, (prediction,), view=view)


def test_classes_of_any_script_get_a_file_each(tmp_path: Path) -> None:
    classes = ("肺炎", "正常", "a b", "a/b", "..")
    paths = write_heatmaps(reading("film.png", classes), 1, tmp_path)["any"]
    assert len({path.name for path in paths.values()}) == len(classes)
    assert all(path.is_file() and path.parent == tmp_path for path in paths.values())


def test_films_of_the_same_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for number in (1, 2):
        write_heatmaps(reading("../x/film.png", ("normal",)), number, tmp_path)
    assert len(list(tmp_path.glob("*.png"))) == 2
