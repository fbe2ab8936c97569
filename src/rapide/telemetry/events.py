"""Log events, and the exceptions that count as failures."""

from __future__ import annotations

from time import time_ns

from opentelemetry._logs import Logger, SeverityNumber
from starlette.exceptions import HTTPException, WebSocketException
from starlette.websockets import WebSocketDisconnect

from rapide.exceptions import (
    RequestValidationError,
    ValidationException,
    WebSocketRequestValidationError,
)

#: Exceptions with which handlers answer a request. They are not failures of the application.
_ANSWERS = (
    HTTPException,
    RequestValidationError,
    WebSocketException,
    WebSocketRequestValidationError,
)


def validation_failed(logger: Logger, error: ValidationException, route: str | None) -> None:
    """Log that a request or connection has invalid parameters, without their values."""
    attributes: dict[str, int | str] = {"fastapi.validation.error_count": len(error.errors())}
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
    """Log an exception that no handler took."""
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
    """Return whether an operation that raises this exception has failed."""
    if not isinstance(error, Exception):
        return False
    if operation == "background_task":
        return True
    return not isinstance(error, _ANSWERS) and not is_normal_disconnect(error)


def is_normal_disconnect(error: BaseException) -> bool:
    """Return whether the peer of a WebSocket closed it normally (RFC 6455, section 7.4.1)."""
    return isinstance(error, WebSocketDisconnect) and error.code in (1000, 1001)


def type_name(error: BaseException) -> str:
    """Return the value of the attribute `error.type` for an exception."""
    cls = type(error)
    prefix = "" if cls.__module__ == "builtins" else f"{cls.__module__}."
    return prefix + cls.__qualname__
