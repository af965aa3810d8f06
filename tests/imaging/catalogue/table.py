"""The catalogue as a page for people: docs/inputs.md."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cxr_core.imaging.archive import ArchiveLimits
from cxr_core.settings import Settings
from tests.imaging.catalogue import ENCODINGS, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.imaging.catalogue.kind import Encoding, Kind

_SETTINGS = {
    "CXR_MAX_FILE_MB": "MiB, the largest film, in a zip too",
    "CXR_MAX_MEGAPIXELS": "megapixels, the largest film that is decoded",
    "CXR_MAX_ARCHIVE_MB": "MiB, the largest zip; it may unpack to four times as much",
    "CXR_WORKLIST_MB": "MiB, what the films of one window may take on the disk",
    "CXR_UPLOADS_MB": "MiB, what the films of all windows may take",
    "CXR_DECODERS": "processes that decode",
    "CXR_DECODER_MEMORY_MB": "MiB, what one of them may use for a film",
    "CXR_DECODER_SECONDS": "seconds of the processor for a film, and 0.25 for each MiB of it",
}
_PAGE = """\
# What comes in, and what becomes of it

Written by `python -m tests.imaging.catalogue > docs/inputs.md` from the very inputs that
`tests/imaging/test_catalogue.py` draws and sends through the whole upload path: to the disk,
out of the zip, to a decoder process, to the gates. That test fails where a row is not so, and
where this page is not what the command writes (`--check` only says whether it is).

The content decides what a file is, never its name. **A refusal costs the file that is refused
and nothing else**: decoders are processes of their own, so that a crash, a bomb or an endless
loop ends one film (`decoder_failed`), while the films beside it, the application and whoever
works with it go on. For each row the test reads another film in the process beside at the same
moment, and one afterwards. Each ends in a sentence that says what came, what was expected and
what to do; no name, number or date of a patient stands in it or in a log, and nothing is
written outside the store of uploads. No row takes more of the processor than
`CXR_DECODER_SECONDS`; one, a bomb of time, is ended by it. What the codes mean stands in
[the reference](reference.md#why-a-film-is-rejected).

Below are {encodings} ways to store a film that are read, {depths} with their depths, and
{kinds} inputs that are wrong or look so: {refused} are refused, the other {read} are read.
Two published files that end other decoders are among them, as they are and relabelled as
chest films.

## Limits

| setting | default | meaning |
|---|---|---|
{settings}

A zip may hold {members} films, and no member may unpack to more than {ratio} times its size.
Archives of another kind, and zips within zips, are not unpacked.

## What is read

Bit-exact: every stored value comes out of the decoder as it went into the encoder. Else the
greatest difference of any grey, of 255; it is the loss of the encoding, at the quality that is
named.

| film | bits | decoder | exactness | noted in the reading |
|---|---|---|---|---|
{good}

DICOM whose pixels are YBR, RGB or a palette is read for its brightness. A DICOM film without a
usable window spans its own range, and says so.

## What is refused, and how

Where a film is read with a warning, some of its words stand in quotes.

| input | what happens |
|---|---|
{bad}
"""


def page() -> str:
    """Return the whole page."""
    refused = sum(kind.is_refused for kind in KINDS)
    limits = ArchiveLimits()
    return _PAGE.format(
        encodings=len(ENCODINGS),
        depths=sum(len(encoding.depths) for encoding in ENCODINGS),
        kinds=len(KINDS),
        refused=refused,
        read=len(KINDS) - refused,
        settings="\n".join(_setting_rows()),
        members=f"{limits.max_members:,}",
        ratio=f"{limits.max_ratio:.0f}",
        good="\n".join(_good_rows()),
        bad="\n".join(_bad_rows()),
    )


def _setting_rows() -> Iterator[str]:
    told = {name: value for name, value, _ in Settings.from_environment({}).told({})}
    for name, meaning in _SETTINGS.items():
        yield f"| `{name}` | {told[name]} | {meaning} |"


def _good_rows() -> Iterator[str]:
    for group, encodings in groupby(ENCODINGS, lambda encoding: encoding.group):
        yield f"| **{group}** | | | | |"
        yield from map(_good_row, encodings)


def _good_row(encoding: Encoding) -> str:
    depths = ", ".join(map(str, encoding.depths))
    noted = f'"{encoding.noted}"' if encoding.noted else ""
    return (
        f"| {_plain(encoding.name)} | {depths} | {encoding.decoder} | {encoding.exactness} "
        f"| {noted} |"
    )


def _bad_rows() -> Iterator[str]:
    for group, kinds in groupby(KINDS, lambda kind: kind.group):
        yield f"| **{group}** | |"
        for kind in kinds:
            yield f"| {_plain(kind.name)} | {_outcome(kind)} |"


def _outcome(kind: Kind) -> str:
    if kind.is_refused:
        rest = "; the film beside it is read" if kind.spared else ""
        return f"`{kind.outcome}`{rest}"
    return f'read, with a warning: "{kind.warning}"' if kind.warning else kind.outcome


def _plain(text: str) -> str:
    r"""Escape what Markdown would take for itself.

    >>> _plain("a\\b <c>")
    'a\\\\b &lt;c>'
    """
    return text.replace("\\", "\\\\").replace("<", "&lt;").replace("|", "\\|")
