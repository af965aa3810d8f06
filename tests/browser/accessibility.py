"""Ask axe-core what a page gets wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page


# The lines at the foot of the window lie over what is there; a forced click would go to them.
TO_THE_MIDDLE = "each => each.scrollIntoView({block: 'center'})"
# While a script runs, Streamlit fades what it may replace, and fades it in again.
_AT_REST = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    return !app || app.dataset.testScriptState === 'notRunning';
}"""
# A fade may be started again and again, or wait for a window that nobody looks at: it is ended,
# since half-faded words have no contrast.
_END_FADES = """() => document.getAnimations()
    .filter(each => each instanceof CSSTransition)
    .forEach(each => each.finish())"""


def serious_faults(page: Page) -> list[str]:
    """Serious and critical violations, shadow roots included, one line for each element.

    The page is waited for until the server has drawn all of it.
    """
    page.wait_for_function(_AT_REST, timeout=120_000)
    page.evaluate(_END_FADES)
    answer = Axe().run(page).response
    return [
        f"{violation['impact']} {violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in answer["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
