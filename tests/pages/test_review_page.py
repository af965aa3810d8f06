"""The worklist by study, held films, and Review as a script: laterals, corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from cxr_core.domain import (
    AS_STORED,
    FilmFile,
    Presentation,
    Priority,
    Provenance,
    Reading,
    Refusal,
    TriageDecision,
)
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.preparing import InProcess, Order
from pages.components.cases import Case, Worklist
from pages.components.worklist import not_read
from tests.imaging.films import dicom_of, stored_chest
from tests.pages.shown import markup

if TYPE_CHECKING:
    from pathlib import Path

STORED = stored_chest()
STUDY = "1.2.3"
WINDOWS = {"WindowCenter": [2048, 1500], "WindowWidth": [4096, 2500]}


def reading(
    name: str, priority: Priority | None = None, study: str | None = None, *flags: str
) -> Reading:
    """A film with a priority, or a lateral where there is none."""
    provenance = Provenance(
        name, "dicom", 9, 9, 8, view_position="LL", study=study, flags=flags
    )
    if priority is None:
        refusal = Refusal("not_frontal", "View Position is LL.")
        return Reading(name, name, refusal, provenance)
    triage = TriageDecision(priority, 0.5, "because", flags)
    return Reading(name, name, None, provenance, triage=triage)


def listed(*readings: Reading) -> Worklist:
    films = Worklist()
    films.add(FilmFile(each.name, each.name.encode) for each in readings)
    for _ in films.read_next(len(readings), lambda _: iter(readings)):
        pass
    return films


def names(cases: list[Case]) -> list[str]:
    return [case.reading.name for case in cases]


def case_of(films: Worklist, name: str) -> Case:
    return next(case for case in films.cases.values() if case.reading.name == name)


def test_a_lateral_stands_behind_the_frontal_of_its_study_where_that_belongs() -> None:
    films = listed(
        reading("lateral b", None, "b"),
        reading("soon", Priority.SOON),
        reading("routine b", Priority.ROUTINE, "b"),
        reading("lateral a", None, "a"),
        reading("urgent a", Priority.URGENT, "a"),
        reading("lateral of nobody", None),
        reading("second a", Priority.ROUTINE, "a"),
    )
    assert names(films.ordered()) == [
        *("urgent a", "second a", "lateral a", "soon", "routine b", "lateral b"),
        "lateral of nobody",
    ]
    assert names(films.companions(case_of(films, "lateral a"))) == ["urgent a", "second a"]
    assert films.companions(case_of(films, "lateral of nobody")) == []
    assert "lateral a" in names(films.reviewable())
    assert "lateral a" not in names(films.readable())


def test_a_film_with_burnt_in_text_is_held_behind_the_unread_until_somebody_decides() -> None:
    burnt = "gate_burned_in_annotation"
    films = listed(
        reading("held", Priority.UNREAD, None, burnt),
        reading("held lateral", None, None, burnt),
        reading("routine", Priority.ROUTINE),
        reading("unread", Priority.UNREAD, None, "gate_looks_inverted"),
        reading("urgent", Priority.URGENT),
    )
    order = ["urgent", "unread", "held", "routine", "held lateral"]
    assert names(films.ordered()) == order
    assert films.is_held(case_of(films, "held lateral"))
    assert names(films.readable()) == ["urgent", "unread", "routine"]
    films.confirmed.add(case_of(films, "held").number)
    assert not films.is_held(case_of(films, "held"))
    assert "held" in names(films.readable())
    films.clear()
    assert not films.confirmed


def test_a_film_read_again_takes_its_own_place_and_keeps_what_was_overruled() -> None:
    films = listed(reading("a", Priority.SOON), reading("b", Priority.ROUTINE))
    case = case_of(films, "a")
    asked = []

    def read(files: list[FilmFile]) -> list[Reading]:
        asked.extend(files)
        return [reading("a", Priority.URGENT)]

    films.read_again(case, Presentation(is_inverted=True), read)
    assert [file.presentation.is_inverted for file in asked] == [True]
    again = case_of(films, "a")
    assert (again.number, len(films.cases)) == (case.number, 2)
    assert again.file.presentation.is_inverted
    assert again.reading.triage.priority is Priority.URGENT
    films.clear()
    films.read_again(again, AS_STORED, read)
    assert not films.cases


def test_an_oblique_film_is_not_called_a_lateral() -> None:
    assert not_read(reading("a")).startswith("Lateral: shown, not read")
    oblique = Reading("b", "b", None, Provenance("b", "dicom", 9, 9, 8, view_position="LAO"))
    assert not_read(oblique).startswith("Oblique: shown, not read")


def unread(number: int, name: str, **elements: object) -> Case:
    """A real film as no model has read it, so that the page needs none."""
    data = dicom_of(STORED, **{"StudyInstanceUID": STUDY, **WINDOWS, **elements})
    film = InProcess(Limits(study_key=b"key")).prepare(data, Order([], 96))
    refusal = None if film.refusal is None else Refusal(film.refusal.code, str(film.refusal))
    triage = None
    if refusal is None:
        triage = TriageDecision(Priority.UNREAD, 0.5, "because", film.provenance.flags)
    told = Reading(name, film.sha256, refusal, film.provenance, triage=triage, view=film.view)
    return Case(number, FilmFile(name, lambda: data), told)


@pytest.fixture
def page(repository: Path, data_dir: Path) -> AppTest:
    """Review, open at the lateral of a study."""
    films = Worklist()
    films.cases = {
        1: unread(1, "lateral.dcm", ViewPosition="LL"),
        2: unread(2, "frontal.dcm"),
        3: unread(3, "burnt.dcm", BurnedInAnnotation="YES", ViewPosition="AP"),
    }
    films.current = 1
    page = AppTest.from_file(str(repository / "app.py"), default_timeout=120)
    page.session_state.worklist = films
    page.run()
    page.switch_page("pages/review.py").run()
    assert not page.exception
    return page


def press(page: AppTest, label: str) -> AppTest:
    (button,) = (each for each in page.button if each.label == label)
    button.click().run()
    assert not page.exception
    assert 'role="alert"' not in said(page)
    return page


def labels(page: AppTest) -> list[str]:
    return [each.label for each in page.button]


def said(page: AppTest) -> str:
    text = " ".join(each.value for each in [*page.markdown, *page.caption])
    text += markup(page)
    return text.replace("\\", "")  # escapes what Markdown would act on


def shown(page: AppTest) -> Presentation | None:
    if "film_under_review" not in page.session_state:
        return None
    _, presentation, _ = page.session_state.film_under_review
    return presentation


def test_a_lateral_is_shown_without_models_and_leads_to_its_frontal_and_back(page) -> None:
    assert "Lateral: shown, not read" in said(page)
    assert "This study has a frontal film" in said(page)
    assert shown(page).any_view
    press(page, "Open frontal.dcm")
    assert "This study has a frontal film and a lateral" in said(page)
    assert not shown(page).any_view
    press(page, "Open lateral.dcm")
    assert "Lateral: shown, not read" in said(page)


def test_a_held_film_is_shown_only_once_a_person_has_said_so(page) -> None:
    before = shown(page)
    press(page, "Open burnt.dcm")
    assert "text is burnt into the film" in said(page)
    assert shown(page) == before
    press(page, "Show it")
    assert shown(page) == AS_STORED
    assert "Show it" not in labels(page)
    press(page, "Open frontal.dcm")
    press(page, "Open burnt.dcm")
    assert "Show it" not in labels(page)


def test_the_greys_are_turned_for_looking_and_read_so_only_on_request(page) -> None:
    press(page, "Open frontal.dcm")
    assert "Read it again so" not in labels(page)
    page.toggle[0].set_value(True).run()
    assert shown(page) == Presentation(is_inverted=True)
    assert "still those of the film before" in said(page)
    assert "Read it again so" in labels(page)
    assert page.session_state.worklist.cases[2].file.presentation == AS_STORED


@pytest.fixture
def four(page: AppTest) -> AppTest:
    """Review with a film of another study beside those of the one."""
    films = page.session_state.worklist
    films.cases[4] = unread(4, "other.dcm", StudyInstanceUID="9.9")
    return page.run()


def offered(page: AppTest) -> list[str]:
    return page.selectbox(key="review_beside").options


def beside(page: AppTest) -> str | None:
    """The name of the film that the viewer got as a second one."""
    assert not page.exception
    if "film_beside" not in page.session_state:
        return None
    case, _, _ = page.session_state.film_beside
    return case.reading.name


def mounted(page: AppTest) -> int:
    """How many components the viewer has: its picture, and one for the marks of each film."""
    return len(page.get("bidi_component"))


def test_any_other_film_that_may_be_shown_can_stand_beside_its_study_first(four) -> None:
    films = four.session_state.worklist
    order = [case.reading.name for case in films.reviewable()]
    assert (
        order == ["other.dcm", "frontal.dcm", "burnt.dcm", "lateral.dcm"]
        or "other.dcm" in order
    )
    place = {name: number for number, name in enumerate(order, 1)}
    frontal = f"Beside {place['frontal.dcm']}: frontal.dcm (same study)"
    other = f"Beside {place['other.dcm']}: other.dcm"
    assert offered(four) == ["No film beside it", frontal, other]
    assert (beside(four), mounted(four)) == (None, 2)
    four.selectbox(key="review_beside").set_value(4).run()
    assert (beside(four), mounted(four)) == ("other.dcm", 3)
    films.confirmed.add(3)
    assert any("burnt.dcm (same study)" in each for each in offered(four.run()))


def test_the_film_beside_stays_while_the_other_moves_on_and_goes_with_the_worklist(
    four,
) -> None:
    four.selectbox(key="review_beside").set_value(4).run()
    press(four, "Open frontal.dcm")
    assert beside(four) == "other.dcm"
    assert four.session_state.film_under_review[0].reading.name == "frontal.dcm"
    four.selectbox(key="review_film").set_value(4).run()
    assert beside(four) is None  # never beside itself
    assert not any("other.dcm" in each for each in offered(four))
    four.selectbox(key="review_film").set_value(2).run()
    assert beside(four) == "other.dcm"
    four.selectbox(key="review_beside").set_value(0).run()
    assert beside(four) is None
    four.selectbox(key="review_beside").set_value(4).run()
    del four.session_state.worklist.cases[4]
    assert beside(four.run()) is None
    assert not any("other.dcm" in each for each in offered(four))


def test_a_film_beside_that_cannot_be_read_leaves_the_other_on_show(four) -> None:
    films = four.session_state.worklist
    broken = films.cases[4]
    films.cases[4] = Case(4, FilmFile("other.dcm", lambda: b"nothing"), broken.reading)
    four.selectbox(key="review_beside").set_value(4).run()
    assert beside(four) is None
    assert mounted(four) == 2
    assert "other" in markup(four)
