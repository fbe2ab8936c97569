"""Response classes whose content can be rendered without a response object."""

from __future__ import annotations

from typing import Final

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from rapide.plan.operations import Rendering

#: The rendering of Starlette's own classes. Tools may replace their methods: see `rapide.patches`.
_KNOWN: Final[list[tuple[object, Rendering, str]]] = [
    (PlainTextResponse, "text", "text/plain; charset=utf-8"),
    (HTMLResponse, "text", "text/html; charset=utf-8"),
    (JSONResponse, "json", "application/json"),
]


def known_rendering(response_class: object) -> tuple[Rendering, str] | None:
    """Return how a class renders content and its media type, or None for an unknown class.

    Subclasses are unknown even if they change nothing, because they can change at any time.
    """
    for known, form, media_type in _KNOWN:
        if response_class is known:
            return form, media_type
    return None
