"""Wiring: settings in, use cases out. Nothing is computed here and nothing loaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cxr_core.imaging.decode import Limits
from cxr_core.registry.catalogue import Catalogue
from cxr_core.use_cases.intake import films_of_bytes
from cxr_core.use_cases.reading import ReadingService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cxr_core.domain import FilmFile
    from cxr_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, wired; `unpack` lists the films in an uploaded file, a zip's included."""

    settings: Settings
    catalogue: Catalogue
    reading: ReadingService
    unpack: Callable[[str, bytes], Iterator[FilmFile]]


def build_services(settings: Settings) -> Services:
    """Wire the use cases. Importing TensorFlow waits for the first film or `load`."""
    catalogue = Catalogue(settings.models_dir, settings.threads)
    limits = Limits(max_bytes=settings.max_file_bytes, max_pixels=settings.max_pixels)
    unpack = partial(films_of_bytes, max_bytes=settings.max_file_bytes)
    return Services(settings, catalogue, ReadingService(catalogue, limits), unpack)
