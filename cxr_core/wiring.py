"""The parts that services are made of, each from the settings. Wiring only."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.imaging.decode import Limits
from cxr_core.imaging.isolation.pool import ChildLimits, DecoderPool
from cxr_core.jobs.queue import JobQueue
from cxr_core.jobs.workers import Workers
from cxr_core.registry.catalogue import Catalogue
from cxr_core.store.database import open_database
from cxr_core.store.versions import VersionStore
from cxr_core.use_cases.care.caretaking import Caretaker, Premises
from cxr_core.use_cases.care.folder_lock import hold
from cxr_core.use_cases.care.health_remarks import Ordered
from cxr_core.use_cases.films.spool import Spool
from cxr_core.use_cases.intake import film_limits
from cxr_core.use_cases.versions.roster import lines_of
from cxr_core.use_cases.work.estimating import PACE_NAME, PaceBook
from cxr_core.use_cases.work.job_board import Drawer, JobBoard
from cxr_core.use_cases.work.manifest_shelf import ManifestShelf
from cxr_core.use_cases.work.recipe_shelf import RecipeShelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.registry.serving import Line
    from cxr_core.settings import Settings
    from cxr_core.store.database import Database


def spool_of(settings: Settings) -> Spool:
    """Return where uploaded films lie as long as their worklist."""
    limits = film_limits(settings.max_file_bytes, settings.max_archive_bytes)
    return Spool(settings.uploads_dir, limits, settings.uploads_bytes, settings.worklist_bytes)


def decoder_of(settings: Settings) -> DecoderPool:
    """Return what decodes films from strangers: a pool of processes, none of them started."""
    return DecoderPool(
        Limits(
            max_bytes=settings.max_file_bytes,
            max_pixels=settings.max_pixels,
            study_key=secrets.token_bytes(16),
        ),
        ChildLimits(settings.decoders, settings.decoder_bytes, settings.decoder_seconds),
    )


def premises_of(settings: Settings) -> Premises:
    """Say where everything lies, without opening any of it."""
    folder = settings.data_dir.absolute()
    return Premises(
        folder,
        settings.versions_dir.absolute(),
        settings.jobs_dir.absolute(),
        settings.cache_dir.absolute(),
        settings.answers_dir.absolute(),
        settings.datasets_dir.absolute(),
        settings.models_dir.absolute(),
        settings.database_url,
    )


def opened_database(settings: Settings) -> Database:
    """Open the database for good, and keep restores out of the folder meanwhile."""
    hold(settings.data_dir.absolute())
    return open_database(settings.database_url)


def caretaker_of(settings: Settings, database: Callable[[], Database]) -> Caretaker:
    """Return the care of this installation."""
    is_embedded = settings.database_url.startswith("sqlite")
    ordered = Ordered(settings.jobs, settings.threads, is_embedded)
    return Caretaker(premises_of(settings), database, ordered)


def lines_in_force(
    settings: Settings, database: Callable[[], Database], catalogue: Catalogue
) -> list[Line] | None:
    """Say what serves; a machine without a database, which has decided nothing, gets none."""
    kind, _, path = settings.database_url.partition(":///")
    if kind == "sqlite" and not Path(path).exists():
        return None
    return lines_of(VersionStore(database()).roster(), catalogue.bundled())


def job_board_of(settings: Settings, database: Database) -> JobBoard:
    """Return the long work, kept in a database."""
    drawer = Drawer(
        settings.jobs_dir,
        ManifestShelf(settings.manifest_dir, settings.manifests_dir),
        PaceBook(settings.data_dir / PACE_NAME),
        RecipeShelf(settings.recipes_dir),
    )
    return JobBoard(JobQueue(database), Workers(database), drawer)
