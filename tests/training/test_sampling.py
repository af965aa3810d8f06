"""What an epoch draws: classes even, sources even inside a class, nothing drawn too often."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.training.sampling import draw_epoch, quotas


@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 400), min_size=1),
    st.integers(1, 1000),
    st.integers(1, 3),
)
def test_quotas_are_fair_and_never_too_many(counts, wanted, most) -> None:
    shares = quotas(counts, wanted, most)
    assert sum(shares.values()) <= wanted
    assert all(shares[name] <= most * counts[name] for name in counts)
    capped = [name for name in counts if shares[name] == most * counts[name]]
    if len(capped) < len(counts):
        assert sum(shares.values()) == wanted
        free = [shares[name] for name in counts if name not in capped]
        assert max(free) - min(free) <= 1


def test_every_class_is_drawn_alike_though_one_is_rare_and_one_source_large() -> None:
    labels = ["normal"] * 900 + ["normal"] * 100 + ["ill"] * 300
    sources = ["big"] * 900 + ["small"] * 100 + ["big"] * 300
    drawn = draw_epoch(labels, sources, 400, 2, np.random.default_rng(0))
    assert Counter(labels[index] for index in drawn) == {"normal": 200, "ill": 200}
    assert Counter(sources[i] for i in drawn if labels[i] == "normal") == {
        "big": 100,
        "small": 100,
    }
    assert max(Counter(drawn.tolist()).values()) == 1


def test_no_film_is_drawn_more_often_than_allowed() -> None:
    drawn = draw_epoch(["a"] * 5, ["s"] * 5, 100, 2, np.random.default_rng(0))
    assert Counter(drawn.tolist()) == dict.fromkeys(range(5), 2)
