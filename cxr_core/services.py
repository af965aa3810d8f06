"""Wiring: settings in, use cases out. Nothing is computed here and nothing loaded."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import cxr_core
from cxr_core.datasets.film_store import FilmStore
from cxr_core.evaluation.figures.look import DARK
from cxr_core.evaluation.report.markup import (
    alarms_html,
    headlines_html,
    table_html,
    told_html,
)
from cxr_core.evaluation.report.parts import Chart, Section, Table
from cxr_core.imaging.decode import Limits
from cxr_core.registry.catalogue import Catalogue
from cxr_core.store.database import open_database
from cxr_core.use_cases.browsing import COPY_KINDS, DatasetBrowser
from cxr_core.use_cases.curation_job import CurationJob
from cxr_core.use_cases.intake import films_of_bytes
from cxr_core.use_cases.performance import Performance, PerformanceBrowser
from cxr_core.use_cases.reading import ReadingService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cxr_core.datasets.manifest import Film
    from cxr_core.datasets.summary import CrossTable
    from cxr_core.domain import FilmFile
    from cxr_core.settings import Settings
    from cxr_core.store.database import Database
    from cxr_core.use_cases.browsing import Curated, Release
    from cxr_core.use_cases.curation_job import JobState

__all__ = [
    "COPY_KINDS",
    "DARK",
    "Chart",
    "CrossTable",
    "Curated",
    "CurationJob",
    "Film",
    "JobState",
    "Performance",
    "PerformanceBrowser",
    "Release",
    "Section",
    "Services",
    "Table",
    "alarms_html",
    "build_services",
    "headlines_html",
    "table_html",
    "told_html",
]

_CHECKOUT = Path(cxr_core.__file__).parent.parent
_ANCESTORS = Path("docs", "ancestors.json")  # the studies that are told of to everybody


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, wired.

    `unpack` lists the films in an uploaded file, a zip's included. `curation` is one for the
    whole server. `database` is opened, and made where there is none, on the first call.
    """

    settings: Settings
    catalogue: Catalogue
    reading: ReadingService
    unpack: Callable[[str, bytes], Iterator[FilmFile]]
    data: DatasetBrowser
    curation: CurationJob
    performance: PerformanceBrowser
    database: Callable[[], Database]


def build_services(settings: Settings) -> Services:
    """Wire the use cases. Importing TensorFlow waits for the first film or `load`."""
    catalogue = Catalogue(settings.models_dir, settings.threads)
    limits = Limits(max_bytes=settings.max_file_bytes, max_pixels=settings.max_pixels)
    unpack = partial(films_of_bytes, max_bytes=settings.max_file_bytes)
    store = FilmStore(settings.cache_dir, limits)
    return Services(
        settings,
        catalogue,
        ReadingService(catalogue, limits),
        unpack,
        DatasetBrowser(settings.datasets_dir, settings.manifest_dir, store),
        _curation(settings),
        PerformanceBrowser(catalogue, _CHECKOUT / _ANCESTORS, settings.data_dir / "runs"),
        cache(partial(open_database, settings.database_url)),
    )


def _curation(settings: Settings) -> CurationJob:
    options = {
        "--root": settings.datasets_dir.absolute(),
        "--out": settings.manifest_dir.absolute(),
    }
    command = [sys.executable, "-m", "cxr_core", "datasets", "curate", "--events"]
    for name, folder in options.items():
        command += [name, str(folder)]
    # The process starts in the checkout, where a relative folder would be another one.
    return CurationJob(command, _CHECKOUT, {"CXR_DATA_DIR": str(settings.data_dir.absolute())})
