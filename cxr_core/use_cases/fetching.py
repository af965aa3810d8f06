"""Fetch a release into the folder where it is read: all of it, or nothing under its name.

Everything is put together in `.<folder>.draft` beside the place and renamed at the end. Where
the network does not allow it, the error says what to type on a machine that has one.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cxr_core.datasets.sources import find_releases
from cxr_core.errors import DataError, StorageError
from cxr_core.use_cases.downloads import Cancelled, Unreachable, Watcher, download
from cxr_core.use_cases.drafts import Draft, size_of
from cxr_core.use_cases.programs import last_line, run_program, tail
from cxr_core.use_cases.unpacking import is_archive, unpack

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.datasets.records import Source

_COMPETITION = "competition:"
_GIT_PROGRESS = re.compile(
    r"(Receiving objects|Updating files): +(\d+%)[^,\r\n]*(?:, ([\d.]+) ([KMG])iB)?"
)
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_KAGGLE_HELP = (
    "Install it with pip install kaggle, create a token under https://www.kaggle.com/settings "
    "and save it as ~/.kaggle/kaggle.json, readable by you alone"
)


class Outcome(StrEnum):
    """How a fetch ended, when nothing went wrong."""

    FETCHED = "fetched"
    ALREADY_THERE = "already there"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A release on disk.

    `revision` is the commit of a release under git. `note` is what is left for a person to do.
    """

    source: str
    folder: Path
    outcome: Outcome
    revision: str = ""
    note: str = ""


def download_command(source: Source) -> str:
    """Return the shell line that fetches a release, to be typed where it shall lie.

    Empty for a source that nobody publishes.
    """
    where = shlex.quote(source.folders[0])
    address = source.download.address
    match source.download.kind:
        case "git":
            return f"git clone --depth 1 {shlex.quote(address)} {where}"
        case "kaggle" if address.startswith(_COMPETITION):
            name = shlex.quote(address.removeprefix(_COMPETITION))
            zipped = f"{where}/{name}.zip"
            download_zip = f"kaggle competitions download {name} -p {where}"
            return f"{download_zip} && unzip -q -d {where} {zipped} && rm {zipped}"
        case "kaggle":
            return f"kaggle datasets download {shlex.quote(address)} --unzip -p {where}"
        case "http":
            steps = [_download_step(url, name) for url, name, _ in source.download.files]
            return " && ".join([f"mkdir -p {where} && cd {where}", *steps])
        case _:
            return ""


def _download_step(url: str, name: str) -> str:
    """One file by curl, which continues where it broke off, and of an archive what is in it."""
    name = shlex.quote(name)
    line = f"curl --fail -L -C - -o {name} {shlex.quote(url)}"
    if not is_archive(name):
        return line
    opened = f"unzip -q {name}" if name.endswith(".zip") else f"tar -xf {name}"
    return f"{line} && {opened} && rm {name}"


def fetch(
    source: Source,
    root: Path,
    report: Callable[[str, int, int | None], None],
    *,
    cancelled: Callable[[], bool],
) -> Fetched:
    """Put a release into `root`, under the first of its folder names.

    What an interrupted fetch has downloaded is continued; a clone is begun anew.

    Parameters
    ----------
    report
        Hears what is being done, the bytes so far, and those there are in all if known.
    cancelled
        Asked again and again; True stops.

    Raises
    ------
    DataError
        When the release is not given away by a program, a program or token for it is missing,
        or its host does not give it; with the line to type on another machine.
    StorageError
        When the disk is too small or refuses, or another process fetches the same release.
    """
    if there := _there(source, root):
        return Fetched(source.name, there, Outcome.ALREADY_THERE)
    get = _METHODS.get(source.download.kind)
    if get is None:
        raise DataError(f"{source.title} cannot be fetched by a program. Ask its makers.")
    target = root / source.folders[0]
    draft = Draft(source, root / f".{target.name}.draft", Watcher(report, cancelled))
    try:
        with draft.alone():
            if there := _there(source, root):  # by whoever was here before us
                return Fetched(source.name, there, Outcome.ALREADY_THERE)
            draft.check_space()
            revision = get(draft)
            draft.release.replace(target)
            shutil.rmtree(draft.folder, ignore_errors=True)
    except Cancelled:
        return Fetched(source.name, target, Outcome.CANCELLED)
    except Unreachable as error:
        raise DataError(
            f"{error}. On a machine with access, type: {download_command(source)} — then copy "
            f"the folder {target.name} into {root}."
        ) from error
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"Cannot fetch {source.name} into {root}: {reason}.") from error
    return Fetched(source.name, target, Outcome.FETCHED, revision, source.download.note)


