"""Requests over a socket: our protocol against uvicorn's, each with its framework.

The server is what uvicorn makes of a connection, without its process: a listening socket on the
event loop of the test. Both sides are driven alike, so what is compared is what a client reads,
what the application logged, and what the server logged as the application's error.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from unittest import mock

import uvicorn
from starlette.requests import ClientDisconnect
from uvicorn.protocols.http import httptools_impl
from uvicorn.server import ServerState

from rapide.http11 import peers
from rapide.http11.connection import Http11Protocol

#: What clients and servers may write into a request as it is.
TARGET = re.compile(r"/[!\"$-~]*")
NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(rb"(?:[!-~\x80-\xff](?:[ \t!-~\x80-\xff]*[!-~\x80-\xff])?)?")
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"}
#: Fields by which a client speaks to the server about the connection or the body's framing.
OF_THE_SERVER = {b"connection", b"expect", b"keep-alive", b"te", b"transfer-encoding", b"upgrade"}
#: Fields that a server adds.
ADDED = {b"connection", b"date", b"server", b"transfer-encoding"}
TIMEOUT = 30.0


def can_be_sent(method: str, target: str, fields: list[tuple[bytes, bytes]], size: int) -> bool:
    """Whether a client can send such a request, and a server takes it for the application's."""
    if method not in METHODS or not TARGET.fullmatch(target):
        return False
    names = [name for name, _ in fields]
    if OF_THE_SERVER.intersection(names) or names.count(b"host") > 1:
        return False
    lengths = [value for name, value in fields if name == b"content-length"]
    if lengths not in ([], [b"%d" % size]) or (size and not lengths):
        return False
    return all(NAME.fullmatch(name) and VALUE.fullmatch(value) for name, value in fields)


class _Raised(logging.Handler):
    """Keeps the exceptions that left the application, as the server logs them."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "Exception in ASGI application\n" and record.exc_info:
            assert record.exc_info[1] is not None
            self.errors.append(record.exc_info[1])


class Server:
    """An application that is served on a socket."""

    def __init__(self, port: int, state: ServerState, raised: _Raised) -> None:
        self.port = port
        self.state = state
        self.raised = raised

    async def send(self, head: bytes, parts: list[bytes], answer: Any, leaves: bool) -> None:
        """Send a request on a connection of its own, and take its answer apart."""
        self.raised.errors.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            async with asyncio.timeout(TIMEOUT):
                for data in (head, *parts):
                    writer.write(data)
                    await self._settle()
                if not leaves:
                    await _read_answer(reader, head.startswith(b"HEAD "), answer)
                    await self._settle()
                writer.close()
                await self._end()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        # Our server does not report that a client has left.
        errors = [error for error in self.raised.errors if type(error) is not ClientDisconnect]
        answer.raised = next(iter(errors), None)

    async def _settle(self) -> None:
        """Let the server read what has arrived."""
        for _ in range(4):
            await asyncio.sleep(0)

    async def _end(self) -> None:
        """Wait until nothing of the request runs any more."""
        await self._settle()
        while self.state.tasks:
            await asyncio.wait(list(self.state.tasks))


@contextlib.asynccontextmanager
async def serving(app: Any, lifespan_state: dict[str, Any], is_ours: bool) -> AsyncIterator[Server]:
    """Serve an application for the length of a block."""
    config = uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        proxy_headers=False,
        log_config=None,
        access_log=False,
        loop="none",
    )
    config.load()
    state = ServerState()
    protocol: Any = Http11Protocol if is_ours else httptools_impl.HttpToolsProtocol
    make = functools.partial(protocol, config=config, server_state=state, app_state=lifespan_state)
    loop = asyncio.get_running_loop()
    raised = _Raised()
    with _fixed_addresses(), _logging_to(raised):
        server = await loop.create_server(make, "127.0.0.1", 0)
        try:
            yield Server(server.sockets[0].getsockname()[1], state, raised)
        finally:
            server.close()
            for connection in list(state.connections):
                connection.transport.abort()  # type: ignore[union-attr]
            await server.wait_closed()


@contextlib.contextmanager
def _fixed_addresses() -> Iterator[None]:
    """The same client and server in each scope as where the application is called directly."""
    with contextlib.ExitStack() as stack:
        for module in (peers, httptools_impl):
            for name, address in (
                ("get_remote_addr", ("127.0.0.1", 50000)),
                ("get_local_addr", ("testserver", 80)),
            ):
                fixed = mock.patch.object(module, name, lambda _, address=address: address)
                stack.enter_context(fixed)
        yield


@contextlib.contextmanager
def _logging_to(handler: logging.Handler) -> Iterator[None]:
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def head_of(method: str, target: str, fields: list[tuple[bytes, bytes]]) -> bytes:
    """The bytes of a request up to its body."""
    lines = [b"%b: %b\r\n" % field for field in fields]
    return b"".join([f"{method} {target} HTTP/1.1\r\n".encode(), *lines, b"\r\n"])


async def _read_answer(reader: asyncio.StreamReader, is_head: bool, answer: Any) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return  # the server has closed without an answer
    except ConnectionError:
        # A server that closes a connection whose input it has not read resets it.
        answer.is_lost = True
        return
    first, *lines = head[:-4].split(b"\r\n")
    answer.status = int(first.split(b" ")[1])
    fields = [tuple(line.split(b": ", 1)) for line in lines]
    answer.headers = [field for field in fields if field[0] not in ADDED]
    if is_head or answer.status in {204, 304}:
        return
    body, is_whole = await _read_body(reader, dict(reversed(fields)))
    answer.chunks = [body] if body else []
    if not is_whole:
        answer.messages.append("the answer breaks off")


async def _read_body(
    reader: asyncio.StreamReader, fields: dict[bytes, bytes]
) -> tuple[bytes, bool]:
    """The body of an answer, and whether it has come to its end."""
    if fields.get(b"transfer-encoding") != b"chunked":
        size = int(fields[b"content-length"])
        try:
            return await reader.readexactly(size), True
        except asyncio.IncompleteReadError as error:
            return error.partial, False
    body = b""
    try:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        return body, await reader.readexactly(2) == b"\r\n"
    except asyncio.IncompleteReadError:
        return body, False
