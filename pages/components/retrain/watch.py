"""A training watched live: curves, and what the network looks at, epoch by epoch."""

from __future__ import annotations

import base64
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.chart import show_chart
from pages.components.parts.states import show_nothing
from pages.components.retrain.charts import loss_chart, rate_chart, score_chart
from pages.components.session import actor, jobs

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.services import Job, TrainingView


def show_training(job: Job) -> None:
    """Draw what is known so far; nothing before the first step."""
    view = jobs().training(actor(), job)
    if not view.epochs and not view.steps:
        if job.state.is_active:
            show_nothing("Curves appear with the first steps.")
        return
    charts = {
        "Loss": partial(loss_chart, view.epochs, view.steps),
        "Accuracy and AUC": partial(score_chart, view.epochs),
        "Learning rate": partial(rate_chart, view.epochs, view.steps),
    }
    alt = _newest(view)
    with st.container(key="retrain-charts"):
        for column, (title, chart) in zip(st.columns(3), charts.items(), strict=True):
            with column:
                st.html(f"<strong>{title}</strong>")
                show_chart(chart, f"retrain_chart_{title}", f"{title}. {alt}")
    _show_pictures(job, view)


def _newest(view: TrainingView) -> str:
    """Say where the curves end."""
    if not view.epochs:
        return "The first epoch is under way."
    last = view.epochs[-1]
    return (
        f"After epoch {last['epoch']}: loss {last['loss']:.3f}, of validation "
        f"{last['validation_loss']:.3f}; accuracy {last['accuracy']:.3f}, of validation "
        f"{last['validation_accuracy']:.3f}."
    )


def _show_pictures(job: Job, view: TrainingView) -> None:
    if not view.pictures:
        return
    st.subheader("Where it looks, on the same validation films", anchor=False)
    last = len(view.pictures)
    chosen = last
    if last > 1:
        is_live = st.toggle("Newest epoch", value=True, key=f"retrain_newest_{job.id}")
        if not is_live:
            chosen = st.slider("Epoch", 1, last, last, key=f"retrain_epoch_{job.id}")
    _show_picture(
        view.pictures[chosen - 1],
        f"Validation films after epoch {chosen}, each with heat for its own class",
    )
    st.caption(
        f"After epoch {chosen}: Grad-CAM for each film's own class; the bar below is the "
        "probability that it gets. Heat is no evidence of where a disease is."
    )
    if view.augmentations is not None:
        with st.expander("Training films, and below each as an epoch may change it"):
            _show_picture(view.augmentations, "Training films above, changed ones below")


def _show_picture(path: Path, words: str) -> None:
    """Draw a picture with words for those who cannot see it, which `st.image` has not."""
    data = base64.b64encode(path.read_bytes()).decode()
    st.html(
        f'<img class="cxr-strip" src="data:image/jpeg;base64,{data}" alt="{escape(words)}">'
    )
