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
from pages.components.texts import say

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.services import Job, TrainingView


def show_training(job: Job) -> None:
    """Draw what is known so far; nothing before the first step."""
    view = jobs().training(actor(), job)
    if not view.epochs and not view.steps:
        if job.state.is_active:
            show_nothing(say("retrain-curves-wait"))
        return
    charts = {
        "loss": partial(loss_chart, view.epochs, view.steps),
        "score": partial(score_chart, view.epochs),
        "rate": partial(rate_chart, view.epochs, view.steps),
    }
    end = _newest(view)
    with st.container(key="retrain-charts"):
        for column, (name, chart) in zip(st.columns(3), charts.items(), strict=True):
            with column:
                title = say(f"retrain-chart-{name}")
                st.html(f"<strong>{escape(title)}</strong>")
                alt = say("retrain-curves-told", title=title, end=end)
                show_chart(chart, f"retrain_chart_{name}", alt)
    _show_pictures(job, view)


def _newest(view: TrainingView) -> str:
    """Say where the curves end."""
    if not view.epochs:
        return say("retrain-first-epoch")
    last = view.epochs[-1]
    return say(
        "retrain-newest",
        epoch=last["epoch"],
        loss=f"{last['loss']:.3f}",
        validation_loss=f"{last['validation_loss']:.3f}",
        accuracy=f"{last['accuracy']:.3f}",
        validation_accuracy=f"{last['validation_accuracy']:.3f}",
    )


def _show_pictures(job: Job, view: TrainingView) -> None:
    if not view.pictures:
        return
    st.subheader(say("retrain-looks"), anchor=False)
    last = len(view.pictures)
    chosen = last
    if last > 1:
        label = say("retrain-newest-epoch")
        is_live = st.toggle(label, value=True, key=f"retrain_newest_{job.id}")
        if not is_live:
            label = say("retrain-epoch")
            chosen = st.slider(label, 1, last, last, key=f"retrain_epoch_{job.id}")
    _show_picture(view.pictures[chosen - 1], say("retrain-picture", epoch=chosen))
    st.caption(say("retrain-picture-told", epoch=chosen))
    if view.augmentations is not None:
        with st.expander(say("retrain-changed")):
            _show_picture(view.augmentations, say("retrain-changed-picture"))


def _show_picture(path: Path, words: str) -> None:
    """Draw a picture with words for those who cannot see it, which `st.image` has not."""
    data = base64.b64encode(path.read_bytes()).decode()
    st.html(
        f'<img class="cxr-strip" src="data:image/jpeg;base64,{data}" alt="{escape(words)}">'
    )
