"""Small films in a row: pictures with words beneath, as wide as the window lets them be."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import cv2

from pages.components.data.charts import words
from pages.components.session import services
from pages.components.texts import fill, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cxr_core.services import Film

_LONG_SIDE = 256
_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands under a film: a strong first line, quiet ones, and whether it is marked."""

    title: str
    lines: tuple[str, ...]
    is_marked: bool = False


def film_tiles(films: Sequence[Film], caption: Callable[[Film], Caption]) -> list[str]:
    """Return each film as an HTML list item; an absent one is an empty tile with words.

    Raises
    ------
    StorageError
        When the disk refuses the cache.
    """
    pictures = services().data.pictures(films)
    return [
        _tile(film, picture, caption(film))
        for film, picture in zip(films, pictures, strict=True)
    ]


def _tile(film: Film, picture: NDArray[np.uint8] | None, caption: Caption) -> str:
    lines = "".join(f"<span>{escape(line)}</span>" for line in caption.lines if line)
    mark = ' class="cxr-marked"' if caption.is_marked else ""
    return (
        f'<li{mark}><figure title="{escape(film.path)}"><div>{_picture(film, picture)}</div>'
        f"<figcaption><strong>{escape(caption.title)}</strong>{lines}</figcaption></figure></li>"
    )


def _picture(film: Film, picture: NDArray[np.uint8] | None) -> str:
    if picture is None:
        return fill("<p>{{data-film-absent}}</p>")
    scale = _LONG_SIDE / max(film.rows, film.columns, 1)
    size = (max(1, round(film.columns * scale)), max(1, round(film.rows * scale)))
    shaped = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if film.rows else picture
    _, coded = cv2.imencode(".jpg", shaped, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    parcel = base64.b64encode(coded.tobytes()).decode("ascii")
    alt = escape(say("data-film-alt", source=film.source, finding=words(film.finding.value)))
    return f'<img alt="{alt}" src="data:image/jpeg;base64,{parcel}">'
