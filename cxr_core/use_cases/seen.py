"""What a version was trained on, in a form that says nothing of anybody and is easy to ask.

A version carries a token for each training and validation film, and for each of their patients:
the start of a SHA-256. On whatever manifest it is judged later, films of patients whom it has
seen, under any name that the manifest joins to theirs, can so be left out.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from cxr_core.datasets.splits import Split
from cxr_core.errors import ModelError
from cxr_core.registry.atomic import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cxr_core.datasets.collection import Collection
    from cxr_core.datasets.manifest import Film, Manifest

SEEN_NAME = "seen.txt"
_LETTERS = 16
_TOKEN = re.compile(rf"[0-9a-f]{{{_LETTERS}}}")


def tokens(sha256: str, patient: str) -> set[str]:
    """Return the tokens of a film's file, where it is known, and of its patient."""
    words = [f"patient:{patient}", *([f"file:{sha256}"] if sha256 else [])]
    return {hashlib.sha256(word.encode()).hexdigest()[:_LETTERS] for word in words}


def write_seen(
    folder: Path,
    manifest: Manifest,
    collection: Collection,
    earlier: frozenset[str] = frozenset(),
) -> None:
    """Leave the tokens of all that belongs to a training or validation patient.

    `earlier` are the tokens of what the network had learnt from before.
    """
    groups = {
        film.group
        for film, split in zip(collection.films, collection.splits, strict=True)
        if split is not Split.TEST
    }
    found = set(earlier)
    for film in manifest.films:
        if film.group in groups:
            found |= tokens(film.sha256, film.patient)
    write_tokens(folder, found)


def write_tokens(folder: Path, found: Iterable[str]) -> None:
    """Write tokens, sorted, one a line."""
    write_atomically(
        folder / SEEN_NAME, "".join(f"{each}\n" for each in sorted(found)).encode()
    )


def read_seen(folder: Path) -> frozenset[str] | None:
    """Return a version's tokens; None when it does not say what it was trained on.

    Raises
    ------
    ModelError
        When the file is there and cannot be read, or is not made of tokens: taking it for
        absent would judge the version on patients whom it has seen.
    """
    path = folder / SEEN_NAME
    try:
        found = frozenset(path.read_text(encoding="ascii").split())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read. Restore it.") from error
    if not found or not all(_TOKEN.fullmatch(each) for each in found):
        raise ModelError(f"{path} is not a list of tokens. Restore it.")
    return found


def seen_groups(films: Iterable[Film], seen: frozenset[str]) -> set[str]:
    """Return the joined patients of whom a version has seen a film."""
    return {film.group for film in films if tokens(film.sha256, film.patient) & seen}
