"""Listen on sockets, with a bound for the time of TLS handshakes.

uvicorn leaves this time to asyncio, which gives a client 60 seconds to begin. And uvloop reports no
socket that cannot listen, because another one was faster.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from rapide.server.sockets import describe

if TYPE_CHECKING:
    import uvicorn

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
    make_protocol = partial(
        config.http_protocol_class,
        config=config,
        server_state=server.server_state,
        app_state=server.lifespan.state,
    )
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
