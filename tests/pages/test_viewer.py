"""The viewer's parcel: what Python packs is what a browser can unpack."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cxr_core.domain import AS_STORED, Normalisation
from cxr_core.imaging.preparing import InProcess
from pages.components import viewer
from pages.components.viewer import (
    ViewerFilm,
    ViewerPanel,
    class_union,
    pack_film,
)
from tests.imaging.films import dataset_of, file_of
from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLASSES = ("normal", "pneumonia", "covid19")


def _panel(
    name: str = "vgg16", classes: tuple[str, ...] = CLASSES, side: int = 7
) -> ViewerPanel:
    generator = np.random.default_rng(len(name))
    shares = generator.dirichlet(np.ones(len(classes)))
    heat = generator.random((len(classes), side, side + 1), dtype=np.float32)
    return ViewerPanel(name, tuple(shares.tolist()), classes, heat)


def _pixels(bits: int, shape: tuple[int, int] = (37, 53)) -> NDArray[Any]:
    depth = np.uint8 if bits <= 8 else np.uint16
    return np.random.default_rng(bits).integers(0, 2**bits, shape).astype(depth)


def _open(parcel: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(parcel[4:8], "little")
    return json.loads(parcel[8 : 8 + length]), parcel[8 + length :]


def _part(body: bytes, place: dict[str, int]) -> bytes:
    return body[place["offset"] : place["offset"] + place["length"]]


def _unpack(parcel: bytes) -> NDArray[Any]:
    """Do what `codec.js` does: inflate, join the planes, sum the differences."""
    head, body = _open(parcel)
    film = head["film"]
    planes = []
    for place in film["planes"]:
        part = _part(body, place)
        raw = zlib.decompress(part) if place["deflated"] else part
        planes.append(np.frombuffer(raw, np.uint8).reshape(film["height"], film["width"]))
    if film["bits"] <= 8:
        return np.cumsum(planes[0], axis=0, dtype=np.uint8)
    high, low = (plane.astype(np.uint16) for plane in planes)
    return np.cumsum((high << 8) | low, axis=0, dtype=np.uint16)


@pytest.mark.parametrize("bits", [1, 8, 10, 12, 16])
def test_every_pixel_survives_the_parcel(bits: int) -> None:
    pixels = _pixels(bits)
    assert np.array_equal(_unpack(pack_film(ViewerFilm(pixels, bits))), pixels)


def test_only_what_shrinks_is_deflated() -> None:
    noise = _pixels(12)  # its high bytes hold four bits each, its low bytes eight
    head, _ = _open(pack_film(ViewerFilm(noise, 12)))
    assert [plane["deflated"] for plane in head["film"]["planes"]] == [True, False]
    head, _ = _open(pack_film(ViewerFilm(np.full((64, 64), 300, np.uint16), 12)))
    assert [plane["deflated"] for plane in head["film"]["planes"]] == [True, True]


def test_a_transposed_film_is_packed_as_it_looks() -> None:
    pixels = _pixels(8).T
    assert np.array_equal(_unpack(pack_film(ViewerFilm(pixels, 8))), pixels)


def test_the_header_names_the_models_and_their_numbers() -> None:
    panel = _panel()
    head, body = _open(pack_film(ViewerFilm(_pixels(8), 8, (panel,), "covid19", "AP")))
    assert (head["selected"], head["note"]) == ("covid19", "AP")
    (model,) = head["panels"]
    assert model["name"] == "vgg16"
    assert model["probabilities"] == list(panel.probabilities)
    heat = np.frombuffer(_part(body, model["heat"]), "<f4")
    assert np.array_equal(heat, panel.heatmaps.ravel())


def test_every_part_begins_where_a_typed_array_may_begin() -> None:
    panels = (_panel("a"), _panel("b", ("x",), side=3))
    parcel = pack_film(ViewerFilm(_pixels(8), 8, panels))
    head, body = _open(parcel)
    places = [*head["film"]["planes"], *(model["heat"] for model in head["panels"])]
    assert (len(parcel) - len(body)) % 4 == 0
    assert [place["offset"] % 4 for place in places] == [0, 0, 0]


def test_the_chooser_shows_the_union_of_the_models_classes() -> None:
    panels = (_panel(), _panel("other", ("covid19", "<b>nodule</b>")))
    assert class_union(panels) == (*CLASSES, "<b>nodule</b>")
    head, _ = _open(pack_film(ViewerFilm(_pixels(8), 8, panels)))
    assert head["classes"] == [*CLASSES, "<b>nodule</b>"]
    assert head["panels"][1]["classes"] == ["covid19", "<b>nodule</b>"]


def test_a_film_without_models_has_no_classes() -> None:
    head, _ = _open(pack_film(ViewerFilm(_pixels(8), 8)))
    assert head["classes"] == head["panels"] == []


def test_equal_films_give_equal_bytes_and_another_model_keeps_the_film() -> None:
    first = pack_film(ViewerFilm(_pixels(8), 8, (_panel("a"),)))
    again = pack_film(ViewerFilm(_pixels(8), 8, (_panel("a"),)))
    other = pack_film(ViewerFilm(_pixels(8), 8, (_panel("bb"),)))
    assert first == again
    one, two = _open(first)[0], _open(other)[0]
    assert one["id"] != two["id"]
    assert one["film"]["id"] == two["film"]["id"]


def test_the_callers_array_is_not_written() -> None:
    pixels = _pixels(12)
    before = pixels.copy()
    pack_film(ViewerFilm(pixels, 12))
    assert np.array_equal(pixels, before)
    assert pixels.flags.writeable


@pytest.mark.parametrize(("stored", "bits"), [(8, 8), (10, 10), (12, 12), (16, 16)])
def test_a_film_comes_with_all_its_values_and_the_greys_that_were_read(
    stored: int, bits: int
) -> None:
    top = 2**stored - 1
    cells = np.rint(synthetic_chest(90, 80) * top).astype(
        np.uint8 if stored == 8 else np.uint16
    )
    cells[0, 0], cells[0, 1] = 0, top
    dataset = dataset_of(cells, stored, WindowCenter=top / 2, WindowWidth=top / 2,
                         RescaleSlope=2, RescaleIntercept=-7)  # fmt: skip
    data = file_of(dataset)
    look = InProcess().look(data, [(64, Normalisation.FILM)], AS_STORED)
    film = ViewerFilm.from_look(look)
    assert (film.bits, film.pixels.dtype) == (bits, cells.dtype)
    assert np.array_equal(film.pixels, cells)
    assert film.scale is not None
    assert (film.scale.slope, film.scale.intercept) == (2, -7)
    shown = film.scale.greys[film.pixels] / 255
    assert np.abs(shown - InProcess().decode(data).pixels).max() < 0.5 / 255 + 1e-6
    told, body = _open(pack_film(film))
    assert told["film"]["windows"][0]["width"] == pytest.approx(top / 2)
    assert _part(body, told["film"]["greys"]) == film.scale.greys.tobytes()


@pytest.mark.parametrize(
    ("pixels", "bits", "reason"),
    [
        (np.zeros((4, 4, 3), np.uint8), 8, r"shape \(4, 4, 3\)"),
        (np.zeros((1, 4), np.uint8), 8, "two or more"),
        (np.zeros((4, 4), np.float32), 8, "float32; expected uint8"),
        (np.zeros((4, 4), np.uint8), 12, "uint8; expected uint16"),
        (np.full((4, 4), 4096, np.uint16), 12, "4096; 12 bits end at 4095"),
        (np.zeros((4, 4), np.uint16), 17, "17 bits"),
    ],
)
def test_a_wrong_film_is_refused_in_words(pixels: NDArray[Any], bits: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ViewerFilm(pixels, bits)


@pytest.mark.parametrize(
    ("probabilities", "classes", "heat", "reason"),
    [
        ((), (), np.zeros((0, 7, 7), np.float32), "no classes"),
        ((1.0,), ("a", "b"), np.zeros((2, 7, 7), np.float32), "1 probabilities for 2"),
        ((0.5, 0.5), ("a", "a"), np.zeros((2, 7, 7), np.float32), "repeat"),
        ((0.5, 0.5), ("a", "b"), np.zeros((3, 7, 7), np.float32), r"expected \(2, rows"),
        ((0.5, 0.5), ("a", "b"), np.zeros((7, 7), np.float32), r"shape \(7, 7\)"),
        ((0.5, 0.5), ("a", "b"), np.zeros((2, 7, 7)), "float64; expected float32"),
        ((0.5, 1.5), ("a", "b"), np.zeros((2, 7, 7), np.float32), "from 0.5 to 1.5"),
        ((0.5, np.nan), ("a", "b"), np.zeros((2, 7, 7), np.float32), "NaN"),
        ((0.5, 0.5), ("a", "b"), np.full((2, 7, 7), -1, np.float32), "heatmaps run from -1"),
    ],
)
def test_a_wrong_panel_is_refused_in_words(
    probabilities: tuple[float, ...],
    classes: tuple[str, ...],
    heat: NDArray[Any],
    reason: str,
) -> None:
    with pytest.raises(ValueError, match=reason):
        ViewerPanel("vgg16", probabilities, classes, heat)


def test_a_class_that_no_model_knows_cannot_be_selected() -> None:
    with pytest.raises(ValueError, match="'nodule'; expected one of normal"):
        ViewerFilm(_pixels(8), 8, (_panel(),), "nodule")


def test_names_from_data_never_become_markup() -> None:
    folder = Path(viewer.__file__).parent
    scripts = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    for door in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"):
        assert door not in scripts


def test_every_script_and_style_is_joined_once() -> None:
    folder = Path(viewer.__file__).parent
    scripts = [*viewer._SCRIPTS, "post.js"]  # which is a component of its own
    assert sorted(scripts) == sorted(path.name for path in folder.glob("*.js"))
    assert sorted(viewer._STYLES) == sorted(path.name for path in folder.glob("*.css"))
    assert viewer._SCRIPTS[-1] == "mount.js"
