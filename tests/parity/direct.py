"""Requests through our own HTTP/1.1 transport, from the parsed request to the bytes of the answer.

The connection is a stand-in: it gives the parts of the body one by one, when the application waits
for them, and keeps what is written.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import anyio

from rapide.http11.exchange import Http11Exchange
from rapide.http11.limits import Limits
from rapide.http11.server import ServerContext
from rapide.http11.serving import serve
from rapide.http11.shutdown import Shutdown

#: Seconds that a request may take; None where the test notices itself that one waits for ever.
PATIENCE: ContextVar[float | None] = ContextVar("patience", default=4)


class StandIn:
    """The connection of one exchange."""

    scheme = "http"
    write_paused = has_ended = False

    def __init__(self, context: ServerContext, scope: dict[str, Any], fw: Any) -> None:
        self.context, self.fw = context, fw
        self.flow = self
        self.exchange: Any = None
        self.loop = asyncio.get_running_loop()
        self.is_logged, self.client_name = context.access_log.logger.hasHandlers(), ""
        self.client, self.server = scope["client"], scope["server"]
        self.app_state = scope["state"]
        self.parts: list[bytes] = []
        self.leaves = False
        self.output = b""

    def resume_body(self) -> None:
        exchange = self.exchange
        if self.parts:
            exchange.add_body(self.parts.pop(0))
            if not self.parts and not self.leaves:
                exchange.complete_request()
            self.loop.call_soon(exchange.wake)
        elif self.leaves:
            self.loop.call_soon(exchange.leave)

    def write(self, data: bytes) -> None:
        if not self.output:
            self.fw.log.append("<response started>")
        self.output += data

    def buffer_head(self, head: bytes) -> None:
        self.write(head)

    def on_response_end(self) -> None:
        self.fw.log.append("<response ended>")

    def close(self) -> None:
        """Nothing more is sent."""


class Recorded(Http11Exchange):
    """Keeps what the application raises, instead of logging and answering it."""

    raised: BaseException | None = None

    def crash(self, error: BaseException) -> None:
        self.raised = error

    def settle(self) -> None:
        """Compared is what the application did, not what a server makes of it."""


async def send_direct(
    app: Any, scope: dict[str, Any], parts: list[bytes], leaves: bool, fw: Any, answer: Any
) -> None:
    config: Any = SimpleNamespace(
        loaded_app=app,
        root_path="",
        asgi_version="3.0",
        timeout_keep_alive=5,
        limit_concurrency=None,
        reset_contextvars=False,
    )
    state: Any = SimpleNamespace(
        default_headers=[], tasks=set(), connections=set(), total_requests=0
    )
    direct = getattr(app, "_rapide_direct", None)
    context = ServerContext(config, state, Limits(), direct, None, Shutdown())
    connection: Any = StandIn(context, scope, fw)
    connection.parts, connection.leaves = list(parts), leaves
    exchange = connection.exchange = Recorded(
        context,
        connection,
        scope["method"],
        scope["path"],
        scope["raw_path"],
        scope["query_string"],
        scope["headers"],
    )
    if not any(parts) and not leaves:
        connection.parts = []
        exchange.complete_request()
    elif len(parts) == 1 and not leaves:
        # As with most clients, the body has come together with the head.
        exchange.add_body(connection.parts.pop())
        exchange.complete_request()

    async def call() -> None:
        try:
            with anyio.fail_after(PATIENCE.get()):
                await serve(exchange)
        except TimeoutError as error:
            answer.raised = error

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
    answer.raised = answer.raised or exchange.raised
    read_answer(connection.output, answer)


def read_answer(output: bytes, answer: Any) -> None:
    """Take the bytes of an answer apart."""
    if not output:
        return
    head, _, body = output.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    answer.status = int(first.split(b" ")[1])
    answer.headers = [tuple(line.split(b": ", 1)) for line in lines]
    chunked = (b"transfer-encoding", b"chunked")
    if chunked not in answer.headers:
        answer.chunks = [body] if body else []
        return
    answer.headers.remove(chunked)
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if length:
            answer.chunks.append(rest[:length])
        body = rest[length + 2 :]
