"""Recipes are complete, or refused with the key that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cxr_core.errors import DataError
from cxr_core.recipes.recipe import load_recipe, load_study, recipe_names

if TYPE_CHECKING:
    from pathlib import Path

FROZEN = ('trains = "all"', 'trains = "block5"')


def changed(folder: Path, repository: Path, *changes: tuple[str, str]) -> str:
    """Write the recipe vgg16 with some of its text replaced, and return the path."""
    text = (repository / "cxr_core" / "recipes" / "vgg16.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "mine.toml"
    path.write_text(text)
    return str(path)


def refusal_of(path: str) -> str:
    with pytest.raises(DataError) as refusal:
        load_recipe(path)
    return str(refusal.value)


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
def test_the_bundled_recipes_end_at_the_size_of_the_bundled_models(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == recipe.network == name
    assert recipe.stages[-1].size == 224
    assert recipe.classes == ("normal", "pneumonia", "covid19")
    assert (recipe.optimiser.name, recipe.optimiser.weight_decay) == ("adamw", 0.02)
    assert (recipe.sampling, recipe.films_per_epoch) == ("balanced", 3072)
    assert {stage.trains for stage in recipe.stages} == {"all"}
    assert {stage.schedule for stage in recipe.stages} == {"cosine"}


@pytest.mark.parametrize("name", recipe_names())
def test_no_shipped_run_freezes_what_starts_at_random(name: str) -> None:
    for run in load_study(name).runs:
        starts = {run.recipe.initial_weights, run.recipe.substitute_weights}
        assert run.recipe.stages[0].trains == "all" or "scratch" not in starts


def test_an_unknown_recipe_names_those_that_are_known() -> None:
    with pytest.raises(DataError, match="resnet50"):
        load_recipe("lenet")


def test_a_misspelt_key_is_named_with_the_key_that_was_meant(
    tmp_path: Path, repository: Path
) -> None:
    told = refusal_of(changed(tmp_path, repository, ("label_smoothing", "label_smothing")))
    assert "label_smothing" in told
    assert "label_smoothing?" in told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("batch = 32\n", "no batch"),
        ("l2 = 0.0\n", "[head] has no l2"),
        ("cycles = 1\n", "[stages.0] has no cycles"),
        ('paper = ""\n', "no paper"),
    ],
)
def test_a_missing_key_is_named_with_its_table(
    tmp_path: Path, repository: Path, line: str, words: str
) -> None:
    assert words in refusal_of(changed(tmp_path, repository, (line, "")))


def test_broken_toml_is_said_to_be_broken(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("batch = = 3")
    assert "TOML" in refusal_of(str(path))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('normalisation = "film"', 'normalisation = "magic"', "'film', 'imagenet'"),
        ('precision = "mixed_bfloat16"', 'precision = "float8"', "'float32'"),
        ('initial_weights = "scratch"', 'initial_weights = "moon"', "'imagenet'"),
        ('substitute_weights = ""', 'substitute_weights = "imagenet"', "'stage-a'"),
        ('sampling = "balanced"', 'sampling = "fair"', "'natural', 'balanced'"),
        ('keep = "last"', 'keep = "first"', "'best_accuracy'"),
        ('pooling = "average"', 'pooling = "max"', "'flatten'"),
        ('output = "softmax"', 'output = "tanh"', "'sigmoid'"),
        ('output = "softmax"', 'output = "sigmoid"', "expected two classes"),
        ('name = "adamw"', 'name = "lion"', "optimiser.name is 'lion'; expected one of"),
        ('schedule = "cosine"', 'schedule = "steps"', "'plateau', 'snapshots'"),
        ('network = "vgg16"', 'network = "VGG 16"', "small letters"),
        ('trains = "all"', 'trains = ""', "small letters"),
        ("batch = 32", "batch = 0", "batch is 0; expected a number above 0"),
        ("batch = 32", 'batch = "32"', "expected a whole number"),
        ("batch = 32", "batch = true", "expected a whole number"),
        ("kernel = 3", "kernel = 64", "1 to 32 pixels"),
        ("films_per_epoch = 3072", "films_per_epoch = -1", "from 0 on"),
        ("most_draws_per_film = 2", "most_draws_per_film = 0", "above 0"),
        ("gradient_norm = 1.0", "gradient_norm = inf", "finite"),
        ("gradient_norm = 1.0", "gradient_norm = nan", "finite"),
        ("seed = 1", "seed = -1", "from 0"),
        ("hidden = []", "hidden = [0]", "head.hidden is 0; expected a number above 0"),
        ("hidden = []", "hidden = 512", "expected a list"),
        ("dropout = 0.2", "dropout = 1.0", "below 1"),
        ("l2 = 0.0", "l2 = -0.1", "from 0 on"),
        ("momentum = 0.0", "momentum = 0.9", "'adamw' does not read it"),
        ("class_weights = []", "class_weights = [1.0, 2.0]", "one for each of"),
        ("class_weights = []", "class_weights = [1.0, 2.0, 0.0]", "above 0"),
        ("flip = 0.5", "flip = 1.5", "from 0 to 1"),
        ("views = 0", "views = -1", "from 0 on"),
        ("views = 0", "views = 2", "since nothing is frozen"),
        ("warm_up_epochs = 1.0", "warm_up_epochs = 9.0", "less than epochs"),
        ("decay_epochs = 0.0", "decay_epochs = 8.5", "no more than epochs, 9, together"),
        ("decay_epochs = 0.0", "decay_epochs = 2.0", "'cosine' does not read it"),
        ("cycles = 1", "cycles = 2", "a divisor of epochs, 9"),
        ("cycles = 1", "cycles = 3", "'cosine' does not read it"),
        ('schedule = "cosine"', 'schedule = "constant"', "last_rate is 6e-05; expected 0.0003"),
        ("size = 112", "size = 8", "32 to 1024"),
        ("epochs = 9", "epochs = 2.5", "expected a whole number (int)"),
        ("rate = 3e-4", "rate = 0.0", "above 0"),
        ('["normal", "pneumonia", "covid19"]', '["normal", "normal"]', "different names"),
        ('["normal", "pneumonia", "covid19"]', '["normal"]', "two or more"),
        ('["normal", "pneumonia", "covid19"]', "[1, 2]", "in quotes"),
        ('["normal", "pneumonia", "covid19"]', '"normal"', "expected a list"),
        ('sampling = "balanced"', 'sampling = "natural"', "most_draws_per_film is 2"),
        ('paper = ""', 'paper = ""\nname = "mine"', "as its file"),
        ("[head]", "[[head]]", "expected a table"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_with_what_would_be(
    tmp_path: Path, repository: Path, old: str, new: str, words: str
) -> None:
    assert words in refusal_of(changed(tmp_path, repository, (old, new)))


@pytest.mark.parametrize(
    ("initial", "substitute"),
    [("scratch", ""), ("imagenet", "scratch"), ("stage-a", "scratch")],
)
def test_a_randomly_initialised_backbone_is_never_frozen(
    tmp_path: Path, repository: Path, initial: str, substitute: str
) -> None:
    weights = (
        ('initial_weights = "scratch"', f'initial_weights = "{initial}"'),
        ('substitute_weights = ""', f'substitute_weights = "{substitute}"'),
    )
    told = refusal_of(changed(tmp_path, repository, *weights, FROZEN))
    assert "a randomly initialised backbone is never frozen" in told
    assert "'block5'" in told
    assert load_recipe(changed(tmp_path, repository, *weights)).initial_weights == initial


@pytest.mark.parametrize(("initial", "substitute"), [("imagenet", "stage-a"), ("stage-a", "")])
def test_what_starts_from_trained_weights_may_be_frozen(
    tmp_path: Path, repository: Path, initial: str, substitute: str
) -> None:
    recipe = load_recipe(
        changed(
            tmp_path,
            repository,
            ('initial_weights = "scratch"', f'initial_weights = "{initial}"'),
            ('substitute_weights = ""', f'substitute_weights = "{substitute}"'),
            FROZEN,
        )
    )
    assert recipe.stages[0].trains == "block5"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((('substitute_weights = ""', 'substitute_weights = "stage-a"'),), "easier to get"),
        (
            (
                ('["normal", "pneumonia", "covid19"]', '["normal", "not_normal"]'),
                ('initial_weights = "scratch"', 'initial_weights = "stage-a"'),
            ),
            "its own classes",
        ),
    ],
)
def test_weights_that_cannot_stand_in_are_refused(
    tmp_path: Path, repository: Path, changes: tuple[tuple[str, str], ...], words: str
) -> None:
    assert words in refusal_of(changed(tmp_path, repository, *changes))


SELECTION = """
[[data]]
classes = ["normal", "pneumonia", "covid19"]
findings = []
sources = ["nih"]
films = 10
substitutes = ["kermany"]

