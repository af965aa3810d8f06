"""`recipes` shows every value, whose it is, and what the paper reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cxr_core.cli import command_parser
from cxr_core.errors import DataError
from cxr_core.recipes.recipe import load_study

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def recipes(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a `recipes` command and return what it prints."""

    def run(*arguments: str) -> str:
        options = command_parser().parse_args(["recipes", *arguments])
        assert options.run(options, None) == 0
        return capsys.readouterr().out

    return run


def test_a_file_is_shown_as_a_shipped_recipe_is(
    sweep: Callable[..., str], recipes: Callable[..., str]
) -> None:
    lines = recipes("show", sweep(), "--run", "wide").splitlines()
    said = {line.split()[0]: line.split()[1:] for line in lines if "  " in line.strip()}
    assert said["stages.0.size"] == ["128", "ours"]
    assert said["seed"] == ["7", "paper"]
    assert said["study.folds"] == ["3", "paper"]
    assert "small: accuracy 0.9" in lines
    assert "wide: nothing reported" in lines
    assert "Somebody, 2020" in lines


def test_substitutes_are_shown_where_there_are_any(recipes: Callable[..., str]) -> None:
    shown = recipes("show", "sakib2020").partition("absent\n")[2]
    assert [line.split() for line in shown.splitlines()[1:]] == [
        ["covid19", "radiography", "cohen"],
        ["viral", "radiography", "kermany"],
        ["normal", "radiography", "kermany"],
        ["weights", "imagenet", "stage-a"],
    ]
    assert "absent" not in recipes("show", "vgg16")


def test_json_is_the_whole_study_or_the_run_that_is_asked_for(
    sweep: Callable[..., str], recipes: Callable[..., str]
) -> None:
    path = sweep()
    study = json.loads(recipes("show", path, "--json"))
    assert study == json.loads(json.dumps(load_study(path).as_dict()))
    one = json.loads(recipes("show", path, "--run", "wide", "--json"))
    assert [run["name"] for run in one["runs"]] == ["wide"]
    assert one["runs"][0]["recipe"]["seed"] == 7


def test_the_list_counts_runs_and_names_papers_and_networks(
    recipes: Callable[..., str],
) -> None:
    rows = {row["name"]: row for row in json.loads(recipes("list", "--json"))}
    assert rows["lopes2021"]["runs"] == 5
    assert rows["lopes2021"]["networks"] == "vgg16, densenet169, xception, inceptionv3"
    assert rows["lopes2021"]["epochs"] == "30, 100"
    assert rows["lopes2021"]["paper"].endswith("NOVA IMS, 2021")
    assert rows["vgg16"]["paper"] == "ours"
    assert max(map(len, recipes("list").splitlines())) < 160


def test_a_run_that_is_not_there_is_refused_with_those_that_are(
    recipes: Callable[..., str],
) -> None:
    with pytest.raises(DataError, match="no run 'alexnet'; expected one of vgg16, resnet50"):
        recipes("show", "soares2020", "--run", "alexnet")
