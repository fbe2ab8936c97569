"""Listen on sockets, with a bound for the time of TLS handshakes.

uvicorn leaves this time to asyncio, which gives a client 60 seconds to begin. And uvloop reports no
socket that cannot listen, because another one was faster.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from rapide.server.sockets import describe

if TYPE_CHECKING:
    import uvicorn

#: How many connections are accepted at the end at most. Others may come as fast as they are taken.
MOST_WAITING: Final = 10_000

_errors: Final = logging.getLogger("uvicorn.error")


async def listen(
    server: uvicorn.Server, bound: Iterable[Any], seconds: float | None, failure: int
) -> None:
    """Do what uvicorn's server does at its start, with this time for handshakes.

    Raises:
        SystemExit: The application could not start, or a socket cannot listen; the status is
            `failure`.
    """
    await server.lifespan.startup()
    if server.lifespan.should_exit:
        sys.exit(failure)
    config: Any = server.config
    make_protocol = _protocol_maker(server)
    for listener in bound:
        try:
            listener.listen(config.backlog)
        except OSError as error:
            (place,) = describe([listener])
            _errors.error("cannot listen on %s: %s", place, error.strerror or error)
            await server.lifespan.shutdown()
            sys.exit(failure)
    loop = asyncio.get_running_loop()
    server.servers = [
        await loop.create_server(
            make_protocol,
            sock=listener,
            ssl=config.ssl,
            backlog=config.backlog,
            ssl_handshake_timeout=seconds,
        )
        for listener in bound
    ]
    server.started = True


def _protocol_maker(server: uvicorn.Server) -> Callable[[], asyncio.Protocol]:
    config: Any = server.config
    return partial(
        config.http_protocol_class,
        config=config,
        server_state=server.server_state,
        app_state=server.lifespan.state,
    )


def admit_waiting(
    server: uvicorn.Server, bound: Iterable[socket.socket], seconds: float | None
) -> list[asyncio.Task[None]]:
    """Accept the connections that wait in the queues of sockets, which are closed next.

    The kernel would reset them. Their clients believe that they are connected, so a proxy that has
    sent a request cannot know that it may send it to another server.

    Returns:
        What makes each of them a connection of the server.
    """
    return [
        asyncio.get_running_loop().create_task(_admit(server, accepted, seconds))
        for listener in bound
        for accepted in _waiting(listener)
    ]


def _waiting(listener: socket.socket) -> Iterator[socket.socket]:
    listener.setblocking(False)
    for _ in range(MOST_WAITING):
        try:
            accepted, _address = listener.accept()
        except OSError:  # none is left, or the system has no more files
            return
        yield accepted


async def _admit(server: uvicorn.Server, accepted: socket.socket, seconds: float | None) -> None:
    context = server.config.ssl
    with contextlib.suppress(OSError):  # the client has left, or its handshake fails
        await asyncio.get_running_loop().connect_accepted_socket(
            _protocol_maker(server),
            accepted,
            ssl=context,
            ssl_handshake_timeout=seconds,
        )
