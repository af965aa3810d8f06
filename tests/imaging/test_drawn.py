"""The films that ship as code: drawn, marked as drawn, and taken for films all the same."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pydicom
import pytest

from cxr_core.domain import AS_STORED
from cxr_core.imaging.decode import decode_radiograph
from cxr_core.imaging.drawn.chest import COLUMNS, ROWS, draw_chest
from cxr_core.imaging.drawn.files import draw_samples, encode_dicom
from cxr_core.imaging.polarity import Polarity, estimate_polarity
from cxr_core.imaging.preparing import InProcess
from cxr_core.imaging.synthetic import SYNTHETIC_FLAG
from cxr_core.imaging.window import apply_window
from tests.imaging.films import dataset_of, file_of, stored_chest

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.domain import FloatArray

NAMES = ("synthetic-clear.dcm", "synthetic-hazy.png")
DIGESTS = """
import hashlib
from cxr_core.imaging.drawn.files import draw_samples
print(*(hashlib.sha256(content).hexdigest() for content in draw_samples().values()))
"""


@pytest.fixture(scope="module")
def samples() -> dict[str, bytes]:
    return draw_samples()


@pytest.fixture(scope="module")
def pair() -> tuple[FloatArray, FloatArray]:
    """The same chest, clear and hazy."""
    return draw_chest(7), draw_chest(7, is_hazy=True)


def test_both_ways_into_the_program_are_shown(samples: dict[str, bytes]) -> None:
    told = [decode_radiograph(samples[name]).provenance for name in NAMES]
    assert [each.format for each in told] == ["dicom", "png"]
    assert [each.bits_stored for each in told] == [12, 16]
    assert [(each.rows, each.columns) for each in told] == [(ROWS, COLUMNS)] * 2
    assert 1500 <= max(ROWS, COLUMNS) <= 2000
    dicom, _ = told
    assert dicom.view_position == "PA"
    assert dicom.pixel_spacing_mm is not None
    assert [each.name for each in dicom.windows] == ["NORMAL", "LUNG"]


@pytest.mark.parametrize("name", NAMES)
def test_the_gates_have_nothing_to_say_but_that_it_is_drawn(
    samples: dict[str, bytes], name: str
) -> None:
    provenance = decode_radiograph(samples[name]).provenance
    assert provenance.flags == (SYNTHETIC_FLAG,)
    (warning,) = provenance.warnings
    assert "drawn by this program" in warning


@pytest.mark.parametrize("name", NAMES)
def test_bone_is_bright_and_lungs_are_dark(samples: dict[str, bytes], name: str) -> None:
    pixels = decode_radiograph(samples[name]).pixels
    assert estimate_polarity(pixels) is Polarity.UPRIGHT
    spine = pixels[ROWS // 2, COLUMNS // 2 - 20 : COLUMNS // 2 + 20].mean()
    lung = pixels[ROWS * 3 // 10, COLUMNS * 3 // 10 - 20 : COLUMNS * 3 // 10 + 20].mean()
    assert spine > lung + 0.3


def test_another_process_draws_the_same_bytes(
    samples: dict[str, bytes], repository: Path
) -> None:
    command = [sys.executable, "-c", DIGESTS]
    said = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    told = [decode_radiograph(content).provenance.sha256 for content in samples.values()]
    assert said.stdout.split() == told


def test_more_than_eight_bits_of_grey_are_used(samples: dict[str, bytes]) -> None:
    cells = pydicom.dcmread(io.BytesIO(samples["synthetic-clear.dcm"])).pixel_array
    assert len(np.unique(cells)) > 2000
    assert int(cells.max()) < 1 << 12
    picture = cv2.imdecode(
        np.frombuffer(samples["synthetic-hazy.png"], np.uint8), cv2.IMREAD_UNCHANGED
    )
    assert len(np.unique(picture)) > 2000


def test_the_patches_lie_in_both_lungs_and_nowhere_else(
    pair: tuple[FloatArray, FloatArray],
) -> None:
    clear, hazy = (cv2.blur(film, (41, 41)) for film in pair)
    more = hazy - clear
    middle = slice(int(0.5 * ROWS), int(0.65 * ROWS))
    for side in (slice(int(0.16 * COLUMNS), int(0.3 * COLUMNS)),
                 slice(int(0.7 * COLUMNS), int(0.84 * COLUMNS))):  # fmt: skip
        assert more[middle, side].mean() > 0.08
    assert abs(more[int(0.92 * ROWS) :].mean()) < 0.02
    assert abs(more[:, : int(0.08 * COLUMNS)].mean()) < 0.02


def test_the_words_stand_in_the_picture_of_every_film(
    pair: tuple[FloatArray, FloatArray],
) -> None:
    corners = [film[:80, :600] for film in pair]
    inks = [corner > 0.8 for corner in corners]
    assert all(0.05 < ink.mean() < 0.4 for ink in inks)
    np.testing.assert_array_equal(*inks)


def test_the_words_can_still_be_seen_in_a_small_copy(
    pair: tuple[FloatArray, FloatArray],
) -> None:
    """Letters as high as 8 pixels, against the air beside the neck."""
    copy = cv2.resize(pair[0], (COLUMNS // 4, ROWS // 4), interpolation=cv2.INTER_AREA)
    assert copy[:20, :130].max() - copy[20:30, :60].max() > 0.5


def test_the_header_names_nobody(samples: dict[str, bytes]) -> None:
    dataset = pydicom.dcmread(io.BytesIO(samples["synthetic-clear.dcm"]))
    people = {
        element.keyword: str(element.value)
        for element in dataset
        if element.tag.group == 0x0010 or element.VR == "PN"
    }
    assert {value for value in people.values() if value} == {"SYNTHETIC"}
    assert "date" not in " ".join(
        element.keyword.lower() for element in dataset if str(element.value)
    )


def test_the_second_window_shows_the_lungs_brighter(samples: dict[str, bytes]) -> None:
    look = InProcess().look(samples["synthetic-clear.dcm"], (), AS_STORED)
    values = look.film.slope * look.film.steps + look.film.intercept
    normal, lung = (
        apply_window(values, window.center, window.width, window.function).mean()
        for window in look.provenance.windows
    )
    assert lung > normal + 0.05


def test_a_film_that_another_program_made_is_told_from_ours() -> None:
    made = dataset_of(stored_chest(), SyntheticData="YES", Manufacturer="Somebody")
    true = dataset_of(stored_chest(), SyntheticData="NO")
    told = decode_radiograph(file_of(made)).provenance
    assert SYNTHETIC_FLAG in told.flags
    assert any("(0008,001C)" in warning for warning in told.warnings)
    assert not any("this program" in warning for warning in told.warnings)
    assert SYNTHETIC_FLAG not in decode_radiograph(file_of(true)).provenance.flags


def test_words_of_a_stranger_elsewhere_in_a_png_make_no_drawn_film() -> None:
    film = np.rint(draw_chest(3)[::8, ::8] * 255).astype(np.uint8)
    data = cv2.imencode(".png", film)[1].tobytes() + b"tEXtSource\0Camera"
    assert decode_radiograph(data).provenance.flags == ()


def test_a_drawn_film_that_is_turned_dark_side_up_is_found_out() -> None:
    inverted = decode_radiograph(encode_dicom(np.float32(1.0) - draw_chest(1)))
    assert "gate_looks_inverted" in inverted.provenance.flags
