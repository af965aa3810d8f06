"""Download one file over HTTP: streamed, resumed where it broke off, checked, renamed last."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from cxr_core.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TIMEOUTS = (10.0, 60.0)  # seconds: to connect, and between two pieces
_TRIES = 5
_PIECE_BYTES = 1 << 18
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.ConnectTimeout, f"no connection within {_TIMEOUTS[0]:.0f} seconds"),
    (requests.exceptions.Timeout, f"silent for {_TIMEOUTS[1]:.0f} seconds"),
    (requests.exceptions.SSLError, "its certificate is not trusted here"),
    (requests.exceptions.ProxyError, "the proxy does not let through"),
    (requests.exceptions.ChunkedEncodingError, "the connection broke off"),
    (requests.exceptions.ConnectionError, "no connection"),
)
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Cancelled(Exception):
    """The person asked to stop."""


class Unreachable(Exception):
    """A host did not give what was asked for; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whom to tell how far it is, and whom to ask whether to go on.

    `report` takes a text, the bytes done, and those there are in all where that is known.
    """

    report: Callable[[str, int, int | None], None]
    cancelled: Callable[[], bool]

    def tick(self, text: str, done: int, total: int | None) -> None:
        """Report, and raise `Cancelled` when the person wants to stop."""
        if self.cancelled():
            raise Cancelled
        self.report(text, done, total)


class _Broken(Exception):
    """A try that failed; another may not."""


def download(
    url: str,
    target: Path,
    sha256: str,
    watcher: Watcher,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Write what `url` holds to `target`, by way of `<target>.part`.

    A part that is there already is continued if the server can do that, and begun anew if not.
    It stays when the network fails or the person stops, for the next call to continue.

    Parameters
    ----------
    sha256
        The file's checksum in hexadecimal digits, empty where nobody publishes it.
    pause
        Waits that many seconds before another try.

    Raises
    ------
    Unreachable
        When the host refuses, or fails five times.
    Cancelled
        When the watcher says so.
    DataError
        When the file is not the one that the checksum belongs to; it is thrown away.
    StorageError
        When the disk refuses.
    """
    part = target.with_name(f"{target.name}.part")
    host = urlsplit(url).hostname or url
    for attempt in range(1, _TRIES + 1):
        try:
            _continue(url, part, target.name, watcher)
            break
        # requests' errors are OSErrors too, so they come first.
        except (_Broken, requests.RequestException) as error:
            if attempt == _TRIES:
                reason = _reason(error)
                raise Unreachable(f"{host} did not give {target.name} ({reason})") from error
            pause(2.0 ** (attempt - 1))
        except OSError as error:
            raise StorageError(f"Cannot write {part}: {error.strerror}.") from error
    if sha256 and (found := _sha256(part)) != sha256.lower():
        part.unlink()
        raise DataError(
            f"{target.name} from {host} has the SHA-256 {found}; expected {sha256}. It was "
            "thrown away: fetch it again, and do not use it if that happens twice."
        )
    part.replace(target)


def _continue(url: str, part: Path, name: str, watcher: Watcher) -> None:
    """Fetch what is missing of a part; `_Broken` when it is still not whole."""
    have = part.stat().st_size if part.exists() else 0
    # Compressed once more on the way, a range would count other bytes than the file's.
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    watcher.tick(name, have, None)
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUTS) as answer:
        start, total = _extent(answer, have)
        if answer.status_code == 416:
            if total not in {None, have}:
                part.unlink()
                raise _Broken("the file on the server is another one now")
            return
        if answer.status_code in _TRY_AGAIN:
            raise _Broken(f"status {answer.status_code}")
        if not answer.ok:
            host = urlsplit(answer.url).hostname
            raise Unreachable(f"{host} refused {name} with status {answer.status_code}")
        if start not in {0, have}:
            raise _Broken(f"it sent bytes from {start} on, not from {have}")
        done = start
        with part.open("ab" if start else "wb") as stream:
            for piece in answer.iter_content(_PIECE_BYTES):
                stream.write(piece)
                done += len(piece)
                watcher.tick(name, done, total)
    if total is not None and done != total:
        raise _Broken(f"{done} of {total} bytes came")


def _extent(answer: requests.Response, have: int) -> tuple[int, int | None]:
    """First byte and size of the whole file, as an answer's headers tell (RFC 9110, 14.4)."""
    found = re.fullmatch(
        r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", answer.headers.get("Content-Range", "")
    )
    total = int(found[2]) if found and found[2] != "*" else None
    if answer.status_code == 206:
        return (int(found[1]) if found and found[1] else have), total
    length = answer.headers.get("Content-Length", "")
    if answer.status_code == 200 and length.isdigit():
        total = int(length)
    return 0, total


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _reason(error: Exception) -> str:
    """Why, in words that a person can use; requests nests them three deep."""
    return next((words for kind, words in _REASONS if isinstance(error, kind)), str(error))
