"""What to train: films, recipe, network, first weights, budget; and how long it will take."""

from __future__ import annotations

import datetime
import secrets
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError, DataError
from cxr_core.services import AS_RECIPE, FROM_IMAGENET, FROM_SCRATCH, TrainingWish
from pages.components.parts.note import keep_note
from pages.components.parts.progress import live, progress_of, show_progress
from pages.components.parts.states import show_empty, show_fault, show_warnings
from pages.components.retrain.words import duration, size
from pages.components.session import actor, jobs, services
from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.services import ShelvedManifest, Study, TrainingPlan

_STARTS = (AS_RECIPE, FROM_SCRATCH, FROM_IMAGENET)
_MOST_WARNINGS = 3
_FIELD = 240  # pixels: a number is short


def show_order() -> None:
    """Draw the form; pressing its button orders a training, once."""
    digest = _show_films()
    if digest is None:
        return
    choices, facts = st.columns((3, 2), gap="large")
    with choices:
        wish = _ask(digest)
    with facts:
        _show_plan(wish)


def _show_films() -> str | None:
    """Ask which films, and say why not to trust them; return the manifest's digest."""
    try:
        shelved = {each.digest: each for each in jobs().manifests()}
    except DataError as error:
        show_fault(error)
        return None
    if not shelved:
        place = show_empty(say("retrain-no-films-title"), say("retrain-no-films"))
        place.page_link("pages/data.py", label=say("retrain-go-to-data"))
        return None
    digest = next(iter(shelved))
    if len(shelved) > 1:
        digest = str(
            st.selectbox(
                say("retrain-films"),
                list(shelved),
                format_func=lambda each: _manifest_words(shelved[each]),
                key="retrain_manifest",
            )
        )
    else:
        told = plain(_manifest_words(shelved[digest]))
        st.caption(say("retrain-films-told", manifest=told))
    _show_warnings(shelved[digest])
    return digest


def _manifest_words(shelved: ShelvedManifest) -> str:
    used = sum(film.is_used for film in shelved.manifest.films)
    return say(
        "retrain-manifest-in-force" if shelved.is_in_force else "retrain-manifest-earlier",
        digest=shelved.digest[:16],
        films=used,
    )


def _show_warnings(shelved: ShelvedManifest) -> None:
    browser = services().data
    if not shelved.is_in_force:
        browser = services().browser_at(shelved.path)
    curated = browser.curated()
    if curated is None or not curated.warnings:
        return
    with st.expander(say("retrain-doubts")):
        for sentence in curated.warnings[:_MOST_WARNINGS]:
            st.markdown(f"- {plain(sentence)}")
        st.page_link("pages/data.py", label=say("retrain-all-doubts"))


def _ask(digest: str) -> TrainingWish:
    study = _ask_recipe()
    runs = [run.name for run in study.runs]
    run = st.selectbox(say("retrain-network"), runs, key=f"retrain_run_{study.recipe}")
    recipe = study.run(str(run)).recipe
    start = _ask_start(recipe.network, is_frozen=recipe.is_ever_frozen)
    share = st.slider(
        say("retrain-share"),
        *(5, 100, 100),
        step=5,
        format="%d %%",
        key="retrain_share",
        help=say("retrain-share-told"),
    )
    epochs, minutes = _ask_budget(recipe.epochs)
    proposed = _new_name(recipe.network)
    name = st.text_input(say("retrain-name"), key="retrain_name", placeholder=proposed)
    return TrainingWish(
        recipe=study.recipe,
        run=str(run),
        name=str(name).strip() or proposed,
        manifest=digest,
        start=start,
        epochs=epochs,
        minutes=minutes,
        share=share / 100,
    )


def _ask_budget(epochs: int) -> tuple[int | None, int | None]:
    """Ask for epochs and minutes at most; None where there is no limit of one's own."""
    fields = st.container(horizontal=True, vertical_alignment="bottom")
    most_epochs = fields.number_input(
        say("retrain-epochs", epochs=epochs),
        *(1, 1000),
        value=None,
        placeholder=str(epochs),
        key="retrain_epochs",
        width=_FIELD,
    )
    most_minutes = fields.number_input(
        say("retrain-minutes"),
        *(1, 10_080),
        value=None,
        placeholder=say("retrain-no-limit"),
        key="retrain_minutes",
        width=_FIELD,
        help=say("retrain-minutes-told"),
    )
    return (
        None if most_epochs is None else int(most_epochs),
        None if most_minutes is None else int(most_minutes),
    )


