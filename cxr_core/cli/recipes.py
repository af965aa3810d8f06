"""`recipes list|show`: what can be trained."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cxr_core.cli.parsing import print_table
from cxr_core.recipes.recipe import load_recipe, recipe_names

if TYPE_CHECKING:
    import argparse

    from cxr_core.settings import Settings


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
        "show", epilog="example: python -m cxr_core recipes show resnet50"
    )
    show.add_argument("name")
    show.set_defaults(run=run_show)


def run_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print a line per recipe."""
    del settings
    recipes = [load_recipe(name) for name in recipe_names()]
    rows = [
        (each.name, each.network, sum(stage.epochs for stage in each.stages), each.title)
        for each in recipes
    ]
    print_table(("name", "network", "epochs", "title"), rows, as_json=options.json)
    return 0


def run_show(options: argparse.Namespace, settings: Settings) -> int:
    """Print a recipe's values as JSON."""
    del settings
    print(json.dumps(load_recipe(options.name).as_dict(), indent=2))
    return 0
