"""Recipe files by which a small network trains within seconds, one step an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = """\
title = "A small network"
paper = ""
network = "nova"
kernel = 3
classes = ["normal", "pneumonia", "covid19"]
normalisation = "film"
initial_weights = "scratch"
substitute_weights = ""
seed = 1
batch = 64
sampling = "natural"
films_per_epoch = 0
most_draws_per_film = 1
label_smoothing = 0.0
class_weights = []
precision = "float32"
keep = "last"

[head]
pooling = "average"
hidden = []
dropout = 0.2
l2 = 0.0
output = "softmax"

[optimiser]
name = "sgd"
momentum = 0.0
weight_decay = 0.0
gradient_norm = 0.0

[augmentation]
rotation = 5.0
zoom = 0.0
shift = 0.0
contrast = 0.0
flip = 0.0
views = 0

[[stages]]
size = 32
epochs = 2
trains = "all"
schedule = "cosine"
rate = 1e-3
last_rate = 1e-4
warm_up_epochs = 0.0
decay_epochs = 0.0
cycles = 1
"""

HEAD_ONLY = ('trains = "all"', 'trains = "head"')
FROM_STAGE_A = ('initial_weights = "scratch"', 'initial_weights = "stage-a"')
FROM_IMAGENET = (
    'initial_weights = "scratch"\nsubstitute_weights = ""',
    'initial_weights = "imagenet"\nsubstitute_weights = "stage-a"',
)
STAGE_A = ('["normal", "pneumonia", "covid19"]', '["normal", "not_normal"]')


def write_recipe(path: Path, *changes: tuple[str, str], more: str = "") -> Path:
    """Write the recipe with some of its text replaced, and `more` after it."""
    text = RECIPE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text + more)
    return path
