"""Connections that a TCP balancer passes on, with a header of the PROXY protocol before them."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from rapide.http11.connection import Http11Protocol
from rapide.http11.limits import Limits
from rapide.http11.peers import remote_address
from rapide.server.proxy_header import Connection, Peer, ProxyHeader, ProxyHeaderError

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

_errors: Final = logging.getLogger("uvicorn.error")


class ProxiedProtocol(asyncio.BufferedProtocol):
    """A connection whose header of the PROXY protocol is being read, for uvicorn's `http` option.

    Only trusted addresses send the header, and they always send it. The connections of others are
    served as they are.

    Args:
        config: The configuration of the server. Its `tls_behind_proxy` is the context of TLS, and
            the time for a handshake.
        server_state: uvicorn's account of the server.
        app_state: What the lifespan left for requests.
        limits: What clients may ask for.
        options: Other arguments of `Http11Protocol`.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits = Limits(),
        **options: Any,
    ) -> None:
        self._make: Callable[[], Http11Protocol] = partial(
            Http11Protocol, config, server_state, app_state, _loop, limits=limits, **options
        )
        self._tls: tuple[ssl.SSLContext, float] | None = getattr(config, "tls_behind_proxy", None)
        self._seconds = limits.header_seconds
        self._connections: set[object] = server_state.connections  # type: ignore[assignment]
        self._header = ProxyHeader()
        self._buffer = bytearray()
        self._transport: Any = None
        self._timer: Any = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the header, if the other side is trusted."""
        self._transport = transport
        self._connections.add(self)
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self.shutdown)
        self._protocol = self._make()
        trusts = self._protocol.context.trusts
        peer = remote_address(self._transport)
        if trusts is None or not trusts(peer and peer[0]):
            self._pass_on(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._connections.discard(self)
        self._timer.cancel()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return room for no byte that is behind the header."""
        self._buffer = bytearray(self._header.wanted or 1)
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Read a part of the header."""
        header = self._header
        try:
            header.feed(bytes(self._buffer[:nbytes]))
        except ProxyHeaderError:
            _errors.warning("A connection is closed, as it has no header of the PROXY protocol.")
            self.shutdown()
        else:
            if not header.wanted:
                self._pass_on(header.connection)

    def eof_received(self) -> bool:
        """Close: there is nothing to answer."""
        return False

    def shutdown(self) -> None:
        """Close, as uvicorn asks for when it stops."""
        self._transport.abort()

    def _pass_on(self, connection: Connection | None) -> None:
        transport = self._transport
        if self._tls is None:
            self._leave()
            transport.set_protocol(self._protocol)
            self._protocol.connection_made(_seen(transport, connection))
        else:
            self._timer.cancel()  # the handshake has a time of its own
            transport.pause_reading()
            self._task = asyncio.create_task(self._begin_tls(*self._tls, connection))

    async def _begin_tls(
        self, context: ssl.SSLContext, seconds: float, connection: Connection | None
    ) -> None:
        loop, early = asyncio.get_running_loop(), EarlyData()
        try:
            transport = await loop.start_tls(
                self._transport,
                early,
                context,
                server_side=True,
                ssl_handshake_timeout=seconds,
            )
        except OSError:  # the handshake failed; uvicorn does not report that either
            transport = None
        self._leave()
        if transport is not None:
            early.pass_on(transport, self._protocol, _seen(transport, connection))

    def _leave(self) -> None:
        self.connection_lost(None)


class EarlyData(asyncio.Protocol):
    """What comes between the end of a TLS handshake and the beginning of HTTP."""

    def __init__(self) -> None:
        self._data = b""
        self._has_ended = self._is_lost = False
        self._error: Exception | None = None

    def data_received(self, data: bytes) -> None:
        """Keep the beginning of the first request."""
        self._data += data

    def eof_received(self) -> bool:
        """Keep the end."""
        self._has_ended = True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Keep the end of the connection."""
        self._is_lost, self._error = True, exc

    def pass_on(self, transport: Any, protocol: Http11Protocol, seen: Any) -> None:
        """Give the connection to a protocol, with what has come before."""
        if self._is_lost:
            return
        transport.set_protocol(protocol)
        protocol.connection_made(seen)
        if self._data:
            protocol.data_received(self._data)
        if self._has_ended and not protocol.eof_received():
            transport.close()


def _seen(transport: Any, connection: Connection | None) -> Any:
    """Return a transport that has the addresses of the client's own connection."""
    return transport if connection is None else ProxiedTransport(transport, connection)


class ProxiedTransport:
    """A transport whose addresses are those that the balancer has reported."""

    def __init__(self, transport: asyncio.Transport, connection: Connection) -> None:
        self._transport = transport
        inner = transport.get_extra_info("socket")
        self._said = {
            "peername": connection.client,
            "sockname": connection.server,
            "socket": inner and ProxiedSocket(inner, connection),
        }

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Return the address of the client, or of the server, or something else."""
        return self._said.get(name) or self._transport.get_extra_info(name, default)


class ProxiedSocket:
    """The socket of such a transport."""

    def __init__(self, inner: object, connection: Connection) -> None:
        self._inner = inner
        self._connection = connection

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def getpeername(self) -> Peer:
        """Return the client's address."""
        return self._connection.client

    def getsockname(self) -> Peer:
        """Return the address that the client has connected to."""
        return self._connection.server
