"""Middleware between the routes and the client, for requests that are served without ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.types import Message

from rapide.http11.heads import Headers

if TYPE_CHECKING:
    from rapide.http11.exchange import Exchange


class Layer(Protocol):
    """What an exchange gives its answer to, instead of sending it.

    Attributes:
        outer: The layer that it goes to next; None for the client.
        handles_errors: Whether this or an outer layer lets exception handlers answer what the
            routes raise, so that what comes out of it is for the server's error page.
    """

    outer: Layer | None
    handles_errors: bool

    def answer(self, exchange: Exchange, first_line: bytes, tail: bytes, content: bytes) -> None:
        """Take a whole response with prepared lines."""

    def respond(self, exchange: Exchange, status: int, headers: Headers, content: bytes) -> None:
        """Take a whole response."""

    async def send_on(self, exchange: Exchange, message: Message) -> None:
        """Take a part of a response (ASGI)."""

    async def receive_for(self, exchange: Exchange) -> Message:
        """The next part of the body, or that the client has left (ASGI)."""
        ...


def respond_to(
    layer: Layer | None, exchange: Exchange, status: int, headers: Headers, content: bytes
) -> None:
    """Give a whole response to a layer, or to the client."""
    if layer is None:
        exchange.respond(status, headers, content, is_outside=True)
    else:
        layer.respond(exchange, status, headers, content)


async def send_to(layer: Layer | None, exchange: Exchange, message: Message) -> None:
    """Give a part of a response to a layer, or to the client."""
    if layer is None:
        await exchange.send_outside(message)
    else:
        await layer.send_on(exchange, message)


async def receive_from(layer: Layer | None, exchange: Exchange) -> Message:
    """What comes from the client, by way of a layer if there is one."""
    return await (exchange.receive_outside() if layer is None else layer.receive_for(exchange))


def fields_of(tail: bytes, content: bytes) -> Headers:
    """The header fields of an answer with prepared lines, in the order in which they are sent."""
    fields = [(b"content-length", b"%d" % len(content))]
    for line in tail.splitlines():
        name, _, value = line.partition(b": ")
        fields.append((name, value))
    return fields
