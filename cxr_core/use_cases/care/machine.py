"""What this machine has: processor, memory, graphics cards, disk. Nothing heavy is imported."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from cxr_core import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

_CPU_TABLE = Path("/proc/cpuinfo")
_PATIENCE = 5.0  # seconds that a graphics driver gets to answer
_PACKAGES = ("streamlit", "tensorflow", "keras", "numpy", "pydicom", "sqlalchemy", "alembic")
_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class GraphicsCard:
    """A card that the driver told of; bytes."""

    name: str
    memory: int
    used: int


@dataclass(frozen=True, slots=True)
class Devices:
    """Processor, memory (bytes) and cards; `load` is how many cores a minute's work took."""

    processor: str
    cores: int
    load: float
    memory: int
    memory_free: int
    cards: tuple[GraphicsCard, ...]


@dataclass(frozen=True, slots=True)
class DiskUse:
    """The disk that holds the data folder, and what the parts of the folder take; bytes."""

    folder: Path
    total: int
    free: int
    parts: Mapping[str, int]

    @property
    def used(self) -> int:
        """Bytes that the parts take together."""
        return sum(self.parts.values())

    @property
    def free_share(self) -> float:
        """Share of the disk that is free, in [0, 1]."""
        return self.free / self.total if self.total else 0.0


def find_devices() -> Devices:
    """Ask the operating system, and the driver of graphics cards where there is one."""
    memory = psutil.virtual_memory()
    return Devices(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        load=psutil.getloadavg()[0],
        memory=memory.total,
        memory_free=memory.available,
        cards=_cards(),
    )


def find_disk(folder: Path, parts: Mapping[str, tuple[Path, ...]]) -> DiskUse:
    """Measure the disk under `folder`, and the files and folders of each part.

    What lies in `folder` and belongs to no part is told as "other".
    """
    sizes = {name: sum(bytes_under(path) for path in paths) for name, paths in parts.items()}
    named = {path for paths in parts.values() for path in paths}
    others = [path for path in _listed(folder) if path not in named]
    sizes["other"] = sum(bytes_under(path) for path in others)
    usage = shutil.disk_usage(_existing(folder))
    return DiskUse(folder, usage.total, usage.free, sizes)


def bytes_under(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; what is not there takes none.

    A link counts by itself, not what it leads to; what vanishes meanwhile is passed over.
    """
    if path.is_symlink() or not path.is_dir():
        return _bytes_of(path)
    return sum(
        _bytes_of(Path(base) / name) for base, _, files in os.walk(path) for name in files
    )


def programs() -> dict[str, str]:
    """Versions of this program, of Python and of what it rests on."""
    found = {"CXR Triage": __version__, "Python": sys.version.split()[0]}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _bytes_of(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _processor() -> str:
    try:
        lines = _CPU_TABLE.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return platform.processor() or platform.machine()


def _cards() -> tuple[GraphicsCard, ...]:
    """Ask NVIDIA's own program: importing TensorFlow would take seconds and a card's memory."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    command = [
        program,
        "--query-gpu=name,memory.total,memory.used",
        "--format=csv,noheader,nounits",
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()  # a driver that is not loaded, or hangs
    return tuple(
        card for line in done.stdout.splitlines() if (card := parse_card(line)) is not None
    )


def parse_card(line: str) -> GraphicsCard | None:
    """Read a line of `nvidia-smi`: name, and megabytes in all and in use.

    >>> parse_card("NVIDIA T4, 15360, 512").used == 512 * 2**20
    True
    """
    name, *numbers = (part.strip() for part in line.rsplit(",", 2))
    if len(numbers) != 2 or not all(each.isdecimal() for each in numbers):
        return None
    memory, used = (int(each) * _MEGABYTE for each in numbers)
    return GraphicsCard(name, memory, used)
