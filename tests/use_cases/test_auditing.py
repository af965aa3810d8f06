"""From a version and a manifest to an audit: the films that are taken, and their lungs."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.datasets.collection import LabelledFilm
from cxr_core.datasets.lungs import MaskedFilm
from cxr_core.datasets.manifest import load_manifest
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.evaluation.audit.subject import AuditOptions
from cxr_core.imaging.decode import Limits
from cxr_core.registry.catalogue import Catalogue
from cxr_core.use_cases.audit_films import AuditPlan, Candidate, choose_films
from cxr_core.use_cases.auditing import Auditor, VersionAudit
from cxr_core.use_cases.seen import tokens
from tests.datasets import layouts
from tests.datasets.releases import curated, write_film, write_releases
from tests.synthetic import png_bytes
from tests.tiny import tiny_version
from tests.use_cases.test_seen import film

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.use_cases.collecting import Films

CLASSES = ("normal", "pneumonia", "covid19")
COHEN_FILMS = 40
PLAN = AuditPlan(films=30, options=AuditOptions(sanity_films=2, randomisations=1, resamples=50))


def unheard(sentence: str, done: int, total: int) -> None:
    assert done <= total, sentence


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    """Three releases; all films of one have a mask."""
    folder = tmp_path_factory.mktemp("audit")
    root = write_releases(folder / "root", patients=12)
    rows = [
        {"patientid": str(number), "finding": ("COVID-19", "Pneumonia")[number % 2],
         "filename": f"c{number}.png"}
        for number in range(COHEN_FILMS)
    ]  # fmt: skip
    cohen = layouts.cohen(root, *rows)
    lungs = np.zeros((96, 96), np.float32)
    lungs[24:72, 15:39] = lungs[24:72, 57:81] = 1.0
    for number in range(COHEN_FILMS):
        write_film(cohen / "images" / f"c{number}.png", 7000 + number)
        mask = cohen / "annotations" / "lungVAE-masks" / f"c{number}_mask.png"
        layouts.put(mask.parent, mask.name, content=png_bytes(lungs))
    return curated(root, folder / "manifest")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("keras")
    folder = tmp_path_factory.mktemp("models")
    tiny_version(folder, "tiny", CLASSES)
    return folder


def auditor(models: Path, seen: frozenset[str] | None = None) -> Auditor:
    (model,) = Catalogue(models).load(["tiny"])
    return Auditor(model, models / "tiny", seen, Limits(), unheard)


@pytest.fixture(scope="module")
def found(models: Path, films: Films) -> VersionAudit:
    return auditor(models).audit(films, plan=PLAN)


def test_a_version_is_audited_on_the_test_split_and_lungs_are_borrowed_and_counted(
    found: VersionAudit, films: Films
) -> None:
    manifest = load_manifest(films.manifest)
    own = [each for each in manifest.used() if each.split is Split.TEST]
    masked = [each for each in own if each.mask]
    told = found.audit
    assert told.films["unseen"] == min(len(own), PLAN.films)
    assert told.films["unseen_with_lungs"] == len(masked)
    assert len(masked) < PLAN.fewest_masked
    assert told.films["with_lungs"] == COHEN_FILMS  # fewer than 20 of the split, so all help
    assert told.blackout.lungs is not None
    assert told.blackout.lungs.seen == COHEN_FILMS - len(masked)
    assert any("may have been trained on" in note for note in told.notes)
    assert any("drawn by a model" in note for note in told.notes)


def test_the_network_is_rebuilt_from_its_blueprint_and_weights(found: VersionAudit) -> None:
    assert found.audit.sanity is not None
    names = [stage.name for stage in found.audit.sanity.stages]
    assert names == ["head", "block5", "block4", "block3", "block2", "first layers"]


def test_what_is_written_names_the_version_the_films_and_the_split(
    found: VersionAudit, films: Films
) -> None:
    told = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert told["manifest"] == load_manifest(films.manifest).digest
    assert told["split"] == "test"
    assert told["version"] == "test"
    assert told["subject"] == "tiny"
    assert len(told["weights_sha256"]) == 64
    assert set(found.headline()["parts"]) == {
        "border", "lungs_hidden", "attention", "source", "sanity",
    }  # fmt: skip


def test_patients_whom_the_version_has_seen_are_not_audited_on(
    models: Path, films: Films, found: VersionAudit
) -> None:
    used = load_manifest(films.manifest).used()
    own = [each for each in used if each.split is Split.TEST]
    seen = {
        token for each in own if each.source == "kermany"
        for token in tokens(each.sha256, each.patient)
    }  # fmt: skip
    told = auditor(models, frozenset(seen)).audit(films, plan=PLAN)
    left = sum(each.source != "kermany" for each in own)
    assert told.audit.films["unseen"] == left < found.audit.films["unseen"]
    everything = frozenset(t for each in own for t in tokens(each.sha256, each.patient))
    with pytest.raises(DataError, match="has not seen"):
        auditor(models, everything).audit(films, plan=PLAN)


# Which films


def candidate(name: str, label: str, source: str = "a", *, mask: bool = False) -> Candidate:
    row = film(name, f"{source}/{name}", f"{source}/{name}", Split.TEST)
    labelled = LabelledFilm(name, source, row.group, label, bytes)
    return Candidate(row, labelled, MaskedFilm(row, row) if mask else None, is_seen=False)


def test_films_are_dealt_evenly_to_classes_and_sources() -> None:
    many = [candidate(f"n{place}", "normal", "a") for place in range(90)]
    many += [candidate(f"m{place}", "normal", "b") for place in range(9)]
    many += [candidate(f"c{place}", "covid19", "c") for place in range(20)]
    chosen = choose_films(many, AuditPlan(films=32))
    assert Counter(each.labelled.label for each in chosen) == {"normal": 16, "covid19": 16}
    assert Counter(each.film.source for each in chosen)["b"] == 8
    again = choose_films(many[::-1], AuditPlan(films=32))
    assert [each.film.path for each in again] == [each.film.path for each in chosen]


def test_films_with_a_mask_come_first() -> None:
    many = [candidate(f"n{place}", "normal") for place in range(50)]
    many += [candidate(f"m{place}", "covid19", mask=True) for place in range(6)]
    chosen = choose_films(many, AuditPlan(films=10))
    assert sum(each.masked is not None for each in chosen) == 6
    assert len(chosen) == 10


def test_masks_are_borrowed_only_where_there_are_too_few() -> None:
    def known(name: str, label: str) -> Candidate:
        one = candidate(name, label, mask=True)
        return Candidate(one.film, one.labelled, one.masked, is_seen=True)

    labels = ["normal", "covid19"]
    enough = [candidate(f"e{place}", labels[place % 2], mask=True) for place in range(24)]
    others = [known(f"k{place}", labels[place % 2]) for place in range(40)]
    assert not any(each.is_seen for each in choose_films(enough + others, AuditPlan()))
    few = choose_films(enough[:8] + others, AuditPlan(masked=30))
    assert Counter(each.is_seen for each in few) == {False: 8, True: 22}
    one_class = [each for each in enough if each.labelled.label == "normal"]
    assert any(each.is_seen for each in choose_films(one_class + others, AuditPlan()))
