"""How the exceptions that Rapide knows become responses."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.status import WS_1008_POLICY_VIOLATION

from rapide.encoders import jsonable_encoder
from rapide.exceptions import RequestValidationError, WebSocketRequestValidationError
from rapide.websockets import WebSocket

# SPEC: RFC 9110 sections 15.2, 15.3.5, 15.3.6 and 15.4.5.
_BODILESS = frozenset((204, 205, 304))


async def http_exception_handler(request: Request, exc: HTTPException) -> Response:
    """Answer with `{"detail": ...}`, or without a body where the status forbids one."""
    headers = getattr(exc, "headers", None)
    if exc.status_code < 200 or exc.status_code in _BODILESS:
        return Response(status_code=exc.status_code, headers=headers)
    return JSONResponse({"detail": exc.detail}, status_code=exc.status_code, headers=headers)


async def request_validation_exception_handler(
    request: Request, exc: RequestValidationError
) -> JSONResponse:
    """Answer with 422 and the list of errors."""
    return JSONResponse({"detail": jsonable_encoder(exc.errors())}, status_code=422)


async def websocket_request_validation_exception_handler(
    websocket: WebSocket, exc: WebSocketRequestValidationError
) -> None:
    """Close with 1008 and the list of errors as the reason."""
    await websocket.close(code=WS_1008_POLICY_VIOLATION, reason=jsonable_encoder(exc.errors()))
