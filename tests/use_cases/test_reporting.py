"""From a version and a manifest to the report, its numbers, the card and the checklists."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cxr_core.datasets.splits import Split
from cxr_core.domain import FilmFile
from cxr_core.errors import CxrError, DataError
from cxr_core.evaluation.audit.subject import AuditOptions
from cxr_core.evaluation.bootstrap import Options
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.preparing import InProcess
from cxr_core.registry.catalogue import Catalogue
from cxr_core.use_cases.audit_films import AuditPlan
from cxr_core.use_cases.reading import read_films
from cxr_core.use_cases.reporting import Reporter, ReportOrder
from cxr_core.use_cases.seen import tokens, write_tokens
from tests.datasets.releases import curated, write_releases
from tests.evaluation.reported import Outline, study_of
from tests.tiny import tiny_version
from tests.use_cases.judged import browser_of, few_films
from tests.use_cases.labelled import CLASSES, labelled

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.evaluation.report.material import Material
    from cxr_core.registry.catalogue import LoadedModel
    from cxr_core.use_cases.collecting import Films

QUICK = Options(resamples=40, prevalences=(("covid19", 0.05),))
PLAN = AuditPlan(films=12, options=AuditOptions(sanity_films=2, randomisations=1, resamples=30))
TOLD = {"title": "Tiny", "command": "none", "training_minutes": 0.0, "code_version": "0"}
FILES = {"report.html", "report.json", "evaluation.json", "card.md", "checklist.md",
         "manifest.json"}  # fmt: skip


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    return few_films(tmp_path_factory.mktemp("reporting"))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reported") / "models"
    version = tiny_version(folder, "tiny", CLASSES, seed=3)
    path = version / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | TOLD))
    write_tokens(version, tokens("", "somebody else"))
    return folder


def order_of(films: Films, models: Path, out: Path, **changes: object) -> ReportOrder:
    told = ReportOrder(
        films, Split.TEST, models / "tiny", out, (study_of(),), QUICK, audit_plan=PLAN
    )
    return replace(told, **changes)


@pytest.fixture(scope="module")
def model(models: Path) -> LoadedModel:
    (loaded,) = Catalogue(models).load(["tiny"])
    return loaded


def reporter(
    model: LoadedModel, order: ReportOrder, heard: list[str] | None = None
) -> Reporter:
    said = [] if heard is None else heard
    return Reporter(model, order, Limits(), lambda words, *_: said.append(words))


@pytest.fixture(scope="module")
def heard() -> list[str]:
    return []


@pytest.fixture(scope="module")
def recorded(
    films: Films,
    models: Path,
    model: LoadedModel,
    tmp_path_factory: pytest.TempPathFactory,
    heard: list[str],
) -> tuple[Path, Material]:
    """Everything, recorded: the weights before it are kept for comparison."""
    out = tmp_path_factory.mktemp("out") / "report"
    before = (models / "tiny" / "weights.safetensors").read_bytes()
    told_of = reporter(model, order_of(films, models, out, is_recorded=True), heard).run()
    assert (models / "tiny" / "weights.safetensors").read_bytes() == before
    return out, told_of


def read(path: Path) -> dict[str, object]:
    def refuse(word: str) -> None:
        raise AssertionError(f"{path} holds {word}")

    return json.loads(path.read_text("utf-8"), parse_constant=refuse)


def test_every_file_is_written_and_tells_the_same(recorded: tuple[Path, Material]) -> None:
    out, told_of = recorded
    assert {each.name for each in out.iterdir()} == FILES | {"audit.json"}
    numbers = read(out / "report.json")
    assert numbers["evaluation"] == read(out / "evaluation.json") == told_of.evaluation
    assert numbers["audit"] == read(out / "audit.json")
    assert numbers["studies"] == [study_of()]
    assert numbers["version"]["name"] == "tiny"
    page = Outline((out / "report.html").read_text("utf-8"))
    assert f"{told_of.evaluation['accuracy']['value']:.3f}" in page.text
    assert "ancestor, three-classes" in page.text
    card = (out / "card.md").read_text("utf-8")
    assert "## Ancestors" in card
    assert "Shortcut audit" in card
    assert "(report.html#audit)" in (out / "checklist.md").read_text("utf-8")


def test_internal_external_and_audit_are_all_measured(
    recorded: tuple[Path, Material], heard: list[str]
) -> None:
    _, told_of = recorded
    # Without kermany only one class is left to learn, so that it cannot be left out.
    (out,) = told_of.sources_out
    assert out["source"] == "hannover"
    assert out["internal"] is not None
    assert out["external_unseen"] is not None
    assert told_of.audit is not None
    assert told_of.audit["sanity"] is not None
    assert told_of.evaluation["calibration"]["films"] >= 9
    assert told_of.evaluation["per_class"][2]["at_prevalence"]["prevalence"] == 0.05
    titles = {words.partition(":")[0] for words in heard}
    assert titles >= {
        "Checking films",
        "Reading films",
        "Leaving sources out",
        "Audit",
        "Writing",
    }


def test_what_is_recorded_is_what_the_version_is_served_by_and_told_of(
    recorded: tuple[Path, Material], models: Path
) -> None:
    _, told_of = recorded
    (served,) = Catalogue(models).load(["tiny"])  # its weights are still those of its manifest
    calibration = served.manifest.calibration
    assert calibration is not None
    assert calibration.as_dict() == told_of.evaluation["calibration"]
    film = labelled("normal", "hill", 1)
    (reading,) = read_films([FilmFile(film.name, film.load)], [served], InProcess())
    assert reading.triage is not None
    assert "uncalibrated" not in reading.triage.flags
    told = browser_of(models).performance("tiny")
    assert told is not None
    assert told.faults == ()
    assert told.told_of.evaluation == told_of.evaluation
    assert told.told_of.audit == json.loads(json.dumps(told_of.audit))
    assert "## Ancestors" in told.card
    assert "**not done**" in (models / "tiny" / "checklist.md").read_text("utf-8")


def test_what_is_left_out_is_a_remark_and_nothing_is_recorded_unasked(
    films: Films,
    models: Path,
    model: LoadedModel,
    recorded: tuple[Path, Material],
    tmp_path: Path,
) -> None:
    before = {each: each.stat().st_mtime_ns for each in (models / "tiny").iterdir()}
    order = order_of(
        films, models, tmp_path / "quick", has_audit=False, has_sources_out=False, studies=()
    )
    told_of = reporter(model, order).run()
    assert told_of.audit is None
    assert told_of.evaluation["external"] is None
    remarks = " ".join(told_of.evaluation["remarks"])
    assert "--no-audit" in remarks
    assert "--no-sources-out" in remarks
    assert {each.name for each in (tmp_path / "quick").iterdir()} == FILES
    assert {each: each.stat().st_mtime_ns for each in (models / "tiny").iterdir()} == before


def test_what_cannot_be_measured_on_these_films_is_a_remark_not_a_failure(
    films: Films,
    models: Path,
    model: LoadedModel,
    recorded: tuple[Path, Material],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("one-source")
    root = write_releases(folder / "root", patients=10)
    shutil.rmtree(root / "covid-19-image-repository")
    alone = curated(root, folder / "manifest")
    told_of = reporter(model, order_of(alone, models, folder / "out")).run()
    remarks = " ".join(told_of.evaluation["remarks"])
    assert "Sources were not left out: The sources kermany cannot be left out" in remarks
    assert told_of.audit is not None
    assert told_of.audit["source"] is None


def test_a_place_that_cannot_be_is_refused_before_any_film_is_read(
    films: Films, models: Path, model: LoadedModel, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("here already")
    heard: list[str] = []
    with pytest.raises(CxrError):
        reporter(model, order_of(films, models, tmp_path / "file" / "out"), heard).run()
    assert heard == []


def test_films_that_are_not_there_are_named(
    films: Films, models: Path, model: LoadedModel, tmp_path: Path
) -> None:
    away = replace(films, manifest=tmp_path / "nowhere")
    with pytest.raises(DataError, match="nowhere"):
        reporter(model, order_of(away, models, tmp_path / "out")).run()
    assert read(tmp_path / "out" / "report.json") == {"state": "being made"}