def _there(source: Source, root: Path) -> Path | None:
    folder = find_releases(root, [source]).get(source.name)
    return folder if folder is not None and any(folder.iterdir()) else None


def _clone(draft: Draft) -> str:
    """Clone without history. Links become small files: no film is one."""
    if shutil.which("git") is None:
        raise Unreachable("The program git is not installed here")
    shutil.rmtree(draft.release, ignore_errors=True)
    address = draft.source.download.address
    patience = ("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60")
    options = ("--depth", "1", "--progress", "-c", "core.symlinks=false")
    command = ["git", *patience, "clone", *options, "--", address, str(draft.release)]

    def watch() -> None:
        done = 0
        text = f"Cloning {address}"
        for step, share, amount, unit in _GIT_PROGRESS.findall(tail(draft.log)):
            text = f"{step}: {share}"
            done = int(float(amount) * _UNITS[unit]) if unit else done
        draft.watcher.tick(text, done, None)

    status = -1
    try:
        status = run_program(command, draft.log, watch)
    finally:
        if status:  # half a clone cannot be continued
            shutil.rmtree(draft.release, ignore_errors=True)
    if status:
        host = urlsplit(address).hostname or address
        raise Unreachable(f"{host} did not give the release ({last_line(draft.log)})")
    head = ["git", "-C", str(draft.release), "rev-parse", "HEAD"]
    answer = subprocess.run(head, capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _download_files(draft: Draft) -> str:
    """One file after the other, each unpacked and thrown away before the next."""
    draft.downloads.mkdir(exist_ok=True)
    draft.release.mkdir(exist_ok=True)
    for url, name, sha256 in draft.source.download.files:
        done = draft.downloads / f"{name}.done"
        if done.exists():
            continue
        file = draft.downloads / name
        if not file.exists():
            download(url, file, sha256, draft.watcher)
        _settle(draft, file)
        done.touch()
    return ""


def _download_from_kaggle(draft: Draft) -> str:
    if shutil.which("kaggle") is None:
        raise Unreachable(f"The program kaggle is not installed here. {_KAGGLE_HELP}")
    if not _has_kaggle_token():
        raise Unreachable(f"There is no token for kaggle here. {_KAGGLE_HELP}")
    address = draft.source.download.address
    kind = "competitions" if address.startswith(_COMPETITION) else "datasets"
    name = address.removeprefix(_COMPETITION)
    draft.downloads.mkdir(exist_ok=True)
    draft.release.mkdir(exist_ok=True)
    command = ["kaggle", kind, "download", name, "-p", str(draft.downloads)]
    about = draft.source.megabytes * 1_000_000

    def watch() -> None:
        draft.watcher.tick(f"Downloading {name}", size_of(draft.downloads), about)

    if run_program(command, draft.log, watch):
        note = draft.source.download.note
        reason = last_line(draft.log)
        raise Unreachable(f"kaggle did not give {name} ({reason}). {note}".rstrip(". "))
    for file in sorted(draft.downloads.iterdir()):
        _settle(draft, file)
    return ""


_METHODS: dict[str, Callable[[Draft], str]] = {
    "git": _clone,
    "http": _download_files,
    "kaggle": _download_from_kaggle,
}


def _settle(draft: Draft, file: Path) -> None:
    """Move a file into the release; of an archive, what is in it."""
    if not is_archive(file.name):
        file.replace(draft.release / file.name)
        return
    text = f"Unpacking {file.name}"
    try:
        unpack(file, draft.release, lambda done: draft.watcher.tick(text, done, None))
    except DataError:
        file.unlink()  # the next fetch shall not stumble over it again
        raise
    file.unlink()


def _has_kaggle_token() -> bool:
    home = Path.home()
    folders = [home / ".kaggle", home / ".config" / "kaggle"]
    if configured := os.environ.get("KAGGLE_CONFIG_DIR"):
        folders.append(Path(configured))
    return (
        bool(os.environ.get("KAGGLE_KEY") or os.environ.get("KAGGLE_API_TOKEN"))
        or any((folder / "kaggle.json").is_file() for folder in folders)
        or (home / ".kaggle" / "access_token").is_file()
    )
