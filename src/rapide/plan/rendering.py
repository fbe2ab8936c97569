"""Response classes whose bytes are known without making a response."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from rapide.plan.operations import Rendering

#: What Starlette's own classes do. Somebody may replace their methods: see `rapide.patches`.
_KNOWN: Final[list[tuple[Any, Rendering, str]]] = [
    (PlainTextResponse, "text", "text/plain; charset=utf-8"),
    (HTMLResponse, "text", "text/html; charset=utf-8"),
    (JSONResponse, "json", "application/json"),
]


def known_rendering(response_class: Any) -> tuple[Rendering, str] | None:
    """How a class renders content, and its media type; None where it is the class's own affair.

    Subclasses are not known, whatever they change: they can change it at any time.
    """
    for known, form, media_type in _KNOWN:
        if response_class is known:
            return form, media_type
    return None
