"""Versions with random weights: as real as any to the registry, and quick to make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safetensors.numpy import save

from cxr_core.registry.manifest import read_blueprint
from cxr_core.registry.publish import publish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIZE = 64


def tiny_version(
    models: Path, name: str, classes: Sequence[str], architecture: str = "vgg16", seed: int = 0
) -> Path:
    """Publish a version that reads 64 x 64 and has never been trained."""
    description = {
        "name": name,
        "version": "test",
        "architecture": architecture,
        "classes": list(classes),
        "input_size": SIZE,
        "normalisation": "film",
    }
    return described_version(models, description, seed)


def described_version(models: Path, description: dict[str, Any], seed: int = 0) -> Path:
    """Publish whatever is described, untrained."""
    import keras

    from cxr_core.inference.networks import build_network
    from cxr_core.inference.weights import arrays_of, compact

    keras.utils.set_random_seed(seed)
    model = build_network(read_blueprint(description))
    folder = models / description["name"]
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(save(compact(arrays_of(model))))
    publish(folder, description)
    return folder
