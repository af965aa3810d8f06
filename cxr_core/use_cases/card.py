"""A model card in Markdown, written from the manifest so that the two cannot disagree.

The headings follow Mitchell et al. 2019 (Model Cards for Model Reporting).
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.schemes import NAIVE

if TYPE_CHECKING:
    from pathlib import Path

_INTENDED = """\
For research on chest-radiograph classifiers and for teaching. It is not a medical device: no
diagnosis, no treatment and no rule-out may rest on it. The order of a worklist is advice."""

_BY_PATIENT = """\
Patients are joined across sources by key, file name, bytes and copies, whole or cropped; no
film of a patient with a film in training or validation counts as a test film."""

_NAIVE = """\
Films were dealt one by one, copies included, as published work often did: test films show
patients who were trained on, and the result below flatters."""

_HOSPITALS = """\
Part of what looks like telling diseases apart is telling hospitals apart, and accuracy on
another hospital's films will be lower."""

_CXNET = """\
Nearly half of the films of covid-cxnet carry no patient id: two films of one such person may
stand in different splits unless a copy joins them."""

_NIH = "NIH's pneumonia labels were mined from reports and are noisy."

_ALWAYS = (
    "The probabilities are not calibrated.",
    "A heatmap shows what moved the score, not where disease is.",
)


def write_card(manifest: Path) -> str:
    """Compose the card of the version described by a manifest file."""
    table = json.loads(manifest.read_text(encoding="utf-8"))
    return f"""\
# {table["name"]}, version {table["version"]}

{table["title"]}.

## Intended use

{_INTENDED}

## Data

{_data_table(table["data"])}

{_dealing(table)}

The weights were trained on data that is in part licensed for non-commercial use only: see
LICENSE.

## Result on the test split

{_result(table["metrics"])}

## Caveats

{_caveats(table["data"], table.get("children_sources", {}))}

## How it was made

`{table["command"]}`, {table["training_minutes"]:.0f} minutes, code {table["code_version"]}.
"""


def _dealing(table: dict[str, Any]) -> str:
    """Say whether patients were kept apart."""
    return _NAIVE if table.get("scheme") == NAIVE else _BY_PATIENT


def _caveats(data: dict[str, dict[str, dict[str, int]]], children: dict[str, str]) -> str:
    """One bullet each; what is said of a source is said only where its films are."""
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
    return "\n".join(
        textwrap.fill(words, 96, initial_indent="- ", subsequent_indent="  ")
        for words in (*said, *_ALWAYS)
    )


def _result(metrics: dict[str, Any]) -> str:
    low, high = metrics["accuracy_95"]
    return f"""\
{metrics["films"]} held-out films: accuracy {metrics["accuracy"]:.3f} (95 %
interval {low:.3f} to {high:.3f}), balanced over classes {metrics["balanced_accuracy"]:.3f}.
Films refused as unreadable, and not counted: {metrics["refused"]}.{_seen(metrics)}
The interval treats films as independent, although some patients have several: the true one is
wider.

| source | accuracy |
|---|---|
{_rows(metrics["accuracy_by_source"])}

| class | AUC against the rest |
|---|---|
{_rows(metrics["auc"])}"""


def _seen(metrics: dict[str, Any]) -> str:
    """Say how many films of the split did not count as held out."""
    if not metrics.get("left_out_as_seen"):
        return ""
    return (
        "\nLeft out, since their patient turned out to stand in the training or validation\n"
        f"films too: {metrics['left_out_as_seen']}."
    )


def _rows(values: dict[str, float | None]) -> str:
    return "\n".join(
        f"| {name} | {'none' if value is None else f'{value:.3f}'} |"
        for name, value in values.items()
    )


def _data_table(data: dict[str, dict[str, dict[str, int]]]) -> str:
    lines = ["| split | class | films by source |", "|---|---|---|"]
    for split, by_label in data.items():
        for label, by_source in by_label.items():
            films = ", ".join(f"{source} {count}" for source, count in by_source.items())
            lines.append(f"| {split} | {label} | {films} |")
    return "\n".join(lines)
