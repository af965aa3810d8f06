"""Which films an epoch draws: equal parts of classes, and of sources inside a class.

Without the second half a network learns the class prior of a source: two thirds of the films
from one hospital being pneumonia is evidence, to a network, about every film that looks like
that hospital's.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def quotas(counts: dict[str, int], wanted: int, most_draws: int) -> dict[str, int]:
    """Share `wanted` draws equally over sources, none above `most_draws` times its films.

    >>> quotas({"large": 1000, "small": 10}, 300, 2)
    {'small': 20, 'large': 280}
    """
    shares: dict[str, int] = {}
    left = wanted
    for position, (source, count) in enumerate(
        sorted(counts.items(), key=lambda item: item[1])
    ):
        fair = left // (len(counts) - position)
        shares[source] = min(fair, count * most_draws)
        left -= shares[source]
    return shares


def draw_epoch(
    labels: Sequence[str],
    sources: Sequence[str],
    films: int,
    most_draws: int,
    random: np.random.Generator,
) -> NDArray[np.intp]:
    """Draw about `films` indices into `labels`, shuffled; whole passes before repetition."""
    members: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, (label, source) in enumerate(zip(labels, sources, strict=True)):
        members[label][source].append(index)
    drawn: list[NDArray[np.intp]] = []
    for by_source in members.values():
        counts = {source: len(indices) for source, indices in by_source.items()}
        for source, share in quotas(counts, films // len(members), most_draws).items():
            passes = [random.permutation(by_source[source]) for _ in range(most_draws)]
            drawn.append(np.concatenate(passes)[:share])
    return random.permutation(np.concatenate(drawn))


def thin_out(
    strata: Sequence[str], share: float, random: np.random.Generator
) -> NDArray[np.intp]:
    """Keep `share` in (0, 1] of every stratum, at least one film of each; sorted indices."""
    members: dict[str, list[int]] = defaultdict(list)
    for index, stratum in enumerate(strata):
        members[stratum].append(index)
    kept = [
        random.permutation(indices)[: max(1, round(share * len(indices)))]
        for _, indices in sorted(members.items())
    ]
    return np.sort(np.concatenate(kept))
