"""Spans of operations, and the attributes of server spans."""

from __future__ import annotations

from contextvars import Token
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import Span, StatusCode, Tracer, set_span_in_context
from starlette.datastructures import Headers
from starlette.types import Scope

from rapide.telemetry.events import is_failure, type_name

#: The parameters of signed URLs whose values are secret.
#: SPEC: OpenTelemetry semantic conventions, HTTP server span, `url.query`.
_SECRET_PARAMETERS: Final = frozenset(
    {"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "sig", "X-Goog-Signature"}
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class OperationSpan:
    """A span around a part of a request, as a context manager.

    It can be entered and left again inside itself. Compiled code that hands a request over to the
    generic path hands its open span over too, and the inner exit ends the span.
    """

    __slots__ = ("function", "name", "span", "token", "tracer")

    def __init__(self, tracer: Tracer, name: str, function: str) -> None:
        self.tracer = tracer
        self.name = name
        self.function = function
        self.span: Span | None = None
        self.token: Token[Context] | None = None

    def __enter__(self) -> OperationSpan:
        if self.span is None:
            attributes = {"code.function.name": self.function}
            self.span = self.tracer.start_span(f"fastapi.{self.name}", attributes=attributes)
            self.token = otel_context.attach(set_span_in_context(self.span))
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self.span is None or self.token is None:
            return
        token, self.token = self.token, None
        if error is not None and is_failure(error, self.name):
            self.span.set_attribute("error.type", type_name(error))
            self.span.set_status(StatusCode.ERROR)
        otel_context.detach(token)
        self.span.end()


class HeaderGetter(Getter[Headers]):
    """Read the headers by which a caller passes on its trace."""

    def get(self, carrier: Headers, key: str) -> list[str] | None:
        """Return the values of a header. Join those of `baggage`, because only one is read."""
        values = carrier.getlist(key)
        if key.lower() == "baggage":
            values = [",".join(values)] if values else []
        return values or None

    def keys(self, carrier: Headers) -> list[str]:
        """Return the names of all headers."""
        return carrier.keys()


def server_attributes(scope: Scope) -> dict[str, object]:
    """Return the address and port of the server, from the Host header if there is one."""
    host = Headers(scope=scope).get("host")
    if host is None:
        address, port = scope.get("server") or (None, None)
    else:
        address, port = _split_host(host)
        if port is None:
            port = _DEFAULT_PORTS.get(scope.get("scheme", "http"))
    if address is None:
        return {}
    attributes: dict[str, object] = {"server.address": address}
    if port is not None:
        attributes["server.port"] = port
    return attributes


def _split_host(host: str) -> tuple[str | None, int | None]:
    """Return the address and port of a Host header; no address if it is malformed."""
    try:
        url = urlsplit(f"//{host}")
        address, port = url.hostname, url.port
    except ValueError:
        return None, None
    is_more = url.username is not None or url.path or url.query or url.fragment
    return (None, None) if is_more else (address, port)


def url_attributes(scope: Scope) -> dict[str, str]:
    """Return the path and query of a request, without secrets."""
    attributes = {"url.path": scope["path"]}
    if scope.get("query_string"):
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        attributes["url.query"] = urlencode(
            [(key, "REDACTED" if key in _SECRET_PARAMETERS else value) for key, value in query]
        )
    return attributes
