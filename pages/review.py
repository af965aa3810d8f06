"""Review: one film large, beside what each model saw in it."""

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.beside import choose_beside
from pages.components.corrections import choose_presentation
from pages.components.details import show_details
from pages.components.film import show_film
from pages.components.parts.states import show_empty, show_fault, show_warnings
from pages.components.session import enter_through_app, worklist
from pages.components.text import plain
from pages.components.texts import say
from pages.components.worklist import show_priority, warnings_of

enter_through_app("pages/review.py")
films = worklist()
cases = films.reviewable()
if not cases:
    st.title(say("review-title"))
    show_empty(say("review-none"), say("review-none-do")).page_link(
        "pages/triage.py", label=say("review-go")
    )
    st.stop()

numbers = [case.number for case in cases]
names = {case.number: case.reading.name for case in cases}
position = numbers.index(films.current) if films.current in numbers else 0


def go_to(number: int) -> None:
    """Go to another film of the worklist."""
    films.current = number


def choose() -> None:
    """Go to the film picked in the list."""
    films.current = st.session_state.review_film


def look(number: int) -> None:
    """Show a film that was held back for its burnt-in text."""
    films.confirmed.add(number)
    films.current = number


st.session_state.review_film = numbers[position]
with st.container(horizontal=True, vertical_alignment="center", key="review-head"):
    st.title(say("review-title"), anchor=False, width="content")
    before, after = numbers[max(position - 1, 0)], numbers[min(position + 1, len(cases) - 1)]
    st.button(say("review-previous"), on_click=go_to, args=(before,), disabled=position == 0)
    st.button(
        say("review-next"), on_click=go_to, args=(after,), disabled=position == len(cases) - 1
    )
    st.selectbox(
        say("review-film"),
        numbers,
        format_func=lambda number: say(
            "review-place",
            place=numbers.index(number) + 1,
            total=len(cases),
            name=names[number],
        ),
        key="review_film",
        label_visibility="collapsed",
        on_change=choose,
    )
    beside = choose_beside(cases[position])

if films.waiting:
    st.caption(say("review-waiting", waiting=len(films.waiting)))
case = cases[position]
is_held = films.is_held(case)
line = st.container(horizontal=True, vertical_alignment="center")
with line:
    show_priority(case, is_held=is_held)
if not is_held and (warnings := warnings_of(case.reading)):
    show_warnings(warnings)
try:
    with line:
        if is_held:
            st.button(say("review-show"), on_click=look, args=(case.number,), type="primary")
        companions = films.companions(case)
        if kinds := {"lateral" if each.is_seen_only else "frontal" for each in companions}:
            kind = "both" if len(kinds) > 1 else kinds.pop()
            st.markdown(say(f"review-study-{kind}"), width="content")
        for other in companions:
            label = say("review-open", name=plain(other.reading.name))
            st.button(label, key=f"open-{other.number}", on_click=go_to, args=(other.number,))
        if is_held:
            st.stop()
        presentation = choose_presentation(case)
    show_film(case, presentation, beside)
except CxrError as error:
    show_fault(error)
show_details(case.reading)
