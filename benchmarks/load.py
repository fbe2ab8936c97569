"""Requests per second: a server on one core, wrk on another."""

import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass

from benchmarks.apps import APP_VARIABLE, FRAMEWORK_VARIABLE
from benchmarks.inprocess import Answer
from benchmarks.machine import cores, module_of, package, pinned
from benchmarks.paced import Broken, Latency, exchange, identity, paced, wire
from benchmarks.processes import START_TIMEOUT, BrokenMeasurement, Server, free_port, started
from benchmarks.works import RAPIDE_RUN, Request, Side, Work

WARM_UP = 0.3
LATENCY_TURNS = 8
LATENCY_SECONDS = 0.5

# The report goes to standard error: wrk writes its own to standard output.
REPORT = """
function done(summary, latency, requests)
  local errors = summary.errors
  io.stderr:write(string.format(
    '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "statuses": %d, "broken": %d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
"""

# The text of a request is made once; only the value of the header is put in.
CHANGING = """
function init(args)
  local whole = wrk.format()
  local first, last = whole:find(%s, 1, true)
  before, after, count = whole:sub(1, first - 1), whole:sub(last + 1), 0
end
function request()
  count = count + 1
  return before .. string.format("%%032x", count) .. after
end
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of wrk."""

    requests_per_second: float
    cpu_microseconds: float
    """CPU time of the server per request: other load on the machine changes it little."""
    p50_milliseconds: float
    p99_milliseconds: float


def command_of(side: Side, port: int, python: str = sys.executable) -> list[str]:
    """Return the command line that serves a side."""
    options = ["--workers", str(side.workers)] if side.workers > 1 else []
    if side.http == RAPIDE_RUN:
        target = ["--entrypoint", "benchmarks.served:app", "--host", "127.0.0.1"]
        options += [] if side.log else ["--no-access-log"]
        if side.keep_alive:
            options += ["--timeout-keep-alive", str(side.keep_alive)]
        return [python, "-m", "rapide", "run", *target, "--port", str(port), *options]
    options += ["--access-log"] if side.log else []
    options += ["--keep-alive", str(side.keep_alive)] if side.keep_alive else []
    return [python, "-m", "benchmarks.server", side.http, str(port), *options]


@contextmanager
def serve(side: Side, python: str = sys.executable) -> Iterator[Server]:
    """Run one side on the server's core; it is gone when the block ends, however it ends."""
    port = free_port()
    variables = {FRAMEWORK_VARIABLE: module_of(side.framework), APP_VARIABLE: side.app}
    variables["PYTHONPATH"] = str(package(python, side.framework))
    command = command_of(side, port, python)
    with started(command, port, variables, all_cores=side.workers > 1) as server:
        yield server


def fetch(server: Server, request: Request) -> tuple[Answer, dict[str, str]]:
    """Send the request once; return the answer and its headers. Waits while the server starts."""
    server.wait()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=START_TIMEOUT)
    try:
        connection.request(
            request.method, request.path, request.body or None, dict(request.headers)
        )
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, headers.get("content-type", ""), response.read())
        return answer, headers
    finally:
        connection.close()


def ask(server: Server, request: Request) -> Answer:
    """Send the request once; waits while the server starts."""
    return fetch(server, request)[0]


def lua_string(value: str | bytes) -> str:
    """A Lua literal in which every byte is a decimal escape."""
    data = value.encode() if isinstance(value, str) else value
    return '"' + "".join(f"\\{byte:03}" for byte in data) + '"'


def lua_script(request: Request) -> str:
    """The wrk script that sends the request and reports the run as JSON."""
    lines = [f"wrk.method = {lua_string(request.method)}"]
    lines += [
        f"wrk.headers[{lua_string(name)}] = {lua_string(value)}"
        for name, value in request.headers.items()
    ]
    if request.body:
        lines.append(f"wrk.body = {lua_string(request.body)}")
    if request.changing:
        first = identity(0)
        lines.append(f"wrk.headers[{lua_string(request.changing)}] = {lua_string(first)}")
        lines.append(CHANGING % lua_string(first))
    return "\n".join(lines) + REPORT


