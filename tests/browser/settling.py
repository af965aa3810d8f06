"""Wait for a page of the application to come to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

_AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
_MINUTE = 60_000
_ON_ITS_WAY = 300  # ms between a click and the run that it asks for, which redraws open lists


def settle(page: Page) -> None:
    """Wait until the server has drawn all of the page, what was just asked for too."""
    idle = page.locator(_AT_REST)
    expect(idle).to_be_attached(timeout=_MINUTE)
    page.wait_for_timeout(_ON_ITS_WAY)
    expect(idle).to_be_attached(timeout=_MINUTE)
