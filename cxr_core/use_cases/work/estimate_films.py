"""How many films of each split a recipe would use: counted without opening one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cxr_core.datasets.collection import Dealing, deal_films
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.schemes import PATIENTS
from cxr_core.datasets.splits import Split
from cxr_core.use_cases.studying import wanted

if TYPE_CHECKING:
    from cxr_core.datasets.manifest import Manifest
    from cxr_core.recipes.recipe import Recipe


def films_by_split(manifest: Manifest, recipe: Recipe) -> dict[Split, int]:
    """Count the films that a training on all of them would use.

    Raises
    ------
    DataError
        When none has a class of the recipe's.
    """
    dealt = deal_films(manifest, LabelSpace(recipe.classes), Dealing(PATIENTS, wanted(recipe)))
    counts = Counter(each.split for each in dealt.films)
    return {split: counts[split] for split in Split}
