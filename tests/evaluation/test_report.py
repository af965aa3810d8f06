"""The report: one file that loads nothing, in which whatever a file says is text."""

from __future__ import annotations

import json
import re

import pytest

from cxr_core.errors import DataError
from cxr_core.evaluation.figures.look import LIGHT
from cxr_core.evaluation.report.ancestors import ancestors_markdown, ancestors_section
from cxr_core.evaluation.report.html import write_html
from cxr_core.evaluation.report.markup import marked, table_html
from cxr_core.evaluation.report.material import Material, material
from cxr_core.evaluation.report.parts import Chart, Section, Table, markdown
from cxr_core.evaluation.report.sections import sections
from tests.evaluation.made import QUICK
from tests.evaluation.reported import (
    OLD_EVALUATION,
    VERSION,
    Outline,
    audit_of,
    bare_material,
    evaluation_of,
    full_material,
    result_of,
    study_of,
)

HOSTILE = "<b>ill</b></script><script>alert(1)</script>"


def page_of(told_of: Material) -> str:
    return write_html("judged", "a subtitle", sections(told_of))


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(full_material())


def section(told_of: Material, key: str) -> Section:
    return next(each for each in sections(told_of) if each.key == key)


def headlines(told_of: Material) -> dict[str, str]:
    return {each.label: each.value for each in section(told_of, "summary").headlines}


def cells(table: Table, row: str) -> dict[str, str]:
    (line,) = [line for line in table.rows if line[0] == row]
    return dict(zip(table.head, line, strict=True))


