"""On what a training ran, for whoever wants to repeat it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "opencv-python", "safetensors")


def describe_environment() -> dict[str, object]:
    """Name the machine, the backend and the versions; no path, user or host."""
    import keras

    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "backend": keras.backend.backend(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""  # another backend's machine