def wrk(server: Server, request: Request, seconds: float, connections: int) -> Sample:
    """Load the server for some seconds with one request, repeated over kept connections."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(lua_script(request))
        script.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{max(1, round(seconds))}",
            "--timeout",
            "20s",
        ]
        url = f"http://127.0.0.1:{server.port}{request.path}"
        before = server.cpu_seconds()
        run = subprocess.run(
            pinned(cores()[1], *command, "-s", script.name, url),
            capture_output=True,
            text=True,
            check=True,
        )
        cpu = server.cpu_seconds() - before
    report = json.loads(run.stderr)
    wrong = report["requests"] - report["statuses"] if request.status >= 400 else report["statuses"]
    if wrong or report["broken"] or not report["requests"]:
        raise BrokenMeasurement(f"{request.method} {request.path}: {report}")
    return Sample(
        requests_per_second=report["requests"] / report["microseconds"] * 1e6,
        cpu_microseconds=cpu / report["requests"] * 1e6,
        p50_milliseconds=report["p50"] / 1e3,
        p99_milliseconds=report["p99"] / 1e3,
    )


def measure(
    work: Work, rounds: int, seconds: float, connections: int
) -> tuple[list[Sample], list[Sample]]:
    """Return the samples of the baseline and of the candidate.

    Each round starts both servers afresh, one after the other and in alternating order, so that
    neither the layout of a process nor a drift of the machine favours one side.

    Raises:
        BrokenMeasurement: the sides do not answer alike, or not as expected.
    """
    samples: tuple[list[Sample], list[Sample]] = ([], [])
    order = [(work.baseline, samples[0]), (work.candidate, samples[1])]
    expected: Answer | None = None
    for _ in range(rounds):
        for side, target in order:
            with serve(side) as server:
                answer = ask(server, work.request)
                expected = expected or answer
                if answer != expected or answer.status != work.request.status:
                    raise BrokenMeasurement(f"{work.name}: {expected} and {answer}")
                warm_up(server, work.request)
                target.append(wrk(server, work.request, seconds, connections))
        order.reverse()
    return samples


def warm_up(server: Server, request: Request, seconds: float = WARM_UP) -> None:
    """Ask for a while, one request after the other.

    Raises:
        BrokenMeasurement: no whole answer came.
    """
    payload = wire(request, server.port)
    try:
        with socket.create_connection(("127.0.0.1", server.port), START_TIMEOUT) as connection:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                exchange(connection, payload)
    except (Broken, OSError) as error:
        raise BrokenMeasurement(f"{request.method} {request.path}: {error}") from error


@contextmanager
def warm(side: Side, request: Request) -> Iterator[Server]:
    """Run a fresh server that has answered for a while."""
    with serve(side) as server:
        ask(server, request)
        warm_up(server, request)
        yield server


def latencies(
    work: Work, samples: tuple[list[Sample], list[Sample]], connections: int
) -> tuple[Latency, Latency]:
    """Latency of both sides, each asked at a constant rate: half of what it served at most.

    The sides take turns, and of each quantile the lowest of the turns counts. A machine that
    stops for some milliseconds can only make it larger, and would else decide what is told of
    the one side that it happened to; what a server does regularly, it does in every turn.
    """
    rates = [statistics.median(run.requests_per_second for run in runs) / 2 for runs in samples]
    measured: tuple[list[Latency], list[Latency]] = ([], [])
    with (
        warm(work.baseline, work.request) as baseline,
        warm(work.candidate, work.request) as candidate,
    ):
        for _ in range(LATENCY_TURNS):
            for server, rate, target in zip((baseline, candidate), rates, measured, strict=True):
                target.append(paced(server, work.request, rate, LATENCY_SECONDS, connections))
    return undisturbed(measured[0]), undisturbed(measured[1])


def undisturbed(turns: list[Latency]) -> Latency:
    """The lowest of each quantile, and the median of the 99th; all turns have the same rate."""
    lowest = map(min, zip(*(astuple(turn)[:-1] for turn in turns), strict=True))
    return Latency(*lowest, statistics.median(turn.p99 for turn in turns))
