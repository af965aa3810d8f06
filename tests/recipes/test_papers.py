"""The five ancestors' recipes say what their papers say, and what they do not say is ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cxr_core.datasets.ontology import Finding, LabelSpace
from cxr_core.datasets.sources import SOURCES
from cxr_core.inference.networks import NETWORKS, Blueprint
from cxr_core.recipes.origin import Origin, known_keys, origin_of, speaks_for, values
from cxr_core.recipes.recipe import load_study, recipe_names
from tests.recipes.papers import REPORTED, SAID

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.recipes.recipe import Study, StudyRun

STUDIES = {name: load_study(name) for name in recipe_names()}
OF_PAPERS = [name for name, study in STUDIES.items() if study.runs[0].recipe.paper]
RUNS = [(study, run) for study in STUDIES.values() for run in study.runs]
EVERY_RUN = pytest.mark.parametrize(
    ("study", "run"), RUNS, ids=[run.recipe.name for _, run in RUNS]
)
NOT_A_RELEASE = {"sirm", "radiopaedia", "spanish-hospital"}


def division(study: Study) -> dict[str, object]:
    return {"study.folds": study.folds, "study.naive_shares": study.naive_shares}


def test_the_five_ancestors_are_there() -> None:
    runs = {(name, run.name) for name in OF_PAPERS for run in STUDIES[name].runs}
    assert runs == set(SAID)
    assert len(STUDIES["lopes2021-custom"].runs) == 14


@pytest.mark.parametrize(("name", "run"), SAID, ids=["-".join(key) for key in SAID])
def test_a_run_says_what_its_paper_says_and_calls_all_else_ours(name: str, run: str) -> None:
    study = STUDIES[name]
    chosen = study.run(run)
    said = {
        key: value
        for key, value in {**values(chosen.recipe), **division(study)}.items()
        if origin_of(study, chosen, key) is Origin.PAPER
    }
    assert said == SAID[name, run]


@pytest.mark.parametrize(("name", "run"), SAID, ids=["-".join(key) for key in SAID])
def test_a_run_reports_what_its_paper_reports(name: str, run: str) -> None:
    reported = STUDIES[name].run(run).reported
    assert reported == pytest.approx(REPORTED.get((name, run), {}), abs=5e-5)


def test_runs_of_one_setting_differ_by_their_seeds() -> None:
    study = STUDIES["lopes2021-custom"]
    for one, other in (("run-10", "run-11"), ("run-12", "run-13"), ("run-5", "run-14")):
        first, second = values(study.run(one).recipe), values(study.run(other).recipe)
        assert {key for key in first if first[key] != second[key]} == {"seed"}


@pytest.mark.parametrize("name", OF_PAPERS)
def test_every_key_called_ours_exists_and_stands_once(name: str) -> None:
    study = STUDIES[name]
    known = known_keys(study.runs)
    assert [
        ours for ours in study.ours if not any(speaks_for(ours, key) for key in known)
    ] == []
    assert len(set(study.ours)) == len(study.ours)


@pytest.mark.parametrize("name", OF_PAPERS)
def test_the_file_says_ours_beside_what_is_ours_and_nowhere_else(
    name: str, repository: Path
) -> None:
    study = STUDIES[name]
    text = (repository / "cxr_core" / "recipes" / f"{name}.toml").read_text()
    remarks = remarks_of(text)
    assert {"batch", "stages.0.rate", "head.hidden"} <= set(remarks)
    for key, remark in remarks.items():
        is_ours = any(speaks_for(ours, key) for ours in study.ours)
        says_ours = re.search(r"\bours\b", remark) is not None
        told = origin_of(study, study.runs[0], key)
        assert says_ours == is_ours or told is Origin.UNREAD, f"{key} # {remark}"


def remarks_of(text: str) -> dict[str, str]:
    """Comments behind the values of a file, by dotted key, down to the runs."""
    remarks: dict[str, str] = {}
    table, rows = "", {"data": -1, "stages": -1}
    for line in text.partition("[[runs]]")[0].splitlines():
        if found := re.fullmatch(r"\[\[(\w+)\]\]", line):
            rows[found[1]] += 1
            table = f"{found[1]}.{rows[found[1]]}."
        elif found := re.fullmatch(r"\[(\w+)\]", line):
            table = f"{found[1]}."
        elif found := re.match(r"(\w+) = [^#]*(?:#(.*))?$", line):
            remarks[table + found[1]] = found[2] or ""
    for told in ("title", "paper", "study.ours"):
        remarks.pop(told, None)
    return remarks


@EVERY_RUN
def test_a_run_names_a_network_that_can_be_built_and_its_blocks(
    study: Study, run: StudyRun
) -> None:
    recipe = run.recipe
    network = NETWORKS[recipe.network]
    for stage in recipe.stages:
        assert stage.trains in {"all", "head", *network.blocks}
        Blueprint(
            network=recipe.network,
            classes=len(recipe.classes),
            size=stage.size,
            hidden=recipe.head.hidden,
            dropout=recipe.head.dropout,
            l2=recipe.head.l2,
            pooling=recipe.head.pooling,
            output=recipe.head.output,
            kernel=recipe.kernel,
        )


@EVERY_RUN
def test_imagenet_weights_see_what_they_were_trained_on_unless_the_paper_says_otherwise(
    study: Study, run: StudyRun
) -> None:
    network = NETWORKS[run.recipe.network]
    if run.recipe.initial_weights == "imagenet":
        assert network.imagenet_normalisation is not None
        assert run.recipe.substitute_weights == "stage-a"
        if origin_of(study, run, "normalisation") is Origin.OURS:
            assert run.recipe.normalisation == network.imagenet_normalisation.value


@EVERY_RUN
def test_a_run_asks_for_classes_findings_and_releases_that_there_are(
    study: Study, run: StudyRun
) -> None:
    LabelSpace(run.recipe.classes)
    releases = {source.name for source in SOURCES} | NOT_A_RELEASE
    for selection in run.recipe.data:
        assert set(selection.findings) <= {finding.value for finding in Finding}
        assert {*selection.sources, *selection.substitutes} <= releases
        assert not NOT_A_RELEASE & set(selection.substitutes)


@EVERY_RUN
def test_stage_a_has_a_start_for_whoever_begins_there(study: Study, run: StudyRun) -> None:
    recipe = run.recipe
    if "stage-a" in (recipe.initial_weights, recipe.substitute_weights):
        for name in ("stage-a", "stage-a-short"):
            start = STUDIES[name].run(recipe.network).recipe
            assert (start.network, start.kernel) == (recipe.network, recipe.kernel)
            if recipe.initial_weights == "stage-a":
                assert start.normalisation == recipe.normalisation
                assert (start.head.pooling, start.head.hidden) == (
                    recipe.head.pooling,
                    recipe.head.hidden,
                )
            if recipe.head.pooling == "flatten":
                assert start.stages[-1].size == recipe.stages[0].size
