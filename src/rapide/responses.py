"""Response classes: Starlette's, server-sent events, and two deprecated JSON encoders."""

from importlib import import_module
from typing import Any

from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from typing_extensions import deprecated

from rapide._imported_names import add_imported_names
from rapide.exceptions import FastAPIDeprecationWarning
from rapide.sse import EventSourceResponse

__all__ = [
    "EventSourceResponse",
    "FileResponse",
    "HTMLResponse",
    "JSONResponse",
    "ORJSONResponse",
    "PlainTextResponse",
    "RedirectResponse",
    "Response",
    "StreamingResponse",
    "UJSONResponse",
]

_ADVICE = (
    "is deprecated, FastAPI now serializes data directly to JSON bytes where a route has a return "
    "type or a response model, which is faster than this class"
)


def _installed(module: str, needed_by: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise AssertionError(f"{module} must be installed to use {needed_by}") from None


@deprecated(f"UJSONResponse {_ADVICE}", category=FastAPIDeprecationWarning)
class UJSONResponse(JSONResponse):
    """JSON written by `ujson`, which must be installed."""

    def render(self, content: Any) -> bytes:
        """Write the JSON."""
        ujson = _installed("ujson", "UJSONResponse")
        text: str = ujson.dumps(content, ensure_ascii=False)
        return text.encode()


@deprecated(f"ORJSONResponse {_ADVICE}", category=FastAPIDeprecationWarning)
class ORJSONResponse(JSONResponse):
    """JSON written by `orjson`, which must be installed; it accepts NumPy arrays."""

    def render(self, content: Any) -> bytes:
        """Write the JSON."""
        orjson = _installed("orjson", "ORJSONResponse")
        options = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
        rendered: bytes = orjson.dumps(content, option=options)
        return rendered


add_imported_names(__name__)
