"""What a version learnt from its validation films, and carries in its manifest to be served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.errors import ModelError
from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.conformal import Conformal, fit_conformal
from cxr_core.evaluation.operating import OperatingPoint, choose_points
from cxr_core.evaluation.reliability import TEMPERATURES, fit_temperature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.evaluation.cases import Cases

_DECIMALS = 6
_MOST_POINTS = 100


@dataclass(frozen=True, slots=True)
class Calibration:
    """A temperature, and what holds at it: prediction sets and operating points.

    `films` and `patients` count the validation films that it was fitted to, `manifest` is the
    digest of the manifest that they are from.
    """

    temperature: float
    conformal: Conformal
    points: tuple[OperatingPoint, ...]
    films: int
    patients: int
    manifest: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a version's manifest; `parse_calibration` reads them."""
        fitted = self.conformal
        served: dict[str, list[dict[str, Any]]] = {name: [] for name in fitted.classes}
        for point in self.points:
            served[point.name].append(
                {
                    "sensitivity": point.wanted,
                    "threshold": point.threshold,
                    "films": point.films,
                }
            )
        return {
            "temperature": self.temperature,
            "conformal": {
                "level": fitted.level,
                "threshold": fitted.threshold,
                "by_class": dict(zip(fitted.classes, fitted.by_class, strict=False)),
            },
            "operating_points": served,
            "films": self.films,
            "patients": self.patients,
            "manifest": self.manifest,
        }


def fit_calibration(
    validation: Cases, manifest: str, options: Options | None = None
) -> Calibration:
    """Fit all that a version serves by, on validation films.

    Raises
    ------
    DataError
        When there are too few of them for prediction sets.
    """
    options = options or Options()
    temperature = round(fit_temperature(validation), _DECIMALS)
    return Calibration(
        temperature=temperature,
        conformal=fit_conformal(validation, temperature, options.conformal_level),
        points=choose_points(validation, temperature, options.sensitivities),
        films=len(validation),
        patients=validation.patients,
        manifest=manifest,
    )


def parse_calibration(record: object, classes: Sequence[str]) -> Calibration | None:
    """Check the `calibration` of a version's manifest; None where it has none.

    `classes` are the version's, in the order of the logits.

    Raises
    ------
    ModelError
        When it says something that cannot be true, naming it.
    """
    if record is None:
        return None
    table = _table(record, "calibration")
    conformal = _table(table.get("conformal"), "calibration conformal")
    own = _table(conformal.get("by_class", {}), "calibration conformal by_class")
    if own and set(own) != set(classes):
        raise _refuse("calibration conformal by_class", own, f"a number for each of {classes}")
    manifest = table.get("manifest")
    if not isinstance(manifest, str):
        raise _refuse("calibration manifest", manifest, "the digest of a manifest")
    return Calibration(
        temperature=_number(table, "temperature", TEMPERATURES),
        conformal=Conformal(
            level=_number(conformal, "level", (0.5, 0.999)),
            classes=tuple(classes),
            threshold=_number(conformal, "threshold", (0.0, 1.0)),
            by_class=tuple(_number(own, name, (0.0, 1.0)) for name in classes if own),
        ),
        points=_points(table.get("operating_points", {}), classes),
        films=_count(table, "films"),
        patients=_count(table, "patients"),
        manifest=manifest,
    )


def _points(record: object, classes: Sequence[str]) -> tuple[OperatingPoint, ...]:
    where = "calibration operating_points"
    table = _table(record, where)
    if unknown := sorted(set(map(str, table)) - set(classes)):
        raise _refuse(where, unknown, f"classes of the version, {', '.join(classes)}")
    found = []
    for name, rows in table.items():
        if not isinstance(rows, list) or len(rows) > _MOST_POINTS:
            raise _refuse(f"{where} {name}", rows, f"a list of at most {_MOST_POINTS} points")
        for row in rows:
            point = _table(row, f"{where} {name}")
            wanted = _number(point, "sensitivity", (0.0, 1.0))
            threshold = _number(point, "threshold", (0.0, 1.0))
            found.append(OperatingPoint(name, wanted, threshold, _count(point, "films")))
    return tuple(found)


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _refuse(where, value, "a table of names and values")
    return value


def _number(table: dict[str, Any], key: str, within: tuple[float, float]) -> float:
    value = table.get(key)
    low, high = within
    # The comparison also refuses what is not a number (NaN) and integers beyond any float.
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    raise _refuse(f"calibration {key}", value, f"a number from {low} to {high}")


def _count(table: dict[str, Any], key: str) -> int:
    value = table.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9:
        return value
    raise _refuse(f"calibration {key}", value, "a count above 0")


def _refuse(where: str, value: object, expected: str) -> ModelError:
    told = repr(value)[:80]
    return ModelError(f"{where} is {told}; expected {expected}. Evaluate the version again.")
