"""Versions as the Performance page finds them, without weights, and films to judge one on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.film_store import FilmStore
from cxr_core.datasets.splits import SplitRule
from cxr_core.evaluation.checklist import write_checklist
from cxr_core.imaging.decode import Limits
from cxr_core.registry.catalogue import Catalogue
from cxr_core.use_cases.card import write_card
from cxr_core.use_cases.collecting import Films
from cxr_core.use_cases.curating import CurationOrder, curate_releases
from cxr_core.use_cases.performance import PerformanceBrowser
from tests.datasets.releases import write_releases
from tests.evaluation.reported import VERSION, audit_of, evaluation_of, full_material

if TYPE_CHECKING:
    from collections.abc import Mapping

BUNDLED = Path(__file__).resolve().parents[2] / "models" / "vgg16" / "manifest.json"


def few_films(folder: Path, patients: int = 14) -> Films:
    """Curate small releases, a third of the patients for each split: enough to calibrate on."""
    store = FilmStore(folder / "cache", Limits())
    root, out = write_releases(folder / "root", patients), folder / "manifest"
    rule = SplitRule(validation_share=0.34, test_share=0.33)
    order = CurationOrder(root, out, folder / "cache", rule=rule)
    curate_releases(order, store, lambda *_: None)
    return Films(out, None, store)


def put(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")


def judged_version(
    models: Path, name: str, evaluation: Mapping[str, Any] | None, audit: Any = None
) -> Path:
    """Lay out a version without weights: its manifest is one that the registry reads."""
    folder = models / name
    whole = json.loads(BUNDLED.read_text("utf-8"))
    told = {key: value for key, value in VERSION.items() if key not in {"weights", "format"}}
    whole |= {**told, "name": name, "data": VERSION["data"], "calibration": None}
    whole["weights"]["sha256"] = VERSION["weights"]["sha256"]
    put(folder / "manifest.json", whole)
    if evaluation is not None:
        put(folder / "evaluation.json", evaluation)
        if audit is not None:
            put(folder / "audit.json", audit)
        (folder / "card.md").write_text(write_card(folder / "manifest.json"), "utf-8")
        (folder / "checklist.md").write_text(write_checklist(full_material(), "", ""), "utf-8")
    return folder


def write_versions(models: Path) -> Path:
    """A judged and audited version, one never judged, and damaged ones of several kinds."""
    whole = judged_version(models, "judged", evaluation_of(), audit_of())
    judged_version(models, "fresh", None)
    for name in ("half", "torn", "unsound"):
        shutil.copytree(whole, models / name)
        table = json.loads((whole / "manifest.json").read_text("utf-8"))
        put(models / name / "manifest.json", {**table, "name": name})
    half = {key: value for key, value in evaluation_of().items() if key != "confusion"}
    put(models / "half" / "evaluation.json", half)
    (models / "torn" / "evaluation.json").write_text('{"classes": [', "utf-8")
    put(models / "unsound" / "audit.json", {"score": "high"})
    put(models / "broken" / "manifest.json", {"format": 1})
    return models


def browser_of(models: Path, ancestors: Path | None = None) -> PerformanceBrowser:
    away = models.parent / "nothing.json"
    return PerformanceBrowser(Catalogue(models), ancestors or away, models.parent / "runs")
