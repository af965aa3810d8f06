"""Ask axe-core what a page gets wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page


def serious_faults(page: Page) -> list[str]:
    """Serious and critical violations, shadow roots included, one line for each element."""
    answer = Axe().run(page).response
    return [
        f"{violation['impact']} {violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in answer["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
