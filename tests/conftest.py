"""Fixtures that more than one room needs."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.postgres import installed_postgres, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cxr_core.store.database import Database
    from cxr_core.use_cases.collecting import Films

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow greets on stderr
# Jobs of the tests give way to nobody: other tests may keep the processors busy.
os.environ.setdefault("CXR_JOBS_GIVE_WAY", "0")

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("project", deadline=None)  # a busy machine is not a fault of the code
settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "shared_films" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real_films)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds app.py."""
    return ROOT


@pytest.fixture(scope="session")
def shared_films() -> Path:
    """Public radiographs in the folders of their releases, which the repository never holds."""
    folder = Path(os.environ.get("CXR_TEST_FILMS") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real films at {folder}; set CXR_TEST_FILMS to a folder of releases")
    return folder


@pytest.fixture(scope="session")
def drawn_films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    """Releases of drawn films, curated once; nobody changes what lies there."""
    from tests.datasets.releases import curated, write_releases

    folder = tmp_path_factory.mktemp("films")
    return curated(write_releases(folder / "releases"), folder / "manifest")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty CXR_DATA_DIR of this test's own."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("CXR_DATA_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL server, {name} standing for the database."""
    programs = installed_postgres()
    if programs is None:
        reason = "PostgreSQL is not installed (apt-get install postgresql)"
        if os.environ.get("CXR_REQUIRE_POSTGRES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_postgres(programs) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database: the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'cxr.db'}"
    import psycopg

    address: str = request.getfixturevalue("postgres")
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(address.format(name="postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return address.format(name=name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with tables and no rows, once of each kind."""
    from cxr_core.store.database import open_database

    opened = open_database(database_url)
    yield opened
    opened.close()
