"""Reduced precision where it pays, and nowhere else."""

from __future__ import annotations

from pathlib import Path

_REDUCED = "mixed_bfloat16"
_TILES = "amx_bf16"


def paying_precision(asked: str) -> str:
    """Return the precision to train in: bfloat16 only where the machine multiplies in it.

    That is an accelerator, or a processor with tiles (Intel AMX). Others imitate it at a tenth
    of float32's pace; AVX-512's bfloat16 dot products alone reached 0.5 to 0.8 of it.
    """
    if asked != _REDUCED or _has_accelerator() or _TILES in _flags():
        return asked
    return "float32"


def _has_accelerator() -> bool:
    import keras

    return any(
        not name.startswith("cpu") for name in map(str.lower, keras.distribution.list_devices())
    )


def _flags() -> set[str]:
    """What a Linux kernel says of the processor; nothing elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return set()
    lines = (line.partition(":") for line in text.splitlines())
    return {
        flag for name, _, value in lines if name.strip() == "flags" for flag in value.split()
    }
