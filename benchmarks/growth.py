"""How costs grow: with routes, dependencies, parameters, headers, bodies and lists.

    python -m benchmarks.growth [ROUNDS] [KIND ...]

Every size is measured in fresh processes (`benchmarks.growing`), FastAPI and Rapide in turns. The
results are the topic `growth` of the page; kinds that are not asked for keep their last results.
"""

import json
import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from benchmarks import load
from benchmarks.growing import BATCHES
from benchmarks.idle import KEEP_ALIVE, open_connections, raise_limit
from benchmarks.machine import ROOT, cores, description, environment, module_of, pinned, versions
from benchmarks.paced import wire
from benchmarks.report import RESULTS
from benchmarks.works import RAPIDE_RUN, Request, Side

SIDES = ("fastapi", "rapide")
REQUESTS = 500
"""Requests of a batch to a server."""


@dataclass(frozen=True, slots=True)
class Cost:
    """A row: one cost that `benchmarks.growing` reports, of one kind of application."""

    name: str
    title: str
    unit: str
    key: str


@dataclass(frozen=True, slots=True)
class Kind:
    """Applications that grow in the same way."""

    name: str
    size: str
    sizes: tuple[int, ...]
    costs: tuple[Cost, ...]


def startup_costs(kind: str, title: str) -> tuple[Cost, ...]:
    """Return the rows of an application with many routes."""
    return (
        Cost(f"{kind}-declare", f"{title}: declaring", "ms", "declare"),
        Cost(f"{kind}-first", f"{title}: first request", "ms", "first"),
        Cost(f"{kind}-request", f"{title}: later requests for the last route", "µs", "request"),
        Cost(f"{kind}-document", f"{title}: OpenAPI document", "ms", "document"),
        Cost(f"{kind}-memory", f"{title}: memory of the process at the end", "MiB", "process"),
    )


def requests(kind: str, size: str, title: str, *sizes: int) -> Kind:
    """Return the kind of which only the requests are of interest."""
    return Kind(kind, size, sizes, (Cost(kind, title, "µs", "request"),))


KINDS = (
    Kind("flat", "routes", (1000, 2000, 5000, 10000), startup_costs("flat", "flat routes")),
    Kind("nested", "routes", (1000, 2000, 5000), startup_costs("nested", "included routes")),
    requests("dependencies", "dependencies", "dependencies", 1, 10, 100),
    requests("chain", "dependencies", "dependencies in a chain", 1, 10, 50),
    requests("yielding", "dependencies", "dependencies with yield", 1, 10, 50),
    requests("parameters", "parameters", "query parameters", 1, 10, 100),
    requests("headers", "headers", "headers of a request", 1, 10, 100),
    requests("body", "models", "models in a body", 1, 10, 100, 1000),
    requests("models", "models", "models in an answer", 1, 10, 100, 1000),
    requests("untyped", "dicts", "dicts in an answer", 1, 10, 100, 1000),
    requests("connections", "connections", "idle connections of the server", 1, 100, 1000, 4000),
)


def run(framework: str, kind: str, size: int) -> dict[str, float]:
    """Measure in a fresh process."""
    if kind == "connections":
        return {"request": request_among(framework, size)}
    command = [sys.executable, "-m", "benchmarks.growing", module_of(framework), kind, str(size)]
    output = subprocess.check_output(
        pinned(cores()[0], *command), cwd=ROOT, env=environment(framework)
    )
    found: dict[str, float] = json.loads(output)
    return found


def request_among(framework: str, count: int) -> float:
    """Return the server's CPU time of a request, in µs, while other connections are idle."""
    http = RAPIDE_RUN if framework == "rapide" else "httptools"
    request, means = Request("/"), []
    raise_limit()
    with load.serve(Side(framework, "hello", http, KEEP_ALIVE)) as server, ExitStack() as stack:
        load.ask(server, request)
        connection, *_ = open_connections(stack, server.port, count)
        asked = wire(request, server.port)
        for _ in range(BATCHES):
            before = server.cpu_seconds()
            for _ in range(REQUESTS):
                connection.sendall(asked)
                connection.recv(65536)
            means.append(1e6 * (server.cpu_seconds() - before) / REQUESTS)
    return min(means)


def measured(kind: Kind, rounds: int) -> list[dict[str, Any]]:
    """Measure all sizes of a kind on both sides, and return its rows."""
    found: dict[tuple[str, int], list[dict[str, float]]] = {}
    for _ in range(rounds):
        for size in kind.sizes:
            for side in SIDES:
                found.setdefault((side, size), []).append(run(side, kind.name, size))

    def values(side: str, key: str) -> list[float]:
        return [
            round(statistics.median(costs[key] for costs in found[side, size]), 3)
            for size in kind.sizes
        ]

    rows = []
    for cost in kind.costs:
        row = asdict(cost) | {"size": kind.size, "sizes": kind.sizes, "kind": kind.name}
        row.pop("key")
        row["baseline"], row["candidate"] = (values(side, cost.key) for side in SIDES)
        print(f"{cost.title}: {row['baseline']} {row['candidate']} {cost.unit}", flush=True)
        rows.append(row)
    return rows


def main(rounds: int, names: list[str]) -> None:
    path = RESULTS / f"{date.today()}-growth.json"
    before = json.loads(path.read_text())["results"] if path.exists() else []
    results = []
    for kind in KINDS:
        if not names or kind.name in names:
            results += measured(kind, rounds)
        else:
            results += [row for row in before if row["kind"] == kind.name]
        facts = {"machine": description(), "versions": versions(), "rounds": rounds}
        path.write_text(json.dumps({**facts, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3, sys.argv[2:])
