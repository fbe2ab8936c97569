"""How layers of middleware give a response on, to the next layer or to the client."""

from __future__ import annotations

from typing import Final

from starlette.types import Message

from rapide.http11.contract import Exchange, Layer
from rapide.http11.heads import Headers


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
    """Return the next message of `receive`, by way of a layer if there is one."""
    return await (exchange.receive_outside() if layer is None else layer.receive_for(exchange))


def fields_of(tail: bytes, content: bytes) -> Headers:
    """Return the header fields of a response with prepared lines, in the order of sending."""
    known = _known_fields.get(tail)
    if known is None:
        known = []
        for line in tail.splitlines():
            name, _, value = line.partition(b": ")
            known.append((name, value))
        if len(tail) <= _LONG:
            if len(_known_fields) >= _MOST_KNOWN:
                _known_fields.clear()
            _known_fields[tail] = known
    return [(b"content-length", b"%d" % len(content)), *known]


#: The fields of prepared lines that are short. Most are the same for all requests of a route.
_known_fields: dict[bytes, Headers] = {}
_MOST_KNOWN: Final = 1000
_LONG: Final = 512
