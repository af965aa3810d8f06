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

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.services import ShelvedManifest, Study, TrainingPlan

_STARTS = {
    AS_RECIPE: "As the recipe says",
    FROM_SCRATCH: "From scratch",
    FROM_IMAGENET: "ImageNet, where it can be fetched",
}
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
        place = show_empty(
            "There is nothing to train on", "No films have been curated yet: do so on Data."
        )
        place.page_link("pages/data.py", label="Go to Data and curate")
        return None
    digest = next(iter(shelved))
    if len(shelved) > 1:
        digest = str(
            st.selectbox(
                "Films",
                list(shelved),
                format_func=lambda each: _manifest_words(shelved[each]),
                key="retrain_manifest",
            )
        )
    else:
        st.caption(plain(f"Films: {_manifest_words(shelved[digest])}, dealt by patient."))
    _show_warnings(shelved[digest])
    return digest


def _manifest_words(shelved: ShelvedManifest) -> str:
    used = sum(film.is_used for film in shelved.manifest.films)
    when = "in force" if shelved.is_in_force else "earlier"
    return f"manifest {shelved.digest[:16]}, {used:,} films, {when}"


def _show_warnings(shelved: ShelvedManifest) -> None:
    browser = services().data
    if not shelved.is_in_force:
        browser = services().browser_at(shelved.path)
    curated = browser.curated()
    if curated is None or not curated.warnings:
        return
    with st.expander("Before believing an accuracy on these films"):
        for sentence in curated.warnings[:_MOST_WARNINGS]:
            st.markdown(f"- {plain(sentence)}")
        st.page_link("pages/data.py", label="All of it stands on Data")


def _ask(digest: str) -> TrainingWish:
    study = _ask_recipe()
    runs = [run.name for run in study.runs]
    run = st.selectbox("Network", runs, key=f"retrain_run_{study.recipe}")
    recipe = study.run(str(run)).recipe
    start = _ask_start(recipe.network, is_frozen=recipe.is_ever_frozen)
    share = st.slider(
        "Share of the training films",
        *(5, 100, 100),
        step=5,
        format="%d %%",
        key="retrain_share",
        help="Fewer films are quicker and say less. Every class and source is thinned alike.",
    )
    epochs, minutes = _ask_budget(recipe.epochs)
    proposed = _new_name(recipe.network)
    name = st.text_input("Name of the version", key="retrain_name", placeholder=proposed)
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
        f"Epochs at most (the recipe has {epochs})",
        *(1, 1000),
        value=None,
        placeholder=str(epochs),
        key="retrain_epochs",
        width=_FIELD,
    )
    most_minutes = fields.number_input(
        "Minutes at most",
        *(1, 10_080),
        value=None,
        placeholder="no limit",
        key="retrain_minutes",
        width=_FIELD,
        help="A training that takes longer ends with what it has; it can go on later.",
    )
    return (
        None if most_epochs is None else int(most_epochs),
        None if most_minutes is None else int(most_minutes),
    )


def _ask_recipe() -> Study:
    found, faults = jobs().studies()
    studies = {study.recipe: study for study in found}

    def words(name: str) -> str:
        return f"{name}: {studies[name].runs[0].recipe.title}"

    chosen = st.selectbox("Recipe", list(studies), format_func=words, key="retrain_recipe")
    show_warnings(f"A recipe cannot be used. {fault}" for fault in faults)
    paper = studies[str(chosen)].runs[0].recipe.paper
    if paper:
        st.caption(plain(f"After {paper}."))
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
        return _STARTS.get(start, f"Version {start}")

    chosen = st.selectbox(
        "First weights",
        options,
        index=first,
        format_func=words,
        key=f"retrain_start_{network}_{is_frozen}",
        help="A version's films stay known: it is never judged on patients it was trained on.",
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
        st.subheader("What this comes to", anchor=False)
        try:
            plan = jobs().plan(wish)
        except CxrError as error:
            show_warnings([str(error)])
            return
        counts = {split.value: count for split, count in plan.films.items()}
        st.markdown(
            f"**{counts['train']:,}** films to learn from, **{counts['validation']:,}** to "
            f"watch it by, **{counts['test']:,}** to judge it on; **{plan.epochs}** epochs."
        )
        _show_estimate(wish, plan)
        _show_start(wish, plan)
        if not jobs().has_worker():
            st.caption("No worker is there at the moment: the order would wait for one.")


def _show_start(wish: TrainingWish, plan: TrainingPlan) -> None:
    """Draw the button; where it cannot be pressed yet, what comes first is the primary one."""
    # Asked in the run and not by a callback, which would order the wish of the run before:
    # a name that is typed and a press that follows at once arrive here together.
    with st.container(horizontal=True, vertical_alignment="center"):
        is_timed = plan.estimate is not None
        if not is_timed and st.button("Time a few steps", type="primary"):
            _try(lambda: jobs().order_measure(actor(), wish))
        is_pressed = st.button(
            "Start training", type="primary" if is_timed else "secondary", disabled=not is_timed
        )
        if is_pressed and is_timed:
            _try(lambda: _start(wish))
    if not is_timed:
        st.caption("It can be started once it was timed, so that you know what you begin.")
        _show_measuring()


def _show_estimate(wish: TrainingWish, plan: TrainingPlan) -> None:
    estimate = plan.estimate
    if estimate is None:
        st.markdown("How long that takes **is not known** on this machine yet.")
        return
    st.markdown(
        f"About **{duration(estimate.low)} to {duration(estimate.high)}** on this machine, as "
        f"it was timed: {duration(sum(estimate.stages))} of training, "
        f"{duration(estimate.judging)} of judging and audit. People who read films go first; "
        "busy hours take longer."
    )
    if estimate.disk:
        st.caption(f"Needs {size(estimate.disk)} of disk while it runs.")


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
    show_progress(progress_of(job, "Waiting for a worker"), "measure")


def _start(wish: TrainingWish) -> None:
    """Order it and go to where it can be watched."""
    job, is_new = jobs().order_training(actor(), wish)
    st.session_state.retrain_job = job.id
    st.session_state.retrain_part_wanted = "Work"
    st.session_state.pop("retrain_names", None)
    if not is_new:
        keep_note(
            "retrain",
            "The same training is under way already; this is it. Nothing was started twice.",
        )
    st.rerun()


def _try(order: Callable[[], object]) -> None:
    """Call; a refusal is shown where the button is."""
    try:
        order()
    except CxrError as error:
        show_fault(error)
