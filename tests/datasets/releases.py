"""Small releases in the layouts of the public ones, drawn, with a known answer per class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from pathlib import Path


def write_film(path: Path, seed: int, tilt: float = 0.0) -> None:
    """Draw one film; `tilt` adds a slope that a network learns within seconds."""
    film = synthetic_chest(96, 96, seed=seed)
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
