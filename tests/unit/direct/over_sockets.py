"""Send requests to an application over a socket, and see which way each was answered."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

from rapide.http11 import serving as served_by
from tests.parity.served import Server, serving


def call(app: Any, *requests: tuple[str, str]) -> list[tuple[int, bytes]]:
    """Send requests over a socket, after one that builds the application."""

    async def drive() -> list[tuple[int, bytes]]:
        answers = []
        async with serving(app, {}, True) as server:
            for method, path in [("GET", "/first"), *requests]:
                answers.append(await _send(server, method, path))
        return answers[1:]

    return asyncio.run(drive())


async def _send(server: Server, method: str, path: str) -> tuple[int, bytes]:
    answer: Any = SimpleNamespace(status=0, chunks=[], headers=[], messages=[], raised=None)
    head = f"{method} {path} HTTP/1.1\r\nhost: testserver\r\n\r\n".encode()
    await server.send(head, [], answer, False)
    return answer.status, b"".join(answer.chunks)


@contextmanager
def counting_asgi() -> Any:
    """Keep the paths of the requests for which the application is called by ASGI."""
    paths: list[str] = []
    call_application = served_by.call_application

    async def counted(exchange: Any) -> None:
        paths.append(exchange.path)
        await call_application(exchange)

    with mock.patch.object(served_by, "call_application", counted):
        yield paths
