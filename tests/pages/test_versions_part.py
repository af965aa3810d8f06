"""The versions as an administrator sees them: in force, waiting, one click and one back."""

from __future__ import annotations

import io
import shutil
import zipfile
from html import unescape
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from cxr_core.domain import Actor, Role
from cxr_core.use_cases.access import TERMINAL
from pages.components.session import services, warm_up
from tests.pages.shown import markup, notes
from tests.use_cases.answered import CLASSES, Scene, finished_run, write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCRIPT = "from pages.components.registry import show_versions\nshow_versions()"
REASON = "The films of our ward are portable ones."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    finished_run(folder / "models", "nova", 1, audit_score=0.45)
    for seed, name in enumerate(("better", "chance", "silent"), start=2):
        finished_run(folder / "runs", name, seed)
    return folder


@pytest.fixture
def stage(made: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A better candidate, one better by chance, and one that was not asked yet."""
    shutil.copytree(made, data_dir, dirs_exist_ok=True)
    monkeypatch.setenv("CXR_MODELS_DIR", str(data_dir / "models"))
    services.clear()
    warm_up.clear()
    core = services()
    films = write_manifest(data_dir / "manifest")
    for name in ("silent", "chance", "better"):
        core.registry().versions.register(TERMINAL, data_dir / "runs" / name)
    stage = Scene(data_dir, core.catalogue, core.serving, core.answers, core.registry(), films)
    stage.answer("nova", dict.fromkeys(CLASSES, range(40)))
    stage.answer("better", dict.fromkeys(CLASSES, range(8)))
    stage.answer("chance", dict.fromkeys(CLASSES, range(6, 45)))
    yield stage
    services.clear()
    warm_up.clear()


def page() -> AppTest:
    return AppTest.from_string(SCRIPT, default_timeout=120).run()


def said(shown: AppTest) -> str:
    parts = [*shown.markdown, *shown.caption, *shown.info, *shown.success, *shown.error]
    told = [*(each.value for each in parts), markup(shown), *notes(shown)]
    return unescape(" ".join(told).replace("\\", ""))


def look_at(shown: AppTest, name: str) -> AppTest:
    return shown.selectbox(key="candidate").set_value(name).run()


def test_a_candidate_that_passes_is_promoted_and_taken_back_with_one_click_each(
    stage: Scene,
) -> None:
    shown = look_at(page(), "better")
    assert not shown.exception
    assert "Passes the gate" in said(shown)
    assert "Better, and not by chance" in said(shown)
    shown = shown.button(key="promote_better").click().run()
    assert not shown.exception
    assert "better reads films as nova from now on." in said(shown)
    assert stage.serving.load()[0].ref.version == "better"
    assert "● champion of line nova" in said(shown)
    shown = shown.button(key="do_rollback_nova").click().run()
    assert "nova reads films as nova." in said(shown)
    assert stage.serving.load()[0].ref.version == "test"


def test_a_candidate_that_does_not_pass_asks_for_a_reason(stage: Scene) -> None:
    shown = look_at(page(), "chance")
    assert "Does not pass the gate" in said(shown)
    assert "that may be chance" in said(shown)
    assert "promote_chance" not in {each.key for each in shown.button}
    submit = next(each for each in shown.button if each.label == "Promote against the gate")
    shown = submit.click().run()
    assert "give a reason of 20 characters or more" in said(shown)
    assert stage.serving.load()[0].ref.version == "test"
    shown.text_area(key="reason_chance").set_value(REASON)
    submit = next(each for each in shown.button if each.label == "Promote against the gate")
    shown = submit.click().run()
    assert stage.serving.load()[0].ref.version == "chance"
    assert REASON in said(shown)
    assert "set aside" in said(shown)


def test_a_candidate_that_was_not_asked_yet_is_compared_by_a_job(stage: Scene) -> None:
    shown = look_at(page(), "silent")
    assert "Not compared with nova yet: silent must be asked" in said(shown)
    shown = shown.button(key="compare_silent").click().run()
    assert "Ordered: Ask nova, silent about all held-out films." in said(shown)
    [job] = services().jobs().jobs(Actor("ada", Role.ADMINISTRATOR), kinds=("compare",))
    assert job.arguments == {"versions": ["nova", "silent"]}
    assert "The comparison is under way" in said(shown)


def test_a_bundle_is_imported_and_a_hostile_one_is_not(stage: Scene) -> None:
    stream = io.BytesIO()
    stage.desk.bundles.export(TERMINAL, "better", stream)
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr("../../evil.py", "print()")
    shown = page()
    shown.file_uploader[0].upload("evil.zip", hostile.getvalue(), "application/zip").run()
    accept = next(each for each in shown.button if each.label == "Verify and accept")
    shown = accept.click().run()
    assert "can run code" in said(shown)
    shown.file_uploader[0].upload("better.zip", stream.getvalue(), "application/zip").run()
    accept = next(each for each in shown.button if each.label == "Verify and accept")
    shown = accept.click().run()
    assert "There is a version 'better' already" in said(shown)


def test_candidates_are_put_aside_and_found_again(stage: Scene) -> None:
    shown = look_at(page(), "silent")
    shown = shown.button(key="do_aside_silent").click().run()
    assert "silent is retired." in said(shown)
    assert "◌ retired" in said(shown)
    shown = shown.selectbox(key="retired_version").set_value("silent").run()
    assert not shown.exception
    assert "compare_silent" in {each.key for each in shown.button}
