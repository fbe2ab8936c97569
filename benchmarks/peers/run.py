"""Measure the peers: every work on all of them at once, round by round."""

import argparse
import json
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from benchmarks import load, machine
from benchmarks.apps import APP_VARIABLE, FRAMEWORK_VARIABLE
from benchmarks.inprocess import Answer
from benchmarks.load import Sample
from benchmarks.paced import Latency, paced
from benchmarks.peers import on_outside
from benchmarks.peers.table import DISTRIBUTIONS, OUTSIDE, PEERS, Peer
from benchmarks.peers.tasks import REFUSED, Task
from benchmarks.processes import BrokenMeasurement, Server, free_port, started
from benchmarks.report import RESULTS, bullets, markdown_table, text_table
from benchmarks.works import RAPIDE_RUN, Request, Side, select

REFERENCE = "fastapi"
LATENCY_TURNS = 4


def interpreter() -> str:
    """Python of the peers' environment."""
    python = machine.ROOT / ".venv-peers" / "bin" / "python"
    if not python.exists():
        raise SystemExit("the peers' environment is missing: make bench-peers makes it")
    return str(python)


@contextmanager
def serving(peer: Peer, task: Task, python: str) -> Iterator[Server]:
    """A peer that serves the task's work, and nothing else."""
    app = peer.app or task.work.baseline.app
    if peer.module is None:
        with load.serve(Side(peer.framework, app, peer.http), python) as server:
            yield server
        return
    port = free_port()
    words = [peer.module, task.name, str(port), *filter(None, [peer.server])]
    command = [python, "-m", "benchmarks.peers.serve", *words]
    variables = {FRAMEWORK_VARIABLE: peer.framework, APP_VARIABLE: app}
    with started(command, port, variables) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one work, by the names of the peers."""

    task: Task
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    latency: dict[str, Latency] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Why a peer has no figure."""

    def rates(self) -> dict[str, float]:
        """Median requests per second, the best first."""
        medians = {
            name: statistics.median(sample.requests_per_second for sample in samples)
            for name, samples in self.samples.items()
        }
        return dict(sorted(medians.items(), key=lambda item: -item[1]))

    def cpu(self) -> dict[str, float]:
        """Return the medians of the CPU time per request in microseconds."""
        return {
            name: statistics.median(sample.cpu_microseconds for sample in samples)
            for name, samples in self.samples.items()
        }

    def as_json(self, peers: Sequence[Peer]) -> dict[str, Any]:
        name = self.task.name
        return {
            "name": name,
            "title": self.task.title,
            "rates": {name: round(rate, 1) for name, rate in self.rates().items()},
            "cpu": {name: round(value, 2) for name, value in self.cpu().items()},
            "samples": {
                name: [asdict(sample) for sample in samples]
                for name, samples in self.samples.items()
            },
            "latency": {name: asdict(latency) for name, latency in self.latency.items()},
            "missing": self.missing,
            "notes": {peer.name: peer.notes[name] for peer in peers if name in peer.notes},
        }


def problem(task: Task, expected: Answer, server: Server) -> str | None:
    """What is wrong with a peer's answers; None for nothing."""
    answer, headers = load.fetch(server, task.request)
    if not task.same(expected, answer):
        return f"another answer: {answer.status} {answer.content_type} {answer.body[:200]!r}"
    for name, value in task.headers.items():
        if headers.get(name) != value:
            return f"header {name} is {headers.get(name)!r}"
    for request in task.refused:
        status = load.ask(server, request).status
        if status not in REFUSED:
            return f"{request.method} {request.path} {request.body[:80]!r} brings {status}"
    if task.apart and not overlapping(server, task.apart):
        return "a handler that blocks stops all others"
    return None


def overlapping(server: Server, request: Request) -> bool:
    """Whether two requests that block for a while take less than twice that."""

    def timed(count: int) -> float:
        start = time.perf_counter()
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(lambda _: load.ask(server, request), range(count)))
        return time.perf_counter() - start

    return timed(2) < 1.6 * timed(1)


