"""`doctor`: what this machine has, in one table; exit 1 when something would fail."""

from __future__ import annotations

import shutil
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from cxr_core.cli.parsing import print_table
from cxr_core.errors import DecoderFailed, InputError, ModelError, StorageError
from cxr_core.registry.atomic import write_atomically
from cxr_core.services import build_services
from cxr_core.store.database import Database
from cxr_core.wiring import decoder_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from cxr_core.settings import Settings

_PACKAGES = (
    "streamlit",
    "tensorflow",
    "keras",
    "numpy",
    "pillow",
    "pydicom",
    "imagecodecs",
    "simplejpeg",
    "safetensors",
    "plotly",
    "sqlalchemy",
    "alembic",
    "psycopg",
    "argon2-cffi",
    "authlib",
)
_SPARE_BYTES = 500 * 2**20
_OK, _FAILS = "ok", "FAILS"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "doctor",
        help="check this machine",
        description="Check environment, GPU, models, data folder, database and disk.",
        epilog="example: python -m cxr_core doctor",
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Print the table; 1 when a line fails."""
    rows = [
        ("python", _OK, sys.version.split()[0]),
        *(_package(name) for name in _PACKAGES),
        _opencv(),
        _device(settings),
        *_models(settings),
        _decoders(settings),
        _data_folder(settings),
        _database(settings),
        _disk(settings),
    ]
    print_table(("check", "state", "detail"), rows, as_json=options.json)
    return 1 if any(state == _FAILS for _, state, _ in rows) else 0


def _package(name: str) -> tuple[str, str, str]:
    try:
        return name, _OK, metadata.version(name)
    except metadata.PackageNotFoundError:
        return name, _FAILS, "not installed: pip install -r requirements.txt"


def _opencv() -> tuple[str, str, str]:
    try:
        import cv2
    except ImportError as error:
        return (
            "opencv",
            _FAILS,
            f"{error}. On slim images: apt-get install libgl1 libglib2.0-0",
        )
    return "opencv", _OK, f"{cv2.__version__} (slim images need libgl1 and libglib2.0-0)"


def _device(settings: Settings) -> tuple[str, str, str]:
    try:
        from cxr_core.inference.engine import device_name
        from cxr_core.inference.runtime import start_backend

        start_backend(settings.threads)
        return "device", _OK, device_name()
    except ImportError as error:
        return "device", _FAILS, str(error)


def _models(settings: Settings) -> Iterator[tuple[str, str, str]]:
    catalogue = build_services(settings).catalogue
    entries = catalogue.entries()
    if not entries:
        yield "models", _FAILS, f"none under {settings.models_dir}"
    for entry in entries:
        try:
            (model,) = catalogue.load([entry.name])
            yield f"model {entry.name}", _OK, f"version {model.ref.version}, canary answered"
        except ModelError as error:
            yield f"model {entry.name}", _FAILS, str(error)


def _decoders(settings: Settings) -> tuple[str, str, str]:
    """Have a decoder process refuse what is no film."""
    decoder = decoder_of(settings)
    try:
        decoder.decode(b"doctor")
    except (DecoderFailed, StorageError) as error:
        return "decoders", _FAILS, str(error)
    except InputError:
        return "decoders", _OK, f"{settings.decoders} processes, one tried"
    finally:
        decoder.close()
    return "decoders", _FAILS, "a word was read as a film"


def _data_folder(settings: Settings) -> tuple[str, str, str]:
    probe = settings.data_dir / "doctor.txt"
    try:
        write_atomically(probe, b"writable\n")
        probe.unlink()
    except (StorageError, OSError) as error:
        return "data folder", _FAILS, str(error)
    return "data folder", _OK, str(settings.data_dir)


def _database(settings: Settings) -> tuple[str, str, str]:
    """Look at the database, making none where there is none yet."""
    try:
        database = Database(settings.database_url)
        if database.path is not None and not database.path.exists():
            return "database", _OK, f"{database.words} is made with the first start"
        revision = database.revision()
        database.close()
    except StorageError as error:
        return "database", _FAILS, str(error)
    return "database", _OK, f"{database.words}, tables at {revision or 'nothing yet'}"


def _disk(settings: Settings) -> tuple[str, str, str]:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    state = _OK if free >= _SPARE_BYTES else _FAILS
    return "disk", state, f"{free / 2**30:.1f} GB free"