def _ask_recipe() -> Study:
    found, faults = jobs().studies()
    studies = {study.recipe: study for study in found}

    def words(name: str) -> str:
        title = studies[name].runs[0].recipe.title
        return say("retrain-recipe-titled", name=name, title=title)

    label = say("retrain-recipe")
    chosen = st.selectbox(label, list(studies), format_func=words, key="retrain_recipe")
    show_warnings(say("retrain-recipe-refused", fault=str(fault)) for fault in faults)
    paper = studies[str(chosen)].runs[0].recipe.paper
    if paper:
        st.caption(say("retrain-paper", paper=plain(paper)))
    return studies[str(chosen)]


def _ask_start(network: str, *, is_frozen: bool) -> str:
    """Ask for the first weights: of the same architecture, or none."""
    versions = [
        entry.name
        for entry in services().catalogue.entries()
        if entry.manifest is not None and entry.manifest.architecture == network
    ]
    options = [*versions, *_STARTS]
    first = 0 if is_frozen and versions else len(versions)

    def words(start: str) -> str:
        if start in _STARTS:
            return say(f"retrain-start-{start}")
        return say("retrain-start-version", name=start)

    chosen = st.selectbox(
        say("retrain-start"),
        options,
        index=first,
        format_func=words,
        key=f"retrain_start_{network}_{is_frozen}",
        help=say("retrain-start-told"),
    )
    return str(chosen)


def _new_name(network: str) -> str:
    """Propose a name that nobody has, and keep to it while this visit lasts."""
    proposed: dict[str, str] = st.session_state.setdefault("retrain_names", {})
    if network not in proposed:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        proposed[network] = f"{network}-{today}-{secrets.token_hex(2)}"
    return proposed[network]


def _show_plan(wish: TrainingWish) -> None:
    with st.container(border=True, key="retrain-plan"):
        st.subheader(say("retrain-plan"), anchor=False)
        try:
            plan = jobs().plan(wish)
        except CxrError as error:
            show_warnings([str(error)])
            return
        counts = {split.value: count for split, count in plan.films.items()}
        told = say(
            "retrain-plan-films",
            train=counts["train"],
            validation=counts["validation"],
            test=counts["test"],
            epochs=plan.epochs,
        )
        st.markdown(told)
        _show_estimate(wish, plan)
        _show_start(wish, plan)
        if not jobs().has_worker():
            st.caption(say("retrain-no-worker"))


def _show_start(wish: TrainingWish, plan: TrainingPlan) -> None:
    """Draw the button; where it cannot be pressed yet, what comes first is the primary one."""
    # Asked in the run and not by a callback, which would order the wish of the run before:
    # a name that is typed and a press that follows at once arrive here together.
    with st.container(horizontal=True, vertical_alignment="center"):
        is_timed = plan.estimate is not None
        if not is_timed and st.button(say("retrain-measure"), type="primary"):
            _try(lambda: jobs().order_measure(actor(), wish))
        is_pressed = st.button(
            say("retrain-begin"),
            type="primary" if is_timed else "secondary",
            disabled=not is_timed,
        )
        if is_pressed and is_timed:
            _try(lambda: _start(wish))
    if not is_timed:
        st.caption(say("retrain-begin-later"))
        _show_measuring()


def _show_estimate(wish: TrainingWish, plan: TrainingPlan) -> None:
    estimate = plan.estimate
    if estimate is None:
        st.markdown(say("retrain-not-timed"))
        return
    told = say(
        "retrain-estimate",
        low=duration(estimate.low),
        high=duration(estimate.high),
        training=duration(sum(estimate.stages)),
        judging=duration(estimate.judging),
    )
    st.markdown(told)
    if estimate.disk:
        st.caption(say("retrain-disk", size=size(estimate.disk)))


def _show_measuring() -> None:
    job = jobs().newest("measure")
    if job is None or not job.state.is_active:
        if job is not None and job.error:
            show_fault(job.error)
        return
    with live("measure"):
        st.fragment(_wait_for_measure, run_every=1.0)()


def _wait_for_measure() -> None:
    job = jobs().newest("measure")
    if job is None or not job.state.is_active:
        st.rerun()
    show_progress(progress_of(job, say("retrain-measure-waits")), "measure")


def _start(wish: TrainingWish) -> None:
    """Order it and go to where it can be watched."""
    job, is_new = jobs().order_training(actor(), wish)
    st.session_state.retrain_job = job.id
    st.session_state.retrain_part_wanted = "work"
    st.session_state.pop("retrain_names", None)
    if not is_new:
        keep_note("retrain", say("retrain-same"))
    st.rerun()


def _try(order: Callable[[], object]) -> None:
    """Call; a refusal is shown where the button is."""
    try:
        order()
    except CxrError as error:
        show_fault(error)
