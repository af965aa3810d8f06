"""Who may import whom, and how long things may grow: read from the source with `ast`.

The two tables below are the architecture. Everything is named as Python names it, so
`cxr_core.inference` stands for the room and all its modules.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
MODULE_LINES, FUNCTION_LINES = 300, 40  # a function's docstring and decorators are not counted

# Everybody may import the common rooms and its own, besides what the table says.
COMMON = ("cxr_core.domain", "cxr_core.errors")
WORK = (
    "cxr_core.imaging",
    "cxr_core.recipes",
    "cxr_core.store",
    "cxr_core.triage",
    "cxr_core.evaluation",
    "cxr_core.inference",
    "cxr_core.exports",
    "cxr_core.jobs",
    "cxr_core.datasets",
    "cxr_core.registry",
    "cxr_core.training",
)
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "cxr_core": (),
    "cxr_core.domain": (),
    "cxr_core.errors": ("cxr_core.domain",),
    "cxr_core.settings": (),
    "cxr_core.imaging": (),
    "cxr_core.recipes": (),
    "cxr_core.store": (),
    "cxr_core.triage": (),
    "cxr_core.evaluation": (),
    "cxr_core.evaluation.audit": (
        "cxr_core.evaluation",
        "cxr_core.inference",
        "cxr_core.imaging",
    ),
    "cxr_core.inference": ("cxr_core.imaging",),
    "cxr_core.exports": ("cxr_core.imaging", "cxr_core.inference.overlay"),
    "cxr_core.jobs": ("cxr_core.store",),
    "cxr_core.datasets": ("cxr_core.imaging",),
    "cxr_core.registry": ("cxr_core.inference", "cxr_core.evaluation"),
    "cxr_core.training": (
        "cxr_core.datasets",
        "cxr_core.inference",
        "cxr_core.imaging",
        "cxr_core.recipes",
        "cxr_core.registry",
        "cxr_core.evaluation",
    ),
    "cxr_core.use_cases": WORK,
    "cxr_core.wiring": (*WORK, "cxr_core.use_cases", "cxr_core.settings"),
    "cxr_core.services": (
        *WORK,
        "cxr_core.use_cases",
        "cxr_core.settings",
        "cxr_core.wiring",
    ),
    "cxr_core.cli": (
        *WORK,
        "cxr_core.use_cases",
        "cxr_core.settings",
        "cxr_core.wiring",
        "cxr_core.services",
    ),
    "cxr_core.__main__": ("cxr_core.cli",),
    "pages": ("pages.components",),
    "pages.components": ("cxr_core.services", "cxr_core.settings"),
    "app": ("pages",),
}
GIANTS: dict[str, tuple[str, ...]] = {
    "streamlit": ("app", "pages"),
    "tensorflow": ("cxr_core.inference", "cxr_core.training", "cxr_core.evaluation.audit"),
    "keras": ("cxr_core.inference", "cxr_core.training", "cxr_core.evaluation.audit"),
    "pydicom": ("cxr_core.imaging", "cxr_core.exports", "cxr_core.datasets"),
    "highdicom": ("cxr_core.imaging", "cxr_core.exports", "cxr_core.datasets"),
    "sqlalchemy": ("cxr_core.store", "cxr_core.jobs", "cxr_core.services"),
    "alembic": ("cxr_core.store", "cxr_core.jobs", "cxr_core.services"),
}


@dataclass(frozen=True, slots=True)
class Import:
    target: str
    line: int
    is_typing_only: bool


def test_every_room_imports_only_what_it_may():
    assert "\n".join(room_faults(ROOT)) == ""


def test_every_giant_stays_in_its_rooms():
    assert "\n".join(giant_faults(ROOT)) == ""


def test_nothing_grows_too_long():
    assert "\n".join(size_faults(ROOT)) == ""


def test_the_core_and_all_that_pages_import_of_it_start_without_tensorflow():
    wanted = {"cxr_core", "cxr_core.domain", "cxr_core.errors"}
    for path, module in modules(ROOT):
        if within(module, ("app", "pages")):
            wanted |= {
                found.target
                for found in imports(path, module, ROOT)
                if within(found.target, ("cxr_core",))
            }
    script = (
        "import importlib, sys\n"
        f"for name in {sorted(wanted)!r}: importlib.import_module(name)\n"
        "print(*sorted({'tensorflow', 'keras', 'jax', 'torch'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == [], f"loaded by one of {sorted(wanted)}"


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        ("cxr_core/imaging/a.py", "from cxr_core.inference import engine", "imaging"),
        ("cxr_core/imaging/a.py", "from ..inference.engine import run", "imaging"),
        ("cxr_core/imaging/a.py", "def f():\n    import cxr_core.store.tables", "imaging"),
        ("cxr_core/imaging/a.py", "from cxr_core import triage", "imaging"),
        ("cxr_core/imaging/a.py", "import_module('cxr_core.jobs')", "imaging"),
        (
            "cxr_core/imaging/a.py",
            "if TYPE_CHECKING:\n    from cxr_core.training.engine import Run",
            "imaging",
        ),
        ("cxr_core/exports/a.py", "from cxr_core.inference.engine import run", "exports"),
        ("cxr_core/evaluation/metrics.py", "import cxr_core.inference.engine", "evaluation"),
        ("cxr_core/use_cases/a.py", "from cxr_core.services import services", "use_cases"),
        ("cxr_core/domain.py", "from cxr_core.errors import DataError", "domain"),
        ("cxr_core/domain.py", "import pages.triage", "domain"),
        ("cxr_core/settings.py", "import app", "settings"),
        ("cxr_core/helpers/a.py", "x = 1", "cxr_core.helpers is not in the table"),
        ("pages/triage.py", "from cxr_core.services import services", "pages"),
        ("pages/components/charts.py", "from cxr_core.use_cases import reading", "components"),
        ("app.py", "from cxr_core.services import services", "app"),
    ],
)
def test_the_check_finds_an_import_against_the_table(tmp_path, file, source, expected):
    write(tmp_path, file, source)
    [fault] = room_faults(tmp_path)
    assert fault.startswith(file)
    assert expected in fault


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("cxr_core/imaging/a.py", "from cxr_core.domain import Radiograph\nimport numpy"),
        ("cxr_core/imaging/a.py", "from cxr_core.imaging.raster import decode"),
        ("cxr_core/imaging/a.py", "from .raster import decode\nfrom . import raster"),
        ("cxr_core/imaging/a.py", "from cxr_core import __version__, domain"),
        ("cxr_core/exports/pdf.py", "from cxr_core.inference.overlay import paint_heat"),
        ("cxr_core/exports/pdf.py", "from cxr_core.inference import overlay"),
        ("cxr_core/evaluation/audit.py", "from cxr_core.inference.engine import run"),
        ("cxr_core/services.py", "from cxr_core.use_cases import reading\nimport sqlalchemy"),
        ("pages/triage.py", "from pages.components.session import services"),
        ("pages/components/session.py", "from cxr_core.services import services"),
        ("cxr_core/imaging/a.py", "if TYPE_CHECKING:\n    import keras"),
        ("app.py", "import streamlit\nfrom pages.components import chrome"),
    ],
)
def test_the_check_lets_what_the_tables_allow_pass(tmp_path, file, source):
    write(tmp_path, "cxr_core/domain.py", "")
    write(tmp_path, "cxr_core/inference/overlay.py", "")
    write(tmp_path, file, source)
    assert room_faults(tmp_path) + giant_faults(tmp_path) + size_faults(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("cxr_core/imaging/a.py", "import tensorflow as tf"),
        ("cxr_core/registry/a.py", "def load():\n    from keras import ops"),
        ("cxr_core/evaluation/metrics.py", "import keras"),
        ("cxr_core/inference/a.py", "from pydicom import dcmread"),
        ("cxr_core/services.py", "import streamlit as st"),
        ("pages/data.py", "import sqlalchemy.orm"),
        ("cxr_core/use_cases/a.py", "importlib.import_module('tensorflow')"),
    ],
)
def test_the_check_finds_a_giant_outside_its_rooms(tmp_path, file, source):
    write(tmp_path, file, source)
    [fault] = giant_faults(tmp_path)
    assert fault.startswith(file)


def test_the_check_counts_lines(tmp_path):
    body = "    x = 1\n"
    write(tmp_path, "app.py", 'def fine():\n    """One.\n\n    Two.\n    """\n' + body * 39)
    write(tmp_path, "pages/long.py", "@cached\ndef long():\n" + body * 40)
    write(tmp_path, "cxr_core/triage.py", "x = 1\n" * 301)
    long_function, long_module = sorted(size_faults(tmp_path), reverse=True)
    assert long_function == "pages/long.py:2 long has 41 lines; expected at most 40."
    assert long_module == "cxr_core/triage.py has 301 lines; expected at most 300."


def room_faults(root: Path) -> list[str]:
    faults = []
    for path, module in modules(root):
        where = path.relative_to(root).as_posix()
        room = str(room_of(module))
        if room not in MAY_IMPORT:
            faults.append(f"{where} {room} is not in the table.")
            continue
        allowed = MAY_IMPORT[room] + (() if room in COMMON else COMMON)
        faults += [
            f"{where}:{found.line} {room} may not import {found.target}."
            for found in imports(path, module, root)
            if room_of(found.target) not in {None, "cxr_core", room}
            and not within(found.target, allowed)
        ]
    return faults


def room_of(name: str) -> str | None:
    """The room of a module: None for other people's packages, one not in the table if new."""
    rooms = [room for room in MAY_IMPORT if room != "cxr_core" and within(name, (room,))]
    if rooms:
        return max(rooms, key=len)
    return ".".join(name.split(".")[:2]) if within(name, ("cxr_core",)) else None


