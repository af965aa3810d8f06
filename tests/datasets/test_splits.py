"""No patient crosses a split, whoever published the film and under whatever name."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from cxr_core.datasets.films import Film
from cxr_core.datasets.splits import Split, SplitRule, join_patients, near_copies, usable
from tests.synthetic import synthetic_chest

RULE = SplitRule("salt", validation_share=0.1, test_share=0.2)
DEALT = {
    "kermany/normal-1": "train",
    "kermany/pneumonia-22": "train",
    "cohen/2": "train",
    "hannover/9": "train",
    "figure1/COVID-00015": "train",
    "actualmed/31": "train",
    "covid-cxnet/film-7": "test",
    "cohen/19": "train",
    "nih/4": "test",
    "nih/35": "train",
    "nih/72": "train",
    "nih/81": "train",
    "hannover/10": "validation",
}


def film(name: str, source: str = "cohen", patient: str = "1", label: str = "covid19") -> Film:
    return Film(Path(name), source, patient, label)


def test_films_of_one_patient_one_stem_or_the_same_bytes_are_joined() -> None:
    films = [
        film("a.png", patient="1"),
        film("b.png", patient="1"),
        film("b.jpg", source="hannover", patient="x"),
        film("c.png", source="figure1", patient="y"),
        film("d.png", source="actualmed", patient="z"),
    ]
    groups = join_patients(films, ["1", "2", "3", "3", "4"], copies=[])
    assert len(set(groups[:4])) == 1
    assert groups[4] != groups[0]


def test_near_copies_join_too() -> None:
    films = [film("a.png"), film("b.png", source="covid-cxnet", patient="q")]
    assert len(set(join_patients(films, ["1", "2"], copies=[(0, 1)]))) == 1


def test_a_crop_in_another_encoding_is_found_and_another_person_is_not() -> None:
    first, second = (
        (synthetic_chest(256, 256, seed=seed) * 255).astype(np.uint8) for seed in (2, 5)
    )
    # Drawn people resemble each other more than real ones do: turn the second a little.
    turn = cv2.getRotationMatrix2D((128, 128), 14.0, 0.8)
    second = cv2.warpAffine(second, turn, (256, 256))
    crop = cv2.resize(first[16:250, 14:240], (256, 256), interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, 60])
    crop = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
    pairs = near_copies(np.stack([first, second, crop]), ["cohen", "cohen", "covid-cxnet"])
    assert (0, 2) in pairs
    assert (1, 2) not in pairs


def test_a_dealing_never_changes() -> None:
    """Another one would put films that published versions were trained on into their test."""
    rule = SplitRule("cxr-triage-2026", validation_share=0.07, test_share=0.18)
    assert {group: rule.split_of(group).value for group in DEALT} == DEALT
    other = SplitRule("another salt", validation_share=0.07, test_share=0.18)
    assert {group: other.split_of(group).value for group in DEALT} != DEALT


def test_the_shares_are_those_of_the_rule() -> None:
    dealt = [RULE.split_of(f"source/{number}") for number in range(5000)]
    assert abs(dealt.count(Split.TEST) / 5000 - 0.2) < 0.02
    assert abs(dealt.count(Split.VALIDATION) / 5000 - 0.1) < 0.02


def test_copies_are_dropped_and_disagreement_drops_all() -> None:
    films = [
        film("a.png"),
        film("b.png", source="covid-cxnet"),
        film("c.png", label="normal"),
        film("c.jpg", source="hannover", label="covid19"),
    ]
    assert usable(films, ["same", "same", "c1", "c2"]) == [0]
