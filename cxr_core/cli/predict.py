"""`predict`: one JSON object per image on stdout, in input order, and heatmaps as PNG."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from cxr_core.cli.parsing import whole_number
from cxr_core.services import build_services
from cxr_core.use_cases.heatmaps import PICTURE_SIDE, write_heatmaps
from cxr_core.use_cases.intake import films_of_paths
from cxr_core.use_cases.reading import THUMBNAIL_SIDE

if TYPE_CHECKING:
    import argparse

    from cxr_core.domain import Prediction, Provenance, Reading, TriageDecision
    from cxr_core.settings import Settings

_SOME_REJECTED = 3


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "predict",
        help="read radiographs",
        description="Read radiographs: one JSON object per image. Research use only.",
        epilog="example: python -m cxr_core predict films/ --model resnet50 --heatmaps heat",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="file, folder or zip")
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME",
        help="a line, as vgg16, or a version; default: every line",
    )
    parser.add_argument(
        "--heatmaps", type=Path, metavar="DIR", help="write a PNG per class here"
    )
    parser.add_argument(
        "--batch", type=whole_number, default=8, metavar="N", help="films per pass (default: 8)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Read the films; 3 when some were rejected."""
    services = build_services(settings)
    readings = services.reading.read(
        films_of_paths(options.paths, settings.max_file_bytes, settings.max_archive_bytes),
        models=options.model,
        batch=options.batch,
        view_side=PICTURE_SIDE if options.heatmaps else THUMBNAIL_SIDE,
    )
    for name, problem in services.serving.problems().items():
        print(f"Model {name} is left out: {problem}", file=sys.stderr)
    rejected = total = 0
    for reading in tqdm(readings, unit="film", file=sys.stderr, disable=None):
        pictures = (
            write_heatmaps(reading, total + 1, options.heatmaps) if options.heatmaps else {}
        )
        print(json.dumps(_as_json(reading, pictures)), flush=True)
        total += 1
        rejected += reading.refusal is not None
    if not total:
        print("No files were found there.", file=sys.stderr)
    return _SOME_REJECTED if rejected else 0


def _as_json(reading: Reading, pictures: dict[str, dict[str, Path]]) -> dict[str, Any]:
    refusal = reading.refusal
    return {
        "file": reading.name,
        "sha256": reading.sha256,
        "status": "rejected" if refusal else "ok",
        "error": {"code": refusal.code, "message": refusal.message} if refusal else None,
        "radiograph": _radiograph(reading.provenance),
        "predictions": [
            _prediction(each, pictures.get(each.model.name, {})) for each in reading.predictions
        ],
        "triage": _triage(reading.triage),
    }


def _radiograph(provenance: Provenance | None) -> dict[str, Any] | None:
    if provenance is None:
        return None
    return {
        "format": provenance.format,
        "rows": provenance.rows,
        "columns": provenance.columns,
        "bits_stored": provenance.bits_stored,
        "photometric_interpretation": provenance.photometric_interpretation,
        "view_position": provenance.view_position,
        "warnings": list(provenance.warnings),
    }


def _prediction(prediction: Prediction, pictures: dict[str, Path]) -> dict[str, Any]:
    return {
        "model": prediction.model.name,
        "version": prediction.model.version,
        "probabilities": dict(zip(prediction.classes, prediction.probabilities, strict=True)),
        "label": prediction.label,
        "prediction_set": list(prediction.prediction_set),
        "heatmaps": {name: str(path) for name, path in pictures.items()},
        "lung_share": None,
    }


def _triage(triage: TriageDecision | None) -> dict[str, Any] | None:
    if triage is None:
        return None
    return {
        "priority": triage.priority.value,
        "score": triage.score,
        "reason": triage.reason,
        "flags": list(triage.flags),
    }
