"""Listen on sockets by TLS, with a bound for the time of handshakes.

uvicorn leaves this time to asyncio, which gives a client 60 seconds to begin.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uvicorn


async def listen_with_tls(
    server: uvicorn.Server, bound: Iterable[Any], seconds: float, failure: int
) -> None:
    """Do what uvicorn's server does at its start, with this time for handshakes.

    Raises:
        SystemExit: The application could not start; the status is `failure`.
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
