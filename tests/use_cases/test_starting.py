"""What a training starts from: earlier weights are opened, checked, and made where needed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cxr_core.datasets.collection import Dealing, deal_films
from cxr_core.datasets.manifest import load_manifest
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.selection import Wanted
from cxr_core.errors import DataError, ModelError
from cxr_core.inference.networks import build_network
from cxr_core.inference.weights import arrays_of, load_backbone
from cxr_core.recipes.recipe import load_recipe
from cxr_core.registry.catalogue import load_arrays
from cxr_core.registry.manifest import read_manifest
from cxr_core.training.engine import Start
from cxr_core.use_cases import studying
from cxr_core.use_cases.retraining import Order
from cxr_core.use_cases.seen import tokens, write_tokens
from cxr_core.use_cases.starting import (
    SCRATCH,
    Origin,
    adopted,
    check_network,
    needs_stage_a,
    open_origin,
    stage_a_recipe,
)
from cxr_core.use_cases.studying import Beginning, origin_of
from tests.tiny import tiny_version
from tests.training.drawn import small_recipe
from tests.training.written import STAGE_A, write_recipe

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.use_cases.collecting import Films

SEEN = frozenset(tokens("abc", "cohen/1"))


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A nova that tells two other classes apart, and says whom it has seen."""
    folder = tiny_version(
        tmp_path_factory.mktemp("models"), "earlier", ("normal", "not_normal"), "nova", seed=4
    )
    write_tokens(folder, SEEN)
    return folder


def test_nothing_is_random_and_has_seen_nobody() -> None:
    assert SCRATCH.start.is_random
    assert SCRATCH.seen == frozenset()
    assert "random" in SCRATCH.words


def test_an_earlier_run_gives_its_backbone_its_name_and_whom_it_has_seen(earlier: Path) -> None:
    origin = open_origin(earlier, small_recipe())
    assert not origin.start.is_random
    assert (origin.words, origin.seen) == ("earlier, version test", SEEN)
    model = build_network(read_manifest(earlier).blueprint)
    head = np.asarray(model.get_layer("logits").kernel)
    assert origin.start.backbone is not None
    load_backbone(model, origin.start.backbone)
    arrays = load_arrays((earlier / "weights.safetensors").read_bytes(), "earlier")
    found = arrays_of(model)
    np.testing.assert_array_equal(found["nova_conv1/kernel"], arrays["nova_conv1/kernel"])
    np.testing.assert_array_equal(found["logits/kernel"], head)


def test_an_earlier_run_that_does_not_say_has_seen_nobody_known(tmp_path: Path) -> None:
    silent = tiny_version(tmp_path, "silent", ("normal", "covid19"), "nova")
    assert open_origin(silent, small_recipe()).seen == frozenset()


def test_another_network_is_refused_and_both_are_named(earlier: Path) -> None:
    with pytest.raises(DataError, match=r"is a nova; the recipe wants a vgg16.*same arch"):
        open_origin(earlier, load_recipe("vgg16"))


def test_a_folder_that_no_training_has_finished_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(DataError, match="neither a file of weights nor a finished run"):
            open_origin(path, small_recipe())


