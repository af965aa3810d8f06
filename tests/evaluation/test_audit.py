"""The audit as a whole: networks that are really trained, one of them on a planted shortcut."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cxr_core.errors import DataError
from cxr_core.evaluation.audit.results import Audit
from cxr_core.evaluation.audit.run import audit
from cxr_core.evaluation.audit.subject import AuditOptions, AuditSubject
from tests.evaluation.drawn import (
    draw_films,
    small_network,
    subject_of,
    train_network,
)

pytest.importorskip("keras")

OPTIONS = AuditOptions(resamples=200)
SHORTCUT = {"textured": False, "marked": True}
HONEST = {"textured": True, "marked": False}


def unheard(sentence: str, done: int, total: int) -> None:
    assert sentence
    assert 0 <= done <= total


@pytest.fixture(scope="module")
def honest_subject() -> AuditSubject:
    return subject_of(train_network(draw_films(240, seed=1, **HONEST), seed=1), "honest")


@pytest.fixture(scope="module")
def honest(honest_subject: AuditSubject) -> Audit:
    return audit(honest_subject, draw_films(120, seed=1001, **HONEST), OPTIONS, unheard)


@pytest.fixture(scope="module")
def shortcut() -> Audit:
    """Its classes differ in a corner and nowhere else."""
    subject = subject_of(train_network(draw_films(240, seed=1, **SHORTCUT), seed=1), "shortcut")
    return audit(subject, draw_films(120, seed=1001, **SHORTCUT), OPTIONS, unheard)


def scores(found: Audit) -> dict[str, float | None]:
    return {part.name: part.score for part in found.parts}


def test_a_network_that_reads_a_corner_fails_and_one_that_reads_lungs_passes(
    honest: Audit, shortcut: Audit
) -> None:
    for found in (honest, shortcut):  # by its accuracy alone nobody could tell them apart
        plain = found.blackout.border.condition("plain")
        assert plain.auc is not None
        assert plain.auc.value is not None
        assert plain.auc.value > 0.95
    assert shortcut.verdict == "fails"
    assert shortcut.score < 0.2
    assert honest.verdict == "passes"
    assert honest.score > 0.7


def test_the_parts_say_what_is_wrong_with_it(honest: Audit, shortcut: Audit) -> None:
    bad, good = scores(shortcut), scores(honest)
    for name in ("border", "lungs_hidden"):
        assert bad[name] is not None
        assert good[name] is not None
        assert bad[name] < 0.3 < 0.7 < good[name], name
    assert good["attention"] is not None
    assert (bad["attention"] or 0.0) < 0.5 < 0.7 < good["attention"]  # heat beside the lungs
    assert good["source"] > 0.7  # the drawn sources differ in nothing
    assert good["sanity"] > 0.7
    assert any("border" in reason for reason in shortcut.reasons)
    assert honest.reasons == ("Every part scores 0.7 or more.",)


def test_every_condition_stands_beside_the_plain_films_and_chance(honest: Audit) -> None:
    for found in (honest.blackout.border, honest.blackout.lungs):
        assert found is not None
        assert found.films == 120
        assert found.patients == 60
        assert found.counts == {"lying": 60, "upright": 60}
        assert found.majority == 0.5
        assert found.balanced_chance == 0.5
        for condition in found.conditions:
            assert condition.accuracy.low is not None
            assert condition.accuracy.value is not None
            assert condition.accuracy.high is not None
            assert condition.accuracy.low <= condition.accuracy.value <= condition.accuracy.high
    names = [condition.name for condition in honest.blackout.lungs.conditions]
    assert names == ["plain", "lungs_hidden", "lungs_only"]


def test_the_audit_is_plain_json(honest: Audit) -> None:
    told = json.loads(json.dumps(honest.as_dict(), allow_nan=False))
    assert told["verdict"] == "passes"
    assert told["films"] == {
        "all": 120, "unseen": 120, "seen": 0, "with_lungs": 120, "unseen_with_lungs": 120,
    }  # fmt: skip
    assert [stage["name"] for stage in told["sanity"]["stages"]] == [
        "head", "third", "second", "first layers",
    ]  # fmt: skip


def test_without_masks_it_says_so_and_does_not_pass(honest_subject: AuditSubject) -> None:
    films = draw_films(60, seed=5, masked=False, **HONEST)
    found = audit(honest_subject, films, OPTIONS, unheard)
    assert found.attention is None
    assert found.blackout.lungs is None
    assert scores(found)["lungs_hidden"] is None
    assert scores(found)["attention"] is None
    assert found.score == 0.5
    assert found.verdict == "suspicious"
    assert sum("no film has a lung mask" in reason for reason in found.reasons) == 2


def test_films_that_were_seen_count_only_where_lungs_are_asked_for(
    honest_subject: AuditSubject,
) -> None:
    films = draw_films(60, seed=6, **HONEST)
    some = [replace(film, is_seen=place >= 40) for place, film in enumerate(films)]
    some[58:] = [replace(film, lungs=None) for film in some[58:]]  # of no use at all
    found = audit(honest_subject, some, OPTIONS, unheard)
    assert found.films["all"] == 58
    assert found.films["seen"] == 18
    assert found.blackout.border.films == 40
    assert found.blackout.lungs is not None
    assert (found.blackout.lungs.films, found.blackout.lungs.seen) == (58, 18)
    assert found.blackout.lungs_unseen is not None
    assert (found.blackout.lungs_unseen.films, found.blackout.lungs_unseen.seen) == (40, 0)
    assert found.attention is not None
    assert (found.attention.films, found.attention.seen) == (58, 18)
    assert found.source is not None
    assert found.source.overall.films == 40


def test_a_network_without_skill_is_not_praised(honest_subject: AuditSubject) -> None:
    films = draw_films(60, seed=7, textured=False, marked=False)
    found = audit(honest_subject, films, OPTIONS, unheard)
    assert scores(found)["border"] is None
    assert found.verdict != "passes"


def test_films_of_one_class_cannot_tell_skill_from_habit(
    honest_subject: AuditSubject,
) -> None:
    films = [film for film in draw_films(60, seed=8, **HONEST) if film.label == 0]
    found = audit(honest_subject, films, OPTIONS, unheard)
    assert found.blackout.border.balanced_chance is None
    assert found.blackout.border.judged == ("lying",)
    assert scores(found)["border"] is None


def test_where_the_class_says_the_source_nothing_is_concluded(
    honest_subject: AuditSubject,
) -> None:
    films = [
        replace(film, source="ab"[film.label]) for film in draw_films(120, seed=9, **HONEST)
    ]
    found = audit(honest_subject, films, OPTIONS, unheard)
    assert found.source is not None
    assert found.source.overall.balanced_accuracy.value > 0.9
    assert found.source.overall.class_alone == 1.0
    assert found.source.within_class == ()
    assert scores(found)["source"] is None


def test_a_network_that_cannot_be_rebuilt_is_not_called_sane(
    honest_subject: AuditSubject,
) -> None:
    films = draw_films(24, seed=10, **HONEST)
    found = audit(replace(honest_subject, rebuild=None), films, OPTIONS, unheard)
    assert found.sanity is None
    assert scores(found)["sanity"] is None
    assert found.verdict != "passes"


def test_the_same_films_give_the_same_audit(honest_subject: AuditSubject) -> None:
    films = draw_films(40, seed=11, **HONEST)
    once, again = (audit(honest_subject, films, OPTIONS, unheard).as_dict() for _ in range(2))
    assert once == again


def test_the_subject_is_left_as_it_was(honest_subject: AuditSubject) -> None:
    films = draw_films(24, seed=12, **HONEST)
    square = np.random.default_rng(0).normal(size=(2, 48, 48, 3)).astype(np.float32)
    before = honest_subject.engine.run(square).logits
    audit(honest_subject, films, OPTIONS, unheard)
    np.testing.assert_array_equal(honest_subject.engine.run(square).logits, before)


class CancelledError(Exception):
    pass


@pytest.mark.parametrize("at", ["Reading whole films", "Spoiling the weights"])
def test_it_stops_where_it_is_cancelled(honest_subject: AuditSubject, at: str) -> None:
    heard = []

    def cancel(sentence: str, done: int, total: int) -> None:
        heard.append(sentence)
        if sentence == at:
            raise CancelledError

    with pytest.raises(CancelledError):
        audit(honest_subject, draw_films(24, seed=13, **HONEST), OPTIONS, cancel)
    assert heard[-1] == at


def test_films_that_were_all_seen_are_refused() -> None:
    films = [replace(film, is_seen=True) for film in draw_films(4, seed=14)]
    with pytest.raises(DataError, match="has not seen"):
        audit(subject_of(small_network(0)), films, OPTIONS, unheard)


def test_a_class_that_the_network_does_not_have_is_refused() -> None:
    films = [replace(film, label=2) for film in draw_films(4, seed=15)]
    with pytest.raises(DataError, match="none of the 2 classes"):
        audit(subject_of(small_network(0)), films, OPTIONS, unheard)