class Course:
    """One work on all peers that can serve it."""

    def __init__(self, task: Task, peers: Sequence[Peer], python: str) -> None:
        self.row = Row(task)
        self.peers = [peer for peer in peers if peer.works is None or task.name in peer.works]
        self.python = python
        self.servers: dict[str, Server] = {}

    def measure(self, options: argparse.Namespace, connections: int) -> Row:
        """Start everybody, compare the answers, and measure in turns."""
        with ExitStack() as stack:
            self._start(stack)
            self._compare()
            if self.row.task.flow or not options.check:
                self._load(options.rounds, options.seconds, connections)
                if self.row.task.latency and options.latency:
                    self._pace(connections)
        return self.row

    def _start(self, stack: ExitStack) -> None:
        for peer in self.peers:
            if reason := peer.missing.get(self.row.task.name):
                self.row.missing[peer.name] = reason
            else:
                server = stack.enter_context(serving(peer, self.row.task, self.python))
                self.servers[peer.name] = server

    def _compare(self) -> None:
        task = self.row.task
        if task.flow:
            return  # which is checked message by message
        expected = load.ask(self.servers[REFERENCE], task.request)
        if expected.status != task.request.status:
            raise BrokenMeasurement(f"{task.name}: FastAPI answers {expected}")
        for name, server in list(self.servers.items()):
            with self._excluded(name):
                if reason := problem(task, expected, server):
                    raise BrokenMeasurement(reason)

    def _load(self, rounds: int, seconds: int, connections: int) -> None:
        for name, server in list(self.servers.items()):
            with self._excluded(name):
                self._warm_up(name, server, connections)
        for turn in range(rounds):
            order = list(self.servers.items())
            for name, server in reversed(order) if turn % 2 else order:
                with self._excluded(name):
                    sample = self._sample(server, seconds, connections)
                    self.row.samples.setdefault(name, []).append(sample)

    def _warm_up(self, name: str, server: Server, connections: int) -> None:
        if self.row.task.flow:
            server.wait()  # a flow has a lead-in of its own
            return
        load.warm_up(server, self.row.task.request)
        if name in OUTSIDE:  # Node compiles for some time
            load.wrk(server, self.row.task.request, 1, connections)

    def _sample(self, server: Server, seconds: int, connections: int) -> Sample:
        task = self.row.task
        if task.flow:
            return task.flow.load(server, seconds)
        return load.wrk(server, task.request, seconds, connections)

    def _pace(self, connections: int) -> None:
        request, turns = self.row.task.request, dict[str, list[Latency]]()
        for _ in range(LATENCY_TURNS):
            for name, rate in self.row.rates().items():
                try:
                    turn = paced(
                        self.servers[name], request, rate / 2, load.LATENCY_SECONDS, connections
                    )
                except BrokenMeasurement as error:
                    print(f"  {name}: no latency: {error}", flush=True)
                else:
                    turns.setdefault(name, []).append(turn)
        self.row.latency.update({name: load.undisturbed(all_) for name, all_ in turns.items()})

    @contextmanager
    def _excluded(self, name: str) -> Iterator[None]:
        """Take a peer out of this work when something is wrong with it, and say what."""
        try:
            yield
        except (BrokenMeasurement, OSError) as error:
            said = str(error) or type(error).__name__
            # Of a traceback the last line is enough for the report.
            self.row.missing[name] = said.splitlines()[-1]
            self.row.samples.pop(name, None)
            self.servers.pop(name)
            print(f"  {name}: {said}", flush=True)


def versions(python: str) -> dict[str, str]:
    """The versions in the peers' environment."""
    code = (
        "import json, platform, sys; from importlib.metadata import version; "
        "python = f'{platform.python_implementation()} {platform.python_version()}'; "
        "found = {name: version(name) for name in sys.argv[1:]}; "
        "print(json.dumps({'python': python, **found}))"
    )
    names = [name for name in DISTRIBUTIONS if name != "rapide"]
    found = json.loads(subprocess.check_output([python, "-c", code, *names]))
    outside = {name: said for name in OUTSIDE if (said := on_outside.version(name))}
    own = machine.versions()
    return {"rapide": own["rapide"], **found, **outside, "wrk": own["wrk"]}


