"""A place where trainings take seconds: drawn films, a tiny champion, and recipes for it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.datasets.manifest import load_manifest
from cxr_core.services import TrainingWish, build_services
from cxr_core.settings import Settings
from tests.datasets.releases import curated, write_releases
from tests.tiny import SIZE, tiny_version

if TYPE_CHECKING:
    from cxr_core.services import Services

CHAMPION = "vgg16"
CLASSES = ("normal", "pneumonia", "covid19")
_ROOT = Path(__file__).resolve().parents[2]
_RECIPE = """
title = "{title}"
paper = ""
network = "vgg16"
kernel = 3
classes = ["normal", "pneumonia", "covid19"]
normalisation = "film"
initial_weights = "stage-a"
substitute_weights = ""
seed = 1
batch = 16
sampling = "balanced"
films_per_epoch = 32
most_draws_per_film = 4
label_smoothing = 0.0
class_weights = []
precision = "float32"
keep = "best_loss"
head = {{ pooling = "average", hidden = [], dropout = 0.1, l2 = 0.0, output = "softmax" }}
optimiser = {{ name = "adamw", momentum = 0.0, weight_decay = 0.01, gradient_norm = 1.0 }}

[augmentation]
rotation = 5.0
zoom = 0.05
shift = 0.02
contrast = 0.2
flip = 0.5
views = 1

[[stages]]
size = {size}
epochs = {epochs}
trains = "{trains}"
schedule = "cosine"
rate = 1e-3
last_rate = 1e-5
warm_up_epochs = 0.5
decay_epochs = 0.0
cycles = 1
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder with everything in it, and the environment that leads there."""

    folder: Path
    environment: dict[str, str]

    def services(self) -> Services:
        """Open it from inside."""
        return build_services(Settings.from_environment(self.environment))

    def wish(self, recipe: str, name: str, **more: object) -> TrainingWish:
        """Wish for a training from the champion."""
        digest = load_manifest(self.folder / "data" / "manifest").digest
        told = {"start": CHAMPION, **more}
        return TrainingWish(recipe, recipe, name, digest, **told)  # type: ignore[arg-type]

    def work(self) -> None:
        """Let a worker do all that is ordered."""
        done = subprocess.run(
            [sys.executable, "-m", "cxr_core", "worker", "--until-idle"],
            cwd=_ROOT,
            env={**os.environ, **self.environment},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr


def write_recipes(folder: Path, epochs: int = 2) -> None:
    """Write a recipe that trains a head, and one that trains the last block."""
    folder.mkdir(parents=True)
    for name, trains in (("tiny-head", "head"), ("tiny-block", "block5")):
        text = _RECIPE.format(title=f"Tiny: {trains}", size=SIZE, epochs=epochs, trains=trains)
        (folder / f"{name}.toml").write_text(text)


def retraining_place(folder: Path, patients: int = 20, *, is_curated: bool = True) -> Place:
    """Make it; without `is_curated` the releases wait to be curated."""
    releases, models = write_releases(folder / "releases", patients), folder / "models"
    tiny_version(models, CHAMPION, CLASSES)
    write_recipes(folder / "data" / "recipes")
    if is_curated:
        curated(releases, folder / "data" / "manifest")
    environment = {
        "CXR_DATA_DIR": str(folder / "data"),
        "CXR_DATASETS_DIR": str(releases),
        "CXR_MODELS_DIR": str(models),
    }
    return Place(folder, environment)
