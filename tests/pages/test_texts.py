"""What the screen says stands in one place, and every message is used as it wants to be."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from pages.components.texts import ENGLISH, fill, say, script
from pages.components.texts.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CALL = re.compile(r"""\btext\(\s*(?:"([a-z0-9-]+)"|`([a-z-]+-)\$)""")
_CHOICE = re.compile(r"""\btext\([^()"`]*\?\s*"([a-z0-9-]+)"\s*:\s*"([a-z0-9-]+)\"""")
_MARKUP = re.compile(r"<style.*?</style>|<[^>]*>|\{\{.*?\}\}|\$\w+", re.DOTALL)
_PLACE = re.compile(r"\{\{([a-z0-9-]+)\}\}")
# Looked up and not shown; what the terminal says is English, like the command line.
_NAMES = {
    "not audited",
    "otherwise wrong",
    "sign in",
    "not here",
    "too small",
    "environment variable",
    "the light theme of CXR Triage",
}
_TERMINAL = "start.py"
_SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}")
# Comments, so that their quotation marks open nothing, and strings.
_SCRIPT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|`((?:\\.|[^`\\])*)`""",
    re.DOTALL,
)
_CODE = re.compile(r"\$\{([^{}]*)\}")
_LABEL = re.compile(r"[A-Z][a-z]+")
_NOT_SAID = {"Enter", "Escape", "Delete", "Backspace", "Files"}  # the browser's names
_NOT_SAID |= {"tag left", "tag right", "tag turned"}  # class names
_SHOWN = re.compile(r"""\b(?:aria-label|title|alt|placeholder)="((?!\{\{)[^"]+)\"""")


_DOCUMENTED = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def sources(repository: Path, *kinds: str) -> Iterator[Path]:
    for kind in kinds:
        yield from sorted((repository / "pages").rglob(f"*.{kind}"))


def calls(repository: Path) -> Iterator[tuple[str, frozenset[str] | None]]:
    """Every name that is asked for, with what is handed in; a name may be the start of some."""
    for path in [repository / "app.py", *sources(repository, "py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                handed = {each.arg for each in node.keywords}
                values = None if None in handed else frozenset(map(str, handed))
                for name in names(node.args[0]):
                    yield name, values
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from ((name, frozenset()) for name in _PLACE.findall(node.value))
                if node.value in ENGLISH.variables:
                    yield node.value, None
    for path in sources(repository, "html"):
        yield from ((name, frozenset()) for name in _PLACE.findall(path.read_text()))
    for path in sources(repository, "js"):
        for found in (*_CALL.findall(path.read_text()), *_CHOICE.findall(path.read_text())):
            yield from ((name, None) for name in found if name)


def names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(name)):
            yield name
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
            yield start
        case ast.IfExp():
            yield from names(node.body)
            yield from names(node.orelse)


def test_every_message_that_is_asked_for_is_there_and_gets_what_it_wants(
    repository: Path,
) -> None:
    missing = []
    for name, handed in calls(repository):
        meant = [each for each in ENGLISH.variables if each == name]
        meant = meant or [each for each in ENGLISH.variables if each.startswith(name)]
        if not meant:
            missing.append(name)
        missing += [
            f"{each} wants {sorted(ENGLISH.variables[each])}, gets {sorted(handed)}"
            for each in meant
            if handed is not None
            and not name.endswith("-")
            and handed != ENGLISH.variables[each]
        ]
    assert missing == []


def test_every_message_is_used(repository: Path) -> None:
    asked = {name for name, _ in calls(repository)}
    starts = tuple(name for name in asked if name.endswith("-"))
    unused = [
        name
        for name in ENGLISH.variables
        if name not in asked and not name.startswith(starts or ("\0",))
    ]
    assert unused == []


def test_no_sentence_for_the_screen_stands_in_a_page(repository: Path) -> None:
    found = [
        f"{path.relative_to(repository)}:{line} {text[:60]}"
        for path in [repository / "app.py", *sources(repository, "py")]
        for line, text in sentences(ast.parse(path.read_text()))
        if path.name != _TERMINAL
    ]
    assert found == []


def sentences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts with words in them that are neither documentation, nor meant for who programs."""
    unseen = set()
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and isinstance(node.body[0], ast.Expr):
            unseen.add(id(node.body[0].value))
        if isinstance(node, ast.Call) and is_for_programmers(node.func):
            unseen |= {id(each) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = re.sub(r"<[^>]*>?|[^<]*>|[^ ]*[=:;/(][^ ]*", " ", node.value)  # markup, css
            if node.value in _NAMES:
                continue
            if id(node) not in unseen and _SENTENCE.search(text):
                yield node.lineno, node.value


def is_for_programmers(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute):
        return isinstance(called.value, ast.Name) and called.value.id == "_LOG"
    return getattr(called, "id", "") in {"ValueError", "LookupError", "DataError"}


def test_markup_holds_no_words_of_its_own(repository: Path) -> None:
    for path in sources(repository, "html"):
        shown = _MARKUP.sub("", path.read_text())
        assert re.findall(r"[A-Za-z]{3,}", shown.replace("CXR Triage", "")) == [], path
        assert _SHOWN.findall(path.read_text()) == [], path


def test_no_words_for_the_screen_stand_in_a_script(repository: Path) -> None:
    found = [
        f"{path.relative_to(repository)}: {text[:60]}"
        for path in sources(repository, "js")
        for text in strings(path.read_text())
        if is_said(text)
    ]
    assert found == []


def strings(code: str) -> Iterator[str]:
    for double, single, template in _SCRIPT.findall(code):
        yield double or single or _CODE.sub("0", template)
        for inner in _CODE.findall(template):
            yield from strings(inner)


def is_said(text: str) -> bool:
    """Two words, or one that begins as a label does; a stylesheet has braces."""
    if text in _NOT_SAID or "{" in text:
        return False
    words = re.sub(r"\S*[-(]\S*", " ", text)  # css functions and names
    return bool(_SENTENCE.search(words) or _LABEL.fullmatch(text))


def test_a_number_chooses_its_plural() -> None:
    assert say("review-waiting", waiting=1).startswith("One more film waits")
    assert say("review-waiting", waiting=1200).startswith("1,200 more films wait")


def test_a_message_without_what_it_needs_is_an_error() -> None:
    with pytest.raises(LookupError):
        say("review-waiting")
    with pytest.raises(LookupError):
        say("no-such-message")


def test_markup_gets_its_messages_escaped() -> None:
    assert fill("<p>{{review-title}}</p>") == "<p>Review</p>"


def test_a_file_that_is_no_list_of_messages_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "xx"
    folder.mkdir()
    (folder / "a.ftl").write_text("title = <b>One</b> { $n }\n")
    assert Catalogue(folder).say("title", {"n": 2}) == "<b>One</b> 2"
    (folder / "b.ftl").write_text("title = Two\n")
    with pytest.raises(ValueError, match="there twice"):
        Catalogue(folder)
    (folder / "b.ftl").write_text("title\n")
    with pytest.raises(ValueError, match="no message"):
        Catalogue(folder)


def test_a_script_knows_its_messages_and_their_plurals() -> None:
    told = script("upload-")
    assert '"upload-count": "{done} of {total} files, {sent} of {size}"' in told
    assert '"by": "failed", "one": "One file did not get through."' in told
    assert "review-title" not in told
