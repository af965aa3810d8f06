"""A file that somebody else wrote: one recipe and a sweep of two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SWEEP = """

[study]
folds = 3
naive_shares = [0.1, 0.2]
ours = ["batch", "augmentation", "runs.wide.stages.0.size"]

[[runs]]
name = "small"
note = "As the file says."
[runs.reported]
accuracy = 0.9

[[runs]]
name = "wide"
note = ""
[runs.changes]
seed = 7
head.hidden = [64]
stages.0.size = 128
optimiser = { name = "sgd", momentum = 0.9 }
"""


@pytest.fixture
def sweep(tmp_path: Path, repository: Path) -> Callable[..., str]:
    """Write a file of two runs, some of its text replaced, and return its path."""

    def write(*changes: tuple[str, str]) -> str:
        text = (repository / "cxr_core" / "recipes" / "vgg16.toml").read_text() + SWEEP
        for old, new in (('paper = ""', 'paper = "Somebody, 2020"'), *changes):
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "theirs.toml"
        path.write_text(text)
        return str(path)

    return write
