"""Wiring: settings in, use cases out. Nothing is computed here and nothing loaded."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import cxr_core
from cxr_core.datasets.film_store import FilmStore
from cxr_core.datasets.summary import CrossTable
from cxr_core.evaluation.bootstrap import Options as BootstrapOptions
from cxr_core.evaluation.figures.look import DARK, LIGHT
from cxr_core.evaluation.figures.look import Look as ChartLook
from cxr_core.evaluation.figures.look import draw as draw_chart
from cxr_core.evaluation.figures.look import style as chart_style
from cxr_core.evaluation.report.markup import (
    Markup,
    alarms_html,
    headlines_html,
    marked,
    table_html,
    told_html,
)
from cxr_core.evaluation.report.parts import Chart, Headline, Section, Table
from cxr_core.jobs.crew import CREW_LOG, Crew
from cxr_core.registry.catalogue import Catalogue
from cxr_core.registry.serving import Serving
from cxr_core.store.audit_log import AuditCheck, AuditEntry, AuditFilter
from cxr_core.store.version_rows import VersionState
from cxr_core.use_cases.accounts.accounts import Account
from cxr_core.use_cases.accounts.identities import Identity
from cxr_core.use_cases.accounts.people import People, people_of
from cxr_core.use_cases.accounts.signing_in import FIRST, Entry
from cxr_core.use_cases.browsing import COPY_KINDS, DatasetBrowser
from cxr_core.use_cases.care.caretaking import Caretaker
from cxr_core.use_cases.care.health_remarks import amount, span
from cxr_core.use_cases.collecting import Films
from cxr_core.use_cases.films.arrival import NotAnnounced
from cxr_core.use_cases.films.shelf import Shelf
from cxr_core.use_cases.films.spool import Spool
from cxr_core.use_cases.intake import films_of_bytes
from cxr_core.use_cases.performance import Performance, PerformanceBrowser
from cxr_core.use_cases.reading import ReadingService
from cxr_core.use_cases.samples import drop_samples
from cxr_core.use_cases.versions.answers import AnswerStore
from cxr_core.use_cases.versions.gatekeeping import Gatekeeper, Standing
from cxr_core.use_cases.versions.heat_overlap import Overlap, overlaps
from cxr_core.use_cases.versions.promoting import LEAST_REASON, Wish
from cxr_core.use_cases.versions.version_comparison import VersionComparer
from cxr_core.use_cases.versions.version_desk import VersionDesk, version_desk
from cxr_core.use_cases.versions.version_facts import Overview, Version
from cxr_core.use_cases.work.estimating import PACE_NAME, PaceBook
from cxr_core.use_cases.work.job_board import JobBoard, TrainingPlan, TrainingView
from cxr_core.use_cases.work.manifest_shelf import ManifestShelf, ShelvedManifest
from cxr_core.use_cases.work.recipe_shelf import RecipeShelf
from cxr_core.use_cases.work.training_plan import (
    AS_RECIPE,
    FROM_IMAGENET,
    FROM_SCRATCH,
    TrainingWish,
)
from cxr_core.use_cases.work.workplace import Workplace
from cxr_core.wiring import (
    caretaker_of,
    decoder_of,
    job_board_of,
    lines_in_force,
    opened_database,
    premises_of,
    spool_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cxr_core.datasets.manifest import Film
    from cxr_core.domain import FilmFile
    from cxr_core.evaluation.bootstrap import Measure
    from cxr_core.evaluation.figures.look import Look as ChartLook
    from cxr_core.imaging.preparing import Look
    from cxr_core.jobs.job import Job
    from cxr_core.recipes.recipe import Study
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
    "LIGHT",
    "Account",
    "AuditCheck",
    "AuditEntry",
    "AuditFilter",
    "BackupSeen",
    "BackupState",
    "Caretaker",
    "Chart",
    "ChartLook",
    "CrossTable",
    "Curated",
    "Entry",
    "Film",
    "Flip",
    "Headline",
    "Health",
    "Identity",
    "Job",
    "JobBoard",
    "Look",
    "Markup",
    "Measure",
    "NotAnnounced",
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
    "Shelf",
    "ShelvedManifest",
    "Side",
    "SplitComparison",
    "Spool",
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
    "chart_style",
    "draw_chart",
    "drop_samples",
    "headlines_html",
    "marked",
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

    `unpack` lists the films in a file in memory, a zip's included; `spool` takes those that are
    uploaded to a worklist, on the disk. `database` is opened, and made where there is none, on
    the first call; so is that of `people`: accounts, sign-in, sessions and the audit log.
    `jobs` is the long work. `serving` is what reads films; `registry` changes that, and needs
    the database.
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
    care: Callable[[], Caretaker]
    comparer: VersionComparer
    spool: Callable[[], Spool]

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
            store=self._store,
            limits=self.reading.decoder.limits,
            catalogue=self.catalogue,
            versions=self.registry().versions,
            answers=self.answers,
            paces=PaceBook(settings.data_dir / PACE_NAME),
            shelf=RecipeShelf(settings.recipes_dir),
            manifests=ManifestShelf(settings.manifest_dir, settings.manifests_dir),
        )

    def browser_at(self, manifest: Path) -> DatasetBrowser:
        """Return what there is to say of another manifest than the one in force."""
        return DatasetBrowser(self.settings.datasets_dir, manifest, self._store)

    @property
    def _store(self) -> FilmStore:
        decoder = self.reading.decoder
        return FilmStore(self.settings.cache_dir, decoder.limits, decoder=decoder)


def build_services(settings: Settings) -> Services:
    """Wire the use cases. Importing TensorFlow waits for the first film or `load`."""
    catalogue = Catalogue(settings.models_dir, settings.threads, settings.versions_dir)
    decoder = decoder_of(settings)
    limits = decoder.limits
    unpack = partial(films_of_bytes, max_bytes=settings.max_file_bytes)
    store = FilmStore(settings.cache_dir, limits, decoder=decoder)
    database = cache(partial(opened_database, settings))
    serving = Serving(catalogue, partial(lines_in_force, settings, database, catalogue))
    answers = AnswerStore(settings.answers_dir, limits)
    reading = ReadingService(serving, decoder)
    gate = Gatekeeper(catalogue, answers, Films(settings.manifest_dir, None, store))
    return Services(
        settings,
        catalogue,
        reading,
        unpack,
        DatasetBrowser(settings.datasets_dir, settings.manifest_dir, store),
        PerformanceBrowser(catalogue, _CHECKOUT / _ANCESTORS, settings.data_dir / "runs"),
        database,
        cache(lambda: people_of(database(), settings.oidc_role)),
        cache(lambda: job_board_of(settings, database())),
        serving,
        answers,
        cache(lambda: version_desk(database(), catalogue, serving, gate)),
        cache(lambda: caretaker_of(settings, database)),
        VersionComparer(reading, catalogue, answers, settings.manifest_dir, BootstrapOptions()),
        cache(partial(spool_of, settings)),
    )
