"""A connection on a stage: its transport, its event loop and its clock are stand-ins."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, ClassVar

from uvicorn.server import ServerState

from rapide.http11.connection import Http11Protocol
from rapide.http11.heads import StaticAnswer, status_line
from rapide.http11.limits import Limits
from rapide.http11.outcomes import Compiled, Outcome, Reason, ViaAsgi
from rapide.runtime.inline import ensure_task

OK = status_line(200)
TYPE = b"content-type: text/plain\r\n"
VIA_ASGI = ViaAsgi(Reason("a test wants it", "leave the test alone"))


def request(
    path: str = "/", *fields: str, method: str = "GET", body: bytes = b"", length: int | None = None
) -> bytes:
    """The bytes of a request. Its length may be announced without the whole body."""
    size = len(body) if length is None else length
    framing = [f"Content-Length: {size}"] if size else []
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *fields, *framing, "", ""]
    return "\r\n".join(lines).encode() + body


class Loop(asyncio.AbstractEventLoop):
    """An event loop whose time passes only when a test lets it."""

    #: The loops of the running test.
    made: ClassVar[list[Loop]] = []

    def __init__(self) -> None:
        self.made.append(self)
        self.now = 1000.0
        self.ready: deque[asyncio.Handle] = deque()
        self.timers: list[asyncio.TimerHandle] = []
        self.errors: list[dict[str, Any]] = []

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.errors.append(context)

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self.ready.append(handle)
        return handle

    def call_at(
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self.timers.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        if handle in self.timers:  # it may have fired
            self.timers.remove(handle)

    def get_task_factory(self) -> Any:
        return None

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def is_running(self) -> bool:
        return asyncio._get_running_loop() is self

    def create_task(
        self, coro: Any, *, name: str | None = None, context: Any = None
    ) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def run(self) -> None:
        """Run what is ready, until nothing is."""
        asyncio._set_running_loop(self)
        try:
            while self.ready:
                handle = self.ready.popleft()
                if not handle.cancelled():
                    handle._run()
        finally:
            asyncio._set_running_loop(None)

    def end(self) -> None:
        """Cancel what still waits."""
        for task in asyncio.all_tasks(self):
            task.cancel()
        self.run()

    def advance(self, seconds: float) -> None:
        """Let time pass, and fire the timers that are due in their order."""
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.when() <= end]:
            timer = min(due, key=asyncio.TimerHandle.when)
            self.timers.remove(timer)
            self.now = max(self.now, timer.when())
            self.ready.append(timer)
            self.run()
        self.now = end
        self.run()


class Transport(asyncio.Transport):
    """Keeps what is written and what is asked for."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 50000), "sockname": ("192.0.2.2", 80)})
        self.writes: list[bytes] = []
        self.protocol: Any = None
        self.closed = self.aborted = self.ended = False
        self.is_read = True

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol


class WebSocket:
    """Stands for uvicorn's class, which is given the connection."""

    def __init__(self, **options: Any) -> None:
        self.received = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data


class Layer:
    """Middleware that takes the response, and gives it on."""

    outer = None
    handles_errors = False

    def __init__(self, seen: list[Any]) -> None:
        self.seen = seen

    def answer(self, exchange: Any, first_line: bytes, tail: bytes, content: bytes) -> None:
        exchange.mark_answered()
        assert exchange.is_answered
        self.seen.append(("taken", content))
        exchange.answer(first_line, tail, content, is_outside=True)


class FailureWithoutTask(LookupError):
    """What a handler without a task raises."""


