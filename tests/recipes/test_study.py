"""A sweep is one recipe and what each run changes; anybody adds one as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cxr_core.errors import DataError
from cxr_core.recipes.merging import merged
from cxr_core.recipes.origin import Origin, origin_of, values
from cxr_core.recipes.recipe import load_recipe, load_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_run_changes_what_it_names_and_nothing_else(sweep: Callable[..., str]) -> None:
    study = load_study(sweep())
    small, wide = (values(run.recipe) for run in study.runs)
    assert {key: wide[key] for key in wide if wide[key] != small[key]} == {
        "seed": 7,
        "head.hidden": (64,),
        "optimiser.name": "sgd",
        "optimiser.momentum": 0.9,
        "stages.0.size": 128,
    }
    assert [run.recipe.name for run in study.runs] == ["theirs-small", "theirs-wide"]
    assert study.run("small").reported == {"accuracy": 0.9}
    assert (study.folds, study.naive_shares) == (3, (0.1, 0.2))


def test_a_recipe_is_the_first_run_unless_another_is_named(sweep: Callable[..., str]) -> None:
    path = sweep()
    assert load_recipe(path) == load_study(path).runs[0].recipe
    assert load_recipe(path, "wide").seed == 7
    with pytest.raises(DataError, match="no run 'broad'; expected one of small, wide"):
        load_recipe(path, "broad")


def test_a_file_without_runs_is_one_run_of_its_own_name() -> None:
    study = load_study("vgg16")
    assert [run.name for run in study.runs] == ["vgg16"]
    assert study.runs[0].recipe == load_recipe("vgg16")
    assert (study.folds, study.naive_shares, study.ours) == (0, (0.1, 0.1), ())


def test_whose_a_value_is_can_be_told_by_key_by_table_and_by_run(
    sweep: Callable[..., str],
) -> None:
    study = load_study(sweep())
    small, wide = study.runs
    assert origin_of(study, small, "batch") is Origin.OURS
    assert origin_of(study, small, "augmentation.flip") is Origin.OURS
    assert origin_of(study, small, "seed") is Origin.PAPER
    assert origin_of(study, small, "stages.0.size") is Origin.PAPER
    assert origin_of(study, wide, "stages.0.size") is Origin.OURS
    assert origin_of(study, small, "optimiser.momentum") is Origin.UNREAD
    assert origin_of(study, wide, "optimiser.momentum") is Origin.PAPER
    assert origin_of(study, small, "stages.0.cycles") is Origin.UNREAD
    alone = load_study("vgg16")
    assert origin_of(alone, alone.runs[0], "seed") is Origin.OURS


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed = 7", "sead = 7", "runs.1.changes has an unknown key sead"),
        ("head.hidden = [64]", "head.width = 64", "runs.1.changes.head has an unknown key"),
        ("stages.0.size = 128", "stages.5.size = 128", "runs.1.changes.stages has an unknown"),
        ("stages.0.size = 128", "stages.0.size = 4", "stages.0.size is 4"),
        ("[runs.changes]\nseed = 7", "changes = 7\n[[runs]]", "runs.1.changes is 7"),
        ('name = "wide"', 'name = "small"', "one name: small, small"),
        ('name = "wide"', 'name = "Wide run"', "runs.1.name is 'Wide run'"),
        ('note = ""\n', "", "[runs.1] has no note"),
        ("accuracy = 0.9", 'accuracy = "high"', "runs.0.reported.accuracy is 'high'"),
        ("accuracy = 0.9", "accuracy = nan", "expected a finite number"),
        ("folds = 3", "folds = 2", "study.folds is 2; expected 0, or 3 or more"),
        ("folds = 3\n", "", "[study] has no folds"),
        ("[0.1, 0.2]", "[0.5, 0.5]", "leave something to train on"),
        ("[0.1, 0.2]", "[0.1]", "expected two shares"),
        ('"batch", ', '"butch", ', "study.ours has 'butch'"),
    ],
)
def test_a_sweep_that_cannot_be_right_is_refused(
    sweep: Callable[..., str], old: str, new: str, words: str
) -> None:
    with pytest.raises(DataError) as refusal:
        load_study(sweep((old, new)))
    assert words in str(refusal.value)


def test_runs_that_are_no_tables_are_refused(sweep: Callable[..., str], tmp_path: Path) -> None:
    text = (tmp_path / sweep()).read_text()
    for rows in ("[]", "3", "[1]"):
        path = tmp_path / "other.toml"
        path.write_text(f"runs = {rows}\n" + text[: text.index("[study]")])
        with pytest.raises(DataError, match=r"runs(\.0)? is"):
            load_study(str(path))


def test_merging_leaves_both_tables_as_they_were() -> None:
    base, changes = {"rows": [{"a": 1}, {"a": 2}]}, {"rows": {"1": {"a": [3]}}}
    result = merged(base, changes, "changes")
    assert result == {"rows": [{"a": 1}, {"a": [3]}]}
    result["rows"][1]["a"].append(4)
    assert base == {"rows": [{"a": 1}, {"a": 2}]}
    assert changes == {"rows": {"1": {"a": [3]}}}


def test_a_list_in_changes_takes_the_place_of_the_whole_list() -> None:
    assert merged({"rows": [{"a": 1}]}, {"rows": [{"a": 5}, {"a": 6}]}, "") == {
        "rows": [{"a": 5}, {"a": 6}]
    }
