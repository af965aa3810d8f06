"""A source that is left out is met by no head, and what was seen of it is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.evaluation.bootstrap import Options
from cxr_core.imaging.decode import Limits
from cxr_core.registry.catalogue import Catalogue
from cxr_core.use_cases.evaluating import Judge
from cxr_core.use_cases.seen import tokens
from cxr_core.use_cases.sources_out import SourcesOut, choose_films, leave_sources_out
from tests.tiny import tiny_version
from tests.use_cases.labelled import CLASSES, collected, hospitals, labelled

HOW = SourcesOut(options=Options(resamples=30))
SEEN = frozenset(tokens("", "hill/normal0") | tokens("", "hill/normal7"))


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    models = tmp_path_factory.mktemp("models")
    tiny_version(models, "tiny", CLASSES, seed=3)
    (model,) = Catalogue(models).load()
    return Judge(model, SEEN, Limits(), lambda *_: None)


def test_every_source_is_judged_by_a_head_that_never_met_it(judge: Judge) -> None:
    found = leave_sources_out(judge, *hospitals(), HOW)
    assert found.features == "tiny test"
    assert [each.source for each in found.sources] == ["hill", "lake"]
    hill, lake = found.sources
    assert hill.trained_sources == ("lake",)
    assert hill.trained == dict.fromkeys(CLASSES, 6)
    assert hill.external.films == 36
    # Of 18 test films one patient was seen, whom neither number counts.
    assert hill.external_unseen.films == hill.internal.films == 17
    assert lake.external_unseen.films == 18
    assert found.backbone_saw == {"hill": 2, "lake": 0}
    assert found.patients == {"hill": 36, "lake": 36}
    # The two hospitals draw alike, and a slope of grey is easily told.
    assert hill.external.balanced_accuracy.value > 0.8
    assert hill.internal.balanced_accuracy.value > 0.8
    assert set(hill.external.auc) == set(CLASSES)


def test_a_patient_of_two_sources_is_set_aside(judge: Judge) -> None:
    manifest, collection = hospitals(per_class=3, validation=0)
    films = list(collection.films)
    both = next(place for place, film in enumerate(films) if film.group == "lake/normal1")
    films[both] = replace(films[both], group="hill/normal1")
    moved = replace(collection, films=tuple(films))
    found = leave_sources_out(judge, manifest, moved, HOW)
    hill = found.sources[0]
    assert hill.set_aside == 1
    assert hill.trained == {"normal": 2, "pneumonia": 3, "covid19": 3}


def test_a_version_that_does_not_say_what_it_saw_has_no_unseen_films(judge: Judge) -> None:
    silent = replace(judge, seen=None)
    found = leave_sources_out(silent, *hospitals(per_class=3, validation=0), HOW)
    assert found.backbone_saw is None
    assert found.sources[0].external_unseen is None
    assert found.sources[0].internal is None


def test_a_source_without_which_there_is_nothing_to_learn_is_passed_over(judge: Judge) -> None:
    films = [
        (labelled(label, source, number), Split.TRAIN if number < 4 else Split.TEST)
        for source, labels in (("hill", CLASSES), ("lake", ("covid19",)))
        for label in labels
        for number in range(6)
    ]
    found = leave_sources_out(judge, *collected(films), HOW)
    assert [each.source for each in found.sources] == ["lake"]
    assert found.sources[0].external.auc == {}
    alone = [film for film in films if film[0].source == "hill"]
    with pytest.raises(DataError, match="cannot be left out"):
        leave_sources_out(judge, *collected(alone), HOW)


def test_no_more_films_than_asked_for_and_the_same_whatever_else_is_there() -> None:
    _, collection = hospitals(per_class=6)
    chosen = choose_films(collection, SourcesOut(films=2))
    assert len(chosen) == 2 * 2 * 3 * 2  # films, splits, classes, sources
    names = {collection.films[place].name for place in chosen}
    _, less = collected(
        [
            pair
            for pair in zip(collection.films, collection.splits, strict=True)
            if pair[0].source == "hill"
        ]
    )
    again = {less.films[place].name for place in choose_films(less, SourcesOut(films=2))}
    assert again == {name for name in names if name.startswith("hill")}
    assert choose_films(collection, SourcesOut(films=2, seed=1)) != chosen
