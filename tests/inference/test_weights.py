"""Weights by name: all of them, or those below the head of an earlier run."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_core.errors import ModelError
from cxr_core.inference.heads import is_head_weight
from cxr_core.inference.networks import Blueprint, build_network
from cxr_core.inference.weights import arrays_of, compact, load_backbone, load_into
from tests.inference.built import noise, small

keras = pytest.importorskip("keras")


def nova(**changes: object) -> keras.Model:
    return build_network(Blueprint(**{"network": "nova", "classes": 3, "size": 32} | changes))


def test_weights_written_and_read_give_the_same_answers() -> None:
    first, second = nova(), nova()
    films = noise(first)
    assert not np.allclose(first(films), second(films))
    load_into(second, arrays_of(first))
    assert np.array_equal(first(films), second(films))


def test_statistics_of_batch_normalisation_stay_in_full_precision() -> None:
    arrays = compact(arrays_of(small("resnet50")))
    wide = {name for name, array in arrays.items() if array.dtype == np.float32}
    assert wide == {name for name in arrays if "/moving_" in name}
    assert wide


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": 2},
        {"hidden": (16, 8), "pooling": "flatten"},
        {"classes": 2, "output": "sigmoid", "size": 64},
    ],
    ids=["other classes", "other head", "one unit, other size"],
)
def test_an_earlier_backbone_comes_back_below_a_head_of_its_own(
    changes: dict[str, object],
) -> None:
    earlier, later = arrays_of(nova()), nova(**changes)
    before = arrays_of(later)
    load_backbone(later, earlier)
    after = arrays_of(later)
    for path, array in after.items():
        expected = before if is_head_weight(path) else earlier
        assert np.array_equal(array, expected[path]), path
    assert {path for path in after if is_head_weight(path)}


def test_a_backbone_of_another_architecture_is_refused_by_name() -> None:
    alexnet = build_network(Blueprint("alexnet", 2, 64))
    with pytest.raises(ModelError, match="architecture alexnet: 18 names differ"):
        load_backbone(alexnet, arrays_of(nova()))


def test_a_backbone_of_another_kernel_is_refused_and_nothing_is_set() -> None:
    model = nova(kernel=5)
    before = arrays_of(model)
    earlier = arrays_of(nova())
    earlier["nova_conv1/kernel"] = np.zeros((5, 5, 3, 32), np.float32)
    with pytest.raises(ModelError, match=r"nova_conv2/kernel has shape \(3, 3, 32, 64\)"):
        load_backbone(model, earlier)
    assert all(np.array_equal(array, before[path]) for path, array in arrays_of(model).items())


def test_a_weight_that_is_missing_or_not_finite_is_named() -> None:
    model = nova()
    arrays = arrays_of(model)
    with pytest.raises(ModelError, match="1 names differ, 'logits/bias'"):
        load_into(model, {path: arrays[path] for path in arrays if path != "logits/bias"})
    arrays["logits/bias"] = np.full(3, np.nan, np.float32)
    with pytest.raises(ModelError, match="logits/bias holds values"):
        load_into(model, arrays)
