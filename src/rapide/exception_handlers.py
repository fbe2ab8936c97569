"""The default exception handlers."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.status import WS_1008_POLICY_VIOLATION
from starlette.types import Receive, Scope, Send

from rapide import _replaced, patches
from rapide._imported_names import add_imported_names
from rapide._statuses import allows_body
from rapide.encoders import jsonable_encoder
from rapide.exceptions import RequestValidationError, WebSocketRequestValidationError
from rapide.runtime.serialization import encode_any_json, is_replaced
from rapide.websockets import WebSocket


async def http_exception_handler(request: Request, exc: HTTPException) -> Response:
    """Answer with `{"detail": ...}`, or without a body if the status forbids one.

    Args:
        request: The request.
        exc: The exception.
    """
    headers = getattr(exc, "headers", None)
    if not allows_body(exc.status_code):
        return Response(status_code=exc.status_code, headers=headers)
    return JSONResponse({"detail": exc.detail}, status_code=exc.status_code, headers=headers)


class _ErrorResponse(JSONResponse):
    """A response that can render errors with any values that a client has sent."""

    def render(self, content: Any) -> bytes:
        return encode_any_json(content)


async def request_validation_exception_handler(
    request: Request, exc: RequestValidationError
) -> JSONResponse:
    """Answer with 422 and the list of errors.

    Args:
        request: The request.
        exc: The exception.
    """
    if patches.found or uses_replacements():
        return JSONResponse(status_code=422, content={"detail": jsonable_encoder(exc.errors())})
    return _ErrorResponse({"detail": exc.errors()}, status_code=422)


_OWN_RESPONSE: Final = JSONResponse
_OWN_ENCODER: Final = jsonable_encoder


def uses_replacements() -> bool:
    """Return whether a tool has replaced anything that these handlers use to write an answer."""
    return (
        is_replaced()
        or JSONResponse is not _OWN_RESPONSE
        or jsonable_encoder is not _OWN_ENCODER
        or bool(_replaced.current)
    )


async def websocket_request_validation_exception_handler(
    websocket: WebSocket, exc: WebSocketRequestValidationError
) -> None:
    """Close with 1008 and the list of errors as the reason.

    Args:
        websocket: The WebSocket.
        exc: The exception.
    """
    await websocket.close(code=WS_1008_POLICY_VIOLATION, reason=jsonable_encoder(exc.errors()))


Handler = Callable[[Any, Any], Any]

_DEFAULT_HANDLERS: Final[dict[Any, Handler]] = {
    HTTPException: http_exception_handler,
    RequestValidationError: request_validation_exception_handler,
    WebSocketRequestValidationError: websocket_request_validation_exception_handler,
}


class ProblemHandlers(Protocol):
    """The handlers of an application whose errors are problem documents.

    Attributes:
        are_plain: Whether nothing of the application's is called to make a document.
    """

    are_plain: bool

    @property
    def answer_http(self) -> Handler: ...

    @property
    def answer_invalid(self) -> Handler: ...

    @property
    def answer_unhandled(self) -> Handler: ...

    async def answer_large(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    def encode(self, status: int, detail: str) -> tuple[bytes, bytes]: ...


def default_handlers(
    names: Mapping[str, Any], problems: ProblemHandlers | None = None
) -> dict[Any, Handler]:
    """Return the default handlers of the framework's own exceptions, by class.

    COMPAT: In FastAPI 0.165, programs can replace the handlers in the names of the application's
    module.
    """
    found = {
        kind: names.get(handler.__name__, handler) for kind, handler in _DEFAULT_HANDLERS.items()
    }
    if problems is not None:
        found[HTTPException] = problems.answer_http
        found[RequestValidationError] = problems.answer_invalid
    return found


add_imported_names(__name__)
