"""The colours of the two themes: one place, enough contrast, and the setting that chooses."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from streamlit import config

from cxr_core.services import DARK, LIGHT
from pages.components.server.door import sign_out_page
from pages.components.theme import (
    STREAMLIT_COLOURS,
    chart_look,
    colours,
    look_style,
    settle_theme,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THEMES = (pytest.param(0, id="light"), pytest.param(1, id="dark"))
WRITING = (
    *("ink", "quiet", "accent", "good", "warn", "fault"),
    *("unread", "soon", "refused", "held"),
)
GROUNDS = ("ground", "raised", "field")
PAIRS = (
    ("warn", "warn-ground"),
    ("accent", "warn-ground"),
    ("ink", "warn-ground"),
    ("fault", "fault-ground"),
    ("on-accent", "accent"),
    ("act-ink", "act"),
    ("act-ink", "act-over"),
)
HARD_CODED = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(", re.IGNORECASE)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of `#rrggbb` or `rgb(r,g,b)`."""
    if colour.startswith("#"):
        channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    else:
        channels = [int(number) for number in re.findall(r"\d+", colour)]
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in channels)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture
def light_setting() -> Iterator[None]:
    """The setting as somebody gives it who wants the light theme; all is put back after."""
    kept = {
        name: (config.get_option(name), config.get_where_defined(name))
        for name in ("theme.base", "theme.chartCategoricalColors", *STREAMLIT_COLOURS)
    }
    config.set_option("theme.base", "light", "environment variable")
    yield
    for name, (value, where) in kept.items():
        config.set_option(name, value, where)


@pytest.mark.parametrize("theme", THEMES)
def test_words_stand_out_from_every_ground(theme: int) -> None:
    ours = {name: pair[theme] for name, pair in colours().items()}
    pairs = [(word, ground) for word in WRITING for ground in GROUNDS]
    faint = [
        pair for pair in (*pairs, *PAIRS) if contrast(*(ours[each] for each in pair)) < 4.5
    ]
    assert faint == []


@pytest.mark.parametrize("theme", THEMES)
def test_edges_of_controls_and_bars_can_be_seen(theme: int) -> None:
    ours = {name: pair[theme] for name, pair in colours().items()}
    edges = [(edge, ground) for edge in ("edge", "act-edge") for ground in GROUNDS[:2]]
    pairs = (*edges, ("edge", "field"), ("warn-mark", "ground"), ("bar", "track"))
    assert [each for each in pairs if contrast(*(ours[name] for name in each)) < 3] == []


@pytest.mark.parametrize(("theme", "look"), [(0, LIGHT), (1, DARK)], ids=["light", "dark"])
def test_charts_can_be_read_on_the_ground_of_their_theme(theme: int, look: object) -> None:
    ground = colours()["ground"][theme]
    assert contrast(look.ink, ground) >= 4.5
    assert contrast(look.quiet, ground) >= 4.5
    assert [each for each in look.series if contrast(each, ground) < 3] == []


def test_a_colour_is_written_down_once(repository: Path) -> None:
    components = repository / "pages" / "components"
    own = {components / "look.css", *(components / "viewer").iterdir()}  # always dark
    written = {
        path.relative_to(components).as_posix(): found
        for path in components.rglob("*.css")
        if path not in own and (found := HARD_CODED.findall(path.read_text()))
    }
    assert written == {}


def test_every_colour_that_is_used_is_defined(repository: Path) -> None:
    known = {*colours(), "film"}
    for path in (repository / "pages").rglob("*"):
        if path.suffix in {".css", ".py", ".js", ".html"}:
            used = set(re.findall(r"var\(--cxr-([a-z-]+)", path.read_text()))
            assert used <= known, path


def test_streamlits_dark_colours_are_ours(repository: Path) -> None:
    kept = tomllib.loads((repository / ".streamlit" / "config.toml").read_text())
    flat = {"theme": kept["theme"]}
    for option, name in STREAMLIT_COLOURS.items():
        place = flat
        *path, last = option.split(".")
        for step in path:
            place = place[step]
        assert place[last] == colours()[name][1], option
    assert kept["theme"]["base"] == "dark"


def test_dark_is_what_one_gets_without_a_setting() -> None:
    assert chart_look() is DARK
    assert "color-scheme: dark" in look_style()
    assert b"color-scheme: dark" in sign_out_page().body


@pytest.mark.usefixtures("light_setting")
def test_one_setting_of_streamlits_makes_everything_light() -> None:
    settle_theme()
    for option, name in STREAMLIT_COLOURS.items():
        assert config.get_option(option) == colours()[name][0]
    assert chart_look() is LIGHT
    assert "color-scheme: light" in look_style()
    assert b"color-scheme: light" in sign_out_page().body


@pytest.mark.usefixtures("light_setting")
def test_a_colour_that_somebody_set_by_the_environment_stays() -> None:
    config.set_option("theme.primaryColor", "#7a1f5c", "environment variable")
    settle_theme()
    assert config.get_option("theme.primaryColor") == "#7a1f5c"
