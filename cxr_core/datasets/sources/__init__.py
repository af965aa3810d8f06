"""The public releases that are read, one module for each, and how they are found on disk.

`table` reads what a TOML file describes, and `local` what the installation's readers settled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr_core.datasets.sources import (
    actualmed,
    cohen,
    covid_cxnet,
    figure1,
    hannover,
    kermany,
    local,
    nih,
    radiography,
    rsna,
)
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cxr_core.datasets.records import Source

SOURCES: tuple[Source, ...] = (
    cohen.SOURCE,
    figure1.SOURCE,
    actualmed.SOURCE,
    hannover.SOURCE,
    covid_cxnet.SOURCE,
    kermany.SOURCE,
    nih.SOURCE,
    radiography.SOURCE,
    rsna.SOURCE,
    local.SOURCE,
)
"""Every source that the project knows by name, in the order in which they are shown."""


def source_named(name: str) -> Source:
    """Return a source by its name.

    Raises
    ------
    DataError
        When no source is called that.
    """
    for source in SOURCES:
        if source.name == name:
            return source
    raise DataError(
        f"There is no source {name!r}; expected one of "
        f"{', '.join(source.name for source in SOURCES)}."
    )


def find_releases(root: Path, sources: Sequence[Source] = SOURCES) -> dict[str, Path]:
    """Return the folder of each source that has one directly under `root`, by source name.

    Of several folders under a source's names, the one that comes first among its names counts.
    """
    found = {}
    for source in sources:
        for name in source.folders:
            if (root / name).is_dir():
                found[source.name] = root / name
                break
    return found
