"""The Health page as a script: what it tells administrators, and nobody else."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from cxr_core.domain import Actor, Role
from cxr_core.store.database import open_database
from pages.components.health.markup import level_html, remarks_html
from pages.components.session import services, warm_up
from tests.pages.shown import markup, notes
from tests.use_cases.stored import add_job, add_version, add_worker, write_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def page(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> Iterator[AppTest]:
    """The page on a folder with something to tell; nothing is loaded, no worker started."""
    with closing(open_database(f"sqlite:///{data_dir / 'cxr.db'}")) as database:
        add_version(database, "old", "retired", 90)
        add_worker(database, "w", silent=300, host="ward-<7>")
        add_job(database, "bad", "failed", 1, error="The disk was full.")
    write_version(data_dir / "versions", "old")
    monkeypatch.setenv("CXR_MODELS_DIR", str(data_dir / "none"))
    services.clear()
    warm_up.clear()
    yield AppTest.from_file(str(repository / "app.py"), default_timeout=120).run()
    services.clear()
    warm_up.clear()


def test_all_parts_are_told_and_nothing_is_markup_that_was_not_meant(page: AppTest) -> None:
    page.switch_page("pages/health.py").run()
    assert not page.exception
    assert "cxr-notice-fault" not in markup(page)
    told = markup(page)
    assert "ward-&lt;7&gt; has been silent for 5 minutes" in told
    assert "The disk was full." in told
    assert 'cxr-level-watch">Watch' in told
    headers = {header.value for header in page.header}
    assert {"Disk", "Workers", "Queue", "Devices", "Database", "Backups"} <= headers


def test_the_audit_log_is_walked_when_asked(page: AppTest) -> None:
    page.switch_page("pages/health.py").run()
    page.button(key="health_check_audit").click().run()
    assert any("The audit log is whole" in each for each in notes(page))


def test_a_purge_is_listed_confirmed_and_done(page: AppTest, data_dir: Path) -> None:
    page.switch_page("pages/health.py").run()
    assert not [each for each in page.button if each.key == "health_purge"]
    page.button(key="health_list").click().run()
    assert "may go" in markup(page)
    assert (data_dir / "versions" / "old").is_dir()
    page.button(key="health_purge").click().run()
    assert not page.exception
    assert not (data_dir / "versions" / "old").exists()
    assert any("Purged 1 thing;" in each for each in notes(page))


def test_a_backup_is_made_and_listed(page: AppTest, data_dir: Path) -> None:
    page.switch_page("pages/health.py").run()
    page.button(key="health_backup").click().run()
    deadline = time.monotonic() + 60
    while services().care().backups.state.running and time.monotonic() < deadline:
        time.sleep(0.05)
    page.run()
    assert not page.exception
    (made,) = (data_dir / "backups").glob("*.zip")
    assert f"Made {made.name}." in notes(page)
    assert made.name in markup(page)


def test_who_is_no_administrator_sees_nothing_of_it(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Actor("rex", Role.READER)
    monkeypatch.setattr("pages.components.session.actor", lambda **_: reader)
    page.switch_page("pages/health.py").run()
    assert not page.exception
    assert "ward-" not in markup(page)
    assert not [each for each in page.button if str(each.key).startswith("health")]


def test_a_state_is_told_by_its_word() -> None:
    assert ">OK<" in level_html("ok")
    assert ">Act<" in level_html("act")
    assert remarks_html([]) == '<ul class="cxr-states"></ul>'