def test_a_damaged_run_is_refused(tmp_path: Path) -> None:
    folder = tiny_version(tmp_path, "damaged", ("normal", "covid19"), "nova")
    (folder / "weights.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match="damaged"):
        open_origin(folder, small_recipe())


def test_a_file_is_taken_for_imagenet_weights_which_not_every_network_has(
    tmp_path: Path,
) -> None:
    file = tmp_path / "vgg16_notop.h5"
    file.write_bytes(b"\x89HDF")
    origin = open_origin(file, load_recipe("vgg16"))
    assert origin.start.imagenet == file
    assert origin.words == "the weight file vgg16_notop.h5"
    blueprint = read_manifest(tiny_version(tmp_path, "n", ("a", "b"), "nova")).blueprint
    with pytest.raises(DataError, match="nova takes no ImageNet weights"):
        build_network(blueprint, weights=origin.start.imagenet)


@pytest.mark.parametrize(
    ("normalisation", "expected"),
    [("unit", "unit"), ("dataset", "dataset"), ("imagenet", "film"), ("symmetric", "film")],
)
def test_stage_a_is_of_the_same_network_and_reads_films_the_same_way(
    normalisation: str, expected: str
) -> None:
    """But not as ImageNet's weights want it, which it stands in for."""
    recipe = replace(load_recipe("resnet50"), normalisation=normalisation)
    first = stage_a_recipe("stage-a-short", recipe)
    assert (first.network, first.normalisation) == ("resnet50", expected)
    assert first.classes == ("normal", "not_normal")


@pytest.mark.parametrize(
    ("normalisation", "expected"),
    [("unit", "unit"), ("film", "film"), ("imagenet", "film"), ("imagenet_torch", "film")],
)
def test_a_recipe_for_imagenets_weights_adopts_the_films_of_what_stands_in(
    earlier: Path, normalisation: str, expected: str
) -> None:
    recipe = small_recipe(normalisation=normalisation)
    assert adopted(recipe, open_origin(earlier, recipe)).normalisation == expected
    assert adopted(recipe, SCRATCH) == recipe
    file = Origin(Start(imagenet=earlier), "a file")
    assert adopted(recipe, file) == recipe


def test_a_rehearsal_is_called_one(tmp_path: Path) -> None:
    folder = tiny_version(tmp_path, "short", ("normal", "covid19"), "nova")
    table = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**table, "scale": 0.05}))
    words = open_origin(folder, small_recipe()).words
    assert words == "short, version test, trained at scale 0.05"


def test_a_network_without_a_stage_a_is_named_with_those_that_have_one() -> None:
    with pytest.raises(DataError, match=r"no run of nova.*expected one of alexnet, vgg16"):
        stage_a_recipe("stage-a-short", small_recipe())


@pytest.mark.parametrize(
    ("initial", "substitute", "is_there", "needed"),
    [
        ("scratch", "", False, False),
        ("stage-a", "", False, True),
        ("stage-a", "scratch", True, True),
        ("imagenet", "stage-a", False, True),
        ("imagenet", "stage-a", True, False),
        ("imagenet", "scratch", False, False),
        ("imagenet", "", False, False),
    ],
)
def test_stage_a_is_trained_where_it_is_wanted_or_stands_in(
    tmp_path: Path, initial: str, substitute: str, is_there: bool, needed: bool
) -> None:
    recipe = small_recipe(initial_weights=initial, substitute_weights=substitute)
    assert needs_stage_a(recipe, tmp_path if is_there else None) is needed


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(DataError, match="'lenet' is not known"):
        check_network(small_recipe(network="lenet"))


