"""Figures: what they draw is what was measured, and it can be told apart without colour."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.evaluation.figures.curves import precision_recall_figure, roc_figure
from cxr_core.evaluation.figures.forest import Line, Row, forest, row
from cxr_core.evaluation.figures.look import DARK, LIGHT, Look, style, told
from cxr_core.evaluation.figures.matrix import confusion_figure
from cxr_core.evaluation.figures.prevalence import predictive_values, prevalence_figure
from cxr_core.evaluation.report.sections import sections
from tests.evaluation.reported import evaluation_of, full_material

LOOKS = [pytest.param(DARK, id="dark"), pytest.param(LIGHT, id="light")]
GROUNDS = {"dark": "rgb(11,13,16)", "light": "rgb(255,255,255)"}


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colour_at(look: Look, share: float) -> str:
    """What Plotly paints: straight lines between the scale's colours."""
    for (low, start), (high, end) in pairwise(look.scale):
        if low <= share <= high:
            ends = zip(re.findall(r"\d+", start), re.findall(r"\d+", end), strict=True)
            part = (share - low) / (high - low)
            mixed = [round(int(a) + (int(b) - int(a)) * part) for a, b in ends]
            return f"rgb({','.join(map(str, mixed))})"
    raise AssertionError(share)


@pytest.mark.parametrize("look", LOOKS)
def test_series_differ_in_shape_and_dash_and_stand_out_from_the_ground(look: Look) -> None:
    styles = [style(look, place) for place in range(6)]
    for part in ("colour", "dash", "shape"):
        assert len({getattr(each, part) for each in styles}) == 6, part
    for colour in look.series:
        assert contrast(colour, GROUNDS[look.name]) >= 3.0, colour
    for colour in (look.ink, look.quiet):
        assert contrast(colour, GROUNDS[look.name]) >= 4.5, colour


@pytest.mark.parametrize("look", LOOKS)
def test_every_figure_of_a_report_can_be_drawn_and_is_valid_json(look: Look) -> None:
    drawn = [chart.figure(look) for part in sections(full_material()) for chart in part.charts]
    assert len(drawn) == 19
    for figure in drawn:
        assert figure.layout.height > 100
        assert "NaN" not in figure.to_json()


@pytest.mark.parametrize("look", LOOKS)
def test_counts_can_be_read_on_every_cell(look: Look) -> None:
    for films in (*range(0, 101, 10), *range(46, 66)):
        figure = confusion_figure(look, ("some", "others"), ((films, 100 - films), (0, 1)))
        note = figure.layout.annotations[0]
        assert note.text == f"{films}<br>{films}%"
        assert contrast(note.font.color, colour_at(look, films / 100)) >= 4.5, films


def test_a_row_of_the_matrix_is_coloured_by_its_shares() -> None:
    (heat,) = confusion_figure(LIGHT, ("a_b", "<i>"), ((3, 1), (0, 0))).data
    assert [list(line) for line in heat.z] == [[0.75, 0.25], [0.0, 0.0]]
    assert list(heat.x) == ["a b", "&lt;i&gt;"]


def test_intervals_reach_as_far_as_they_say() -> None:
    rows = [row("all", "ours", {"value": 0.6, "low": 0.5, "high": 0.8}), Row("all", "x", 0.3)]
    first, second = forest(LIGHT, rows, "share").data
    assert first.x[0] - first.error_x.arrayminus[0] == pytest.approx(0.5)
    assert first.x[0] + first.error_x.array[0] == pytest.approx(0.8)
    assert (second.error_x.array[0], second.error_x.arrayminus[0]) == (0, 0)
    assert first.y[0] < second.y[0]  # the axis runs downwards: the first stands higher
    assert first.customdata[0][1] == told(0.6, 0.5, 0.8)


def test_what_lies_outside_zero_and_one_is_still_on_the_paper() -> None:
    figure = forest(LIGHT, [Row("a", "s", 1.8, -0.2, 2.0)], "ratio", (Line(2.5, "far"),))
    left, right = figure.layout.xaxis.range
    assert left < -0.2
    assert right > 2.5


def test_a_value_that_is_missing_says_so_in_its_place() -> None:
    rows = [Row("here", "ours", 0.5), Row("there", "ours", None), Row("here", "theirs", 0.4),
            Row("there", "theirs", None, absent="not <run>")]  # fmt: skip
    figure = forest(LIGHT, rows, "share")
    assert [note.text for note in figure.layout.annotations] == [
        "ours: not measured",
        "theirs: not &lt;run&gt;",
    ]
    alone = forest(LIGHT, rows[:2], "share")
    assert [note.text for note in alone.layout.annotations] == ["not measured"]


def test_a_series_that_was_never_measured_says_so_once() -> None:
    rows = [Row("here", "ours", 0.5), Row("here", "external", None), Row("there", "ours", 0.4),
            Row("there", "external", None)]  # fmt: skip
    figure = forest(LIGHT, rows, "share")
    assert [trace.name for trace in figure.data] == ["ours", "external: not measured"]
    assert figure.layout.showlegend
    assert not figure.layout.annotations
    nothing = forest(LIGHT, [Row("here", "ours", None)], "share")
    assert [note.text for note in nothing.layout.annotations] == ["not measured"]


def test_curves_run_from_corner_to_corner() -> None:
    classes = evaluation_of()["per_class"]
    _, *curves = roc_figure(LIGHT, classes).data
    assert len(curves) == 3
    for curve in curves:
        assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    lines = precision_recall_figure(LIGHT, classes).data
    floors = [line for line in lines if not line.name]
    assert [line.y[0] for line in floors] == [each["prevalence"] for each in classes]


@given(
    positives=st.integers(1, 400), negatives=st.integers(1, 400),
    found=st.floats(0, 1), spared=st.floats(0, 1),
)  # fmt: skip
def test_predictive_values_are_what_counting_gives(
    positives: int, negatives: int, found: float, spared: float
) -> None:
    hits, clear = round(found * positives), round(spared * negatives)
    alarms, missed = negatives - clear, positives - hits
    prevalence = positives / (positives + negatives)
    ppv, npv = predictive_values(hits / positives, clear / negatives, prevalence)
    if hits + alarms > 0 and ppv is not None:
        assert ppv == pytest.approx(hits / (hits + alarms), abs=1e-9)
    if clear + missed > 0 and npv is not None:
        assert npv == pytest.approx(clear / (clear + missed), abs=1e-9)
    assert (ppv is None) <= (hits == 0 and alarms <= 1e-9 * negatives)
    assert (npv is None) <= (clear == 0 and missed == 0)


def test_the_slider_says_at_every_step_what_bayes_says() -> None:
    classes = [
        {"name": "<b>", "sensitivity": {"value": 0.9}, "specificity": {"value": 0.8}},
        {"name": "never", "sensitivity": {"value": 0.0}, "specificity": {"value": 1.0}},
        {"name": "absent", "sensitivity": {"value": None}, "specificity": {"value": 0.8}},
    ]
    figure = prevalence_figure(LIGHT, classes)
    (slider,) = figure.layout.sliders
    for step in slider.steps:
        (change,) = step.args
        prevalence = change["shapes[0].x0"]
        ppv, npv = predictive_values(0.9, 0.8, prevalence)
        assert change["annotations[0].text"] == (
            f"At {prevalence:.1%}: &lt;b&gt;: PPV {told(ppv)}, NPV {told(npv)}; never: PPV not "
            f"defined, NPV {told(1 - prevalence)}"
        )
        assert change["shapes[1].x1"] == prevalence
    assert figure.layout.shapes[0].x0 == slider.steps[slider.active].args[0]["shapes[0].x0"]
