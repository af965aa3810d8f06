"""Small releases in the layouts of the public ones, drawn, with a known answer per class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from cxr_core.datasets.film_store import FilmStore
from cxr_core.imaging.decode import Limits
from cxr_core.use_cases.collecting import Films
from cxr_core.use_cases.curating import CurationOrder, curate_releases
from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def person(seed: int, side: int = 96) -> NDArray[np.float32]:
    """Draw somebody whom copy detection tells from everybody else: drawn ribs are too alike."""
    mottle = np.random.default_rng(seed).normal(0.0, 0.12, (side // 5, side // 5))
    film = synthetic_chest(side, side, seed=seed)
    film += cv2.resize(mottle.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(film, 0, 1)


def write_film(path: Path, seed: int, tilt: float = 0.0) -> None:
    """Draw one film; `tilt` adds a slope that a network learns within seconds."""
    film = person(seed)
    slope = np.linspace(-tilt, tilt, 96, dtype=np.float32)[:, None]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.rint(np.clip(film + slope, 0, 1) * 255).astype(np.uint8))


def write_releases(root: Path, patients: int = 20) -> Path:
    """Lay out Kermany (normal, pneumonia) and Hannover (covid19).

    Every patient has a film, every fourth a second one.
    """
    kermany = root / "chest-xray-pneumonia" / "chest_xray" / "train"
    hannover = root / "covid-19-image-repository"
    rows = ["patient_id,image_id,modality,projection"]
    for number in range(patients):
        write_film(kermany / "NORMAL" / f"IM-{number:04d}-0001.jpeg", number, 0.6)
        write_film(kermany / "PNEUMONIA" / f"person{number}_virus_1.jpeg", 1000 + number, -0.6)
        write_film(hannover / "png" / f"film{number}.png", 2000 + number)
        rows.append(f"p{number},film{number},CR,ap")
        if number % 4 == 0:
            normal, ill = f"IM-{number:04d}-0002.jpeg", f"person{number}_virus_2.jpeg"
            write_film(kermany / "NORMAL" / normal, 3000 + number, 0.6)
            write_film(kermany / "PNEUMONIA" / ill, 4000 + number, -0.6)
            write_film(hannover / "png" / f"again{number}.png", 5000 + number)
            rows.append(f"p{number},again{number},CR,ap")
    (hannover / "data.csv").write_text("\n".join(rows) + "\n")
    return root


def curated(root: Path, out: Path) -> Films:
    """Curate what lies under `root`; caches go beside the manifest."""
    store = FilmStore(out / "cache", Limits())
    curate_releases(CurationOrder(root, out, out / "cache"), store, lambda *_: None)
    return Films(out, None, store)
