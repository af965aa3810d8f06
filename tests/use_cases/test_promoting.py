"""From a finished run to a champion and back, with the gate between."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from cxr_core.datasets.splits import Split
from cxr_core.domain import Actor, Role
from cxr_core.errors import AccessError, DataError, ModelError
from cxr_core.registry.folders import is_protected
from cxr_core.store.audit_log import AuditLog
from cxr_core.store.database import open_database
from cxr_core.use_cases.reporting import Reporter, ReportOrder
from cxr_core.use_cases.versions.promoting import Wish
from tests.tiny import tiny_version
from tests.use_cases.answered import CLASSES, Scene, finished_run, scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cxr_core.store.database import Database

ADA = Actor("ada", Role.ADMINISTRATOR)
READER = Actor("ben", Role.READER)
REASON = "The films of our ward are portable ones."
MANY, FEW = range(40), range(8)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    finished_run(folder / "models", "nova", 1, audit_score=0.45)
    finished_run(folder / "runs", "mine", 2)
    finished_run(folder / "runs", "yours", 3, audit_score=None)
    return folder


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'data' / 'cxr.db'}")
    yield opened
    opened.close()


@pytest.fixture
def ward(made: Path, tmp_path: Path, embedded: Database) -> Scene:
    """A champion that errs on forty films of each class, and two runs that are handed in."""
    folder = shutil.copytree(made, tmp_path / "ward")
    ward = scene(folder, embedded)
    ward.answer("nova", dict.fromkeys(CLASSES, MANY))
    for name in ("mine", "yours"):
        ward.desk.versions.register(ADA, folder / "runs" / name, job=f"job-of-{name}")
    return ward


def served(ward: Scene) -> list[tuple[str, str]]:
    return [(each.ref.name, each.ref.version) for each in ward.serving.load()]


def test_a_better_candidate_is_promoted_with_one_click_and_taken_back_with_another(
    ward: Scene, embedded: Database
) -> None:
    ward.answer("mine", dict.fromkeys(CLASSES, FEW))
    assert served(ward) == [("nova", "test")]
    standing = ward.desk.promoter.promote(ADA, Wish("mine"))
    assert standing.decision is not None
    assert standing.decision.passes
    assert served(ward) == [("nova", "mine")]
    assert is_protected(ward.folder / "versions" / "mine")
    assert ward.desk.promoter.rollback(ADA, "nova") == "nova"
    assert served(ward) == [("nova", "test")]
    kinds = [each.kind.value for each in ward.desk.versions.history(ADA, "nova")]
    assert kinds == ["rollback", "promotion", "installation"]
    told = [(each.actor, each.action) for each in AuditLog(embedded).entries(2)]
    assert told == [("ada", "Roll back"), ("ada", "Promote version")]
    assert AuditLog(embedded).verify().fault == ""


def test_thresholds_are_fitted_anew_and_served_instead_of_the_folders(ward: Scene) -> None:
    ward.answer("mine", dict.fromkeys(CLASSES, FEW))
    ward.desk.promoter.promote(ADA, Wish("mine"))
    [model] = ward.serving.load()
    calibration = model.manifest.calibration
    assert calibration is not None
    assert (calibration.manifest, calibration.films) == (ward.films.digest, 120)
    manifest = json.loads((ward.folder / "versions" / "mine" / "manifest.json").read_text())
    assert "calibration" not in manifest
    newest = ward.desk.versions.history(ADA)[0]
    assert newest.calibration == calibration.as_dict()
    assert newest.decision["gate"]["passes"] is True


def test_a_bundled_version_keeps_refitted_thresholds_through_a_way_back(ward: Scene) -> None:
    promoter = ward.desk.promoter
    ward.answer("mine", dict.fromkeys(CLASSES, FEW))
    promoter.promote(ADA, Wish("mine"))
    promoter.promote(ADA, Wish("nova", reason=REASON))
    assert ward.serving.load()[0].manifest.calibration is not None
    ward.answer("yours", dict.fromkeys(CLASSES, FEW))
    promoter.promote(ADA, Wish("yours", reason=REASON))
    assert promoter.rollback(ADA, "nova") == "nova"
    assert ward.serving.load()[0].manifest.calibration is not None


@pytest.mark.parametrize(
    ("missed", "words"),
    [
        (range(50), "As good as the champion"),
        (range(6, 45), "As good as the champion"),
        (None, "was not asked about the films"),
    ],
)
def test_what_is_worse_or_better_by_chance_or_not_compared_needs_a_reason(
    ward: Scene, missed: range | None, words: str
) -> None:
    if missed is not None:
        ward.answer("mine", dict.fromkeys(CLASSES, missed))
    for reason in ("", "because", " " * 40):
        with pytest.raises(DataError, match=words):
            ward.desk.promoter.promote(ADA, Wish("mine", reason=reason))
    assert served(ward) == [("nova", "test")]
    assert not is_protected(ward.folder / "versions" / "mine")
    ward.desk.promoter.promote(ADA, Wish("mine", reason=f"  {REASON} "))
    assert served(ward) == [("nova", "mine")]
    assert ward.desk.versions.history(ADA)[0].reason == REASON


def test_a_candidate_that_was_not_audited_does_not_pass(ward: Scene) -> None:
    ward.answer("yours", dict.fromkeys(CLASSES, FEW))
    standing = ward.desk.promoter.standing(READER, "yours")
    assert standing.decision is not None
    assert standing.decision.against == ("Shortcut audit",)


def test_an_audit_of_other_weights_does_not_count(ward: Scene) -> None:
    ward.answer("mine", dict.fromkeys(CLASSES, FEW))
    path = ward.folder / "versions" / "mine" / "audit.json"
    path.write_text(path.read_text().replace('"weights_sha256": "', '"weights_sha256": "0'))
    decision = ward.desk.promoter.standing(READER, "mine").decision
    assert decision is not None
    assert decision.against == ("Shortcut audit",)


def test_films_that_either_has_seen_are_left_out(ward: Scene) -> None:
    from cxr_core.use_cases.seen import tokens, write_tokens

    seen = set()
    for number in range(30):
        seen |= tokens(f"sha-test-covid19-{number}", f"hill/test-covid19-{number}")
    write_tokens(ward.folder / "versions" / "mine", seen)
    ward.answer("mine", dict.fromkeys(CLASSES, FEW))
    decision = ward.desk.promoter.standing(READER, "mine").decision
    assert decision is not None
    assert decision.films == 570
    (ward.folder / "versions" / "mine" / "seen.txt").unlink()
    decision = ward.desk.promoter.standing(READER, "mine").decision
    assert decision is not None
    assert decision.against == ("Tells what it was trained on",)


def test_a_line_without_a_champion_is_compared_with_the_best_one(ward: Scene) -> None:
    ward.answer("mine", dict.fromkeys(CLASSES, FEW))
    standing = ward.desk.promoter.promote(ADA, Wish("mine", line="ward"))
    assert standing.champion == "nova"
    assert served(ward) == [("nova", "test"), ("ward", "mine")]
    with pytest.raises(DataError, match="champion of ward already"):
        ward.desk.promoter.promote(ADA, Wish("mine", line="nova", reason=REASON))
    with pytest.raises(DataError, match="first champion of ward"):
        ward.desk.promoter.rollback(ADA, "ward")
    ward.desk.versions.retire(ADA, "mine")
    assert served(ward) == [("nova", "test")]
    with pytest.raises(DataError, match="only version that reads films"):
        ward.desk.versions.retire(ADA, "nova")


def test_without_a_manifest_only_a_reason_promotes_and_its_own_thresholds_serve(
    ward: Scene,
) -> None:
    shutil.rmtree(ward.folder / "manifest")
    standing = ward.desk.promoter.standing(READER, "mine")
    assert "not a manifest" in standing.problem
    with pytest.raises(DataError, match="cannot decide"):
        ward.desk.promoter.promote(ADA, Wish("mine"))
    ward.desk.promoter.promote(ADA, Wish("mine", reason=REASON))
    assert ward.desk.versions.history(ADA)[0].calibration is None


def test_a_candidate_that_cannot_be_loaded_changes_nothing(ward: Scene) -> None:
    weights = ward.folder / "versions" / "mine" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    ward.answer("mine", dict.fromkeys(CLASSES, FEW))
    with pytest.raises(ModelError, match="damaged"):
        ward.desk.promoter.promote(ADA, Wish("mine"))
    assert served(ward) == [("nova", "test")]
    assert not is_protected(ward.folder / "versions" / "mine")


def test_a_way_back_passes_over_what_is_damaged(ward: Scene) -> None:
    for name in ("mine", "yours"):
        ward.desk.promoter.promote(ADA, Wish(name, reason=REASON))
    shutil.rmtree(ward.folder / "versions" / "mine")
    assert ward.desk.promoter.rollback(ADA, "nova") == "nova"
    with pytest.raises(DataError, match="no line that is served"):
        ward.desk.promoter.rollback(ADA, "absent")


def test_what_has_served_is_not_changed_any_more(ward: Scene, tmp_path: Path) -> None:
    ward.desk.promoter.promote(ADA, Wish("mine", reason=REASON))
    ward.desk.promoter.rollback(ADA, "nova")
    [model] = ward.catalogue.load(["mine"])
    films = ward.desk.promoter.gate.films
    folder = ward.folder / "versions" / "mine"
    order = ReportOrder(films, Split.TEST, folder, tmp_path / "report", is_recorded=True)
    with pytest.raises(DataError, match="mine has served"):
        Reporter(model, order, ward.answers.limits, lambda *_: None).run()


def test_every_change_is_an_administrators(ward: Scene) -> None:
    desk = ward.desk
    for deed in (
        lambda who: desk.promoter.promote(who, Wish("mine", reason=REASON)),
        lambda who: desk.promoter.rollback(who, "nova"),
        lambda who: desk.promoter.compare(who, Wish("mine"), lambda *_: None),
        lambda who: desk.versions.retire(who, "mine"),
        lambda who: desk.versions.register(who, ward.folder / "runs" / "mine"),
    ):
        with pytest.raises(AccessError, match="ben is a reader"):
            deed(READER)
        with pytest.raises(AccessError, match="Nobody is signed in"):
            deed(None)
    for look in (
        desk.versions.all,
        desk.versions.history,
        lambda who: desk.promoter.standing(who, "mine"),
    ):
        look(READER)
        with pytest.raises(AccessError, match="Nobody is signed in"):
            look(None)


def test_a_second_look_at_the_gate_computes_nothing(
    ward: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.answer("mine", dict.fromkeys(CLASSES, FEW))
    first = ward.desk.promoter.standing(READER, "mine").decision
    monkeypatch.setattr("cxr_core.use_cases.versions.gatekeeping.judge_candidate", None)
    assert ward.desk.promoter.standing(READER, "mine").decision is first


def test_a_database_refusing_the_promotion_leaves_the_candidate_open(
    ward: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_version(ward.folder / "runs", "third", CLASSES, "nova", 4)
    ward.desk.versions.register(ADA, ward.folder / "runs" / "third")
    promote = ward.desk.promoter.store.promote

    def promoted_meanwhile(*arguments: object) -> None:
        monkeypatch.setattr(ward.desk.promoter.store, "promote", promote)
        ward.desk.promoter.promote(ADA, Wish("third", reason=REASON))
        promote(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ward.desk.promoter.store, "promote", promoted_meanwhile)
    with pytest.raises(DataError, match="champion of nova is third by now"):
        ward.desk.promoter.promote(ADA, Wish("mine", reason=REASON))
    assert served(ward) == [("nova", "third")]
    assert not is_protected(ward.folder / "versions" / "mine")
