"""What the handlers of jobs need of this machine: folders, limits, and the versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.use_cases.collecting import Films

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.datasets.film_store import FilmStore
    from cxr_core.imaging.decode import Limits
    from cxr_core.registry.catalogue import Catalogue
    from cxr_core.use_cases.versions.answers import AnswerStore
    from cxr_core.use_cases.versions.versions import Versions
    from cxr_core.use_cases.work.estimating import PaceBook
    from cxr_core.use_cases.work.manifest_shelf import ManifestShelf
    from cxr_core.use_cases.work.recipe_shelf import RecipeShelf


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where things lie, and who keeps them.

    `releases` holds the public releases, `manifest` what was curated of them, `cache` what can
    be made anew of them; `downloads` keeps ImageNet's weights, `starts` networks that were
    trained for others to start from.
    """

    releases: Path
    manifest: Path
    cache: Path
    downloads: Path
    starts: Path
    store: FilmStore
    limits: Limits
    catalogue: Catalogue
    versions: Versions
    answers: AnswerStore
    paces: PaceBook
    shelf: RecipeShelf
    manifests: ManifestShelf

    def films(self, manifest: Path | None = None) -> Films:
        """Return the films of the manifest in force, or of another."""
        return Films(manifest or self.manifest, None, self.store)
