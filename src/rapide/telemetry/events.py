"""Log events, and which exceptions are failures."""

from __future__ import annotations

from time import time_ns
from typing import Any

from opentelemetry._logs import Logger, SeverityNumber
from starlette.exceptions import HTTPException, WebSocketException
from starlette.websockets import WebSocketDisconnect

from rapide.exceptions import RequestValidationError, WebSocketRequestValidationError

#: Exceptions by which handlers answer; they say nothing of the application's health.
_ANSWERS = (
    HTTPException,
    RequestValidationError,
    WebSocketException,
    WebSocketRequestValidationError,
)


def validation_failed(logger: Logger, error: Any, route: str | None) -> None:
    """A request or connection has wrong parameters; what they are is not told."""
    attributes: dict[str, Any] = {"fastapi.validation.error_count": len(error.errors())}
    if route is not None:
        attributes["http.route"] = route
    logger.emit(
        event_name="fastapi.validation.failed",
        timestamp=time_ns(),
        severity_number=SeverityNumber.WARN,
        severity_text="WARN",
        body="Request validation failed",
        attributes=attributes,
    )


def unhandled_exception(
    logger: Logger, error: Exception, route: str | None, is_websocket: bool
) -> None:
    """An exception that no handler took."""
    # COMPAT: FastAPI 0.165 has these names and texts; queries and alerts look for them.
    what = "WebSocket connection" if is_websocket else "request"
    name = "fastapi.websocket.exception" if is_websocket else "http.server.request.exception"
    logger.emit(
        exception=error,
        event_name=name,
        timestamp=time_ns(),
        severity_number=SeverityNumber.ERROR,
        severity_text="ERROR",
        body=f"Unhandled exception in FastAPI {what}",
        attributes={"http.route": route} if route else None,
    )


def is_failure(error: BaseException | None, operation: str) -> bool:
    """Whether an exception makes the operation that it leaves a failed one."""
    if not isinstance(error, Exception):
        return False
    if operation == "background_task":
        return True
    return not isinstance(error, _ANSWERS) and not is_normal_disconnect(error)


def is_normal_disconnect(error: BaseException) -> bool:
    """Whether a WebSocket's other end has left as it should (RFC 6455, section 7.4.1)."""
    return isinstance(error, WebSocketDisconnect) and error.code in (1000, 1001)


def type_name(error: BaseException) -> str:
    """The value of the attribute `error.type` for an exception."""
    cls = type(error)
    prefix = "" if cls.__module__ == "builtins" else f"{cls.__module__}."
    return prefix + cls.__qualname__
