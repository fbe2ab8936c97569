"""A bare ASGI function: what uvicorn costs without any framework."""

from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.peers import contents
from benchmarks.peers.by_uvicorn import serve as serve

App = Callable[..., Awaitable[None]]


def constant(status: int, content_type: bytes, body: bytes) -> App:
    """An application that sends the same bytes whatever is asked."""
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    end = {"type": "http.response.body", "body": body}

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send(start)
            await send(end)

    return app


def plain() -> App:
    return constant(200, b"text/plain; charset=utf-8", contents.TEXT.encode())


def hello() -> App:
    return constant(200, b"application/json", b'{"message":"Hello World"}')


browser = hello


def not_found() -> App:
    return constant(404, b"application/json", b'{"detail":"Not Found"}')
