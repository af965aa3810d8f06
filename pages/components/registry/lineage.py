"""Where a version comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.tables import show_facts
from pages.components.parts.times import moment
from pages.components.registry.words import NOT_KNOWN, megabytes

if TYPE_CHECKING:
    from cxr_core.services import Version


def show_lineage(version: Version) -> None:
    """Draw it in a closed section."""
    lineage = version.lineage
    rows = {
        "Recipe": lineage.recipe or NOT_KNOWN,
        "Started from": lineage.started_from or "random weights, or not known",
        "Parent version": lineage.parent or "none",
        "Films": f"manifest {lineage.data_manifest[:16]}"
        if lineage.data_manifest
        else NOT_KNOWN,
        "Judged on": f"manifest {version.judged_on[:16]}"
        if version.judged_on
        else "nothing yet",
        "Started by": lineage.started_by or NOT_KNOWN,
        "Job": version.job or "none",
        "Code version": lineage.code_version or NOT_KNOWN,
        "Command": lineage.command or NOT_KNOWN,
        "Network and classes": f"{version.architecture}: {', '.join(version.classes)}",
        "Weights": f"SHA-256 {version.weights_sha256[:16]}",
        "Here since": moment(version.created, NOT_KNOWN),
        "On the disk": megabytes(version.size_bytes),
    }
    with st.expander("Lineage", key=f"lineage_{version.name}"):
        show_facts("Lineage", rows)