class Application:
    """Answers by path. `gate` is what its handlers wait for where they wait."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.gate = loop.create_future()
        self.seen: list[Any] = []

    def open(self) -> None:
        self.gate.set_result(None)
        self.loop.run()

    def find(self, method: str, path: str) -> Outcome | None:
        if path == "/static":
            return StaticAnswer(OK, b"content-length: 6\r\n" + TYPE, b"static")
        name = path[1:].removeprefix("taskless-")
        handler: Callable[[Any], Awaitable[None]] | None = getattr(self, name, None)
        if handler is None:
            return VIA_ASGI
        return Compiled(handler, None, needs_no_task=f"/{name}" != path)

    def build(self) -> None: ...

    def enter(self, scope: Any, exchange: Any) -> None: ...

    async def answer_error(self, error: Exception, exchange: Any) -> None:
        if isinstance(error, FailureWithoutTask):
            assert asyncio.current_task(self.loop) is not None
            self.seen.append("answered in a task")
        raise error

    async def hello(self, exchange: Any) -> None:
        exchange.answer(OK, TYPE, b"hello")

    async def wait(self, exchange: Any) -> None:
        await self.gate
        exchange.answer(OK, TYPE, b"waited")

    async def last(self, exchange: Any) -> None:
        await self.gate
        exchange.respond(200, [(b"connection", b"close")], b"last")

    async def body(self, exchange: Any) -> None:
        whole = exchange.has_whole_body()
        self.seen.append(exchange.take_body() if whole else await exchange.read_body())
        exchange.answer(OK, TYPE, b"read")

    async def late(self, exchange: Any) -> None:
        await self.gate
        await self.body(exchange)

    async def changed(self, exchange: Any) -> None:
        """Turn out to need a task, which only its first half does not."""
        self.seen.append("begun")
        await ensure_task(exchange)
        self.seen.append(asyncio.current_task(self.loop))
        await self.wait(exchange)

    async def failing(self, exchange: Any) -> None:
        self.seen.append(asyncio.current_task(self.loop))
        raise FailureWithoutTask

    async def silent(self, exchange: Any) -> None:
        await self.gate

    async def broken(self, exchange: Any) -> None:
        await self.gate
        raise LookupError("broken")

    async def parts(self, exchange: Any) -> None:
        """Read by ASGI, as often as the client sends something."""
        more = True
        while more:
            message = await exchange.receive()
            self.seen.append(message.get("body", b"left"))
            more = message.get("more_body", False)
        exchange.answer(OK, TYPE, b"read")

    async def twice(self, exchange: Any) -> None:
        await exchange.receive()
        self.seen.append(await exchange.read_body())
        exchange.answer(OK, TYPE, b"read")

    async def stream(self, exchange: Any) -> None:
        await exchange.send({"type": "http.response.start", "status": 200, "headers": []})
        await self.gate
        await exchange.send({"type": "http.response.body", "body": b"streamed"})

    async def around(self, exchange: Any) -> None:
        exchange.stay_around_routes()
        exchange.layer = Layer(self.seen)
        self.seen.append("before")
        assert not exchange.is_routed
        exchange.enter_routes()
        exchange.answer(OK, TYPE, b"inside")

    async def turned_away(self, exchange: Any) -> None:
        exchange.stay_around_routes()
        exchange.layer = Layer(self.seen)
        exchange.answer(OK, TYPE, b"away")

    async def stream_and_fail(self, exchange: Any) -> None:
        await exchange.send({"type": "http.response.start", "status": 200, "headers": []})
        await self.gate
        raise LookupError("broken")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """The application by ASGI."""
        await self.gate
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"by ASGI"})
        return "what no application may return" if scope["path"] == "/returns" else None


class Stage:
    """A connection that has been made."""

    def __init__(self, limits: Limits = Limits(write_idle_seconds=0), **options: Any) -> None:
        self.loop = Loop()
        self.app = Application(self.loop)
        self.app._rapide_direct = self.app  # type: ignore[attr-defined]
        self.transport = Transport()
        settings = {
            "loaded": True,
            "loaded_app": self.app,
            "root_path": "",
            "asgi_version": "3.0",
            "timeout_keep_alive": 5,
            "limit_concurrency": None,
            "reset_contextvars": False,
            "ws": WebSocket,
            "ws_protocol_class": WebSocket,
            **options,
        }
        config: Any = SimpleNamespace(**settings)
        self.state = ServerState()
        self.connection = Http11Protocol(config, self.state, {}, self.loop, limits=limits)
        self.connection.connection_made(self.transport)

    @property
    def output(self) -> bytes:
        return b"".join(self.transport.writes)

    @property
    def current(self) -> Any:
        return self.connection.current

    def receive(self, *parts: bytes) -> None:
        """Let the client send, each part with a turn of the event loop."""
        for part in parts:
            self.connection.data_received(part)
            self.loop.run()

    def statuses(self) -> list[int]:
        lines = self.output.split(b"HTTP/1.1 ")[1:]
        return [int(line[:3]) for line in lines]
