"""The opening handshake: the request of the client, and the answers to it.

SPEC: RFC 6455, 4.2.
"""

from __future__ import annotations

import asyncio
import email.utils
import sys
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from starlette.types import Scope
from uvicorn.protocols.utils import (
    get_client_addr,
    get_path_with_query_string,
    is_ssl,
)
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Response
from websockets.server import ServerProtocol

from rapide.http11.peers import local_address, remote_address

#: Smaller windows than the largest: a connection that compresses needs less memory.
_DEFLATE: Final = ServerPerMessageDeflateFactory(
    server_max_window_bits=12, client_max_window_bits=12, compress_settings={"memLevel": 5}
)


def make_library(config: Any, logger: Any) -> ServerProtocol:
    """Return the library's side of a connection, by uvicorn's configuration."""
    extensions = [_DEFLATE] if config.ws_per_message_deflate else []
    return ServerProtocol(extensions=extensions, max_size=config.ws_max_size, logger=logger)


def longest_message(config: Any) -> int:
    """Return the size of the longest ordinary message; -1 if the library alone can decide."""
    limit = config.ws_max_size
    if limit is None:
        return sys.maxsize
    return limit if type(limit) is int and limit < sys.maxsize else -1


def log_access(connection: Any, line: str, *status: Any) -> None:
    """Write what became of a request into the server's log."""
    scope = connection.scope
    values = get_client_addr(scope), get_path_with_query_string(scope), *status
    connection.logger.info(line, *values)


def make_scope(
    request: Any, config: Any, app_state: dict[str, object], transport: asyncio.Transport
) -> Scope:
    """Return the scope of a WebSocket."""
    raw_path, _, query_string = request.path.partition("?")
    protocols = request.headers.get_all("Sec-WebSocket-Protocol")
    return {
        "type": "websocket",
        "asgi": {"version": config.asgi_version, "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss" if is_ssl(transport) else "ws",
        "server": local_address(transport),
        "client": remote_address(transport),
        "root_path": config.root_path,
        "path": config.root_path + unquote(raw_path),
        "raw_path": (config.root_path + raw_path).encode("ascii"),
        "query_string": query_string.encode("ascii"),
        "headers": [
            (name.encode("ascii"), _as_bytes(value)) for name, value in request.headers.raw_items()
        ],
        "subprotocols": [name.strip() for line in protocols for name in line.split(",")],
        "state": app_state.copy(),
        "extensions": {"websocket.http.response": {}},
    }


def _as_bytes(value: str) -> bytes:
    """Return the value of a header as it came; releases of the library decode it differently."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("ascii", errors="surrogateescape")


def complete_acceptance(
    response: Response,
    headers: Iterable[tuple[bytes, bytes]],
    subprotocol: str | None,
) -> None:
    """Add the headers of the server and of the application to the answer 101."""
    fields = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
    if subprotocol:
        fields.append(("Sec-WebSocket-Protocol", subprotocol))
    del response.headers["Date"]  # the server has its own
    response.headers.update(fields)


class Denial:
    """A response of the application's in the place of a WebSocket (`websocket.http.response`).

    Args:
        message: The message that begins it.

    Raises:
        RuntimeError: The status does not exist.
    """

    def __init__(self, message: Any) -> None:
        self.status: Any = message["status"]
        if not 100 <= self.status < 600:
            raise RuntimeError(f"Invalid HTTP status code '{self.status:d}' in response.")
        self._fields: Any = []
        self._body = b""

    def set_headers(self, message: Any) -> None:
        """Take the headers from the message that begins it."""
        self._fields = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in message.get("headers", [])
        ]

    def add(self, message: Any) -> bool:
        """Add a part of the body; return whether it was the last.

        Raises:
            RuntimeError: The message is another.
        """
        kind = message["type"]
        if kind != "websocket.http.response.body":
            raise RuntimeError(
                f"Expected ASGI message 'websocket.http.response.body' but got '{kind}'."
            )
        self._body = self._body + message["body"]
        return not message.get("more_body", False)

    def response(self) -> Response:
        """Return the whole response."""
        fields = Headers(self._fields)
        fields.setdefault("Date", email.utils.formatdate(usegmt=True))
        fields.setdefault("Connection", "close")
        fields.setdefault("Content-Length", str(len(self._body)))
        fields.setdefault("Content-Type", "text/plain; charset=utf-8")
        return Response(self.status, _phrase(self.status), fields, self._body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
