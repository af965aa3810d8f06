"""Triage: drop films, see which to read first."""

from functools import partial

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.film import forget_film
from pages.components.first_films import offer_first_films
from pages.components.parts.states import show_fault
from pages.components.session import actor, enter_through_app, services, worklist
from pages.components.status import show_model_status
from pages.components.text import plain
from pages.components.texts import say
from pages.components.upload import clear_films, film_shelf, show_uploader
from pages.components.worklist import show_worklist

_BATCH = 4  # films per run of this page: the table renews itself after each batch
_SHARE = 20  # of a long list, a batch is a twentieth: all of it is sent each time

enter_through_app("pages/triage.py")
films = worklist()
st.title(say("triage-title"))
try:
    shelf = film_shelf()
except CxrError as error:
    show_fault(error)
    st.stop()
if arrived := list(shelf.collect()):
    was_stopped = films.paused and bool(films.waiting)
    films.add(iter(arrived))
    films.paused = was_stopped  # more of the same drop is no reason to go on
total = len(films.cases) + len(films.waiting)
is_reading = bool(films.waiting) and not films.paused
show_uploader(shelf, is_reading=is_reading)

show_model_status()


def stop_reading() -> None:
    """Leave the rest of the queue waiting."""
    films.paused = True


def go_on_reading() -> None:
    """Take the queue up again."""
    films.paused = False


progress = st.empty()
if is_reading:
    with progress.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(
            len(films.cases) / total,
            text=say("triage-read", done=len(films.cases), total=total),
        )
        st.button(say("triage-stop"), on_click=stop_reading)
elif films.waiting:
    with progress.container(horizontal=True, vertical_alignment="center"):
        st.write(say("triage-stopped", waiting=len(films.waiting), total=total))
        st.button(say("triage-go-on"), on_click=go_on_reading, type="primary")
if not total:
    offer_first_films(shelf)
    st.stop()

opened = show_worklist(films.ordered(), films.waiting, key="worklist-table")
with st.container(horizontal=True, vertical_alignment="center"):
    top = st.button(say("triage-from-top"), type="primary", disabled=not films.readable())
    if top and films.readable():
        opened = films.readable()[0].number
    with st.popover(say("triage-clear")):
        st.write(say("triage-clear-sure", total=total))
        if st.button(say("triage-clear-do")):
            forget_film()
            films.clear()
            clear_films()
            st.rerun()
if opened is not None:
    films.current = opened
    st.switch_page("pages/review.py")

if is_reading:
    try:
        batch = max(_BATCH, total // _SHARE)
        for reading in films.read_next(batch, partial(services().reading.read_for, actor())):
            done = len(films.cases)
            text = say("triage-read-last", done=done, total=total, name=plain(reading.name))
            bar.progress(min(1.0, done / total), text=text)
    except CxrError as error:
        show_fault(error)
        st.stop()
    st.rerun()
