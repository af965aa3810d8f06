"""Wiring: settings in, use cases out. Nothing is computed here and nothing loaded."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import cxr_core
from cxr_core.datasets.film_store import FilmStore
from cxr_core.evaluation.bootstrap import Options as BootstrapOptions
from cxr_core.evaluation.figures.look import DARK
from cxr_core.evaluation.report.markup import (
    alarms_html,
    headlines_html,
    table_html,
    told_html,
)
from cxr_core.evaluation.report.parts import Chart, Section, Table
from cxr_core.imaging.decode import Limits
from cxr_core.jobs.crew import CREW_LOG, Crew
from cxr_core.jobs.queue import JobQueue
from cxr_core.jobs.workers import Workers
from cxr_core.registry.catalogue import Catalogue
from cxr_core.registry.serving import Serving
from cxr_core.store.audit_log import AuditCheck, AuditEntry, AuditFilter
from cxr_core.store.database import open_database
from cxr_core.store.version_rows import VersionState
from cxr_core.store.versions import VersionStore
from cxr_core.use_cases.accounts.accounts import Account
from cxr_core.use_cases.accounts.identities import Identity
from cxr_core.use_cases.accounts.people import People, people_of
from cxr_core.use_cases.accounts.signing_in import FIRST, Entry
from cxr_core.use_cases.browsing import COPY_KINDS, DatasetBrowser
from cxr_core.use_cases.care.caretaking import Caretaker, Premises
from cxr_core.use_cases.care.folder_lock import hold
from cxr_core.use_cases.care.health_remarks import Ordered, amount, span
from cxr_core.use_cases.collecting import Films
from cxr_core.use_cases.intake import films_of_bytes
from cxr_core.use_cases.performance import Performance, PerformanceBrowser
from cxr_core.use_cases.reading import ReadingService
from cxr_core.use_cases.versions.answers import AnswerStore
from cxr_core.use_cases.versions.gatekeeping import Gatekeeper, Standing
from cxr_core.use_cases.versions.heat_overlap import Overlap, overlaps
from cxr_core.use_cases.versions.promoting import LEAST_REASON, Wish
from cxr_core.use_cases.versions.roster import lines_of
from cxr_core.use_cases.versions.version_comparison import VersionComparer
from cxr_core.use_cases.versions.version_desk import VersionDesk, version_desk
from cxr_core.use_cases.versions.version_facts import Overview, Version
from cxr_core.use_cases.work.estimating import PACE_NAME, PaceBook
from cxr_core.use_cases.work.job_board import Drawer, JobBoard, TrainingPlan, TrainingView
from cxr_core.use_cases.work.manifest_shelf import ManifestShelf, ShelvedManifest
from cxr_core.use_cases.work.recipe_shelf import RecipeShelf
from cxr_core.use_cases.work.training_plan import (
    AS_RECIPE,
    FROM_IMAGENET,
    FROM_SCRATCH,
    TrainingWish,
)
from cxr_core.use_cases.work.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cxr_core.datasets.manifest import Film
    from cxr_core.datasets.summary import CrossTable
    from cxr_core.domain import FilmFile
    from cxr_core.evaluation.bootstrap import Measure
    from cxr_core.jobs.job import Job
    from cxr_core.recipes.recipe import Study
    from cxr_core.registry.serving import Line
    from cxr_core.settings import Settings
    from cxr_core.store.database import Database
    from cxr_core.store.version_rows import PromotionRow
    from cxr_core.use_cases.browsing import Curated, Release
    from cxr_core.use_cases.care.backup_job import BackupSeen, BackupState
    from cxr_core.use_cases.care.health import Health
    from cxr_core.use_cases.care.health_remarks import Remark
    from cxr_core.use_cases.care.retention import Plan
    from cxr_core.use_cases.versions.comparison_values import Flip, Pair, Side, SplitComparison

__all__ = [
    "AS_RECIPE",
    "COPY_KINDS",
    "DARK",
    "FIRST",
    "FROM_IMAGENET",
    "FROM_SCRATCH",
    "LEAST_REASON",
    "Account",
    "AuditCheck",
    "AuditEntry",
    "AuditFilter",
    "BackupSeen",
    "BackupState",
    "Caretaker",
    "Chart",
    "CrossTable",
    "Curated",
    "Entry",
    "Film",
    "Flip",
    "Health",
    "Identity",
    "Job",
    "JobBoard",
    "Measure",
    "Overlap",
    "Overview",
    "Pair",
    "People",
    "Performance",
    "PerformanceBrowser",
    "Plan",
    "PromotionRow",
    "Release",
    "Remark",
    "Section",
    "Services",
    "ShelvedManifest",
    "Side",
    "SplitComparison",
    "Standing",
    "Study",
    "Table",
    "TrainingPlan",
    "TrainingView",
    "TrainingWish",
    "Version",
    "VersionComparer",
    "VersionDesk",
    "VersionState",
    "Wish",
    "alarms_html",
    "amount",
    "build_services",
    "headlines_html",
    "overlaps",
    "premises_of",
    "span",
    "table_html",
    "told_html",
]

_CHECKOUT = Path(cxr_core.__file__).parent.parent
_ANCESTORS = Path("docs", "ancestors.json")  # the studies that are told of to everybody


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, wired.

    `unpack` lists the films in an uploaded file, a zip's included. `database` is opened, and
    made where there is none, on the first call; so is that of `people`: accounts, sign-in,
    sessions and the audit log. `jobs` is the long work. `serving` is what reads
    films; `registry` changes that, and needs the database.
    """

    settings: Settings
    catalogue: Catalogue
    reading: ReadingService
    unpack: Callable[[str, bytes], Iterator[FilmFile]]
    data: DatasetBrowser
    performance: PerformanceBrowser
    database: Callable[[], Database]
    people: Callable[[], People]
    jobs: Callable[[], JobBoard]
    serving: Serving
    answers: AnswerStore
    registry: Callable[[], VersionDesk]

    def crew(self) -> Crew:
        """Return the workers that go with a server, not started yet."""
        command = (sys.executable, "-m", "cxr_core", "worker")
        environment = {
            "CXR_DATA_DIR": str(self.settings.data_dir.absolute()),
            "PYTHONPATH": str(_CHECKOUT),
        }
        log = self.settings.jobs_dir / CREW_LOG
        return Crew(command, self.settings.jobs, log, environment)

    def workplace(self) -> Workplace:
        """Return what the handlers of jobs work with."""
        settings = self.settings
        return Workplace(
            releases=settings.datasets_dir,
            manifest=settings.manifest_dir,
            cache=settings.cache_dir,
            downloads=settings.data_dir / "imagenet",
            starts=settings.data_dir / "starts",
            store=FilmStore(settings.cache_dir, self.reading.limits),
            limits=self.reading.limits,
            catalogue=self.catalogue,
            versions=self.registry().versions,
            answers=self.answers,
            paces=PaceBook(settings.data_dir / PACE_NAME),
            shelf=RecipeShelf(settings.recipes_dir),
            manifests=ManifestShelf(settings.manifest_dir, settings.manifests_dir),
        )

    def browser_at(self, manifest: Path) -> DatasetBrowser:
        """Return what there is to say of another manifest than the one in force."""
        store = FilmStore(self.settings.cache_dir, self.reading.limits)
        return DatasetBrowser(self.settings.datasets_dir, manifest, store)

    care: Callable[[], Caretaker]
    comparer: VersionComparer