[head]"""


def test_films_can_be_asked_for(tmp_path: Path, repository: Path) -> None:
    recipe = load_recipe(changed(tmp_path, repository, ("[head]", SELECTION)))
    (selection,) = recipe.data
    assert (selection.films, selection.sources) == (10, ("nih",))
    assert selection.substitutes == ("kermany",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"covid19"]\nfindings', '"covid20"]\nfindings', "data.0.classes has ['covid20']"),
        ('classes = ["normal", "pneumonia", "covid19"]\nf', "classes = []\nf", "is empty"),
        (', "covid19"]\nfindings', "]\nfindings", "films of ['covid19']"),
        ("films = 10", "films = -1", "data.0.films is -1; expected a number from 0 on"),
        ("films = 10", 'films = "all"', "data.0.films is 'all'; expected a whole number"),
        ('["kermany"]', '["nih"]', "which sources has too"),
        ('sources = ["nih"]', "sources = []", "without sources"),
        ("findings = []\n", "", "[data.0] has no findings"),
    ],
)
def test_films_that_cannot_be_asked_for_are_refused(
    tmp_path: Path, repository: Path, old: str, new: str, words: str
) -> None:
    assert old in SELECTION
    selection = SELECTION.replace(old, new, 1)
    assert words in refusal_of(changed(tmp_path, repository, ("[head]", selection)))


def test_a_recipe_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes("title = 'Lungenentzündung'".encode("latin-1"))
    assert "TOML" in refusal_of(str(path))
