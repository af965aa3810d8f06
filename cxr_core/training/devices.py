"""Several accelerators of one machine share every batch."""

from __future__ import annotations


def spread_over_devices() -> int:
    """Let Keras split each batch over all GPUs or TPUs; return how many share it.

    One device, or a backend for which Keras has no distribution, changes nothing. Keras
    distributes on JAX; under TensorFlow and PyTorch one device trains.
    """
    import keras

    if keras.backend.backend() != "jax":
        return 1
    devices = [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
    if len(devices) > 1:
        parallel = keras.distribution.DataParallel(devices=devices)
        keras.distribution.set_distribution(parallel)
    return max(1, len(devices))
