"""What runs beside the web server for as long as it does: workers, for all that takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.services import Services


def start_background(opened: Services) -> Callable[[], None]:
    """Start the workers; return what ends them.

    Called once, when the server starts, before it answers anybody. The returned function is
    called once, when the server stops, and may take seconds.
    """
    crew = opened.crew()
    crew.start()
    return crew.stop
