"""Settings from the environment, read once at the door and handed in from there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODELS = Path(__file__).parent.parent / "models"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment may change.

    `CXR_DATA_DIR` (everything written goes there), `CXR_DATASETS_DIR` (public releases, one
    folder each), `CXR_MANIFEST_DIR` (the curated manifest), `CXR_MODELS_DIR` (model versions),
    `CXR_MAX_FILE_MB`, `CXR_MAX_MEGAPIXELS` (limits on one film), `CXR_THREADS` (0: all cores),
    `CXR_DATABASE_URL` (an SQLite file under the data folder, or postgresql://...), `CXR_JOBS`
    (trainings and other long work at once).
    """

    data_dir: Path
    datasets_dir: Path
    manifest_dir: Path
    models_dir: Path
    max_file_bytes: int
    max_pixels: int
    threads: int
    database_url: str
    jobs: int

    @property
    def versions_dir(self) -> Path:
        """Versions that were trained or imported here; the bundled ones lie elsewhere."""
        return self.data_dir / "versions"

    @property
    def jobs_dir(self) -> Path:
        """A folder for each job: its log, its events, and what it makes until it is done."""
        return self.data_dir / "jobs"

    @property
    def cache_dir(self) -> Path:
        """What can be made anew from the films: small squares of them."""
        return self.data_dir / "cache"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings.

        Raises
        ------
        DataError
            When a number is not one.
        """
        data_dir = Path(
            environment.get("CXR_DATA_DIR") or user_data_path("cxr-triage", appauthor=False)
        )
        return cls(
            data_dir=data_dir,
            datasets_dir=Path(environment.get("CXR_DATASETS_DIR") or data_dir / "datasets"),
            manifest_dir=Path(environment.get("CXR_MANIFEST_DIR") or data_dir / "manifest"),
            models_dir=Path(environment.get("CXR_MODELS_DIR") or _MODELS),
            max_file_bytes=_whole(environment, "CXR_MAX_FILE_MB", 64, least=1) * 2**20,
            max_pixels=_whole(environment, "CXR_MAX_MEGAPIXELS", 100, least=1) * 1_000_000,
            threads=_whole(environment, "CXR_THREADS", 0, least=0),
            database_url=environment.get("CXR_DATABASE_URL")
            or f"sqlite:///{data_dir.absolute() / 'cxr.db'}",
            jobs=_whole(environment, "CXR_JOBS", 1, least=1),
        )


def _whole(environment: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = environment.get(name, "").strip() or str(default)
    if not text.isdecimal() or int(text) < least:
        raise DataError(f"{name} is {text!r}; expected a whole number from {least} on.")
    return int(text)
