"""Starlette's `CORSMiddleware` for requests that are served without ASGI.

What it adds to the responses for an origin is known as soon as the origin is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message

from rapide.http11.contract import Layer
from rapide.http11.heads import Headers, header_lines
from rapide.http11.layers import fields_of, receive_from, respond_to, send_to

if TYPE_CHECKING:
    from rapide.direct.links import Link, Run
    from rapide.http11.contract import Exchange

#: How many origins are remembered.
_MOST_KNOWN: Final = 100


class CrossOrigin:
    """An instance of Starlette's class, what it adds to responses, and what is inside of it."""

    def __init__(self, middleware: CORSMiddleware, inner: Link) -> None:
        self.middleware = middleware
        self._inner = inner
        self._known: dict[tuple[bytes | None, bool], CrossOriginLayer] = {}

    def serve(self, run: Run, exchange: Exchange, outer: Layer | None = None) -> object:
        """Serve a request that is not a preflight request."""
        return self._inner.serve(run, exchange, self._layer(exchange.headers, outer))

    def _layer(self, request_headers: Headers, outer: Layer | None) -> CrossOriginLayer:
        origin, is_allowed, rules = None, False, self.middleware
        for name, value in request_headers:
            if name == b"origin":
                origin = value
                is_allowed = rules.is_allowed_origin(origin=origin.decode("latin-1"))
                break
        layer = self._known.get((origin, is_allowed))
        if layer is None:
            layer = CrossOriginLayer(self._look_up(origin, is_allowed), None)
            if len(self._known) < _MOST_KNOWN:
                self._known[origin, is_allowed] = layer
        return layer if outer is None else CrossOriginLayer(layer.added, outer)

    def _look_up(self, origin: bytes | None, is_allowed: bool) -> Added:
        fields: dict[bytes, bytes] = {}
        if origin is not None:
            rules = self.middleware
            for name, value in rules.simple_headers.items():
                fields[name.lower().encode("latin-1")] = value.encode("latin-1")
            if rules.allow_credentials if rules.allow_all_origins else is_allowed:
                fields[b"access-control-allow-origin"] = origin
        return Added([*fields.items(), (b"vary", b"Origin")])


class Added:
    """What is added to responses: header fields, the last of which is `Vary`."""

    __slots__ = ("fields", "lines", "names")

    def __init__(self, fields: Headers) -> None:
        self.fields = fields
        self.lines = header_lines(fields)
        self.names = {name for name, _ in fields}

    def to(self, headers: Headers) -> Headers:
        """Return the fields of a response with these added."""
        if self.names.isdisjoint([name for name, _ in headers]):
            return headers + self.fields
        changed = MutableHeaders(raw=headers.copy())
        for name, value in self.fields[:-1]:
            changed[name.decode("latin-1")] = value.decode("latin-1")
        changed["Vary"] = ", ".join([*changed.getlist("Vary"), "Origin"])
        return changed.raw


class CrossOriginLayer:
    """Add fields to responses, which go to `outer` next."""

    __slots__ = ("added", "handles_errors", "outer")

    def __init__(self, added: Added, outer: Layer | None) -> None:
        self.added = added
        self.outer = outer
        self.handles_errors = outer is not None and outer.handles_errors

    def answer(self, exchange: Exchange, first_line: bytes, tail: bytes, content: bytes) -> None:
        """Take a whole response with prepared lines."""
        if self.outer is not None or b"vary" in tail or b"access-control" in tail:
            self.respond(exchange, int(first_line[9:12]), fields_of(tail, content), content)
        else:
            exchange.answer(first_line, tail + self.added.lines, content, is_outside=True)

    def respond(self, exchange: Exchange, status: int, headers: Headers, content: bytes) -> None:
        """Take a whole response."""
        respond_to(self.outer, exchange, status, self.added.to(headers), content)

    async def send_on(self, exchange: Exchange, message: Message) -> None:
        """Take a part of a response (ASGI)."""
        if message["type"] == "http.response.start":
            message["headers"] = self.added.to(list(message.get("headers", ())))
        await send_to(self.outer, exchange, message)

    async def receive_for(self, exchange: Exchange) -> Message:
        """Return the next part of the body, or that the client has left (ASGI)."""
        return await receive_from(self.outer, exchange)
