"""The parts of the audit by themselves, on arrays whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.domain import Normalisation
from cxr_core.errors import DataError
from cxr_core.evaluation.audit.attention import (
    measure_attention,
    share_on_film,
    share_on_map,
)
from cxr_core.evaluation.audit.blackout import compare_conditions
from cxr_core.evaluation.audit.hiding import frame, hide
from cxr_core.evaluation.audit.probe import probe_sources
from cxr_core.evaluation.audit.randomising import cascade, own_weights, spoil
from cxr_core.evaluation.audit.results import Blackouts, Part
from cxr_core.evaluation.audit.sanity import (
    check_maps,
    rank_correlation,
    structural_similarity,
)
from cxr_core.evaluation.audit.subject import AuditFilm, AuditOptions
from cxr_core.evaluation.audit.verdict import border_part, judge, sanity_part
from cxr_core.imaging.model_input import normalise, to_square
from cxr_core.inference.engine import EngineOutput
from tests.evaluation.drawn import (
    BLOCKS,
    CLASSES,
    HEAT_LAYER,
    draw_film,
    draw_films,
    inputs_of,
    small_network,
    subject_of,
)

keras = pytest.importorskip("keras")

OPTIONS = AuditOptions(resamples=100)


def bare_films(labels: list[int], sources: list[str] | None = None) -> list[AuditFilm]:
    return [
        AuditFilm(
            name=str(place),
            pixels=np.full((8, 8), 0.5, np.float32),
            label=label,
            source=sources[place] if sources else "a",
            group=f"p{place}",
        )
        for place, label in enumerate(labels)
    ]


# Hiding


@given(st.integers(3, 60), st.integers(3, 60), st.integers(0, 99))
def test_hiding_leaves_the_rest_untouched_and_nothing_of_the_hidden(
    rows: int, columns: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    film = generator.random((rows, columns), dtype=np.float32)
    hidden = generator.random((rows, columns)) < 0.4
    hidden[0, 0] = False
    other = film.copy()
    other[hidden] = generator.random(int(hidden.sum()), dtype=np.float32)
    kept = film.copy()
    covered = hide(film, hidden)
    np.testing.assert_array_equal(film, kept)
    np.testing.assert_array_equal(covered[~hidden], film[~hidden])
    np.testing.assert_array_equal(covered, hide(other, hidden))


def test_what_is_hidden_becomes_zero_in_the_network_s_input() -> None:
    generator = np.random.default_rng(0)
    film, lungs = draw_film(1, generator, textured=True, marked=False, shape=(48, 48))
    square = to_square(hide(film, lungs), 48)
    grey = normalise(square[None], Normalisation.FILM)[0, ..., 0]
    assert np.abs(grey[lungs]).max() < 1e-4
    assert np.abs(grey[~lungs]).max() > 0.5


@pytest.mark.parametrize("shape", [(100, 50), (50, 100), (256, 256)])
def test_a_frame_is_as_wide_as_it_is_said_to_be(shape: tuple[int, int]) -> None:
    marked = frame(*shape, 0.12)
    assert marked[: round(0.12 * shape[0])].all()
    assert marked[:, -round(0.12 * shape[1]) :].all()
    assert marked.mean() == pytest.approx(1 - 0.76**2, abs=0.01)
    assert not marked[shape[0] // 2, shape[1] // 2]
    assert frame(3, 3, 0.12).sum() == 8


def test_hiding_refuses_what_makes_no_sense() -> None:
    film = np.zeros((4, 4), np.float32)
    with pytest.raises(DataError, match="nothing to read"):
        hide(film, np.ones((4, 4), np.bool_))
    with pytest.raises(DataError, match="expected the film's"):
        hide(film, np.ones((4, 5), np.bool_))
    with pytest.raises(DataError, match="more than 0"):
        frame(4, 4, 0.5)


@pytest.mark.parametrize("lungs", [np.zeros((8, 8), np.bool_), np.ones((8, 8), np.bool_)])
def test_lungs_that_are_nowhere_or_everywhere_are_refused(lungs: np.ndarray) -> None:
    with pytest.raises(DataError, match="all or nothing"):
        replace(bare_films([0])[0], lungs=lungs)
    with pytest.raises(DataError, match="expected the film's"):
        replace(bare_films([0])[0], lungs=np.eye(4, dtype=np.bool_))


# Conditions


def test_skill_that_only_the_order_of_the_films_shows_is_found() -> None:
    """Hidden films may all get one answer although the network still tells them apart."""
    labels = [0, 1] * 20
    plain = np.array([[1.0, -1.0], [-1.0, 1.0]] * 20, np.float32)
    shifted = plain + np.array([5.0, 0.0], np.float32)
    blind = np.tile(np.array([1.0, 0.0], np.float32), (40, 1))
    told = compare_conditions(
        CLASSES,
        bare_films(labels),
        {"plain": plain, "shifted": shifted, "blind": blind},
        OPTIONS,
    )
    kept = told.condition("shifted")
    assert kept.balanced_accuracy is not None
    assert kept.balanced_accuracy.value == 0.5
    assert kept.kept_by == "auc"
    assert kept.skill_kept is not None
    assert kept.skill_kept.value == 1.0
    assert kept.same_answer == 0.5
    lost = told.condition("blind").skill_kept
    assert lost is not None
    assert lost.value == 0.0


def test_a_class_with_a_handful_of_films_is_not_judged() -> None:
    labels = [0] * 10 + [1] * 10 + [2] * 4
    logits = np.eye(3, dtype=np.float32)[labels]
    told = compare_conditions(("a", "b", "c"), bare_films(labels), {"plain": logits}, OPTIONS)
    assert told.judged == ("a", "b")
    assert told.counts == {"a": 10, "b": 10, "c": 4}
    assert told.balanced_chance == 0.5
    assert told.majority == pytest.approx(10 / 24)


# Heat in the lungs


@pytest.mark.parametrize("shape", [(56, 56), (70, 56), (56, 98)])
def test_a_map_equal_to_the_mask_lies_in_the_lungs(shape: tuple[int, int]) -> None:
    lungs = np.zeros(shape, np.bool_)
    lungs[shape[0] // 7 * 2 : shape[0] // 7 * 5, shape[1] // 7 : shape[1] // 7 * 3] = True
    assert share_on_film(lungs.astype(np.float32), lungs) == 1.0
    cells = lungs[:: shape[0] // 7, :: shape[1] // 7].astype(np.float32)
    assert cells.shape == (7, 7)
    assert share_on_map(cells, lungs) == pytest.approx(1.0)
    assert share_on_map(1.0 - cells, lungs) == pytest.approx(0.0)


@given(st.integers(2, 14), st.integers(20, 90), st.integers(20, 90), st.integers(0, 99))
def test_even_heat_lies_in_the_lungs_as_their_area_says(
    side: int, rows: int, columns: int, seed: int
) -> None:
    lungs = np.random.default_rng(seed).random((rows, columns)) < 0.3
    lungs[0, 0] = True
    even = np.full((side, side), 0.4, np.float32)
    area = pytest.approx(float(lungs.mean()), abs=1e-5)
    assert share_on_film(even, lungs) == area
    assert share_on_map(even, lungs) == area


def test_a_map_without_heat_is_counted_and_left_out() -> None:
    films = draw_films(8, seed=0)
    films[6] = replace(films[6], lungs=None)
    maps = np.ones((8, 2, 6, 6), np.float32)
    maps[3] = 0.0
    logits = np.tile(np.array([[0.0, 1.0]], np.float32), (8, 1))
    output = EngineOutput(logits, maps, np.zeros((8, 2), np.float32), 0.0)
    told = measure_attention(CLASSES, films, output, OPTIONS)
    assert told is not None
    assert (told.films, told.zero_maps, told.without_lungs) == (7, 1, 1)
    assert told.film is not None
    assert told.film.ratio.value == pytest.approx(1.0, abs=1e-5)
    [upright] = told.per_class
    assert (upright.name, upright.films, upright.zero_maps) == ("upright", 7, 1)
    assert share_on_film(np.zeros((6, 6), np.float32), films[0].lungs) is None


def test_when_every_map_is_empty_there_is_no_share() -> None:
    output = EngineOutput(
        np.zeros((4, 2), np.float32),
        np.zeros((4, 2, 6, 6), np.float32),
        np.zeros((4, 2), np.float32),
        0.0,
    )
    told = measure_attention(CLASSES, draw_films(4, seed=0), output, OPTIONS)
    assert told is not None
    assert told.film is None
    assert told.zero_maps == 4


# The source in the features


def features_of(sources: list[str], gap: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(len(sources), 12)).astype(np.float32)
    noise[:, 0] += gap * np.array([ord(name[0]) for name in sources])
    return noise


@pytest.mark.parametrize(("gap", "low", "high"), [(0.0, 0.3, 0.7), (6.0, 0.97, 1.0)])
def test_a_probe_tells_sources_apart_when_they_differ_and_not_else(
    gap: float, low: float, high: float
) -> None:
    labels = [0, 0, 1, 1] * 25
    sources = ["a", "b"] * 50
    films = bare_films(labels, sources)
    told = probe_sources(CLASSES, films, features_of(sources, gap), OPTIONS)
    assert told is not None
    assert low <= told.overall.balanced_accuracy.value <= high
    assert low <= told.overall.auc <= high
    assert told.overall.chance == 0.5
    assert told.overall.class_alone == 0.5
    assert [probe.label for probe in told.within_class] == list(CLASSES)


def test_a_patient_is_never_on_both_sides_of_a_fold() -> None:
    """Features that only name the patient would give the source away across folds."""
    generator = np.random.default_rng(1)
    films, rows = [], []
    for number in range(40):
        face = generator.normal(size=40).astype(np.float32) * 5
        for film in bare_films([0] * 4, ["ab"[number % 2]] * 4):
            films.append(replace(film, group=f"p{number}"))
            rows.append(face + generator.normal(size=40).astype(np.float32) * 0.01)
    told = probe_sources(CLASSES, films, np.stack(rows), OPTIONS)
    assert told is not None
    assert told.overall.patients == 40
    assert told.overall.balanced_accuracy.value < 0.75


def test_sources_with_few_patients_are_left_out_and_named() -> None:
    sources = ["a", "b"] * 20 + ["rare"] * 4
    films = bare_films([0, 1] * 22, sources)
    told = probe_sources(CLASSES, films, features_of(sources, 0.0), OPTIONS)
    assert told is not None
    assert told.left_out == ("rare",)
    assert told.overall.sources == ("a", "b")
    assert told.overall.films == 40
    assert told.overall.class_alone == 1.0
    assert probe_sources(CLASSES, films[::2], np.zeros((22, 3), np.float32), OPTIONS) is None


# Random weights


def test_the_cascade_begins_at_the_head_and_takes_every_layer_once() -> None:
    model = small_network(0)
    portions = cascade(model, HEAT_LAYER, BLOCKS)
    assert [(each.name, each.layers) for each in portions] == [
        ("head", ("logits",)),
        ("third", ("conv3",)),
        ("second", ("conv2",)),
        ("first layers", ("conv1",)),
    ]
    taken = [name for each in cascade(model, HEAT_LAYER, ()) for name in each.layers]
    assert taken == ["logits", "conv3", "conv2", "conv1"]
    assert cascade(model, HEAT_LAYER, ())[1].name == "part 3 of 3"


def test_many_blocks_are_taken_together() -> None:
    signal = inputs = keras.Input((16, 16, 3))
    for number in range(9):
        layer = keras.layers.Conv2D(4, 3, padding="same", name=f"conv{number}")
        signal = layer(signal)
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(signal)
    model = keras.Model(inputs, keras.layers.Dense(2, name="logits")(pooled))
    blocks = [(f"block{number}", f"conv{number - 1}") for number in range(1, 9)]
    portions = cascade(model, "conv8", blocks)
    assert len(portions) == 6
    assert portions[1].layers == ("conv8", "conv7")
    assert sum(len(each.layers) for each in portions) == 10


def test_spoiling_changes_its_layers_and_no_others() -> None:
    model = small_network(0)
    before = {layer.name: layer.get_weights() for layer in model.layers}
    third = cascade(model, HEAT_LAYER, BLOCKS)[1]
    spoil(model, third, np.random.default_rng(0))
    for layer in model.layers:
        same = [
            np.array_equal(one, other)
            for one, other in zip(before[layer.name], layer.get_weights(), strict=True)
        ]
        if layer.name == "conv3":
            assert not same[0]
            deviation = float(np.std(layer.get_weights()[0]))
            assert deviation == pytest.approx(np.sqrt(2 / (9 * 16)), rel=0.1)
        else:
            assert all(same)


def test_spoilt_batch_normalisation_does_nothing_and_depthwise_kernels_keep_the_scale() -> None:
    signal = inputs = keras.Input((16, 16, 32))
    signal = keras.layers.SeparableConv2D(8, 3, name="apart")(signal)
    signal = keras.layers.BatchNormalization(name="norm")(signal)
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(signal)
    model = keras.Model(inputs, keras.layers.Dense(2, name="logits")(pooled))
    model.get_layer("norm").moving_variance.assign(np.full(8, 9.0))
    for portion in cascade(model, "norm", ()):
        spoil(model, portion, np.random.default_rng(0))
    told = {
        weight.path.rpartition("/")[2]: np.asarray(weight)
        for name in ("apart", "norm")
        for weight in own_weights(model.get_layer(name))
    }
    assert (told["gamma"] == 1).all()
    assert (told["moving_variance"] == 1).all()
    assert (told["beta"] == 0).all()
    assert (told["moving_mean"] == 0).all()
    assert told["depthwise_kernel"].std() == pytest.approx(np.sqrt(2 / 9), rel=0.15)
    assert told["pointwise_kernel"].std() == pytest.approx(np.sqrt(2 / 32), rel=0.15)


def test_random_weights_change_the_maps_and_maps_that_do_not_change_fail() -> None:
    films = draw_films(8, seed=3)
    subject = subject_of(small_network(4))
    maps = subject.engine.run(inputs_of(films)).heatmaps
    told = check_maps(subject, films, maps, OPTIONS, lambda *_: None)
    assert told is not None
    assert [stage.layers for stage in told.stages] == [1, 2, 3, 4]
    assert told.stages[-1].spearman.value < 0.8
    assert sanity_part(told).score > 0.3
    stuck = replace(
        told, stages=tuple(replace(each, spearman=replace(each.spearman, value=1.0))
                           for each in told.stages),
    )  # fmt: skip
    assert sanity_part(stuck).score == 0.0


def test_likeness_is_one_for_the_same_map_and_less_for_another() -> None:
    generator = np.random.default_rng(0)
    one, other = generator.random((2, 14, 14), dtype=np.float32)
    assert rank_correlation(one, one**3) == pytest.approx(1.0)
    assert rank_correlation(one, 1.0 - one) == pytest.approx(-1.0)
    assert abs(rank_correlation(one, other)) < 0.3
    assert rank_correlation(one, np.zeros_like(one)) == 0.0
    assert structural_similarity(one, one) == pytest.approx(1.0)
    assert structural_similarity(one, other) < 0.6


@given(st.lists(st.integers(0, 4), min_size=4, max_size=30), st.integers(0, 99))
def test_rank_correlation_is_spearman_s_with_ties(values: list[int], seed: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    one = np.array(values, np.float32)
    other = np.random.default_rng(seed).integers(0, 4, len(values)).astype(np.float32)
    if one.std() and other.std():
        expected = float(stats.spearmanr(one, other).statistic)
        assert rank_correlation(one, other) == pytest.approx(expected, abs=1e-6)


# The verdict


@pytest.mark.parametrize(
    ("given_scores", "score", "verdict"),
    [
        ((0.9, 0.7), 0.7, "passes"),
        ((0.9, 0.69), 0.69, "suspicious"),
        ((1.0, 0.3), 0.3, "suspicious"),
        ((1.0, 0.29), 0.29, "fails"),
        ((1.0, None), 0.5, "suspicious"),
        ((0.1, None), 0.1, "fails"),
    ],
)
def test_the_worst_part_decides_and_what_is_unknown_is_not_good(
    given_scores: tuple[float | None, ...], score: float, verdict: str
) -> None:
    parts = [Part(str(place), each, f"said {each}") for place, each in enumerate(given_scores)]
    assert judge(parts)[:2] == (score, verdict)
    if verdict != "passes":
        assert judge(parts)[2][0].startswith("said")


@pytest.mark.parametrize(("films", "is_judged"), [(12, False), (400, True)])
def test_an_interval_from_passing_to_failing_is_not_judged(films: int, is_judged: bool) -> None:
    labels = [0, 1] * (films // 2)
    plain = np.eye(2, dtype=np.float32)[labels]
    noise = np.random.default_rng(0).normal(size=(films, 2)).astype(np.float32)
    told = compare_conditions(
        CLASSES,
        bare_films(labels),
        {"plain": plain, "border_only": 0.5 * plain + noise},
        AuditOptions(resamples=300),
    )
    part = border_part(Blackouts("", 0.12, told, None, None))
    assert (part.score is not None) == is_judged
    assert ("more films" in part.sentence) != is_judged
