"""The messages of one language, read from a folder of Fluent files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast
from fluent.syntax.visitor import Visitor

if TYPE_CHECKING:
    from pathlib import Path


class Catalogue:
    """Messages by name; `variables` says what each wants to be handed.

    Raises
    ------
    ValueError
        When a file holds what is no message, or one that is there already.
    """

    def __init__(self, folder: Path) -> None:
        # Without the invisible marks around what is filled in: they would be copied along.
        self._bundle = FluentBundle([folder.name], use_isolating=False)
        self._messages: dict[str, ast.Message] = {}
        for path in sorted(folder.glob("*.ftl")):
            resource = FluentResource(path.read_text(encoding="utf-8"))
            self._bundle.add_resource(resource)
            for entry in resource.body:
                self._take(path.name, entry)
        self.variables = {name: _variables(each) for name, each in self._messages.items()}

    def _take(self, file: str, entry: ast.EntryType) -> None:
        if isinstance(entry, ast.Junk):
            raise ValueError(f"{file}: no message: {entry.content!r}")
        if isinstance(entry, ast.Message):
            if entry.id.name in self._messages:
                raise ValueError(f"{file}: {entry.id.name} is there twice.")
            self._messages[entry.id.name] = entry

    def say(self, name: str, values: dict[str, Any]) -> str:
        """Return a message with what stands in it.

        Raises
        ------
        LookupError
            When there is no such message, or something that it needs was not handed in.
        """
        pattern = self._bundle.get_message(name).value
        if pattern is None:
            raise LookupError(f"The message {name} has no text.")
        text, faults = self._bundle.format_pattern(pattern, values)
        if faults:
            raise LookupError(f"The message {name}: {faults[0]}")
        return str(text)

    def pattern(self, name: str) -> str | dict[str, str]:
        """Return a message for `texts.js`: text with `{value}` in it, or one a plural."""
        pattern = self._messages[name].value
        if pattern is None:
            raise LookupError(f"The message {name} has no text.")
        first = pattern.elements[0]
        if not isinstance(first, ast.Placeable):
            return _joined(pattern)
        if not isinstance(chosen := first.expression, ast.SelectExpression):
            return _joined(pattern)
        plurals = {_key(each.key): _joined(each.value) for each in chosen.variants}
        return {"by": _marked(chosen.selector).strip("{}"), **plurals}


class _Variables(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802
        self.found.add(node.id.name)


def _variables(message: ast.Message) -> frozenset[str]:
    visitor = _Variables()
    visitor.visit(message)
    return frozenset(visitor.found)


def _joined(pattern: ast.Pattern) -> str:
    return "".join(
        each.value if isinstance(each, ast.TextElement) else _marked(each.expression)
        for each in pattern.elements
    )


def _marked(expression: object) -> str:
    if isinstance(expression, ast.VariableReference):
        return f"{{{expression.id.name}}}"
    if isinstance(expression, ast.StringLiteral):
        return str(expression.parse()["value"])
    raise ValueError(f"A script cannot fill in {type(expression).__name__}.")


def _key(key: object) -> str:
    return str(key.name if isinstance(key, ast.Identifier) else getattr(key, "value", key))
