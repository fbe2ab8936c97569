"""Call an ASGI application directly, with the scope that uvicorn would build."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from benchmarks.apps import ASGIApp
from benchmarks.works import Request

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What both sides must agree on."""

    status: int
    content_type: str
    body: bytes


def scope_of(request: Request) -> Message:
    """The HTTP scope of a request. Frameworks write into it: pass a copy to each call."""
    url = urlsplit(request.path)
    headers = {"host": "127.0.0.1:8000", **request.headers}
    if request.body:
        headers["content-length"] = str(len(request.body))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "method": request.method,
        "root_path": "",
        "path": unquote(url.path),
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "state": {},
    }


def receive_of(request: Request) -> Callable[[], Awaitable[Message]]:
    """A `receive` for one request: the whole body, then nothing, for the client stays."""
    messages = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> Message:
        if not messages:
            await asyncio.get_running_loop().create_future()
        return messages.pop()

    return receive


async def answer_of(app: ASGIApp, request: Request) -> Answer:
    """Send the request once and collect the answer."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope_of(request), receive_of(request), send)
    headers = dict(messages[0]["headers"])
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return Answer(messages[0]["status"], headers.get(b"content-type", b"").decode(), body)
