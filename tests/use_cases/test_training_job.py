"""Retraining as a job: from an order to a candidate, by a real worker, on drawn films."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cxr_core.domain import Actor, Role
from cxr_core.errors import AccessError, DataError
from cxr_core.use_cases.access import TERMINAL
from tests.use_cases.retrained import CHAMPION, retraining_place

if TYPE_CHECKING:
    from tests.use_cases.retrained import Place

READER = Actor("rex", Role.READER)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One place for all tests of this file, after one training and what belongs to it."""
    found = retraining_place(tmp_path_factory.mktemp("retraining"))
    board = found.services().jobs()
    board.order_measure(TERMINAL, found.wish("tiny-head", "first"))
    board.order_training(TERMINAL, found.wish("tiny-head", "first"))
    found.work()
    return found


def test_a_training_ends_as_a_judged_and_audited_candidate(place: Place) -> None:
    services = place.services()
    (job,) = services.jobs().jobs(TERMINAL, ["train"])
    assert (job.state, job.error) == ("done", None)
    (candidate,) = [
        each for each in services.registry().versions.all(TERMINAL) if each.name == "first"
    ]
    assert (candidate.state, candidate.line) == ("candidate", CHAMPION)
    folder = services.catalogue.folder_of("first")
    told = json.loads((folder / "manifest.json").read_text())
    assert told["metrics"]["films"] > 0
    assert told["started_from"].startswith(CHAMPION)
    assert (folder / "audit.json").is_file()
    assert (folder / "seen.txt").read_text()


def test_the_gate_has_all_that_it_asks_for(place: Place) -> None:
    standing = place.services().registry().promoter.standing(TERMINAL, "first")
    assert standing.missing == ()


def test_a_training_can_be_watched_afterwards(place: Place) -> None:
    board = place.services().jobs()
    (job,) = board.jobs(TERMINAL, ["train"])
    view = board.training(TERMINAL, job)
    assert [row["epoch"] for row in view.epochs] == [1, 2]
    assert len(view.pictures) == 2
    assert view.augmentations is not None


def test_how_long_it_will_take_is_known_once_it_was_timed(place: Place) -> None:
    board = place.services().jobs()
    plan = board.plan(place.wish("tiny-head", "again"))
    assert plan.estimate is not None
    assert plan.estimate.low < plan.estimate.seconds < plan.estimate.high
    assert plan.estimate.disk > 0
    half = board.plan(place.wish("tiny-head", "again", share=0.5))
    assert half.estimate is not None
    assert half.estimate.seconds < plan.estimate.seconds
    assert board.plan(place.wish("tiny-block", "other")).estimate is None


def test_the_last_block_is_trained_too(place: Place) -> None:
    board = place.services().jobs()
    job, _ = board.order_training(TERMINAL, place.wish("tiny-block", "second", epochs=1))
    place.work()
    assert board.job(TERMINAL, job.id).error is None
    assert (place.folder / "data" / "versions" / "second" / "weights.safetensors").is_file()


def test_two_equal_orders_are_one_whoever_gives_them(place: Place) -> None:
    board = place.services().jobs()
    wish = place.wish("tiny-head", "third")
    first, is_new = board.order_training(TERMINAL, wish)
    other, is_other_new = board.order_training(
        Actor("ada", Role.ADMINISTRATOR), replace(wish, name="fourth")
    )
    board.cancel(TERMINAL, first.id)
    assert (is_new, is_other_new, other.id) == (True, False, first.id)


def test_a_reader_can_order_see_and_end_nothing(place: Place) -> None:
    board = place.services().jobs()
    wish = place.wish("tiny-head", "never")
    (job,) = [each for each in board.jobs(TERMINAL, ["train"]) if each.state == "done"][:1]
    for nobody in (READER, None):
        for deed in (
            lambda who: board.order_training(who, wish),
            lambda who: board.order_measure(who, wish),
            lambda who: board.order_curation(who),
            lambda who: board.order_comparison(who, ["first"]),
            lambda who: board.order_evaluation(who, "first"),
            lambda who: board.cancel(who, job.id),
            lambda who: board.pause(who, job.id),
            lambda who: board.again(who, job.id),
            lambda who: board.jobs(who),
            lambda who: board.job(who, job.id),
            lambda who: board.log_tail(who, job.id),
            lambda who: board.training(who, job),
        ):
            with pytest.raises(AccessError):
                deed(nobody)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recipe": "../tiny-head"}, "There is no recipe"),
        ({"run": "resnet50"}, "no run"),
        ({"name": "../up"}, "The name is"),
        ({"share": 0.0}, "share of films"),
        ({"epochs": 0}, "0 epochs"),
        ({"minutes": 10**6}, "minutes"),
        ({"start": "scratch"}, "freezes a part"),
    ],
)
def test_a_wish_that_cannot_be_granted_is_refused_before_it_is_queued(
    place: Place, changes: dict[str, object], said: str
) -> None:
    board = place.services().jobs()
    wish = replace(place.wish("tiny-head", "never"), **changes)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=said):
        board.order_training(TERMINAL, wish)


def test_films_that_are_gone_are_refused_in_a_sentence(place: Place) -> None:
    board = place.services().jobs()
    wish = replace(place.wish("tiny-head", "late"), manifest="0" * 64)
    with pytest.raises(DataError, match="curated again since"):
        board.order_training(TERMINAL, wish)


def test_a_damaged_recipe_in_the_data_folder_is_named_and_the_others_stay(place: Place) -> None:
    path = place.folder / "data" / "recipes" / "torn.toml"
    path.write_text("title = ")
    studies, faults = place.services().jobs().studies()
    path.unlink()
    assert "tiny-head" in [study.recipe for study in studies]
    assert len(faults) == 1
