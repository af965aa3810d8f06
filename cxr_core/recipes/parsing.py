"""Plain tables into the rows of a recipe. Nothing is guessed: every key, and no other."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from typing import Any, TypeVar

from cxr_core.errors import DataError
from cxr_core.recipes.checks import value_problem

Row = TypeVar("Row")
_WORDS: dict[type[object], str] = {
    str: "text in quotes",
    int: "a whole number (int)",
    float: "a number (float)",
}


def fill(kind: type[Row], table: object, where: str = "") -> Row:
    """Make a row out of a table that has exactly the row's fields.

    Parameters
    ----------
    kind
        One of the rows of `schema`.
    table
        What TOML gave.
    where
        Dotted path of the table, "" for the file itself.

    Raises
    ------
    DataError
        With the table, the key, its value and what was expected.
    """
    if not isinstance(table, dict):
        raise DataError(f"{_table(where)} is {table!r}; expected a table of keys and values.")
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    _check_keys(names, table, where)
    values: dict[str, Any] = {
        name: _value(hints[name], table[name], _join(where, name)) for name in names
    }
    return kind(**values)


def _check_keys(expected: list[str], table: dict[str, Any], where: str) -> None:
    for key in table:
        if key not in expected:
            close = difflib.get_close_matches(key, expected, n=1)
            hint = f"{close[0]}?" if close else f"one of {', '.join(expected)}."
            raise DataError(f"{_table(where)} has an unknown key {key}; expected {hint}")
    for key in expected:
        if key not in table:
            raise DataError(
                f"{_table(where)} has no {key}; expected every one of {', '.join(expected)}."
            )


def _value(hint: type[object], value: object, where: str) -> object:
    if typing.get_origin(hint) is not tuple:
        return _one(hint, value, where)
    if not isinstance(value, list):
        raise DataError(f"{where} is {value!r}; expected a list in brackets.")
    kind = typing.get_args(hint)[0]
    numbered = dataclasses.is_dataclass(kind)
    return tuple(
        _one(kind, each, f"{where}.{place}" if numbered else where)
        for place, each in enumerate(value)
    )


def _one(kind: type[object], value: object, where: str) -> object:
    if dataclasses.is_dataclass(kind):
        return fill(kind, value, where)
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or isinstance(value, bool):
        raise DataError(f"{where} is {value!r}; expected {_WORDS[kind]}.")
    if isinstance(value, str | int | float) and (problem := value_problem(where, value)):
        raise DataError(f"{where} is {value!r}; {problem}.")
    return float(value) if kind is float and isinstance(value, int) else value


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _table(where: str) -> str:
    return f"The table [{where}]" if where else "The file"
