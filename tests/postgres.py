"""A real PostgreSQL of the tests' own: in a temporary folder, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEBIAN = Path("/usr/lib/postgresql")
_OPTIONS = "-c listen_addresses='' -c fsync=off -c max_connections=60 -c shared_buffers=16MB"


def installed_postgres() -> Path | None:
    """The folder of `initdb`, which Debian keeps off the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    return next((path.parent for path in sorted(_DEBIAN.glob("*/bin/initdb"))), None)


@contextlib.contextmanager
def running_postgres(programs: Path) -> Iterator[str]:
    """Start a server that only its socket's folder leads to: an address without a database."""
    # Not in pytest's folder: a socket's path may have 107 bytes and no more.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    # PostgreSQL refuses to run as root; a container's tests often do.
    who = {"user": "postgres"} if os.geteuid() == 0 else {}
    try:
        if who:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        settings = ["--username=cxr", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        _run([programs / "initdb", "-D", data, *settings], who)
        start = ["-o", f"-k {folder} {_OPTIONS}", "-l", folder / "log", "-w", "start"]
        _run([programs / "pg_ctl", "-D", data, *start], who)
        try:
            yield f"postgresql://cxr@/{{name}}?host={folder}"
        finally:
            _run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], who)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[object], who: dict[str, str]) -> None:
    # To a file and not to a pipe, which the server would hold open for as long as it runs.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd="/",
            check=False,
            **who,  # type: ignore[call-overload]
        )
        said.seek(0)
        assert done.returncode == 0, said.read().decode("utf-8", "replace")
