"""`backup` and `restore`: the data folder and its database as one file, and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.cli.parsing import print_table
from cxr_core.cli.progress import Progress
from cxr_core.services import build_services, premises_of
from cxr_core.use_cases.access import TERMINAL
from cxr_core.use_cases.care.restoring import How

if TYPE_CHECKING:
    import argparse

    from cxr_core.settings import Settings
    from cxr_core.use_cases.care.backup_file import BackupRecord

_COLUMNS = ("what", "value")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    backup = commands.add_parser(
        "backup",
        help="write the data folder and its database into one file, while they are in use",
        description="OUT is a file that is not there yet, or a folder.",
        epilog="example: python -m cxr_core backup /mnt/backups",
    )
    backup.add_argument("out", metavar="OUT", type=Path)
    backup.add_argument("--json", action="store_true")
    backup.set_defaults(run=run_backup)
    restore = commands.add_parser(
        "restore",
        help="put a backup in force, once all of it is verified",
        description="Needs the application and its workers to be ended.",
        epilog="example: python -m cxr_core restore cxr-backup-20260102-030405.zip --replace",
    )
    restore.add_argument("file", metavar="FILE", type=Path)
    restore.add_argument(
        "--replace",
        action="store_true",
        help="move what is there aside; it is not deleted",
    )
    restore.add_argument(
        "--force",
        action="store_true",
        help="do not ask whether the application or a worker is alive",
    )
    restore.add_argument("--json", action="store_true")
    restore.set_defaults(run=run_restore)


def run_backup(options: argparse.Namespace, settings: Settings) -> int:
    """Write a backup, and say what is in it and what is not."""
    with Progress("byte") as progress:
        maker = build_services(settings).care().maker
        made = maker.make(TERMINAL, options.out.absolute(), progress)
    rows = [("file", str(made.path)), ("bytes", made.bytes), *_rows(made.record)]
    print_table(_COLUMNS, rows, as_json=options.json)
    print("It holds hashes of passwords: keep it where only you can read it.", file=sys.stderr)
    return 0


def run_restore(options: argparse.Namespace, settings: Settings) -> int:
    """Put a backup in force."""
    how = How(is_replacing=options.replace, is_forced=options.force)
    with Progress("byte") as progress:
        restorer = premises_of(settings).restorer
        done = restorer.restore(TERMINAL, options.file.absolute(), how, progress)
    rows = [("restored", str(options.file)), *_rows(done.record)]
    if done.aside:
        rows.append(("what was there lies in", done.aside))
    print_table(_COLUMNS, rows, as_json=options.json)
    return 0


def _rows(record: BackupRecord) -> list[tuple[str, object]]:
    return [
        ("made", record.made),
        ("program", record.program),
        ("database", f"{record.database}, revision {record.revision}"),
        ("members", len(record.members)),
        *(("left out", sentence) for sentence in record.left_out),
    ]
