"""A datasheet in Markdown, written from the manifest so that the two cannot disagree.

The headings follow Gebru et al. 2021 (Datasheets for Datasets, Communications of the ACM
64:86).
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.summary import (
    CrossTable,
    class_by_source,
    fate_by_source,
    split_by_class,
    warnings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cxr_core.datasets.bias import Bias, Guess
    from cxr_core.datasets.manifest import Manifest
    from cxr_core.datasets.ontology import LabelSpace

_MOTIVATION = """\
Put together to train and to judge research classifiers of frontal chest radiographs, from
public releases that were each made for a purpose of their own. Nothing was collected for
it."""

_PROCESS = """\
Every image that a release lists or holds is one row of the table. What is not a readable
frontal radiograph with a known finding is excluded, for one stated reason. Two pictures
whose detail correlates from {copy} on, after one has been laid over the other, are the
same film: of such a cluster one is kept (the most telling finding, then the most pixels,
then the order of the sources), and none where the releases disagree about the finding.
From {patient} on they are taken for two films of one patient. Patients are joined by
their keys, by copies, by file contents and by telling file names that two releases share."""

_DEALING = """\
Each patient of each source is dealt by a salted hash (salt `{salt}`, test {test:.0%},
validation {validation:.0%}, training the rest). Where patients turn out to be one person,
test speaks before validation and validation before training, and films that were dealt
elsewhere are held back. So films that are added move nobody."""

_USES = """\
For research and teaching. Findings come from reports, folders and figures of
publications: they are not verified by anybody here. No number measured on these films
says how a classifier does on the films of a hospital that is not among the sources."""

_UPKEEP = """\
Curating the same films again gives the same table, byte for byte. Films that a licence
does not let be passed on are not passed on: the table names them, and each release is
fetched from where it is published."""


def write_datasheet(manifest: Manifest, bias: Bias | None, space: LabelSpace) -> str:
    """Compose the datasheet of a manifest, its bias told in the classes of `space`."""
    header = manifest.header
    counts = header["counts"]
    opening = (
        f"Table `{manifest.digest[:16]}`, code {header['code_version']}: {counts['images']} "
        f"images, of which {counts['used']} films of {counts['patients']} joined patients are "
        "used."
    )
    sections = (
        ("Motivation", _MOTIVATION),
        ("Composition", _composition(manifest, space)),
        ("Collection", _sources(header["sources"])),
        ("Preprocessing", _preprocessing(header)),
        ("Uses", _USES),
        ("Distribution and upkeep", _UPKEEP),
    )
    caution = f"{_bullets(warnings(manifest, bias, space))}\n\n{_bias_table(bias)}"
    told = (("What to know before believing an accuracy", caution), *sections)
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in told)
    return f"# Datasheet\n\n{textwrap.fill(opening, 96)}\n\n{body}\n"


def _composition(manifest: Manifest, space: LabelSpace) -> str:
    return "\n\n".join(
        (
            "Films used, by finding and source:",
            _cross(class_by_source(manifest), "finding"),
            "By split and class:",
            _cross(split_by_class(manifest, space), "split"),
            "What became of every image:",
            _cross(fate_by_source(manifest), "fate"),
        )
    )


def _preprocessing(header: dict[str, Any]) -> str:
    process = _PROCESS.format(copy=header["copy_score"], patient=header["patient_score"])
    dealing = _DEALING.format(
        salt=header["salt"], test=header["test_share"], validation=header["validation_share"]
    )
    return f"{process}\n\n{dealing}"


def _bullets(sentences: Iterable[str]) -> str:
    return "\n".join(
        textwrap.fill(each, 96, initial_indent="- ", subsequent_indent="  ")
        for each in sentences
    )


def _bias_table(bias: Bias | None) -> str:
    if bias is None:
        return "Too few patients in too few sources to measure bias."
    rows = (
        ("class, from the source's name alone", bias.class_from_source),
        ("class, from a 32 x 32 thumbnail", bias.class_from_thumbnail),
        ("source, from a 32 x 32 thumbnail", bias.source_from_thumbnail),
    )
    return _table(
        ("guessed, on patients not fitted to", "accuracy", "balanced", "chance", "commonest"),
        [(words, *_shares(guess)) for words, guess in rows],
    )


def _shares(guess: Guess) -> tuple[str, ...]:
    numbers = guess.accuracy, guess.balanced_accuracy, guess.chance, guess.majority
    return tuple(f"{number:.3f}" for number in numbers)


def _cross(table: CrossTable, corner: str) -> str:
    return _table(
        (corner, *table.columns),
        [(row, *counts) for row, counts in zip(table.rows, table.counts, strict=True)],
    )


def _sources(sources: Iterable[dict[str, Any]]) -> str:
    return "\n\n".join(
        "\n".join(
            (
                f"### {source['name']}: {source['title']}",
                "",
                f"{source['images']} images, revision `{source['revision']}`. Licence: "
                f"{source['licence']}. {source['url']}",
                "",
                *_paragraphs(source["citation"], source["caution"], _ages(source)),
            )
        )
        for source in sources
    )


def _ages(source: dict[str, Any]) -> str:
    return f"All films are of patients of {source['ages']}." if source["ages"] else ""


def _paragraphs(*texts: str) -> list[str]:
    return [line for text in texts if text for line in (textwrap.fill(text, 96), "")]


def _table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