class Trainings:
    """Stands for `train_network`: leaves an untrained version, and keeps what was ordered."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def __call__(self, order: Order, report: Any) -> None:
        self.orders.append(order)
        recipe = order.recipe
        folder = tiny_version(
            order.folder.parent, order.folder.name, recipe.classes, recipe.network
        )
        write_tokens(folder, SEEN)


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> Trainings:
    made = Trainings()
    monkeypatch.setattr(studying, "train_network", made)
    return made


def offline(*_: object) -> Path:
    raise ModelError("The ImageNet weights cannot be fetched here.")


@pytest.fixture
def ask(tmp_path: Path, drawn_films: Films):
    """Ask for an origin; `said` hears the sentences."""
    stage_a = write_recipe(tmp_path / "first.toml", STAGE_A)
    said: list[str] = []

    def origin(
        scheme: str = "patients", given: Path | None = None, films: int = 10, **changes: Any
    ) -> Origin:
        recipe = small_recipe(**changes)
        dealing = Dealing(scheme, (Wanted(("normal",), (), (), films, ()),))
        chosen = replace(drawn_films, dealing=dealing)
        order = Order(recipe, chosen, tmp_path / "run", "2026-01-02", "train")
        places = (tmp_path / "downloads", str(stage_a), 0.25, tmp_path / "starts")
        return origin_of(
            order, Beginning(given, *places), lambda event: said.append(event.text)
        )

    origin.said = said  # type: ignore[attr-defined]
    return origin


def test_where_imagenet_is_absent_stage_a_is_trained_once_and_found_again(
    ask, trainings: Trainings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(studying, "imagenet_weights", offline)
    weights = {"initial_weights": "imagenet", "substitute_weights": "stage-a"}
    origin = ask(**weights)
    assert ask.said == [
        "The ImageNet weights cannot be fetched here. stage-a takes their place.",
        f"First {tmp_path / 'first.toml'} for nova",
    ]
    (order,) = trainings.orders
    assert order.folder == tmp_path / "starts" / "nova-film-patients"
    assert order.recipe.classes == ("normal", "not_normal")
    assert (order.scale, order.resume, order.origin) == (0.25, True, SCRATCH)
    assert order.films.dealing == Dealing("patients")
    assert origin.words == "nova-film-patients, version test"
    assert origin.seen == SEEN
    assert not origin.start.is_random
    assert ask(**weights).words == origin.words
    assert len(trainings.orders) == 1


def test_the_naive_dealing_has_a_stage_a_of_its_own(ask, trainings: Trainings) -> None:
    ask("patients", initial_weights="stage-a")
    ask("naive:0.1/0.2", initial_weights="stage-a")
    assert [order.folder.name for order in trainings.orders] == [
        "nova-film-patients",
        "nova-film-naive-0.1-0.2",
    ]
    assert trainings.orders[1].films.dealing == Dealing("naive:0.1/0.2")


def test_without_a_substitute_absent_weights_are_an_error(
    ask, trainings: Trainings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studying, "imagenet_weights", offline)
    with pytest.raises(ModelError, match="cannot be fetched"):
        ask(initial_weights="imagenet", substitute_weights="")
    assert ask(initial_weights="imagenet", substitute_weights="scratch") is SCRATCH
    assert trainings.orders == []


def test_what_is_given_or_fetched_needs_no_stage_a(
    ask, trainings: Trainings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, earlier: Path
) -> None:
    file = tmp_path / "fetched.h5"
    file.write_bytes(b"\x89HDF")
    asked: list[Any] = []
    monkeypatch.setattr(studying, "imagenet_weights", lambda *told: asked.append(told) or file)
    weights = {"initial_weights": "imagenet", "substitute_weights": "stage-a"}
    assert ask(**weights).start.imagenet == file
    assert [told[1:] for told in asked] == [(None, tmp_path / "downloads")]
    assert ask(given=earlier, **weights).words == "earlier, version test"
    assert ask(given=earlier).words == "earlier, version test"
    assert ask() is SCRATCH
    assert trainings.orders == []


@pytest.mark.parametrize("scheme", ["fold:1/3", "naive-fold:1/3"])
def test_stage_a_of_folds_trains_on_no_film_that_a_fold_uses(
    ask, trainings: Trainings, drawn_films: Films, scheme: str
) -> None:
    ask(scheme, initial_weights="stage-a")
    (order,) = trainings.orders
    manifest = load_manifest(drawn_films.manifest)
    wanted = (Wanted(("normal",), (), (), 10, ()),)
    space = LabelSpace(("normal", "pneumonia"))
    used = [
        each.film
        for fold in (1, 2, 3)
        for each in deal_films(
            manifest, space, Dealing(scheme.replace("1/", f"{fold}/"), wanted)
        ).films
    ]
    first = deal_films(manifest, LabelSpace(order.recipe.classes), order.films.dealing).films
    assert len(first) > 20
    paths = {each.film.path for each in first}
    groups = {each.film.group for each in first}
    assert not paths & {film.path for film in used}
    shared = groups & {film.group for film in used}
    assert bool(shared) is scheme.startswith("naive")  # which leaks, as it is known to


def test_folds_of_other_films_have_a_stage_a_of_their_own(ask, trainings: Trainings) -> None:
    """Else the second study's films might stand among those of the first one's network."""
    ask("fold:1/3", initial_weights="stage-a")
    ask("fold:2/3", initial_weights="stage-a")
    assert len(trainings.orders) == 1  # every fold of a study uses the same films
    ask("fold:1/3", initial_weights="stage-a", classes=("normal", "covid19"), films=12)
    assert len({order.folder.name for order in trainings.orders}) == 2
