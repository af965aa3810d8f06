"""What must be said of any number here, as far as it holds for a version's data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOSPITALS = (
    "Part of what looks like telling diseases apart is telling hospitals apart, and accuracy "
    "on another hospital's films will be lower."
)
_CXNET = (
    "Nearly half of the films of covid-cxnet carry no patient id: two films of one such person "
    "may stand in different splits unless a copy joins them."
)
_NIH = "NIH's pneumonia labels were mined from reports and are noisy."
_UNCALIBRATED = "The probabilities are not calibrated."
_HEAT = "A heatmap shows what moved the score, not where disease is."


def caveats(
    data: Mapping[str, Mapping[str, Mapping[str, int]]],
    children: Mapping[str, str],
    calibration: Mapping[str, Any] | None,
) -> list[str]:
    """Return sentences; what is said of a source is said only where its films are.

    `data` counts films by split, class and source; `children` has the ages of the sources
    whose films are all of children; `calibration` is a manifest's block.
    """
    labels: dict[str, set[str]] = {}
    for by_label in data.values():
        for label, by_source in by_label.items():
            for source in by_source:
                labels.setdefault(source, set()).add(label)
    said = [
        f"The films of children ({children[source]}) of {source} are "
        f"{' and '.join(sorted(labels[source]))} only."
        for source in sorted(labels.keys() & children.keys())
    ]
    if covid := sorted(source for source, names in labels.items() if names == {"covid19"}):
        said.append(f"Sources that hold COVID-19 only: {', '.join(covid)}.")
    if len(labels) > 1:
        said.append(_HOSPITALS)
    said += [
        words for name, words in (("covid-cxnet", _CXNET), ("nih", _NIH)) if name in labels
    ]
    return [*said, _calibrated(calibration), _HEAT]


def caveats_of(
    version: Mapping[str, Any], calibration: Mapping[str, Any] | None = None
) -> list[str]:
    """Return the caveats of a version's manifest, or with a calibration of its evaluation."""
    return caveats(
        version.get("data", {}),
        version.get("children_sources", {}),
        calibration or version.get("calibration"),
    )


def _calibrated(calibration: Mapping[str, Any] | None) -> str:
    if calibration is None:
        return _UNCALIBRATED
    level = calibration["conformal"]["level"]
    return (
        f"The probabilities are calibrated on {calibration['films']:,} validation films, at "
        f"temperature {calibration['temperature']:.2f}, and prediction sets hold the truth for "
        f"{level:.0%} of films like these: where a disease is rarer, or films look otherwise, "
        "neither holds."
    )
