"""What the garbage collector walks through once networks are loaded, and what it finds."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from cxr_core.inference.runtime import forget_networks, spare_collector
from cxr_core.registry.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Network:
    """Holds itself, as a Keras graph does."""

    def __init__(self) -> None:
        self.itself = self


def test_what_a_network_needs_is_passed_over_once_it_is_loaded(repository: Path) -> None:
    gc.unfreeze()  # what tests before this one set aside
    Catalogue(repository / "models").load(["vgg16"])
    assert gc.get_freeze_count() > 10 * len(gc.get_objects())


@pytest.mark.parametrize("find", [spare_collector, forget_networks])
def test_a_network_that_was_passed_over_is_given_back_when_nobody_holds_it(
    find: Callable[[], None],
) -> None:
    network = Network()
    told = weakref.ref(network)
    spare_collector()
    del network
    gc.collect()
    assert told() is not None
    find()
    assert told() is None
