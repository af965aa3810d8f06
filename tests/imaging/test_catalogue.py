"""Every kind of file that comes in ends as docs/inputs.md says, and costs only itself."""

from __future__ import annotations

import logging
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.domain import Normalisation
from cxr_core.errors import InputError
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.encodings import ENCODINGS as TRANSFER_SYNTAXES
from cxr_core.imaging.isolation.pool import ChildLimits, DecoderPool
from cxr_core.imaging.preparing import InProcess, Order
from cxr_core.use_cases.films.spool import Spool
from cxr_core.use_cases.intake import film_limits
from tests.imaging.catalogue import DRAWN, ENCODINGS, HOSTILE, KINDS, hostile_kinds
from tests.imaging.catalogue.hostile import SECRETS as HOSTILE_SECRETS
from tests.imaging.catalogue.kind import READ
from tests.imaging.catalogue.making import SECRETS, film
from tests.imaging.catalogue.table import page
from tests.imaging.films import stored_chest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.imaging.catalogue import Encoding, Kind

ORDER = Order([(64, Normalisation.FILM)], 96)
NEIGHBOUR = film()
LEAST_REFUSED = 82
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of one film of an uploaded file: `outcome` is `READ` or an error code."""

    outcome: str
    message: str
    told: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """The upload path: a store on the disk, and two decoder processes behind it."""

    pool: DecoderPool
    spool: Spool
    outside: Path

    def endings(self, data: bytes) -> list[Ending]:
        """Upload a file, and read what is in it."""
        shelf = self.spool.open("ada")
        try:
            with suppress(InputError), shelf.begin("upload", len(data), data[:300]) as arrival:
                arrival.write(data)
                arrival.finish()
            return [self._ending(each.load) for each in shelf.collect()]
        finally:
            self.spool.discard(shelf)

    def _ending(self, load) -> Ending:
        try:
            prepared = self.pool.prepare(load(), ORDER)
        except InputError as refusal:
            return Ending(refusal.code, str(refusal), "")
        told = repr(prepared.provenance)
        if prepared.refusal is not None:
            return Ending(prepared.refusal.code, str(prepared.refusal), told)
        return Ending(READ, "", told, prepared.provenance.warnings)

    def strays(self) -> list[str]:
        """Files that somebody wrote outside the store, or left in it."""
        files = [path for path in self.outside.rglob("*") if path.is_file()]
        return [str(path) for path in files if path.name != ".held"]


@pytest.fixture(scope="module")
def upload(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upload]:
    """Everything that is written by habit would be written below one folder."""
    outside = tmp_path_factory.mktemp("outside")
    for name in ("here", "temporary"):
        (outside / name).mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(outside / "here")
        patch.setenv("TMPDIR", str(outside / "temporary"))
        patch.setattr(tempfile, "tempdir", None)
        spool = Spool(outside / "uploads", film_limits(64 << 20), GIB, GIB)
        pool = DecoderPool(Limits(study_key=b"key"), ChildLimits(processes=2))
        yield Upload(pool, spool, outside)
        pool.close()
        spool.close()


def check(kind: Kind, upload: Upload, caplog, capfd) -> None:
    data = kind.make()
    caplog.clear()
    capfd.readouterr()
    with caplog.at_level(logging.DEBUG), ThreadPoolExecutor(1) as beside:
        neighbour = beside.submit(upload.pool.prepare, NEIGHBOUR, ORDER)
        endings = upload.endings(data)
    assert neighbour.result().refusal is None, "the film beside it was lost"
    assert upload.pool.prepare(NEIGHBOUR, ORDER).refusal is None, "the next film was lost"
    check_outcome(kind, endings)
    said = " ".join([caplog.text, *capfd.readouterr(), *(e.message + e.told for e in endings)])
    assert "Traceback" not in said
    assert [secret for secret in (*SECRETS, *HOSTILE_SECRETS) if secret in said.lower()] == []
    assert upload.strays() == []


def check_outcome(kind: Kind, endings: list[Ending]) -> None:
    refused = [ending for ending in endings if ending.outcome != READ]
    warnings = " ".join(warning for ending in endings for warning in ending.warnings)
    if kind.is_refused:
        assert {ending.outcome for ending in refused} == {kind.outcome}, endings
        assert len(endings) - len(refused) == kind.spared
        for ending in refused:  # what came or was expected, and what to do
            assert ending.message.endswith(".")
            assert ending.message.count(". ") >= 1, ending.message
    else:
        assert refused == []
        assert len(endings) == 1
        assert kind.warning in warnings


@pytest.mark.parametrize("kind", DRAWN, ids=lambda kind: f"{kind.group}: {kind.name}")
def test_a_file_that_is_wrong_ends_as_the_page_says(kind: Kind, upload, caplog, capfd) -> None:
    check(kind, upload, caplog, capfd)


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=lambda number: HOSTILE[number].name)
def test_the_files_that_end_other_decoders_cost_only_themselves(
    number: int, upload, shared_films: Path, caplog, capfd
) -> None:
    check(hostile_kinds(shared_films)[number], upload, caplog, capfd)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda each: f"{each.group}: {each.name}")
def test_a_film_comes_out_as_exactly_as_the_page_says(encoding: Encoding, upload) -> None:
    for bits in encoding.depths:
        data = encoding.make(bits)
        (ending,) = upload.endings(data)
        assert ending.outcome == READ, (bits, ending)
        assert encoding.noted in " ".join(ending.warnings)
        greys = upload.pool.decode(data).pixels.astype(np.float64)
        stored, top = stored_chest(bits), (1 << bits) - 1
        if encoding.within is None:
            assert np.array_equal(np.rint(greys * top), stored), bits
        assert np.abs(greys - stored / top).max() * 255 <= (encoding.within or 1e-3), bits


def test_every_transfer_syntax_that_is_read_is_on_the_page() -> None:
    decoder = InProcess()
    films = [each.make(each.depths[0]) for each in ENCODINGS if each.group.startswith("DICOM")]
    found = {decoder.decode(data).provenance.transfer_syntax for data in films}
    assert found == set(TRANSFER_SYNTAXES)


def test_every_code_has_an_example_and_no_other_is_given() -> None:
    codes = {each.code for each in InputError.__subclasses__()} - {"not_found"}
    assert {kind.outcome for kind in KINDS if kind.is_refused} == codes
    assert sum(kind.is_refused for kind in KINDS) >= LEAST_REFUSED
    names = [(kind.group, kind.name) for kind in KINDS]
    assert len(set(names)) == len(names)


def test_the_page_is_what_the_catalogue_writes(repository: Path) -> None:
    found = (repository / "docs" / "inputs.md").read_text(encoding="utf-8")
    assert found == page(), "run: python -m tests.imaging.catalogue > docs/inputs.md"
