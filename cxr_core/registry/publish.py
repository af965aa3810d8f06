"""Turn a folder with a weight file into a version: write the manifest that vouches for it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cxr_core.domain import Normalisation
from cxr_core.errors import ModelError
from cxr_core.inference.canary import canary_batch
from cxr_core.inference.engine import KerasEngine
from cxr_core.inference.networks import NETWORKS, build_network
from cxr_core.inference.weights import load_into
from cxr_core.registry.atomic import write_json
from cxr_core.registry.catalogue import load_arrays
from cxr_core.registry.manifest import (
    MANIFEST_NAME,
    WEIGHTS_NAME,
    Manifest,
    read_blueprint,
    read_manifest,
)

if TYPE_CHECKING:
    from pathlib import Path

_DECIMALS = 6


def publish(folder: Path, description: dict[str, Any]) -> Manifest:
    """Complete `description` with the weights' digest and the canary's answers; write it.

    `description` has the manifest's name, version, architecture, classes, input_size,
    normalisation, what else decides the network (hidden, pooling, output, kernel, scaling),
    and whatever people should know.

    Raises
    ------
    ModelError
        When no such network can be built, or the weights do not fit it.
    """
    data = (folder / WEIGHTS_NAME).read_bytes()
    try:
        blueprint = read_blueprint(description)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"{folder.name} describes no network: {error}.") from error
    model = build_network(blueprint)
    load_into(model, load_arrays(data, folder.name))
    engine = KerasEngine(model, NETWORKS[blueprint.network].heat_layer)
    canary = canary_batch(blueprint.size, Normalisation(description["normalisation"]))
    answers = engine.run(canary).probabilities
    table = {
        "format": 1,
        **description,
        "weights": {
            "file": WEIGHTS_NAME,
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
        },
        "canary": {
            "probabilities": [[round(float(p), _DECIMALS) for p in row] for row in answers]
        },
    }
    write_json(folder / MANIFEST_NAME, table)
    return read_manifest(folder)
