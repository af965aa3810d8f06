"""The fuzzing of `benchmarks.fuzz`, in small: the app lives, and every refusal has a name."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.mutants import Mutator, corpus
from cxr_core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 300
CODES = {kind.code for kind in InputError.__subclasses__()}


def fuzz(repository: Path, folder: Path, count: int) -> dict:
    command = [sys.executable, "-m", "benchmarks.fuzz", "--count", str(count)]
    answer = subprocess.run(
        [*command, "--out", str(folder)],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "Traceback" not in answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_mutants_end_in_named_answers_and_a_run_goes_on(
    repository: Path, tmp_path: Path
) -> None:
    first = fuzz(repository, tmp_path, COUNT // 2)
    assert first["done"] == COUNT // 2
    told = fuzz(repository, tmp_path, COUNT)
    assert told["done"] == COUNT
    assert (told["exits"], told["hangs"], told["told_secrets"]) == (0, 0, 0)
    assert told["unnamed"] == []
    assert set(told["answers"]) <= CODES | {"read"}
    assert len(told["answers"]) > 5
    assert sum(told["answers"].values()) > sum(first["answers"].values())


def test_a_mutant_is_the_same_whenever_it_is_asked() -> None:
    films = corpus()
    assert Mutator(5, films).mutant(17) == Mutator(5, films).mutant(17)
    assert Mutator(5, films).mutant(17) != Mutator(6, films).mutant(17)
