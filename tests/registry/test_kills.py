"""Killed in the middle of promoting, handing in or importing: one valid champion, always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr_core.store.database import open_database
from tests.registry.killing import deeds, faults, killed, lay_out

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 5


def test_whenever_it_is_killed_each_line_has_one_whole_champion(
    database_url: str, tmp_path: Path
) -> None:
    lay_out(tmp_path)
    open_database(database_url).close()
    for _ in killed(tmp_path, database_url, KILLS, seed=3):
        assert faults(tmp_path, database_url) == []
    assert deeds(tmp_path) > KILLS
