"""Turn a folder with a weight file into a version: write the manifest that vouches for it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cxr_core.domain import Normalisation
from cxr_core.inference.canary import canary_batch
from cxr_core.inference.engine import KerasEngine
from cxr_core.inference.networks import Head, build_network, network_named
from cxr_core.inference.weights import load_into
from cxr_core.registry.atomic import write_json
from cxr_core.registry.catalogue import load_arrays
from cxr_core.registry.manifest import MANIFEST_NAME, WEIGHTS_NAME, Manifest, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

_DECIMALS = 6


def publish(folder: Path, description: dict[str, Any]) -> Manifest:
    """Complete `description` with the weights' digest and the canary's answers; write it.

    `description` has the manifest's name, version, architecture, classes, input_size,
    normalisation, and whatever people should know.

    Raises
    ------
    ModelError
        When the weights do not fit the description.
    """
    data = (folder / WEIGHTS_NAME).read_bytes()
    network = network_named(description["architecture"])
    size = int(description["input_size"])
    head = Head(len(description["classes"]), tuple(description.get("hidden", ())))
    model = build_network(network, head, size)
    load_into(model, load_arrays(data, folder.name))
    engine = KerasEngine(model, network.heat_layer)
    canary = canary_batch(size, Normalisation(description["normalisation"]))
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
