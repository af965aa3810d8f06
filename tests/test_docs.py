"""The reference mentions every command, setting, error code and flag that the code knows."""

from __future__ import annotations

import argparse
import ast
import re
from typing import TYPE_CHECKING

import pytest

from cxr_core import errors
from cxr_core.cli import command_parser

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def reference(repository: Path) -> str:
    return (repository / "docs" / "reference.md").read_text()


def subcommands(parser: argparse.ArgumentParser, prefix: str = "") -> list[str]:
    found = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                inner = subcommands(child, f"{prefix}{name} ")
                found += inner or [f"{prefix}{name}"]
    return found


def test_every_command_is_in_the_reference(reference: str) -> None:
    commands = subcommands(command_parser())
    assert "models verify" in commands
    assert [name for name in commands if f"`{name}" not in reference] == []


def test_every_flag_of_train_is_in_its_table_and_in_its_line(reference: str) -> None:
    (parser,) = (
        action.choices["train"]
        for action in command_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    flags = {words[-1] for each in parser._actions if (words := each.option_strings)}
    assert {"--stage-a", "--scheme"} <= flags
    (line,) = re.findall(r"^\| `train RECIPE .*$", reference, re.MULTILINE)
    rows = re.findall(r"^\| `(--[a-z-]+)", reference, re.MULTILINE)
    assert sorted(flags - {"--help"} - set(rows)) == []
    assert sorted(each for each in flags - {"--help"} if each not in line) == []


def test_every_setting_is_in_the_reference(reference: str, repository: Path) -> None:
    read = ("cxr_core/settings.py", "pages/components/texts/__init__.py")
    source = "".join((repository / each).read_text() for each in read)
    settings = set(re.findall(r'"(CXR_[A-Z_]+)"', source))
    assert settings
    assert [name for name in sorted(settings) if f"`{name}`" not in reference] == []


def test_every_error_code_is_in_the_reference(reference: str) -> None:
    codes = {kind.code for kind in errors.InputError.__subclasses__()}
    assert len(codes) == 19
    assert [code for code in sorted(codes) if f"`{code}`" not in reference] == []


def flags_in(tree: ast.AST) -> set[str]:
    """Constants named `..._FLAG`, and words appended to a list of flags."""
    words: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("_FLAG"):
            words.append(node.value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("flags.append"):
            words += node.args
    return {word.value for word in words if isinstance(word, ast.Constant)}


def test_every_flag_is_in_the_reference(reference: str, repository: Path) -> None:
    flags = {"uncalibrated"}
    for path in (repository / "cxr_core").rglob("*.py"):
        flags |= flags_in(ast.parse(path.read_text()))
    assert {"gate_burned_in_annotation", "window_missing", "models_disagree"} <= flags
    assert [flag for flag in sorted(flags) if f"`{flag}`" not in reference] == []


def test_every_relative_link_of_the_readme_leads_somewhere(repository: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (repository / "README.md").read_text())
    assert "docs/reference.md" in links
    assert [link for link in links if not (repository / link).exists()] == []


def test_the_readme_gives_exactly_the_two_commands(repository: Path) -> None:
    readme = (repository / "README.md").read_text()
    pip_lines = [line for line in readme.splitlines() if line.startswith("pip install")]
    assert pip_lines == [
        "pip install -r requirements.txt && streamlit run app.py",
        "pip install -r requirements-dev.txt && pytest",
    ]
    assert "libgl1" in readme
    assert "libglib2.0-0" in readme


def test_continuous_integration_runs_the_readmes_command(repository: Path) -> None:
    script = (repository / ".ci" / "run").read_text()
    assert "pip install -r requirements-dev.txt && pytest" in script
