"""Ask axe-core what a page gets wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page


# While a script runs, Streamlit fades what it may replace, and fades it in again.
_AT_REST = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    return (!app || app.dataset.testScriptState === 'notRunning')
        && !document.getAnimations().some(each => each instanceof CSSTransition);
}"""


def serious_faults(page: Page) -> list[str]:
    """Serious and critical violations, shadow roots included, one line for each element.

    The page is waited for: half-faded words have no contrast.
    """
    page.wait_for_function(_AT_REST, timeout=60_000)
    answer = Axe().run(page).response
    return [
        f"{violation['impact']} {violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in answer["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
