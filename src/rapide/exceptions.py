"""The exceptions that Rapide raises, and those that an endpoint may raise to answer a client."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.exceptions import WebSocketException as StarletteWebSocketException

from rapide._documented import documented
from rapide._imported_names import add_imported_names

if TYPE_CHECKING:
    from pydantic import BaseModel

    RequestErrorModel: type[BaseModel]
    WebSocketErrorModel: type[BaseModel]


class EndpointContext(TypedDict, total=False):
    """The place where the endpoint of the request is defined."""

    function: str
    path: str
    file: str
    line: int


@documented
class HTTPException(StarletteHTTPException):
    """Answer the client with an HTTP error.

    Args:
        status_code: Status of the response (RFC 9110 section 15).
        detail: Any JSON value, sent as `{"detail": …}`. Defaults to the phrase of the status.
        headers: Headers that are added to the response.
    """

    def __init__(
        self,
        status_code: int,
        detail: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status_code=status_code, detail=detail, headers=headers)


@documented
class WebSocketException(StarletteWebSocketException):
    """Close the WebSocket.

    Args:
        code: Close code (RFC 6455 section 7.4); 4000 to 4999 are for applications.
        reason: Text for the client, at most 123 bytes in UTF-8. Empty by default.
    """

    def __init__(self, code: int, reason: str | None = None) -> None:
        super().__init__(code=code, reason=reason)


class FastAPIError(RuntimeError):
    """The base of errors in the declaration of an application."""


class DependencyScopeError(FastAPIError):
    """A dependency outlives another one that it needs."""


class PydanticV1NotSupportedError(FastAPIError):
    """A model of `pydantic.v1` was declared; only Pydantic 2 models are served."""


class FastAPIDeprecationWarning(UserWarning):
    """A warning about the use of a deprecated part of the interface.

    A `UserWarning`, because Python hides `DeprecationWarning` outside `__main__`.
    """


@documented
class ValidationException(Exception):
    """The base of the validation errors; `str()` shows each error and the endpoint.

    Args:
        errors: Pydantic's error dictionaries, without `url`.
        endpoint_ctx: The place where the endpoint is defined.
    """

    def __init__(
        self,
        errors: Sequence[Any],
        *,
        endpoint_ctx: EndpointContext | None = None,
    ) -> None:
        self._errors = errors
        self.endpoint_ctx = endpoint_ctx
        context = endpoint_ctx or {}
        self.endpoint_function = context.get("function")
        self.endpoint_path = context.get("path")
        self.endpoint_file = context.get("file")
        self.endpoint_line = context.get("line")

    def errors(self) -> Sequence[Any]:
        """Return the error dictionaries."""
        return self._errors

    def _format_endpoint_context(self) -> str:
        if self.endpoint_file and self.endpoint_line and self.endpoint_function:
            place = f'\n  File "{self.endpoint_file}", line {self.endpoint_line}'
            path = f"\n    {self.endpoint_path}" if self.endpoint_path else ""
            return f"{place}, in {self.endpoint_function}{path}"
        return f"\n  Endpoint: {self.endpoint_path}" if self.endpoint_path else ""

    def __str__(self) -> str:
        count = len(self._errors)
        head = f"{count} validation error{'' if count == 1 else 's'}:\n"
        body = "".join(f"  {error}\n" for error in self._errors)
        return (head + body + self._format_endpoint_context()).rstrip()


class _ValidationExceptionWithBody(ValidationException):
    def __init__(
        self,
        errors: Sequence[Any],
        *,
        body: Any = None,
        endpoint_ctx: EndpointContext | None = None,
    ) -> None:
        super().__init__(errors, endpoint_ctx=endpoint_ctx)
        self.body = body


class RequestValidationError(_ValidationExceptionWithBody):
    """The request does not fit the endpoint's parameters; answered with 422.

    Args:
        errors: Pydantic's error dictionaries, without `url`.
        body: The body that was received, parsed if it is JSON or a form.
        endpoint_ctx: The place where the endpoint is defined.
    """


class WebSocketRequestValidationError(ValidationException):
    """The handshake does not fit the endpoint's parameters; answered by closing with 1008."""


class ResponseValidationError(_ValidationExceptionWithBody):
    """The endpoint's result does not fit its declaration; answered with 500.

    Args:
        errors: Pydantic's error dictionaries, without `url`.
        body: The value that the endpoint returned.
        endpoint_ctx: The place where the endpoint is defined.
    """


def __getattr__(name: str) -> Any:
    # PERF: startup. Building a model costs more than the rest of this module.
    model_name = {"RequestErrorModel": "Request", "WebSocketErrorModel": "WebSocket"}.get(name)
    if model_name is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pydantic import create_model

    model = globals()[name] = create_model(model_name)
    return model


add_imported_names(__name__)
