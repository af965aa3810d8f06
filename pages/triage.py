"""Triage: drop films, see which to read first."""

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.session import services, worklist
from pages.components.status import show_model_status
from pages.components.worklist import show_worklist

_BATCH = 4

films = worklist()
st.title("Triage")
dropped = st.file_uploader(
    "Drop frontal chest radiographs: PNG, JPEG, WebP, TIFF, BMP, DICOM, or a zip of them",
    accept_multiple_files=True,
    key=f"films-{films.uploads}",
)
if dropped:
    for upload in dropped:
        films.add(services().unpack(upload.name, upload.getvalue()))
    films.uploads += 1
    st.rerun()

show_model_status()


def stop_reading() -> None:
    """Leave the rest of the queue waiting."""
    films.paused = True


def go_on_reading() -> None:
    """Take the queue up again."""
    films.paused = False


total = len(films.cases) + len(films.waiting)
if films.waiting and films.paused:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.write(f"Stopped: {len(films.waiting)} of {total} films wait.")
        st.button("Read the rest", on_click=go_on_reading, type="primary")
if not total:
    st.info(
        "The worklist is empty. Drop one or many radiographs above; every model reads each, "
        "and the most urgent comes first."
    )

progress = st.empty()
place = st.empty()
if films.waiting and not films.paused:
    with place.container():
        show_worklist(films.ordered(), films.waiting, key="worklist-live")
    with progress.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text=f"Reading {films.waiting[0].name}")
        st.button("Stop", on_click=stop_reading)
    try:
        for done, _ in enumerate(films.read_waiting(_BATCH), start=1):
            following = films.waiting[0].name if films.waiting else "done"
            bar.progress(done / (done + len(films.waiting)), text=f"Reading {following}")
    except CxrError as error:
        films.paused = True
        st.error(str(error))
        st.stop()
    st.rerun()

if total:
    with place.container():
        opened = show_worklist(films.ordered(), films.waiting, key="worklist")
        with st.container(horizontal=True, vertical_alignment="center"):
            if films.readable() and st.button("Review from the top", type="primary"):
                opened = films.readable()[0].number
            with st.popover("Clear the worklist"):
                st.write(f"Forget all {total} films of this session? Files are not deleted.")
                if st.button("Forget them"):
                    films.clear()
                    st.rerun()
    if opened is not None:
        films.current = opened
        st.switch_page("pages/review.py")
