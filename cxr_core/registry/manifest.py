"""What a version folder says of itself, checked before anything is built from it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.domain import Normalisation
from cxr_core.errors import DataError, ModelError
from cxr_core.evaluation.calibration import Calibration, parse_calibration
from cxr_core.inference.networks import Blueprint

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST_NAME = "manifest.json"
WEIGHTS_NAME = "weights.safetensors"
_FORMAT = 1
_SIZES = range(32, 1025)
_WIDTHS = range(1, 8193)
_MAX_HIDDEN = 4
_CANARY_FILMS = 2
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One version's description.

    `classes` is the order of the logits; `reassuring` names those that speak against urgency;
    `blueprint` says what network to build; `canary` the probabilities that the version gave
    for the canary batch when it was made; `record` is the whole file (data and split summary,
    metrics, date, command too); `calibration` is None where none was fitted.
    """

    name: str
    version: str
    architecture: str
    classes: tuple[str, ...]
    reassuring: tuple[str, ...]
    input_size: int
    normalisation: Normalisation
    blueprint: Blueprint
    weights_sha256: str
    weights_bytes: int
    trained_on_children: bool
    canary: tuple[tuple[float, ...], ...]
    record: dict[str, Any]
    calibration: Calibration | None = None


def is_version_name(name: str) -> bool:
    """Tell whether a version, and so its folder, may have this name."""
    return _NAME.fullmatch(name) is not None


def read_manifest(folder: Path) -> Manifest:
    """Read and check `folder`/manifest.json.

    Raises
    ------
    ModelError
        When it is missing, not JSON, or says something that cannot be true.
    """
    path = folder / MANIFEST_NAME
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{folder.name} has no {MANIFEST_NAME}.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{folder.name}/{MANIFEST_NAME} cannot be read as JSON.") from error
    try:
        return _parse(table)
    except ModelError as error:
        raise ModelError(f"{folder.name}/{MANIFEST_NAME}: {error}") from error
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        detail = f"key {error} is missing" if isinstance(error, KeyError) else str(error)
        raise ModelError(f"{folder.name}/{MANIFEST_NAME} is not complete: {detail}.") from error


def read_blueprint(table: dict[str, Any]) -> Blueprint:
    """Say what to build for a manifest, whole or still without weights and canary.

    Besides architecture, classes and input_size, the keys hidden, pooling, output, kernel and
    scaling may be there.

    Raises
    ------
    ValueError, KeyError, TypeError, OverflowError
        When a value is missing, or no such network can be built.
    """
    try:
        return Blueprint(
            str(table["architecture"]),
            len(table["classes"]),
            int(table["input_size"]),
            hidden=_hidden(table),
            pooling=str(table.get("pooling", "average")),
            output=str(table.get("output", "softmax")),
            kernel=_kernel(table),
            scaling=_scaling(table),
        )
    except DataError as error:
        raise ValueError(str(error).rstrip(".")) from error


def _parse(table: dict[str, Any]) -> Manifest:
    if table["format"] != _FORMAT:
        raise ValueError(f"format is {table['format']!r}; expected {_FORMAT}")
    classes = tuple(str(name) for name in table["classes"])
    if len(classes) < 2 or len(set(classes)) != len(classes):
        raise ValueError(f"classes are {list(classes)}; expected two or more different names")
    reassuring = tuple(table.get("reassuring", [name for name in classes if name == "normal"]))
    if not set(reassuring) <= set(classes):
        raise ValueError(f"reassuring names {list(reassuring)}, which are not all classes")
    size = int(table["input_size"])
    if size not in _SIZES:
        raise ValueError(f"input_size is {size}; expected {_SIZES.start} to {_SIZES.stop - 1}")
    name = str(table["name"])
    if not is_version_name(name):
        raise ValueError(f"name is {name!r}; expected letters, digits, dots, dashes")
    if not isinstance(table.get("metrics", {}), dict):
        raise ValueError("metrics is not a table; expected names and numbers")
    normalisation = Normalisation(table["normalisation"])
    blueprint = read_blueprint(table)
    if normalisation is Normalisation.DATASET and blueprint.scaling is None:
        raise ValueError("normalisation is dataset without a scaling; expected both")
    return Manifest(
        name=name,
        version=str(table["version"]),
        architecture=blueprint.network,
        classes=classes,
        reassuring=reassuring,
        input_size=size,
        normalisation=normalisation,
        blueprint=blueprint,
        weights_sha256=str(table["weights"]["sha256"]),
        weights_bytes=int(table["weights"]["bytes"]),
        trained_on_children=table.get("trained_on_children", False) is True,
        canary=_canary(table, len(classes)),
        record=table,
        calibration=parse_calibration(table.get("calibration"), classes),
    )


def _hidden(table: dict[str, Any]) -> tuple[int, ...]:
    widths = tuple(int(width) for width in table.get("hidden", ()))
    if len(widths) > _MAX_HIDDEN or not all(width in _WIDTHS for width in widths):
        raise ValueError(
            f"hidden is {list(widths)}; expected at most {_MAX_HIDDEN} widths of "
            f"{_WIDTHS.start} to {_WIDTHS.stop - 1}"
        )
    return widths


def _kernel(table: dict[str, Any]) -> int:
    kernel = table.get("kernel", 3)
    if type(kernel) is not int:
        raise ValueError(f"kernel is {kernel!r}; expected a whole number of pixels")
    return kernel


def _scaling(table: dict[str, Any]) -> tuple[float, float] | None:
    match table.get("scaling"):
        case None:
            return None
        case [int() | float() as mean, int() | float() as deviation]:
            return float(mean), float(deviation)
        case values:
            raise ValueError(f"scaling is {values!r}; expected a mean and a deviation")


def _canary(table: dict[str, Any], classes: int) -> tuple[tuple[float, ...], ...]:
    rows = tuple(tuple(float(p) for p in row) for row in table["canary"]["probabilities"])
    if [len(row) for row in rows] != [classes] * _CANARY_FILMS:
        raise ValueError(
            f"canary probabilities do not match the {classes} classes; expected "
            f"{_CANARY_FILMS} rows with a number for each"
        )
    return rows
