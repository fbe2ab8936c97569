"""Requests per second: a server on one core, wrk on another."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.inprocess import Answer
from benchmarks.machine import ROOT, cores, environment, pinned
from benchmarks.works import Request, Side, Work

START_TIMEOUT = 30.0
WARM_UP = 0.5

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


class BrokenMeasurement(RuntimeError):
    """A server did not answer as expected, so its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of wrk."""

    requests_per_second: float
    cpu_microseconds: float
    """CPU time of the server per request: other load on the machine changes it little."""
    p50_milliseconds: float
    p99_milliseconds: float


@dataclass(frozen=True, slots=True)
class Server:
    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """CPU time so far, of all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        user, system = int(fields[11]), int(fields[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serve(side: Side) -> Iterator[Server]:
    """Run one side on the server's core; it is gone when the block ends, however it ends."""
    command = [sys.executable, "-m", "benchmarks.server", side.framework, side.app, side.http]
    process = subprocess.Popen(
        pinned(cores()[0], *command),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(),
    )
    try:
        assert process.stdout is not None
        port = process.stdout.readline()
        if not port:
            raise BrokenMeasurement(f"the server of {side} did not start")
        yield Server(process.pid, int(port))
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ask(server: Server, request: Request) -> Answer:
    """Send the request once; waits while the server starts."""
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=START_TIMEOUT)
        try:
            connection.request(
                request.method, request.path, request.body or None, dict(request.headers)
            )
            response = connection.getresponse()
            return Answer(response.status, response.getheader("content-type", ""), response.read())
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        finally:
            connection.close()


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


def check_equal(work: Work) -> None:
    """Make sure that both sides answer alike and with the expected status.

    Raises:
        BrokenMeasurement: they do not.
    """
    answers = []
    for side in (work.baseline, work.candidate):
        with serve(side) as server:
            answers.append(ask(server, work.request))
    if answers[0] != answers[1] or answers[0].status != work.request.status:
        raise BrokenMeasurement(f"{work.name}: {answers[0]} and {answers[1]}")


def measure(
    work: Work, rounds: int, seconds: float, connections: int
) -> tuple[list[Sample], list[Sample]]:
    """The samples of the baseline and of the candidate.

    Each round starts both servers afresh, one after the other and in alternating order, so that
    neither the layout of a process nor a drift of the machine favours one side.
    """
    check_equal(work)
    samples: tuple[list[Sample], list[Sample]] = ([], [])
    order = [(work.baseline, samples[0]), (work.candidate, samples[1])]
    for _ in range(rounds):
        for side, target in order:
            with serve(side) as server:
                ask(server, work.request)
                wrk(server, work.request, WARM_UP, connections)
                target.append(wrk(server, work.request, seconds, connections))
        order.reverse()
    return samples
