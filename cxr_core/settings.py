"""Settings from the environment, read once at the door and handed in from there."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from cxr_core.domain import Role
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODELS = Path(__file__).parent.parent / "models"
_PASSWORDS = re.compile(r"(://[^:/@]*:).*(@)|([?&]password=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment may change.

    `CXR_DATA_DIR` (everything written goes there), `CXR_DATASETS_DIR` (public releases, one
    folder each), `CXR_MANIFEST_DIR` (the curated manifest), `CXR_MODELS_DIR` (model versions),
    `CXR_MAX_FILE_MB`, `CXR_MAX_MEGAPIXELS` (limits on one film), `CXR_MAX_ARCHIVE_MB` (on one
    zip), `CXR_WORKLIST_MB`, `CXR_UPLOADS_MB` (what uploaded films of one window, and of all,
    take on the disk), `CXR_DECODERS` (processes that decode films), `CXR_DECODER_MEMORY_MB`,
    `CXR_DECODER_SECONDS` (what one of them may use for a film), `CXR_THREADS` (0: all cores),
    `CXR_DATABASE_URL` (an SQLite file under the data folder, or postgresql://...), `CXR_JOBS`
    (trainings and other long work at once; 0: the app starts no worker), `CXR_JOBS_GIVE_WAY` (0
    where nobody reads films on the machine), `CXR_OIDC_ROLE` (what people become whom the
    organisation knows and nobody has added here; empty: they are refused).
    """

    data_dir: Path
    datasets_dir: Path
    manifest_dir: Path
    models_dir: Path
    max_file_bytes: int
    max_archive_bytes: int
    worklist_bytes: int
    uploads_bytes: int
    max_pixels: int
    decoders: int
    decoder_bytes: int
    decoder_seconds: int
    threads: int
    database_url: str
    jobs: int
    jobs_give_way: bool
    oidc_role: Role | None = None

    @property
    def versions_dir(self) -> Path:
        """Versions that were trained or imported here; the bundled ones lie elsewhere."""
        return self.data_dir / "versions"

    @property
    def answers_dir(self) -> Path:
        """What versions said of held-out films, by which they are compared."""
        return self.data_dir / "answers"

    @property
    def manifests_dir(self) -> Path:
        """Manifests that were in force before, one folder each."""
        return self.data_dir / "manifests"

    @property
    def recipes_dir(self) -> Path:
        """Recipes of whoever runs this machine, one TOML file each."""
        return self.data_dir / "recipes"

    @property
    def uploads_dir(self) -> Path:
        """Films that were uploaded, until their worklist is cleared."""
        return self.data_dir / "uploads"

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
            max_archive_bytes=_whole(environment, "CXR_MAX_ARCHIVE_MB", 2048, least=1) * 2**20,
            worklist_bytes=_whole(environment, "CXR_WORKLIST_MB", 4096, least=1) * 2**20,
            uploads_bytes=_whole(environment, "CXR_UPLOADS_MB", 16384, least=1) * 2**20,
            max_pixels=_whole(environment, "CXR_MAX_MEGAPIXELS", 100, least=1) * 1_000_000,
            decoders=_whole(environment, "CXR_DECODERS", 2, least=1),
            decoder_bytes=_whole(environment, "CXR_DECODER_MEMORY_MB", 2048, least=256) * 2**20,
            decoder_seconds=_whole(environment, "CXR_DECODER_SECONDS", 4, least=1),
            threads=_whole(environment, "CXR_THREADS", 0, least=0),
            database_url=environment.get("CXR_DATABASE_URL")
            or f"sqlite:///{data_dir.absolute() / 'cxr.db'}",
            jobs=_whole(environment, "CXR_JOBS", 1, least=0),
            jobs_give_way=_whole(environment, "CXR_JOBS_GIVE_WAY", 1, least=0) > 0,
            oidc_role=_role(environment, "CXR_OIDC_ROLE"),
        )

    def told(
        self, environment: Mapping[str, str] = os.environ
    ) -> tuple[tuple[str, str, str], ...]:
        """Return name, value in force and where it came from, for people: no passwords."""
        values: dict[str, object] = {
            "CXR_DATA_DIR": self.data_dir,
            "CXR_DATASETS_DIR": self.datasets_dir,
            "CXR_MANIFEST_DIR": self.manifest_dir,
            "CXR_MODELS_DIR": self.models_dir,
            "CXR_MAX_FILE_MB": self.max_file_bytes // 2**20,
            "CXR_MAX_ARCHIVE_MB": self.max_archive_bytes // 2**20,
            "CXR_WORKLIST_MB": self.worklist_bytes // 2**20,
            "CXR_UPLOADS_MB": self.uploads_bytes // 2**20,
            "CXR_MAX_MEGAPIXELS": self.max_pixels // 1_000_000,
            "CXR_DECODERS": self.decoders,
            "CXR_DECODER_MEMORY_MB": self.decoder_bytes // 2**20,
            "CXR_DECODER_SECONDS": self.decoder_seconds,
            "CXR_THREADS": self.threads,
            "CXR_DATABASE_URL": _PASSWORDS.sub(r"\1\3***\2", self.database_url),
            "CXR_JOBS": self.jobs,
            "CXR_JOBS_GIVE_WAY": int(self.jobs_give_way),
            "CXR_OIDC_ROLE": self.oidc_role.value if self.oidc_role else "",
        }
        return tuple(
            (
                name,
                str(value),
                "environment" if environment.get(name, "").strip() else "default",
            )
            for name, value in values.items()
        )


def _whole(environment: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = environment.get(name, "").strip() or str(default)
    if not text.isdecimal() or int(text) < least:
        raise DataError(f"{name} is {text!r}; expected a whole number from {least} on.")
    return int(text)


def _role(environment: Mapping[str, str], name: str) -> Role | None:
    text = environment.get(name, "").strip()
    if text and text not in list(Role):
        raise DataError(f"{name} is {text!r}; expected reader, administrator or nothing.")
    return Role(text) if text else None
