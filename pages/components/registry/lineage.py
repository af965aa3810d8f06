"""Where a version comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.tables import show_facts
from pages.components.parts.times import moment
from pages.components.registry.words import megabytes
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Version


def show_lineage(version: Version) -> None:
    """Draw it in a closed section."""
    rows = {say(f"registry-lineage-{name}"): told for name, told in _facts(version).items()}
    title = say("registry-lineage")
    with st.expander(title, key=f"lineage_{version.name}"):
        show_facts(title, rows)


def _facts(version: Version) -> dict[str, str]:
    lineage = version.lineage
    unknown, none = say("registry-not-known"), say("registry-none-known")
    classes = ", ".join(version.classes)
    return {
        "recipe": lineage.recipe or unknown,
        "start": lineage.started_from or say("registry-random"),
        "parent": lineage.parent or none,
        "films": _manifest(lineage.data_manifest) or unknown,
        "judged": _manifest(version.judged_on) or say("registry-nothing"),
        "by": lineage.started_by or unknown,
        "job": version.job or none,
        "code": lineage.code_version or unknown,
        "command": lineage.command or unknown,
        "network": say("registry-network-told", network=version.architecture, classes=classes),
        "weights": say("registry-digest", digest=version.weights_sha256[:16]),
        "since": moment(version.created, unknown),
        "size": megabytes(version.size_bytes),
    }


def _manifest(digest: str) -> str:
    return say("registry-manifest", digest=digest[:16]) if digest else ""
