"""A run's changes, laid over the recipe of its file. Plain tables in, plain tables out."""

from __future__ import annotations

import copy
from typing import Any

from cxr_core.errors import DataError


def merged(base: dict[str, Any], changes: dict[str, Any], where: str) -> dict[str, Any]:
    """Lay changes over a table; both stay as they are.

    A table in `changes` is merged with the table of that key, or with the rows of a list by
    their numbers; anything else takes the place of what was there. `where` is the dotted path
    of the changes, for messages.

    Raises
    ------
    DataError
        When the changes name what the base does not have.

    Examples
    --------
    >>> merged({"seed": 1, "stages": [{"size": 112}]}, {"stages": {"0": {"size": 224}}}, "")
    {'seed': 1, 'stages': [{'size': 224}]}
    """
    result = copy.deepcopy(base)
    for key, change in changes.items():
        if key not in base:
            raise DataError(
                f"{where} has an unknown key {key}; expected one of {', '.join(base)}."
            )
        result[key] = _laid_over(base[key], change, f"{where}.{key}")
    return result


def _laid_over(old: object, change: object, where: str) -> object:
    if isinstance(old, dict) and isinstance(change, dict):
        return merged(old, change, where)
    if isinstance(old, list) and isinstance(change, dict):
        numbered = {str(place): value for place, value in enumerate(old)}
        return list(merged(numbered, change, where).values())
    return copy.deepcopy(change)
