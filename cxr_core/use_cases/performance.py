"""What is known of how good each installed version is: read from files, nothing loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.errors import DataError
from cxr_core.evaluation.report.html import write_html
from cxr_core.evaluation.report.material import Material, material
from cxr_core.evaluation.report.sections import sections

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cxr_core.evaluation.report.parts import Section
    from cxr_core.registry.catalogue import Catalogue

EVALUATION_NAME, AUDIT_NAME, CARD_NAME = "evaluation.json", "audit.json", "card.md"
STUDY_NAME = "study.json"


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """All that is told of one version: the sections of its report, and its card."""

    told_of: Material
    sections: tuple[Section, ...]
    card: str

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.told_of.version['name']}, version {self.told_of.version['version']}"

    @property
    def subtitle(self) -> str:
        """What it is and on what it was judged."""
        numbers = self.told_of.evaluation
        manifest = str(numbers.get("manifest") or "not known")[:16]
        return (
            f"{self.told_of.version.get('title', self.told_of.version['name'])}. Judged on the "
            f"{numbers.get('split') or 'test'} split of table {manifest}, films dealt by "
            f"{numbers.get('scheme') or 'a rule that is not known'}."
        )

    def section(self, key: str) -> Section:
        """Return the section of that key."""
        return next(each for each in self.sections if each.key == key)

    def report(self) -> str:
        """Compose the HTML report; it takes a second and is megabytes."""
        return write_html(self.title, self.subtitle, self.sections)

    def numbers(self) -> str:
        """Return all numbers as JSON."""
        return json.dumps(self.told_of.as_dict(), indent=1, ensure_ascii=False)


class PerformanceBrowser:
    """The versions of a catalogue, and studies from a committed file and from run folders.

    `ancestors` is a JSON list of studies, `runs` a folder whose folders may hold a study.json,
    which takes the place of the committed one of the same recipe.
    """

    def __init__(self, catalogue: Catalogue, ancestors: Path, runs: Path) -> None:
        self._catalogue = catalogue
        self._ancestors = ancestors
        self._runs = runs
        self._kept: dict[str, tuple[object, Performance]] = {}

    def names(self) -> list[str]:
        """Names of the versions whose manifest can be read."""
        return [each.name for each in self._catalogue.entries() if each.manifest is not None]

    def performance(self, name: str) -> Performance | None:
        """Read what is told of a version; None where it was never judged.

        Raises
        ------
        DataError
            When there is no such version, or a file of it is not what it should be.
        """
        folder = self._catalogue.folder_of(name)
        stamp = _stamp(self._files(folder))
        kept = self._kept.get(name)
        if kept is None or kept[0] != stamp:
            told = self._read(folder)
            if told is None:
                return None
            kept = (stamp, told)
            self._kept[name] = kept
        return kept[1]

    def _files(self, folder: Path) -> list[Path]:
        names = ("manifest.json", EVALUATION_NAME, AUDIT_NAME, CARD_NAME)
        return [*(folder / name for name in names), self._ancestors, *self._studies()]

    def _studies(self) -> list[Path]:
        return sorted(self._runs.glob(f"*/{STUDY_NAME}")) if self._runs.is_dir() else []

    def _read(self, folder: Path) -> Performance | None:
        evaluation = read_json(folder / EVALUATION_NAME)
        if evaluation is None:
            return None
        version = read_json(folder / "manifest.json")
        audit = read_json(folder / AUDIT_NAME)
        studies = read_studies([self._ancestors, *self._studies()])
        try:
            told_of = material(version or {}, evaluation, audit, studies)
            told = Performance(told_of, sections(told_of), _card(folder))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise DataError(
                f"{folder / EVALUATION_NAME} is not complete: {error!r}. Judge the version "
                f"again: python -m cxr_core evaluate {folder.name} --record"
            ) from error
        return told


def read_studies(paths: Iterable[Path]) -> tuple[dict[str, Any], ...]:
    """Read studies, each file holding one or a list; of one recipe the last counts.

    A path may be a folder that holds study.json; what is not there is passed over.

    Raises
    ------
    DataError
        When a file is not a study.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        told = read_json(path / STUDY_NAME if path.is_dir() else path)
        try:
            for study in told if isinstance(told, list) else [told] if told else []:
                found[f"{study['recipe']}"] = {**study, "rows": list(study["rows"])}
        except (KeyError, TypeError) as error:
            raise DataError(
                f"{path} is not a study: {error!r}. Train the recipe again."
            ) from error
    return tuple(found[name] for name in sorted(found))


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a JSON file; None where there is none.

    Raises
    ------
    DataError
        When it is there and cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON. Judge the version again.") from error


def _card(folder: Path) -> str:
    try:
        return (folder / CARD_NAME).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _stamp(paths: Iterable[Path]) -> object:
    """Change whenever a file does."""
    found = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            found.append((str(path), 0, -1))
        else:
            found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)
