"""Spans: of operations, and the attributes of the server's."""

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

#: Parameters of signed URLs, whose values are secret.
#: SPEC: OpenTelemetry semantic conventions, HTTP server span, `url.query`.
_SECRET_PARAMETERS: Final = frozenset(
    {"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "sig", "X-Goog-Signature"}
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class OperationSpan:
    """A span around part of a request, as a context manager.

    It may be entered and left again inside of itself: compiled code that hands over to the generic
    path hands its open span over too, and the inner exit ends it.
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
    """Reads the headers by which a caller hands on its trace."""

    def get(self, carrier: Headers, key: str) -> list[str] | None:
        """The values of a header; those of `baggage` as one, because only one is read."""
        values = carrier.getlist(key)
        if key.lower() == "baggage":
            values = [",".join(values)] if values else []
        return values or None

    def keys(self, carrier: Headers) -> list[str]:
        """The names of all headers."""
        return carrier.keys()


def server_attributes(scope: Scope) -> dict[str, object]:
    """Address and port of the server, as the client knows them if it says so."""
    host = Headers(scope=scope).get("host")
    if host is None:
        address, port = scope.get("server") or (None, None)
    else:
        address, port = _split_host(host)
        if port is None:
            port = _DEFAULT_PORTS.get(scope.get("scheme", "http"))
    if address is None:
        return {}
    attributes = {"server.address": address}
    if port is not None:
        attributes["server.port"] = port
    return attributes


def _split_host(host: str) -> tuple[str | None, int | None]:
    """Address and port of a Host header; no address when it is malformed."""
    try:
        url = urlsplit(f"//{host}")
        address, port = url.hostname, url.port
    except ValueError:
        return None, None
    is_more = url.username is not None or url.path or url.query or url.fragment
    return (None, None) if is_more else (address, port)


def url_attributes(scope: Scope) -> dict[str, str]:
    """Path and query of a request, without secrets."""
    attributes = {"url.path": scope["path"]}
    if scope.get("query_string"):
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        attributes["url.query"] = urlencode(
            [(key, "REDACTED" if key in _SECRET_PARAMETERS else value) for key, value in query]
        )
    return attributes
