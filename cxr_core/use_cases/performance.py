"""What is known of how good each installed version is: read from files, nothing loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.errors import DataError
from cxr_core.evaluation.checklist import write_checklist
from cxr_core.evaluation.report.ancestors import ancestors_section
from cxr_core.evaluation.report.films import prevalence_table
from cxr_core.evaluation.report.html import write_html
from cxr_core.evaluation.report.material import Material, material
from cxr_core.evaluation.report.sections import sections
from cxr_core.use_cases.card import CARD_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cxr_core.evaluation.report.parts import Section, Table
    from cxr_core.registry.catalogue import Catalogue

EVALUATION_NAME, AUDIT_NAME = "evaluation.json", "audit.json"
STUDY_NAME = "study.json"
_AGAIN = (
    "Make it again: python -m cxr_core evaluate NAME --manifest MANIFEST --out report --record."
)
_INCOMPLETE = (KeyError, TypeError, ValueError, AttributeError, IndexError)
_TRAIN_AGAIN = "Train the recipe again, or take the file away."


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """All that is told of one version: the sections of its report, and its card.

    `faults` are sentences on files that could not be read and are left out.
    """

    told_of: Material
    sections: tuple[Section, ...]
    card: str
    faults: tuple[str, ...] = ()

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
            f"{numbers.get('split') or 'test'} split of manifest {manifest}, films dealt by "
            f"{numbers.get('scheme') or 'a rule that is not known'}."
        )

    def section(self, key: str) -> Section:
        """Return the section of that key."""
        return next(each for each in self.sections if each.key == key)

    def report(self) -> str:
        """Compose the HTML report; it takes a second and is megabytes."""
        return write_html(self.title, self.subtitle, self.sections)

    def at_prevalence(self, prevalence: float) -> Table:
        """Return PPV and NPV of each class where a share in (0, 1) of films is of it."""
        return prevalence_table(self.told_of, (prevalence,))

    def checklist(self) -> str:
        """Write CLAIM and TRIPOD+AI; links go to a report that lies beside it."""
        return write_checklist(self.told_of, f"{self.told_of.version['name']}-report.html", "")

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

    def problems(self) -> dict[str, str]:
        """Why versions cannot be used, by name: told beside the others, not hidden."""
        return self._catalogue.problems()

    def performance(self, name: str) -> Performance | None:
        """Read what is told of a version; None where it was never judged.

        Raises
        ------
        DataError
            When there is no such version, or its evaluation is not what it should be.
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

    def studies(self, asked: Iterable[Path] = ()) -> tuple[dict[str, Any], ...]:
        """Read every study that is here; those `asked` for by folder or file come last.

        Raises
        ------
        DataError
            When a file is not a study, or one asked for is not there.
        """
        named = tuple(asked)
        for path in named:
            if not (path / STUDY_NAME if path.is_dir() else path).is_file():
                raise DataError(
                    f"{path} holds no {STUDY_NAME}. Give the --out folder of a `train` of an "
                    "ancestor's recipe."
                )
        return read_studies([self._ancestors, *self._run_studies(), *named])

    def _files(self, folder: Path) -> list[Path]:
        names = ("manifest.json", EVALUATION_NAME, AUDIT_NAME, CARD_NAME)
        return [*(folder / name for name in names), self._ancestors, *self._run_studies()]

    def _run_studies(self) -> list[Path]:
        return sorted(self._runs.glob(f"*/{STUDY_NAME}")) if self._runs.is_dir() else []

    def _read(self, folder: Path) -> Performance | None:
        """Read the evaluation, and as much of the rest as can be read."""
        evaluation = read_json(folder / EVALUATION_NAME)
        if evaluation is None:
            return None
        version = read_json(folder / "manifest.json") or {}
        told_of = _composed(folder / EVALUATION_NAME, version, evaluation)
        faults = []
        try:
            audit = read_json(folder / AUDIT_NAME)
            told_of = _composed(folder / AUDIT_NAME, version, evaluation, audit)
        except DataError as error:
            faults.append(str(error))
        try:
            studies = self.studies()
            told_of = _composed(self._ancestors, version, evaluation, told_of.audit, studies)
        except DataError as error:
            faults.append(str(error))
        return Performance(told_of, sections(told_of), _card(folder), tuple(faults))


def _composed(path: Path, *parts: Any) -> Material:  # noqa: ANN401 - what JSON files hold
    """Put material together and see that it can be told; `path` is what was added last."""
    try:
        told_of = material(*parts)
        sections(told_of)
    except _INCOMPLETE as error:
        raise DataError(
            f"{path} is not complete ({type(error).__name__}: {error}). {_AGAIN}"
        ) from error
    return told_of


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
        told = read_json(path / STUDY_NAME if path.is_dir() else path, _TRAIN_AGAIN)
        try:
            for study in told if isinstance(told, list) else [told] if told else []:
                ancestors_section((study,))  # which asks for all that is told of it
                found[str(study["recipe"])] = study
        except _INCOMPLETE as error:
            raise DataError(
                f"{path} is not a study ({type(error).__name__}: {error}). {_TRAIN_AGAIN}"
            ) from error
    return tuple(found[name] for name in sorted(found))


def read_json(path: Path, remedy: str = _AGAIN) -> Any:  # noqa: ANN401 - what the file holds
    """Read a JSON file; None where there is none. `remedy` ends the message of a damaged one.

    Raises
    ------
    DataError
        When it is there and cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as JSON. {remedy}") from error


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
