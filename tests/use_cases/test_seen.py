"""What a version has seen is recognised under any name, and says nothing of anybody."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.datasets.collection import Collection, LabelledFilm
from cxr_core.datasets.manifest import Film, Manifest, seal
from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Exclusion
from cxr_core.datasets.splits import Split
from cxr_core.errors import ModelError
from cxr_core.use_cases.seen import (
    SEEN_NAME,
    read_seen,
    seen_groups,
    tokens,
    write_seen,
    write_tokens,
)

if TYPE_CHECKING:
    from pathlib import Path

WORDS = st.text(min_size=1, max_size=20)


def film(name: str, patient: str, group: str, split: Split | None = None, **told: Any) -> Film:
    words = ("finding_text", "detail", "view", "modality", "study_date", "sex", "licence")
    known: dict[str, Any] = dict.fromkeys((*words, "mask"), "")
    known |= {
        "path": f"release/{name}.png",
        "source": patient.partition("/")[0],
        "patient": patient,
        "group": group,
        "cluster": f"release/{name}.png",
        "finding": Finding.NORMAL,
        "split": split,
        "exclusion": None if split else Exclusion.COPY,
        "offset_days": None,
        "age_years": None,
        "rows": 1,
        "columns": 1,
        "sha256": f"sha-{name}",
    }
    return Film(**(known | told))


def collection_of(manifest: Manifest) -> Collection:
    used = manifest.used()
    return Collection(
        films=tuple(
            LabelledFilm(each.path, each.source, each.group, "normal", bytes) for each in used
        ),
        splits=tuple(each.split for each in used if each.split),
        slots=tuple(range(len(used))),
        squares=np.zeros((len(used), 2, 2), np.uint8),
        manifest=manifest.digest,
        left_out=Counter(),
    )


FILMS = (
    film("trained", "cohen/1", "cohen/1", Split.TRAIN),
    film("copied", "hannover/7", "cohen/1"),  # joined with the former, and excluded
    film("validated", "cohen/2", "cohen/2", Split.VALIDATION),
    film("tested", "cohen/3", "cohen/3", Split.TEST),
    film("lost", "cohen/1", "cohen/1", sha256=""),
)


def test_a_token_names_the_patient_and_another_the_file_where_it_is_known() -> None:
    assert len(tokens("abc", "cohen/1")) == 2
    assert tokens("", "cohen/1") == tokens("abc", "cohen/1") & tokens("def", "cohen/1")
    assert len(tokens("abc", "cohen/1") & tokens("abc", "cohen/2")) == 1


@given(WORDS, WORDS)
def test_a_file_is_never_taken_for_a_patient_and_nothing_can_be_read_off(
    sha256: str, patient: str
) -> None:
    found = tokens(sha256, patient)
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in found)
    assert tokens("", sha256).isdisjoint(tokens(sha256, "") - tokens("", ""))
    assert found == tokens(sha256, patient)


def test_a_version_has_seen_all_films_of_its_patients_but_no_tested_one(
    tmp_path: Path,
) -> None:
    manifest = seal(FILMS, {})
    write_seen(tmp_path, manifest, collection_of(manifest))
    seen = read_seen(tmp_path)
    assert seen is not None
    for each in FILMS:
        is_seen = bool(tokens(each.sha256, each.patient) & seen)
        assert is_seen == (each.group != "cohen/3"), each.path
    assert tokens("sha-copied", "hannover/7") <= seen


def test_patients_are_recognised_by_file_by_name_and_through_whom_they_are_joined_to() -> None:
    seen = frozenset(tokens("sha-trained", "cohen/1"))
    elsewhere = [
        film("trained", "kermany/5", "kermany/5", Split.TEST),  # the same file, renamed
        film("same day", "kermany/6", "kermany/5", Split.TEST),  # joined with it
        film("new", "cohen/1", "actualmed/1", Split.TEST),  # the same patient's new film
        film("joined", "actualmed/1", "actualmed/1", Split.TEST),
        film("stranger", "cohen/11", "cohen/11", Split.TEST),
    ]
    assert seen_groups(elsewhere, seen) == {"kermany/5", "actualmed/1"}
    assert seen_groups(elsewhere, frozenset()) == set()


def test_an_undecoded_film_is_not_taken_for_another_undecoded_one() -> None:
    seen = frozenset(tokens("", "cohen/1"))
    assert seen_groups([film("x", "cohen/2", "g", Split.TEST, sha256="")], seen) == set()


@given(found=st.sets(st.text("0123456789abcdef", min_size=16, max_size=16), min_size=1))
def test_tokens_come_back_as_they_were_and_in_one_order(tmp_path_factory, found) -> None:
    folder = tmp_path_factory.getbasetemp()
    write_tokens(folder, found)
    assert read_seen(folder) == found
    lines = (folder / SEEN_NAME).read_text().splitlines()
    assert lines == sorted(found)


def test_a_version_that_does_not_say_is_not_one_that_has_seen_nobody(tmp_path: Path) -> None:
    assert read_seen(tmp_path) is None
    assert read_seen(tmp_path / "absent") is None


@pytest.mark.parametrize("content", [b"", b"not a token\n", b"\xff\xfe"])
def test_a_damaged_list_is_not_taken_for_none(tmp_path: Path, content: bytes) -> None:
    """Or the version would be judged on patients whom it has seen."""
    (tmp_path / SEEN_NAME).write_bytes(content)
    with pytest.raises(ModelError, match="Restore it"):
        read_seen(tmp_path)
