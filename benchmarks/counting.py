"""Serve requests without a socket, under valgrind, which counts instructions in user space.

    valgrind --tool=callgrind --instr-atstart=no … python -m benchmarks.counting LIBRARY ROW …

`benchmarks.instructions` starts it with the framework in the environment. Each row runs in a
process of its own, forked from one that has imported everything, on a transport that hands requests
to the server's protocol and takes its answers. Nothing waits for a kernel, so a count depends on
neither the machine nor its load. The collector is off: its cost depends on all that is alive.
"""

import asyncio
import ctypes
import gc
import os
import sys
import time
import traceback
from collections.abc import Callable
from itertools import count
from typing import Any

import uvicorn
import uvloop
from uvicorn.server import ServerState

from benchmarks.apps import FRAMEWORK_VARIABLE, load_app
from benchmarks.flows import EchoClient, Flow
from benchmarks.paced import complete_length, identity, wire
from benchmarks.serving import LOGGED, SERVING
from benchmarks.works import RAPIDE_RUN, Request, Side, Work

PORT = 8000
WARM_UP, COUNTED = 100, 100
PATIENCE = 30.0
LOGGED_SUFFIX = "+log"
Row = Work | Flow


def rows() -> dict[str, Row]:
    """Return every row that can be counted, by its name; with the access log, it has a suffix."""
    quiet = {row.name: row for row in SERVING if isinstance(row, Work) or row.name == "websocket"}
    logged = {f"{row.name}{LOGGED_SUFFIX}": row for row in LOGGED if row.name in quiet}
    found: dict[str, Row] = {**quiet, **logged}
    return {name: row for name, row in found.items() if not name.startswith("two_workers")}


class Wire(asyncio.Transport):
    """A transport that keeps nothing: it counts the bytes of an answer until all have come.

    With `length` 0, the first answer is collected, and the caller says when it is whole.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, payloads: Callable[[], bytes]) -> None:
        super().__init__()
        self.loop = loop
        self.payloads = payloads
        self.protocol: Any = None
        self.collected = b""
        self.length = self.missing = self.remaining = 0
        self.finished = loop.create_future()

    async def first(self, payload: bytes, is_whole: Callable[[bytes], bool]) -> bytes:
        """Send one request and return its answer."""
        self.collected, self.length = b"", 0
        deadline = time.monotonic() + PATIENCE
        self.protocol.data_received(payload)
        while not is_whole(self.collected):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer but {self.collected[:200]!r}")
            await asyncio.sleep(0.001)
        return self.collected

    async def repeat(self, times: int, length: int) -> None:
        """Send requests one after the other, each when the answer before has come."""
        self.length, self.remaining = length, times
        self.finished = self.loop.create_future()
        self.send()
        await self.finished

    def send(self) -> None:
        self.missing = self.length
        self.protocol.data_received(self.payloads())

    def write(self, data: Any) -> None:
        if not self.length:
            self.collected += bytes(data)
            return
        if not data:
            return  # an answer may end with a write of nothing, when all of it has come
        self.missing -= len(data)
        if self.missing > 0:
            return
        self.remaining -= 1
        if self.missing < 0:
            self.finished.set_exception(ValueError(f"answers differ in length: {data!r}"))
        elif self.remaining:
            self.loop.call_soon(self.send)
        else:
            self.finished.set_result(None)

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        known = {"peername": ("127.0.0.1", 50000), "sockname": ("127.0.0.1", PORT)}
        return known.get(name, default)

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def get_protocol(self) -> Any:
        return self.protocol

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Accept any limits: nothing is buffered."""

    def pause_reading(self) -> None:
        """Do nothing: one request is under way at most."""

    def resume_reading(self) -> None:
        """Do nothing."""

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        """Keep open: the process ends after the row."""

    def abort(self) -> None:
        """Keep open."""


def configuration(side: Side, app: Any) -> uvicorn.Config:
    """Return the settings of the server of a side, with its protocol loaded."""
    http: Any = side.http
    if side.http == RAPIDE_RUN:
        from rapide.http11.limits import Limits
        from rapide.server.server import make_protocol

        http = make_protocol(Limits(), None)
    level = "info" if side.log else "warning"  # as `benchmarks.server` has it
    config = uvicorn.Config(app, http=http, port=PORT, access_log=side.log, log_level=level)
    config.load()
    return config


async def connected(side: Side, payloads: Callable[[], bytes]) -> Wire:
    """Start the application and return a connection to it."""
    config = configuration(side, load_app(side.framework, side.app))
    lifespan = config.lifespan_class(config)
    await lifespan.startup()
    loop = asyncio.get_running_loop()
    wired = Wire(loop, payloads)
    make_protocol: Any = config.http_protocol_class
    state = ServerState()
    state.default_headers = config.encoded_headers
    wired.protocol = make_protocol(
        config=config, server_state=state, app_state=lifespan.state, _loop=loop
    )
    wired.protocol.connection_made(wired)
    return wired


def payloads_of(request: Request) -> Callable[[], bytes]:
    """Return a function that gives the bytes of the next request."""
    whole = wire(request, PORT)
    if request.changing is None:
        return lambda: whole
    numbered = [
        whole.replace(identity(0).encode(), identity(number).encode())
        for number in range(1, WARM_UP + COUNTED + 2)
    ]
    numbers = count()
    return lambda: numbered[next(numbers)]


async def prepare(row: Row, side: Side) -> tuple[Wire, int]:
    """Return a connection that has answered once, and the length of an answer."""
    if isinstance(row, Flow):
        client = EchoClient(row.path)
        sent: list[bytes] = []
        client.transport = Collector(sent)
        client.open()
        wired = await connected(side, lambda: client.message)
        await wired.first(sent[0], lambda answer: answer.endswith(b"\r\n\r\n"))
        return wired, len(client.ECHO)
    payloads = payloads_of(row.request)
    wired = await connected(side, payloads)
    answer = await wired.first(payloads(), lambda answer: complete_length(answer) == len(answer))
    if not answer.startswith(b"HTTP/1.1 %d" % row.request.status):
        raise ValueError(f"an unexpected answer: {answer[:200]!r}")
    return wired, len(answer)


class Collector(asyncio.Transport):
    """The transport of a client, which keeps what it writes."""

    def __init__(self, sent: list[bytes]) -> None:
        super().__init__()
        self.sent = sent

    def write(self, data: Any) -> None:
        self.sent.append(data)


async def counted(row: Row, side: Side, name: str, library: ctypes.CDLL) -> None:
    wired, length = await prepare(row, side)
    await wired.repeat(WARM_UP, length)
    library.start_counting()
    await wired.repeat(COUNTED, length)
    library.stop_counting(name.encode())


def side_of(row: Row, framework: str) -> Side:
    if isinstance(row, Flow):
        return row.side(framework)
    return row.baseline if framework == row.baseline.framework else row.candidate


def main(path: str, *names: str) -> None:
    framework = os.environ[FRAMEWORK_VARIABLE]
    library = ctypes.CDLL(path)
    load_app(framework, "hello")
    known = rows()
    gc.disable()
    for name in names:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            continue
        status = 1
        try:
            loop = uvloop.new_event_loop()
            asyncio.set_event_loop(loop)
            side = side_of(known[name], framework)
            loop.run_until_complete(counted(known[name], side, name, library))
            status = 0
        except Exception:
            print(f"{name}: {traceback.format_exc()}", file=sys.stderr, flush=True)
        finally:
            os._exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:])
