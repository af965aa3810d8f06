"""The options by which `train` and `evaluate` find their films."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.datasets.film_store import FilmStore
from cxr_core.use_cases.collecting import Films
from cxr_core.wiring import decoder_of

if TYPE_CHECKING:
    import argparse

    from cxr_core.settings import Settings


def add_films(parser: argparse.ArgumentParser) -> None:
    """Declare --manifest and --films."""
    parser.add_argument(
        "--manifest",
        type=Path,
        metavar="M",
        help="what `datasets curate` wrote, or a pack; default: CXR_MANIFEST_DIR",
    )
    parser.add_argument(
        "--films",
        type=Path,
        help="folder that holds the releases, if it is not where they were curated",
    )


def films_of(options: argparse.Namespace, settings: Settings) -> Films:
    """Return where the films of a command come from."""
    decoder = decoder_of(settings)
    store = FilmStore(settings.cache_dir, decoder.limits, decoder=decoder)
    return Films(options.manifest or settings.manifest_dir, options.films, store)
