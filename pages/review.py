"""Review: one film large, beside what each model saw in it."""

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.beside import choose_beside
from pages.components.corrections import choose_presentation
from pages.components.details import show_details
from pages.components.film import show_film
from pages.components.session import enter_through_app, worklist
from pages.components.text import plain
from pages.components.worklist import HELD, not_read, warnings_of

enter_through_app("pages/review.py")
films = worklist()
cases = films.reviewable()
if not cases:
    st.title("Review")
    st.info("No film has been read yet.")
    st.page_link("pages/triage.py", label="Go to Triage and drop radiographs")
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
with st.container(horizontal=True, vertical_alignment="bottom"):
    before, after = numbers[max(position - 1, 0)], numbers[min(position + 1, len(cases) - 1)]
    st.button("Previous", on_click=go_to, args=(before,), disabled=position == 0)
    st.button("Next", on_click=go_to, args=(after,), disabled=position == len(cases) - 1)
    st.selectbox(
        "Film",
        numbers,
        format_func=lambda number: (
            f"{numbers.index(number) + 1} of {len(cases)}: {names[number]}"
        ),
        key="review_film",
        on_change=choose,
    )
    beside = choose_beside(cases[position])

if films.waiting:
    st.caption(f"{len(films.waiting)} more films wait; they are read while Triage is open.")
case = cases[position]
is_held = films.is_held(case)
if is_held:
    st.warning(plain(HELD))
line = st.container(horizontal=True, vertical_alignment="center")
if case.reading.triage is not None:
    triage = case.reading.triage
    line.markdown(f"**{triage.priority.value.capitalize()}.** {plain(triage.reason)}")
elif case.is_seen_only:
    line.markdown(plain(not_read(case.reading)))
if not is_held and (warnings := warnings_of(case.reading)):
    st.warning("  \n".join(map(plain, warnings)))
try:
    with line:
        if is_held:
            st.button("Show it", on_click=look, args=(case.number,), type="primary")
        companions = films.companions(case)
        kinds = ["a lateral" if each.is_seen_only else "a frontal film" for each in companions]
        if kinds:
            told = " and ".join(dict.fromkeys(kinds))
            st.markdown(f"This study has {told}.", width="content")
        for other in companions:
            label = f"Open {plain(other.reading.name)}"
            st.button(label, key=f"open-{other.number}", on_click=go_to, args=(other.number,))
        if is_held:
            st.stop()
        presentation = choose_presentation(case)
    show_film(case, presentation, beside)
except CxrError as error:
    st.error(plain(str(error)))
show_details(case.reading)
