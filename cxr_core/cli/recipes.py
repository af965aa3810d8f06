"""`recipes list|show`: what can be trained, line by line beside the paper."""

from __future__ import annotations

import json
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from cxr_core.cli.parsing import print_table
from cxr_core.recipes.origin import origin_of, values
from cxr_core.recipes.study import load_study, recipe_names

if TYPE_CHECKING:
    import argparse

    from cxr_core.recipes.schema import Study, StudyRun
    from cxr_core.settings import Settings

_LINE, _INDENT, _PAPER = 96, "    ", 44
_EMPTY = {
    "data": "every film that has a class",
    "findings": "any",
    "sources": "any",
}
_LISTED = ("name", "paper", "runs", "networks", "epochs")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    parser = commands.add_parser(
        "recipes",
        help="list or show recipes",
        epilog="example: python -m cxr_core recipes list",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser(
        "list", epilog="example: python -m cxr_core recipes list --json"
    )
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=run_list)
    show = actions.add_parser(
        "show", epilog="example: python -m cxr_core recipes show soares2020 --run xception"
    )
    show.add_argument("name", help="a shipped recipe, or the path of a .toml file")
    show.add_argument(
        "--run", dest="chosen", metavar="RUN", help="whose values (default: the first run's)"
    )
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=run_show)


def run_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print a line per recipe."""
    del settings
    rows = [_listed(load_study(name)) for name in recipe_names()]
    if not options.json:
        rows = [
            (row[0], textwrap.shorten(row[1], _PAPER, placeholder=" ..."), *row[2:])
            for row in rows
        ]
    print_table(_LISTED, rows, as_json=options.json)
    return 0


def run_show(options: argparse.Namespace, settings: Settings) -> int:
    """Print a recipe's values and whose they are, its runs, and what may stand in."""
    del settings
    study = load_study(options.name)
    chosen = study.run(options.chosen) if options.chosen else study.runs[0]
    if options.json:
        plain = study.as_dict()
        if options.chosen:
            plain["runs"] = [run for run in plain["runs"] if run["name"] == chosen.name]
        json.dump(plain, sys.stdout, indent=2)
        print()
        return 0
    print(f"{study.recipe}, run {chosen.name}: {chosen.recipe.title}")
    print(f"{chosen.recipe.paper or 'No paper: every value is ours.'}\n")
    rows = [
        (key, _shown(key, value), origin_of(study, chosen, key).value)
        for key, value in {**values(chosen.recipe), **_division(study)}.items()
    ]
    print_table(("key", "value", "said by"), rows, as_json=False)
    _print_runs(study, chosen)
    _print_substitutes(chosen)
    return 0


def _listed(study: Study) -> tuple[str, str, int, str, str]:
    recipes = [run.recipe for run in study.runs]
    epochs = sorted({recipe.epochs for recipe in recipes})
    return (
        study.recipe,
        recipes[0].paper or "ours",
        len(recipes),
        ", ".join(dict.fromkeys(recipe.network for recipe in recipes)),
        ", ".join(map(str, epochs)),
    )


def _division(study: Study) -> dict[str, Any]:
    return {"study.folds": study.folds, "study.naive_shares": study.naive_shares}


def _shown(key: str, value: object) -> str:
    empty = _EMPTY.get(key.rpartition(".")[2], "none")
    if isinstance(value, tuple):
        return ", ".join(_shown(key, each) for each in value) or empty
    return f"{value:g}" if isinstance(value, float) else str(value) or empty


def _print_runs(study: Study, chosen: StudyRun) -> None:
    print("\nRuns, and what their paper reports")
    base = values(chosen.recipe)
    for run in study.runs:
        numbers = ", ".join(f"{key} {value:g}" for key, value in run.reported.items())
        print(f"\n{run.name}: {numbers or 'nothing reported'}")
        told = values(run.recipe)
        changes = [
            f"{key} {_shown(key, told[key])}" for key in told if told[key] != base.get(key)
        ]
        for text in (", ".join(changes), run.note):
            if text:
                print(
                    textwrap.fill(
                        text, _LINE, initial_indent=_INDENT, subsequent_indent=_INDENT
                    )
                )


def _print_substitutes(run: StudyRun) -> None:
    recipe = run.recipe
    rows = [
        (" and ".join(row.classes), ", ".join(row.sources), ", ".join(row.substitutes))
        for row in recipe.data
        if row.substitutes
    ]
    if recipe.substitute_weights:
        rows.append(("weights", recipe.initial_weights, recipe.substitute_weights))
    if rows:
        print("\nWhere a release or the weights are absent")
        print_table(("of", "absent", "stands in"), rows, as_json=False)
