"""Rows put straight into a database: jobs, workers, versions, promotions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cxr_core.store.tables import JOBS, PROMOTIONS, VERSIONS, WORKERS
from tests.use_cases.judged import put

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.store.database import Database

DAY = 86_400.0


def add_job(database: Database, name: str, state: str, days: float = 0.0, **more: Any) -> None:
    """A job made, and where it is over also ended, so many days ago."""
    with database.transaction() as connection:
        then = database.now(connection) - days * DAY
        values = {
            "id": name,
            "queue": "work",
            "kind": "train",
            "title": f"Train {name}",
            "arguments": "{}",
            "state": state,
            "priority": 5,
            "created": then,
            "created_by": "ada",
            "finished": then if state in {"done", "failed", "cancelled"} else None,
            "fence": 1,
            "attempts": 1,
            "most_attempts": 3,
            "seconds": 1.5,
        }
        connection.execute(sa.insert(JOBS).values({**values, **more}))


def add_worker(
    database: Database, name: str, silent: float = 0.0, host: str = "here", code: str = "0.1.0"
) -> None:
    with database.transaction() as connection:
        now = database.now(connection)
        connection.execute(
            sa.insert(WORKERS).values(
                id=name,
                host=host,
                process=4711,
                started=now - 7200,
                seen=now - silent,
                code_version=code,
            )
        )


def add_version(
    database: Database, name: str, state: str, days: float = 0.0, **more: Any
) -> None:
    """A version that has been known for so many days."""
    with database.transaction() as connection:
        values = {
            "name": name,
            "line": name,
            "state": state,
            "origin": "trained",
            "weights_sha256": f"sha of {name}",
            "created": database.now(connection) - days * DAY,
            "created_by": "ada",
        }
        connection.execute(sa.insert(VERSIONS).values({**values, **more}))


def add_promotion(
    database: Database, version: str, previous: str | None, days: float = 0.0, **more: Any
) -> None:
    with database.transaction() as connection:
        values = {
            "line": version,
            "kind": "promotion",
            "version": version,
            "previous": previous,
            "at": database.now(connection) - days * DAY,
            "by": "ada",
            "decision": "{}",
        }
        connection.execute(sa.insert(PROMOTIONS).values({**values, **more}))


def write_version(versions: Path, name: str, started_from: str = "random weights") -> Path:
    """A folder that passes for a version's to whoever does not load it."""
    put(
        versions / name / "manifest.json",
        {
            "name": name,
            "started_from": started_from,
            "weights": {"sha256": f"sha of {name}"},
        },
    )
    (versions / name / "weights.safetensors").write_bytes(b"w" * 1000)
    return versions / name
