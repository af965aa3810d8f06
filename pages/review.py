"""Review: one film large, beside what each model saw in it."""

import streamlit as st

from cxr_core.errors import InputError
from pages.components.details import show_details
from pages.components.film import show_film
from pages.components.session import enter_through_app, worklist
from pages.components.text import plain
from pages.components.worklist import warnings_of

enter_through_app("pages/review.py")
films = worklist()
cases = films.readable()
if not cases:
    st.title("Review")
    st.info("No film has been read yet.")
    st.page_link("pages/triage.py", label="Go to Triage and drop radiographs")
    st.stop()

numbers = [case.number for case in cases]
names = {case.number: case.reading.name for case in cases}
position = numbers.index(films.current) if films.current in numbers else 0


def step(offset: int) -> None:
    """Go to another film of the worklist."""
    films.current = numbers[position + offset]


def choose() -> None:
    """Go to the film picked in the list."""
    films.current = st.session_state.review_film


st.session_state.review_film = numbers[position]
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.button("Previous", on_click=step, args=(-1,), disabled=position == 0)
    st.button("Next", on_click=step, args=(1,), disabled=position == len(cases) - 1)
    st.selectbox(
        "Film",
        numbers,
        format_func=lambda number: (
            f"{numbers.index(number) + 1} of {len(cases)}: {names[number]}"
        ),
        key="review_film",
        on_change=choose,
    )

if films.waiting:
    st.caption(f"{len(films.waiting)} more films wait; they are read while Triage is open.")
case = cases[position]
if case.reading.triage is not None:
    triage = case.reading.triage
    st.markdown(f"**{triage.priority.value.capitalize()}.** {plain(triage.reason)}")
for warning in warnings_of(case.reading):
    st.warning(plain(warning))
try:
    show_film(case)
except InputError as error:
    st.error(plain(str(error)))
show_details(case.reading)