def test_the_page_loads_nothing_and_holds_plotly_once(page: str) -> None:
    outline = Outline(page)
    assert not set(outline.names()) & {"link", "img", "iframe", "object", "base", "form"}
    for name, attributes in outline.elements:
        assert "src" not in attributes, name
        assert (attributes.get("href") or "#").startswith("#"), attributes
        assert not [each for each in attributes if each.startswith("on")], name
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(styles) == 1
    assert "url(" not in styles[0]
    assert "@import" not in styles[0]
    (policy,) = [told["content"] for name, told in outline.elements
                 if told.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert page.count("* plotly.js v") == 1
    assert len(page.encode()) < 6_500_000


def test_every_link_leads_to_a_section_and_every_figure_is_told_in_words(page: str) -> None:
    outline = Outline(page)
    keys = {told["id"] for name, told in outline.elements if name == "section"}
    links = [told["href"] for name, told in outline.elements if name == "a"]
    assert links == [f"#{each.key}" for each in sections(full_material())]
    assert keys == {str(link)[1:] for link in links}
    figures = [told for name, told in outline.elements if told.get("class") == "plot"]
    assert len(figures) == 19
    assert all(each["role"] == "img" and each["aria-label"] for each in figures)
    parcels = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert len(parcels) == 19
    assert all({"data", "layout"} <= set(json.loads(parcel)) for parcel in parcels)


def test_what_a_file_says_is_text_wherever_it_comes_from(page: str) -> None:
    version = {**VERSION, "title": HOSTILE, "command": HOSTILE, "substitutes": [HOSTILE],
               "data": {HOSTILE: {HOSTILE: {HOSTILE: 3}}},
               "children_sources": {HOSTILE: HOSTILE}}  # fmt: skip
    evaluation = evaluation_of(classes=(HOSTILE, "other", "third"), scheme=HOSTILE)
    evaluation = json.loads(json.dumps(evaluation).replace('"here"', json.dumps(HOSTILE)))
    told_of = material(version, {**evaluation, "remarks": [HOSTILE]},
                       audit_of(notes=[HOSTILE], reasons=[HOSTILE]),
                       (study_of(HOSTILE),))  # fmt: skip
    hostile = Outline(page_of(told_of))
    assert hostile.names().count("script") == Outline(page).names().count("script")
    assert "b" not in hostile.names()
    assert hostile.text.count(HOSTILE) > 20
    assert "alert(1)" in hostile.text
    for part in sections(told_of):
        for chart in part.charts:
            # Plotly writes its JSON with escapes of its own, which say nothing of ours.
            figure = json.dumps(json.loads(chart.figure(LIGHT).to_json()))
            assert "<b>" not in figure, chart.key
            assert "<script" not in figure, chart.key


def test_internal_and_external_stand_side_by_side() -> None:
    labels = list(headlines(full_material()))
    assert labels[:2] == ["Internal accuracy", "Internal, balanced accuracy"]
    assert labels[2:4] == [
        "External, source left out",
        "External, independent hospital",
    ]
    table, pairs = section(full_material(), "sources").tables
    assert [head.partition(":")[0] for head in table.head[3:]] == [
        "internal", "internal", "external", "external",
    ]  # fmt: skip
    row = dict(zip(pairs.head, pairs.rows[0], strict=True))
    external = evaluation_of()["external"]["sources"][0]
    assert row["internal"].startswith(f"{external['internal']['auc']['normal']['value']:.3f}")
    outside = external["external_unseen"]["auc"]["normal"]["value"]
    assert row["external"].startswith(f"{outside:.3f}")
    assert any("Leaving the source out costs" in each
               for each in section(full_material(), "sources").alarms)  # fmt: skip


def test_what_was_not_measured_says_so_in_its_place() -> None:
    told_of = bare_material()
    told = headlines(told_of)
    assert told["External, source left out"] == "not measured"
    assert told["External, independent hospital"] == "not measured"
    assert told["Shortcut audit"] == "not measured"
    assert "No source was left out" in section(told_of, "sources").sentences[0]
    for key in ("audit", "conformal"):
        assert section(told_of, key).sentences[0].startswith("Not measured"), key
        assert section(told_of, key).charts == ()
    assert "None were chosen" in section(told_of, "operating").sentences[0]
    assert "No study is here" in section(told_of, "ancestors").sentences[0]
    assert "No temperature was fitted" in section(told_of, "calibration").sentences[1]
    assert [each.key for each in sections(told_of)] == [
        each.key for each in sections(full_material())
    ]


def test_the_numbers_are_those_of_the_evaluation() -> None:
    evaluation = evaluation_of()
    (table,) = section(full_material(), "classes").tables
    for each in evaluation["per_class"]:
        row = cells(table, each["name"])
        for head, key in (("sensitivity", "sensitivity"), ("PPV", "ppv"), ("F1", "f1"),
                          ("AUC, pairs of one source", "auc_within_sources")):  # fmt: skip
            measure = each[key]
            assert row[head] == (
                f"{measure['value']:.3f} ({measure['low']:.3f} to {measure['high']:.3f})"
            )
    means = cells(table, "mean of classes")
    assert means["AUC"].startswith(f"{evaluation['macro']['auc']['value']:.3f}")
    balanced = evaluation["balanced_accuracy"]["value"]
    assert means["sensitivity"].startswith(f"{balanced:.3f}")
    assert headlines(full_material())["Internal accuracy"] == (
        f"{evaluation['accuracy']['value']:.3f}"
    )
    (confusion,) = section(full_material(), "confusion").tables
    assert [list(map(int, row[1:-1])) for row in confusion.rows] == evaluation["confusion"]


def test_a_prevalence_that_was_asked_for_is_told_with_its_interval() -> None:
    options = type(QUICK)(resamples=60, seed=1, prevalences=(("covid19", 0.05),))
    told_of = material(VERSION, evaluation_of(options))
    [words] = [each for each in section(told_of, "prevalence").sentences if "0.050" in each]
    at = told_of.evaluation["per_class"][2]["at_prevalence"]
    assert f"PPV {at['ppv']['value']:.3f} ({at['ppv']['low']:.3f} to" in words
    (table,) = section(told_of, "prevalence").tables
    assert cells(table, "covid19")["at 5.0%"] == (
        f"{at['ppv']['value']:.3f} / {at['npv']['value']:.3f}"
    )


def test_what_is_too_good_or_dealt_naively_is_an_alarm() -> None:
    assert section(full_material(), "summary").alarms == ()
    good = evaluation_of()["accuracy"] | {"value": 0.9701}
    (alarm,) = section(full_material(accuracy=good), "summary").alarms
    assert "an alarm, not a success" in alarm
    (alarm,) = section(full_material(scheme="naive"), "summary").alarms
    assert "trained on" in alarm


def test_an_audit_of_other_weights_is_left_out() -> None:
    told_of = material(VERSION, evaluation_of(), audit_of(weights_sha256="other"))
    assert told_of.audit is None
    assert headlines(told_of)["Shortcut audit"] == "not measured"


def test_an_evaluation_of_the_first_format_is_told_with_what_it_has() -> None:
    told_of = material(VERSION, OLD_EVALUATION)
    assert headlines(told_of)["Internal accuracy"] == "0.750"
    said = section(told_of, "summary").sentences
    assert any("older format" in each for each in said)
    (table,) = section(told_of, "classes").tables
    assert cells(table, "covid19")["sensitivity"] == "0.600 (0.400 to 0.800)"
    assert cells(table, "covid19")["PPV"] == "not defined"
    assert "Intervals treat films as independent" in section(told_of, "classes").sentences[0]
    assert "older format" in page_of(told_of)


def test_ancestors_stand_as_paper_naive_and_honest() -> None:
    found = ancestors_section([study_of()])
    table, substitutes = found.tables
    first = cells(table, "ancestor, three-classes")
    assert first["paper"] == "accuracy 0.9478, sensitivity covid19 0.99"
    assert first["ours, dealt naively"].startswith("0.950 (0.920 to 0.980), n 400; AUC 0.950")
    assert "ensemble 0.960" in first["ours, dealt naively"]
    assert first["ours, dealt by patient"].startswith("0.860 (0.830 to 0.890)")
    assert "over folds ± 0.028" in first["ours, dealt by patient"]
    assert (first["minutes an epoch"], first["epochs"], first["scale"]) == (
        "1.23",
        "30",
        "0.25",
    )
    second = cells(table, "ancestor, two-classes")
    assert (second["paper"], second["ours, dealt by patient"]) == ("not reported", "not run")
    assert "stage A" in cells(substitutes, "ancestor, three-classes")[substitutes.head[1]]
    assert "differ" in cells(substitutes, "ancestor, two-classes")["note"]
    gaps = [each for each in found.sentences if "dealing naively gave" in each]
    assert gaps == [
        "ancestor, three-classes, at scale 0.25: dealing naively gave 0.090 more accuracy than "
        "dealing by patient."
    ]
    assert "| ancestor, two-classes |" in ancestors_markdown([study_of()])


def test_a_naive_dealing_that_did_not_help_is_told_as_it_is() -> None:
    study = study_of()
    study["rows"] = [{**study["rows"][0], "naive": result_of(0.80), "honest": result_of(0.85)}]
    said = " ".join(ancestors_section([study]).sentences)
    assert "dealing naively gave 0.050 less accuracy" in said


def test_a_figure_whose_values_are_damaged_is_a_message() -> None:
    chart = Chart("key", "Title", "", lambda look: {}[look.name])
    with pytest.raises(DataError, match=r"'Title' cannot be drawn.*Judge the version again"):
        chart.figure(LIGHT)


def test_words_between_backticks_are_code_and_all_else_is_escaped() -> None:
    assert marked("a <i> `b <i>`") == "a &lt;i&gt; <code>b &lt;i&gt;</code>"
    assert marked("one ` alone") == "one ` alone"


def test_tables_escape_and_never_break_an_interval() -> None:
    table = Table("<i>", ("a", "b|c"), (("<i>", "0.5 (0.4 to 0.6)"), ("x|y", "<i>")))
    html = table_html(table)
    assert "<i>" not in html
    assert '<span class="cxr-whole">(0.4 to 0.6)</span>' in html
    assert markdown(table).splitlines()[0] == "| a | b\\|c |"
    assert markdown(table).splitlines()[3] == "| x\\|y | <i> |"
