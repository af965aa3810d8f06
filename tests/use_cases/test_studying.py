"""A small study in folds, run to its end: both dealings, a kill in the middle, a version."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from cxr_core.datasets.schemes import is_naive
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.imaging.decode import Limits
from cxr_core.recipes.recipe import load_study
from cxr_core.registry.catalogue import Catalogue
from cxr_core.training.events import Message, StepEvent
from cxr_core.use_cases import retraining
from cxr_core.use_cases.retraining import Order
from cxr_core.use_cases.studying import Beginning, StudyOrder, parts_of, run_study
from tests.training.written import FROM_STAGE_A, STAGE_A, write_recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cxr_core.datasets.collection import Collection, Dealing
    from cxr_core.use_cases.collecting import Films

RUNS = """
[[data]]
classes = ["normal"]
findings = []
sources = []
films = 14
substitutes = []

[[data]]
classes = ["covid19"]
findings = []
sources = ["nobodys"]
films = 0
substitutes = ["hannover"]

[study]
folds = 3
naive_shares = [0.1, 0.2]
ours = []

[[runs]]
name = "head"
note = "On 26 films."
[runs.reported]
accuracy = 0.99

[[runs]]
name = "whole"
note = ""
[runs.changes]
stages.0 = { trains = "all", epochs = 1 }
"""
TWO = ('["normal", "pneumonia", "covid19"]', '["normal", "covid19"]')
HEAD = ('trains = "all"', 'trains = "head"')
PARTS = [
    f"{run}-{family}-{fold}"
    for run in ("head", "whole")
    for fold in (1, 2, 3)
    for family in ("honest", "naive")
]
ALL = (Split.TRAIN, Split.VALIDATION, Split.TEST)


class Killed(Exception):
    """Stands for a power cut."""


@dataclass(frozen=True)
class Opened:
    """What every training of a study was given, in order."""

    collections: list[tuple[Dealing, Collection]]

    def stage_a(self) -> list[Collection]:
        return [each for dealing, each in self.collections if dealing.excluded]

    def parts(self) -> list[Collection]:
        return [each for dealing, each in self.collections if not dealing.excluded]


def of(collection: Collection, what: str, *splits: Split) -> set[str]:
    """Names or groups of the films of some splits."""
    return {
        getattr(collection.films[place], what)
        for split in splits
        for place in collection.of(split)
    }


@dataclass(frozen=True)
class Ran:
    asked: StudyOrder
    told: dict[str, Any]
    after_the_kill: dict[str, Any]
    said: list[str]
    opened: Opened


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, drawn_films: Films) -> StudyOrder:
    place = tmp_path_factory.mktemp("study")
    path = write_recipe(place / "small.toml", FROM_STAGE_A, HEAD, TWO, more=RUNS)
    first = write_recipe(place / "first.toml", STAGE_A, ("epochs = 2", "epochs = 1"))
    study, folder = load_study(str(path)), place / "made" / "study"
    order = Order(study.runs[0].recipe, drawn_films, folder, "2026-01-02", "train small")
    places = (folder / "downloads", str(first), 1.0, folder / "starts")
    return StudyOrder(study, order, Beginning(None, *places))


@pytest.fixture(scope="module")
def ran(asked: StudyOrder) -> Iterator[Ran]:
    """Killed in the second epoch of the third part, and resumed."""
    said: list[str] = []
    opened = Opened([])
    open_collection = retraining.open_collection

    def opening(films: Films, space: Any, report: Callable[[int, int], None]) -> Any:
        manifest, collection = open_collection(films, space, report)
        opened.collections.append((films.dealing, collection))
        return manifest, collection

    def dying(event: object) -> None:
        if isinstance(event, Message):
            said.append(event.text)
        is_third = any(words.startswith("Part 3 ") for words in said)
        if is_third and isinstance(event, StepEvent) and event.epoch == 2:
            raise Killed

    def hearing(event: object) -> None:
        if isinstance(event, Message):
            said.append(event.text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retraining, "open_collection", opening)
        with pytest.raises(Killed):
            run_study(asked, Limits(), dying)
        so_far = json.loads((asked.order.folder / "study.json").read_text())
        del said[:]
        told = run_study(resumed(asked), Limits(), hearing)
    yield Ran(asked, told, so_far, said, opened)


def resumed(asked: StudyOrder) -> StudyOrder:
    return replace(asked, order=replace(asked.order, resume=True))


def without_the_clock(told: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {key: row[key] for key in row if key != "minutes_per_epoch"} for row in told["rows"]
    ]
    return {**told, "rows": rows}


def test_a_study_without_folds_has_two_parts_a_run() -> None:
    study = replace(load_study("vgg16"), naive_shares=(0.1, 0.25))
    parts = parts_of(study)
    assert [(part.name, part.scheme) for part in parts] == [
        ("vgg16-honest", "patients"),
        ("vgg16-naive", "naive:0.1/0.25"),
    ]


def test_every_fold_is_a_part_of_either_dealing(asked: StudyOrder) -> None:
    parts = parts_of(asked.study)
    assert [part.name for part in parts] == PARTS
    assert [part.scheme for part in parts[:4]] == [
        "fold:1/3", "naive-fold:1/3", "fold:2/3", "naive-fold:2/3",
    ]  # fmt: skip


def test_the_table_stands_on_disk_while_the_study_runs(ran: Ran) -> None:
    (row,) = ran.after_the_kill["rows"]
    assert row["run"] == "head"
    assert row["honest"]["films"] + row["naive"]["films"] < 39
    assert row["honest"]["accuracy_95"][0] <= row["honest"]["accuracy"]


def test_a_resumed_study_repeats_no_part_and_goes_on_inside_one(ran: Ran) -> None:
    kinds = Counter(scheme.scheme for scheme, _ in ran.opened.collections)
    # Twice the third part, which was killed; once every other one of each run.
    assert kinds == Counter(
        {f"{kind}:{fold}/3": 2 for kind in ("fold", "naive-fold") for fold in (1, 2, 3)}
    ) + Counter({"fold:2/3": 1, "patients": 1, "naive": 1})
    assert [words for words in ran.said if words.startswith("Part")] == [
        f"Part {number} of 12: {name}" for number, name in enumerate(PARTS, start=1)
    ]
    assert not [words for words in ran.said if words.startswith("First")]


def test_the_part_that_was_killed_gives_what_it_gives_undisturbed(
    ran: Ran, tmp_path: Path
) -> None:
    folder = shutil.copytree(ran.asked.order.folder, tmp_path / "study")
    (folder / "study.json").unlink()
    shutil.rmtree(folder / "parts" / PARTS[2])
    order = replace(resumed(ran.asked).order, folder=folder)
    beginning = replace(ran.asked.beginning, folder=folder / "starts")
    told = run_study(
        StudyOrder(ran.asked.study, order, beginning), Limits(), lambda event: None
    )
    assert without_the_clock(told) == without_the_clock(ran.told)
    assert json.loads((folder / "study.json").read_text()) == told


def test_both_rows_say_what_the_paper_says_and_what_came_out(ran: Ran) -> None:
    assert json.loads((ran.asked.order.folder / "study.json").read_text()) == ran.told
    assert (ran.told["recipe"], ran.told["folds"], ran.told["scale"]) == ("small", 3, 1.0)
    head, whole = ran.told["rows"]
    assert (head["run"], whole["run"]) == ("head", "whole")
    assert (head["reported"], head["note"]) == ({"accuracy": 0.99}, "On 26 films.")
    assert (head["epochs"], whole["epochs"]) == (2, 1)
    assert "covid19 of nobodys: all films asked for, 25 of hannover instead" in str(head)
    assert "starts from nova-film-" in str(head["substitutes"])
    for row in (head, whole):
        for family in ("naive", "honest"):
            result = row[family]
            assert result["films"] == 39  # every film once: 14 and all 25
            assert sum(map(sum, result["confusion"])) == 39
            assert len(result["accuracy_folds"]) == 3


def test_dealt_by_patient_nobody_is_on_two_sides_and_dealt_naively_somebody_is(
    ran: Ran,
) -> None:
    leaks: dict[bool, int] = {True: 0, False: 0}
    for collection in ran.opened.parts():
        trained = of(collection, "group", Split.TRAIN)
        others = of(collection, "group", Split.VALIDATION, Split.TEST)
        leaks[is_naive(collection.scheme)] += len(trained & others)
    assert leaks[False] == 0
    assert leaks[True] > 0


def test_a_naive_part_is_called_naive_wherever_it_is_told_of(ran: Ran) -> None:
    parts = ran.asked.order.folder / "parts"
    for name in PARTS:
        is_flattered = "naive" in name
        told = json.loads((parts / name / "evaluation.json").read_text())
        manifest = json.loads((parts / name / "manifest.json").read_text())
        card = " ".join((parts / name / "card.md").read_text().split())
        assert is_naive(told["scheme"]) is is_naive(manifest["scheme"]) is is_flattered
        assert told["left_out_as_seen"] == (None if is_flattered else 0)
        assert ("result below flatters" in card) is is_flattered


def test_no_film_of_stage_a_is_one_that_a_part_validates_or_tests_on(ran: Ran) -> None:
    honest, naive = ran.opened.stage_a()
    assert (honest.scheme, naive.scheme) == ("patients", "naive")
    parts = ran.opened.parts()
    for collection in parts:
        first = naive if is_naive(collection.scheme) else honest
        held_out = of(collection, "name", Split.VALIDATION, Split.TEST)
        assert held_out
        assert not of(first, "name", *ALL) & held_out
        if first is honest:
            assert not of(first, "group", *ALL) & of(collection, "group", *ALL)
    everybody = set().union(*(of(each, "group", *ALL) for each in parts))
    assert of(naive, "group", Split.TRAIN) & everybody  # the naive one may know them


def test_what_a_part_started_from_counts_as_seen(ran: Ran) -> None:
    folder = ran.asked.order.folder
    (first,) = (folder / "starts").glob("nova-film-patients-*")
    earlier = set((first / "seen.txt").read_text().split())
    part = set((folder / "parts" / "head-honest-1" / "seen.txt").read_text().split())
    assert earlier < part
    scratch = set((folder / "parts" / "whole-honest-1" / "seen.txt").read_text().split())
    assert earlier < scratch  # the second run starts from stage A too


def test_the_studys_folder_is_a_version_and_further_folds_keep_no_weights(ran: Ran) -> None:
    folder = ran.asked.order.folder
    (model,) = Catalogue(folder.parent).load(["study"])
    assert model.ref.name == "study"
    assert model.manifest.classes == ("normal", "covid19")
    assert (folder / "weights.safetensors").read_bytes() == (
        folder / "parts" / PARTS[0] / "weights.safetensors"
    ).read_bytes()
    kept = {path.parent.name for path in folder.glob("parts/*/weights.safetensors")}
    assert kept == {name for name in PARTS if name.endswith("-1")}
    assert not list(folder.glob("parts/*/checkpoint.safetensors"))
    assert not list(folder.rglob("*.draft"))


def test_a_folder_with_a_study_is_not_written_over(ran: Ran) -> None:
    with pytest.raises(DataError, match="holds a study already"):
        run_study(ran.asked, Limits(), lambda event: None)
