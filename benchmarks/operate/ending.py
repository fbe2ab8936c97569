"""SIGTERM, while clients listen to streams and sockets that do not end by themselves."""

import asyncio
import struct
import time
from argparse import Namespace

from benchmarks.operate.sides import SIDES, Side
from benchmarks.operate.table import table
from benchmarks.service import Service, serving

APP = "benchmarks.apps.operated:create_app"
NUMBER = 100
#: When a server that has not ended is killed, in seconds.
LONGEST = 60
COLUMNS = ("server", "ended after", "streams that ended whole", "sockets that were told (1012)")
GOAL = ("goal", "1 s", str(NUMBER), str(NUMBER))
#: A close frame of a server with the code 1012, "service restart", and a client's answer to it.
RESTART = b"\x03\xf4"
CLOSE = b"\x88\x82\0\0\0\0" + RESTART
UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


#: Both ends of a connection: asyncio closes it when nobody has the writer.
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def listen(port: int) -> Connection:
    """Begin to listen to a stream of events."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
    await reader.readuntil(b"data: ")
    return reader, writer


async def whole(connection: Connection) -> bool:
    """Whether a stream has the end that HTTP asks for."""
    try:
        return (await connection[0].read()).endswith(b"\r\n0\r\n\r\n")
    except OSError:
        return False


async def connect(port: int) -> Connection:
    """Open a WebSocket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /socket HTTP/1.1\r\nHost: a\r\n%b\r\n" % UPGRADE)
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def told(connection: Connection) -> bool:
    """Whether the socket was closed with the code that says why."""
    reader, writer = connection
    try:
        (size,) = struct.unpack("!xB", await reader.readexactly(2))
        code = (await reader.readexactly(size))[:2]
        writer.write(CLOSE)
        await reader.read()
    except (OSError, asyncio.IncompleteReadError):
        return False
    return code == RESTART


async def end(service: Service) -> tuple[float, int, int]:
    """Stop a server: seconds until it has ended, and how many streams and sockets heard of it."""
    streams = [await listen(service.port) for _ in range(NUMBER)]
    sockets = [await connect(service.port) for _ in range(NUMBER)]
    began = time.monotonic()
    service.process.terminate()
    stopped = asyncio.create_task(asyncio.to_thread(service.end_within, LONGEST))
    ended = await asyncio.gather(*map(whole, streams))
    heard = await asyncio.gather(*map(told, sockets))
    await stopped
    return time.monotonic() - began, sum(ended), sum(heard)


def ending(side: Side) -> tuple[float, int, int]:
    with serving(side.command(APP, 4, *side.stopping), side.environment()) as service:
        service.workers(4)
        return asyncio.run(end(service))


def measure(arguments: Namespace) -> str:
    """Return the table, and what it means."""
    rows = []
    for name in arguments.only:
        seconds, streams, sockets = ending(SIDES[name])
        time_taken = f"{seconds:.2f} s" if seconds < LONGEST else f"killed after {LONGEST} s"
        rows.append([name, time_taken, str(streams), str(sockets)])
    return (
        f"SIGTERM with {NUMBER} event streams and {NUMBER} WebSockets on 4 workers. uvicorn has "
        f"`--timeout-graceful-shutdown 30`.\n\n{table(COLUMNS, [*rows, GOAL])}"
    )
