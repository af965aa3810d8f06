"""What a report is made of: plain values read from a version's files, old ones lifted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FORMAT = 1
ALARM = 0.97  # RESEARCH: an internal accuracy above this has mostly meant a leak or a shortcut
_NAIVE = "naive"
_RATES = ("sensitivity", "specificity", "ppv", "npv", "f1", "auc", "auc_within_sources")
_IDENTITY = (
    "name",
    "version",
    "title",
    "architecture",
    "classes",
    "input_size",
    "normalisation",
    "scheme",
    "data",
    "children",
    "children_sources",
    "substitutes",
    "started_from",
    "scale",
    "training_minutes",
    "command",
    "code_version",
    "data_manifest",
)


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """A version's manifest, its evaluation, its audit, and studies, as plain values.

    `evaluation` is lifted (`lifted`); `audit` is None where there is none of these weights;
    each of `studies` is a study.json.
    """

    version: dict[str, Any]
    evaluation: dict[str, Any]
    audit: dict[str, Any] | None = None
    studies: tuple[dict[str, Any], ...] = ()

    @property
    def classes(self) -> list[str]:
        """The version's classes, in the order of its logits."""
        return list(self.evaluation["classes"])

    @property
    def is_naive(self) -> bool:
        """Whether films were dealt one by one, so that patients stand on both sides."""
        scheme = self.evaluation.get("scheme") or self.version.get("scheme") or ""
        return str(scheme).startswith(_NAIVE)

    @property
    def sources_out(self) -> list[dict[str, Any]]:
        """Each source that was left out, with its results; none where none was."""
        external = self.evaluation["external"]
        return [] if external is None else list(external["sources"])

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        told = {name: self.version[name] for name in _IDENTITY if name in self.version}
        weights = self.version.get("weights", {}).get("sha256")
        return {
            "format": FORMAT,
            "version": {**told, "weights_sha256": weights},
            "evaluation": self.evaluation,
            "audit": self.audit,
            "studies": list(self.studies),
        }


def material(
    version: dict[str, Any],
    evaluation: dict[str, Any],
    audit: dict[str, Any] | None = None,
    studies: tuple[dict[str, Any], ...] = (),
) -> Material:
    """Put material together; an audit of other weights is left out.

    Raises
    ------
    KeyError, TypeError, ValueError
        When the evaluation is none.
    """
    weights = version.get("weights", {}).get("sha256")
    is_ours = audit is not None and audit.get("weights_sha256", weights) == weights
    return Material(version, lifted(evaluation), audit if is_ours else None, studies)


def lifted(evaluation: dict[str, Any]) -> dict[str, Any]:
    """Bring an evaluation of the first format to the present one: absent values are None.

    The first had accuracy, one AUC a class and accuracy by source, without patients.
    """
    if "subgroups" in evaluation:
        return {"external": None, **evaluation}
    return {
        **{name: value for name, value in evaluation.items() if name != "by_source"},
        "patients": None,
        "resamples": 0,
        "level": 0.95,
        "temperature": 1.0,
        "accuracy": _measure(evaluation["accuracy"]),
        "balanced_accuracy": _measure(evaluation["balanced_accuracy"]),
        "macro": {},
        "micro": {},
        "per_class": _old_classes(evaluation),
        "subgroups": {"source": _old_sources(evaluation), "view": [], "sex": [], "age": []},
        "before": None,
        "after": None,
        "conformal": None,
        "operating_points": [],
        "calibration": None,
        "external": None,
        "remarks": [
            "This evaluation is of an older format: its intervals treat films as independent, "
            "and calibration, subgroups and left-out sources were not measured."
        ],
    }


def _old_classes(evaluation: dict[str, Any]) -> list[dict[str, Any]]:
    totals = dict(zip(evaluation["classes"], map(sum, evaluation["confusion"]), strict=True))
    films = max(1, sum(totals.values()))
    return [
        {
            "name": each["name"],
            "films": totals[each["name"]],
            "patients": None,
            "prevalence": totals[each["name"]] / films,
            **{rate: _measure(each.get(rate)) for rate in _RATES},
            "average_precision": _measure(None),
            "at_prevalence": None,
            "roc": None,
            "precision_recall": None,
        }
        for each in evaluation["per_class"]
    ]


def _old_sources(evaluation: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "films": each["films"],
            "patients": None,
            "counts": {},
            "is_small": each["films"] < 20,
            "accuracy": _measure(each),
            "balanced_accuracy": _measure(None),
            "sensitivity": {},
            "auc": {},
        }
        for name, each in evaluation["by_source"].items()
    ]


def _measure(value: Any) -> dict[str, Any]:  # noqa: ANN401 - a share, a number or nothing
    if isinstance(value, dict):
        return {name: value.get(name) for name in ("value", "low", "high")}
    return {"value": value, "low": None, "high": None}