def run(options: argparse.Namespace, settings: dict[str, Any]) -> int:
    """Measure the chosen works and peers, print the table and write the report."""
    python = interpreter()
    # Whoever is compared, FastAPI's answer says what is right.
    wanted = [*options.peer, REFERENCE] if options.peer else None
    peers = select(wanted, PEERS)
    if options.http:
        peers = [
            replace(peer, http=options.http, settings=f"uvicorn, `{options.http}`")
            if peer.http == RAPIDE_RUN
            else peer
            for peer in peers
        ]
    found = versions(python)
    description = {**machine.description(), "python": found.pop("python")}
    facts = {"machine": description, "versions": found}
    rows = []
    for task in select(options.rows, options.table.rows):
        print(f"{task.title} …", flush=True)
        rows.append(Course(task, peers, python).measure(options, settings["connections"]))
    if options.check:
        return int(any(set(row.missing) - declared(row.task, peers) for row in rows))
    print(text_table(titles(rows), [cells(peer, rows) for peer in peers]))
    folder = RESULTS
    path = folder / f"{date.today().isoformat()}-{options.topic}.md"
    data = {
        "settings": settings,
        **facts,
        "peers": {
            peer.name: {
                "title": peer.title,
                "settings": peer.settings,
                "outside": peer.name in OUTSIDE,
            }
            for peer in peers
        },
        "results": [row.as_json(peers) for row in rows],
    }
    path.with_suffix(".json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    path.write_text(markdown(rows, peers, settings, facts))
    print(f"\nwritten to {path.relative_to(machine.ROOT)} and .json")
    return 0


def declared(task: Task, peers: Sequence[Peer]) -> set[str]:
    """The peers that are known not to serve a work."""
    return {peer.name for peer in peers if task.name in peer.missing}


def titles(rows: Sequence[Row]) -> list[str]:
    return ["framework", *(row.task.name for row in rows)]


def cells(peer: Peer, rows: Sequence[Row]) -> list[str]:
    """Return the requests per second of a peer as texts, in the order of the works."""
    figures = [row.rates().get(peer.name) for row in rows]
    return [peer.title, *("–" if rate is None else f"{rate:,.0f}" for rate in figures)]


def markdown(
    rows: Sequence[Row],
    peers: Sequence[Peer],
    settings: dict[str, Any],
    facts: dict[str, dict[str, str]],
) -> str:
    """The whole report."""
    parts = [
        f"# Benchmark of peers, {date.today().isoformat()}",
        "Requests per second on one core, medians of the rounds.",
        markdown_table(titles(rows), [cells(peer, rows) for peer in peers]),
        "## Spread",
        markdown_table(
            ("work, peer", "rounds", "CPU µs/request"),
            [spread(row, name) for row in rows for name in row.rates()],
        ),
        "## Latency at half of each one's rate",
        markdown_table(
            ("work, peer", "rate", "p50 ms", "p99 ms", "p99.9 ms"),
            [
                (
                    f"{row.task.name}, {name}",
                    f"{latency.rate:,.0f} req/s",
                    *(f"{value:.2f}" for value in (latency.p50, latency.p99, latency.p999)),
                )
                for row in rows
                for name, latency in row.latency.items()
            ],
        ),
        "## Without a figure",
        "\n".join(
            f"- {row.task.name}, {name}: {reason}"
            for row in rows
            for name, reason in row.missing.items()
        ),
    ]
    for title, values in {"Settings": settings, **facts}.items():
        parts += [f"## {title.capitalize()}", bullets(values)]
    return "\n\n".join(parts) + "\n"


def spread(row: Row, name: str) -> tuple[str, ...]:
    samples = row.samples[name]
    rates = [sample.requests_per_second for sample in samples]
    cpu = statistics.median(sample.cpu_microseconds for sample in samples)
    return f"{row.task.name}, {name}", f"{min(rates):,.0f} … {max(rates):,.0f}", f"{cpu:.1f}"