def giant_faults(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root).as_posix()}:{found.line} imports {found.target}; "
        f"expected only in {', '.join(GIANTS[giant])}."
        for path, module in modules(root)
        for found in imports(path, module, root)
        if (giant := found.target.split(".")[0]) in GIANTS
        and not found.is_typing_only
        and not within(module, GIANTS[giant])
    ]


def size_faults(root: Path) -> list[str]:
    faults = []
    for path, _ in modules(root):
        source = path.read_text("utf-8")
        where = path.relative_to(root).as_posix()
        if (lines := len(source.splitlines())) > MODULE_LINES:
            faults.append(f"{where} has {lines} lines; expected at most {MODULE_LINES}.")
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node) is not None:
                docstring = node.body[0]
                lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
            if lines > FUNCTION_LINES:
                faults.append(
                    f"{where}:{node.lineno} {node.name} has {lines} lines; "
                    f"expected at most {FUNCTION_LINES}."
                )
    return faults


def modules(root: Path) -> Iterator[tuple[Path, str]]:
    """Every source file that the tables speak of, with its dotted name."""
    paths = [
        root / "app.py",
        *(root / "pages").rglob("*.py"),
        *(root / "cxr_core").rglob("*.py"),
    ]
    for path in sorted(path for path in paths if path.is_file()):
        parts = path.relative_to(root).with_suffix("").parts
        yield path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, module: str, root: Path) -> Iterator[Import]:
    """Every import of a file, lazy ones too."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node, is_typing_only in statements(ast.parse(path.read_text("utf-8"))):
        for target in dict.fromkeys(targets(node, package, root)):
            yield Import(target, node.lineno, is_typing_only)


def statements(tree: ast.AST, is_typing_only: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Walk a tree, telling what stands under `if TYPE_CHECKING:`."""
    for name, value in ast.iter_fields(tree):
        guarded = is_typing_only or (
            isinstance(tree, ast.If)
            and name == "body"
            and ast.unparse(tree.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        )
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST):
                yield node, guarded
                yield from statements(node, guarded)


def targets(node: ast.AST, package: str, root: Path) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=source, names=names, level=level):
            above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
            base = ".".join([*above, *([source] if source else [])])
            return [
                f"{base}.{alias.name}" if is_module(base, alias.name, root) else base
                for alias in names
            ]
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[first, *_]):
            if called in {"import_module", "__import__"} and isinstance(first, ast.Constant):
                return [str(first.value)]
    return []


def is_module(base: str, name: str, root: Path) -> bool:
    path = root.joinpath(*base.split("."), name)
    return path.is_dir() or path.with_suffix(".py").is_file() or f"{base}.{name}" in MAY_IMPORT


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def write(root: Path, file: str, source: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")