def build_services(settings: Settings) -> Services:
    """Wire the use cases. Importing TensorFlow waits for the first film or `load`."""
    catalogue = Catalogue(settings.models_dir, settings.threads, settings.versions_dir)
    limits = Limits(max_bytes=settings.max_file_bytes, max_pixels=settings.max_pixels)
    unpack = partial(films_of_bytes, max_bytes=settings.max_file_bytes)
    store = FilmStore(settings.cache_dir, limits)
    database = cache(partial(_database, settings))
    serving = Serving(catalogue, partial(_lines, settings, database, catalogue))
    answers = AnswerStore(settings.answers_dir, limits)
    gate = Gatekeeper(catalogue, answers, Films(settings.manifest_dir, None, store))
    return Services(
        settings,
        catalogue,
        ReadingService(serving, limits),
        unpack,
        DatasetBrowser(settings.datasets_dir, settings.manifest_dir, store),
        PerformanceBrowser(catalogue, _CHECKOUT / _ANCESTORS, settings.data_dir / "runs"),
        database,
        cache(lambda: people_of(database(), settings.oidc_role)),
        cache(lambda: _job_board(settings, database())),
        serving,
        answers,
        cache(lambda: version_desk(database(), catalogue, serving, gate)),
        cache(lambda: _caretaker(settings, database)),
        VersionComparer(catalogue, answers, settings.manifest_dir, BootstrapOptions()),
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


def _database(settings: Settings) -> Database:
    """Open the database for good, and keep restores out of the folder meanwhile."""
    hold(settings.data_dir.absolute())
    return open_database(settings.database_url)


def _caretaker(settings: Settings, database: Callable[[], Database]) -> Caretaker:
    is_embedded = settings.database_url.startswith("sqlite")
    ordered = Ordered(settings.jobs, settings.threads, is_embedded)
    return Caretaker(premises_of(settings), database, ordered)


def _lines(
    settings: Settings, database: Callable[[], Database], catalogue: Catalogue
) -> list[Line] | None:
    """Say what serves; a machine without a database, which has decided nothing, gets none."""
    kind, _, path = settings.database_url.partition(":///")
    if kind == "sqlite" and not Path(path).exists():
        return None
    return lines_of(VersionStore(database()).roster(), catalogue.bundled())


def _job_board(settings: Settings, database: Database) -> JobBoard:
    drawer = Drawer(
        settings.jobs_dir,
        ManifestShelf(settings.manifest_dir, settings.manifests_dir),
        PaceBook(settings.data_dir / PACE_NAME),
        RecipeShelf(settings.recipes_dir),
    )
    return JobBoard(JobQueue(database), Workers(database), drawer)
