"""Where the films of a manifest lie on this machine, which the manifest itself does not say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.datasets.manifest import manifest_folder
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from cxr_core.datasets.manifest import Film

LOCATION_NAME = "location.json"


def read_location(manifest: Path, root: Path | None = None) -> dict[str, str]:
    """Return the folder of each release, by the first part of its films' paths.

    `manifest` is the folder of a manifest, or a file in it. Under `root`, where one is given,
    each release is expected under that name; else `location.json` says.

    Raises
    ------
    DataError
        When nobody says.
    """
    if root is not None:
        if not root.is_dir():
            raise DataError(f"{root} is not a folder. Give the one that holds the releases.")
        return {child.name: str(child) for child in root.iterdir() if child.is_dir()}
    path = manifest_folder(manifest) / LOCATION_NAME
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(where) for name, where in table.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(
            f"{path} does not say where the films lie. Give the folder with --films."
        ) from error


def locate(folders: dict[str, str], film: Film) -> Path:
    """Return where a film lies, by what `read_location` says.

    Raises
    ------
    DataError
        When it does not say.
    """
    prefix, _, rest = film.path.partition("/")
    if prefix not in folders:
        raise DataError(
            f"Nobody says where {prefix} lies. Curate again, or give the folder that holds it "
            "with --films."
        )
    return Path(folders[prefix]) / rest
