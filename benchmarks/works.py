"""The table of works: what is measured, against what, and the floor to reach.

A new row is one more `Work` here and, where needed, an application file in `benchmarks/apps`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Protocol, TypeVar

from benchmarks.floors import SAME_SERVER, Goal

RAPIDE_RUN = "rapide run"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, sent over and over, and the status that it must bring."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int = 200
    changing: str | None = None
    """The name of a header that has another value in each request."""

    @classmethod
    def json(cls, path: str, value: Any, *, method: str = "POST", status: int = 200) -> "Request":
        """A request with a JSON body."""
        headers = {"content-type": "application/json"}
        return cls(path, method, headers, json.dumps(value).encode(), status)

    @classmethod
    def upload(cls, path: str, filename: str, content: bytes, **fields: str) -> "Request":
        """A multipart form as a browser sends it: text fields, then the file `file`."""
        boundary = "----WebKitFormBoundarykQ3vXbT9mZ2LrAe7"
        parts = [f'name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
        parts.append(
            f'name="file"; filename="{filename}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        )
        start = "\r\n".join(
            f"--{boundary}\r\nContent-Disposition: form-data; {part}" for part in parts
        )
        body = b"%b%b\r\n--%b--\r\n" % (start.encode(), content, boundary.encode())
        headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
        return cls(path, "POST", headers, body)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two compared servers: a framework, an application file and a protocol.

    `http` is a protocol for uvicorn, by name or as `module:class`, or `RAPIDE_RUN`, the command.
    """

    framework: str
    app: str
    http: str = "httptools"
    keep_alive: int | None = None
    """Seconds that idle connections are kept; uvicorn's default for None."""
    workers: int = 1
    """Processes that share the port; more than one may use all cores."""
    log: bool = False
    """Whether the server has its default options: it writes an access log."""


@dataclass(frozen=True, slots=True)
class Work:
    """A row of the table: requests per second of one request on two sides."""

    name: str
    title: str
    request: Request
    baseline: Side
    candidate: Side
    goal: Goal
    database: bool = False
    """Whether the application reads from PostgreSQL."""
    latency: bool = True
    """Whether the latency at a constant rate is measured, if the table has latencies."""

    def on(self, framework: str) -> "Work":
        """The same work with another framework in Rapide's place."""
        sides = [
            replace(side, framework=framework) if side.framework == "rapide" else side
            for side in (self.baseline, self.candidate)
        ]
        return replace(self, baseline=sides[0], candidate=sides[1])


def versus(name: str, title: str, app: str, request: Request) -> Work:
    """Return the usual row: the same application on FastAPI and on Rapide.

    A row without a floor is a reference.
    """
    goal = Goal(low=SAME_SERVER.get(name))
    return Work(name, title, request, Side("fastapi", app), Side("rapide", app), goal)


HELLO = Request("/")
ME = Request("/me", headers={"x-user": "42"})
ORDER = {
    "customer": "Ada Lovelace",
    "address": {"street": "12 St James's Square", "city": "London", "country": "GB"},
    "lines": [
        {"sku": "PAPER-A4", "quantity": 5, "price": 4.5},
        {"sku": "INK-BLACK", "quantity": 2, "price": 12.25},
        {"sku": "PENCIL-HB", "quantity": 12, "price": 0.75},
    ],
}
INVALID_ORDER = {
    "customer": "Ada Lovelace",
    "address": {"street": "12 St James's Square", "country": "GBR"},
    "lines": [{"sku": "PAPER-A4", "quantity": 0, "price": "much"}],
}

WORKS: tuple[Work, ...] = (
    Work(
        "raw",
        "raw ASGI function (reference)",
        HELLO,
        Side("fastapi", "hello"),
        Side("asgi", "raw"),
        Goal(),
    ),
    versus("hello", "small JSON", "hello", HELLO),
    versus(
        "parameters",
        "path and query parameters, validated",
        "parameters",
        Request("/users/42/items/7?limit=50&q=blue%20pen&detailed=true"),
    ),
    versus(
        "models",
        "JSON body into a model and a model out",
        "models",
        Request.json("/orders", ORDER),
    ),
    versus("dependencies", "three nested dependencies, one with yield", "dependencies", ME),
    versus("threads", "sync endpoint", "threads", Request("/items/7")),
    versus("model_list", "list of 100 models", "model_list", Request("/items")),
    versus(
        "tagged_list",
        "list of 100 models with a list in each",
        "model_list",
        Request("/tagged-items"),
    ),
    versus(
        "invalid",
        "invalid body (422)",
        "models",
        Request.json("/orders", INVALID_ORDER, status=422),
    ),
    versus(
        "bearer",
        "bearer token checked in a dependency",
        "bearer",
        Request("/me", headers={"authorization": "Bearer secret-token"}),
    ),
    versus(
        "upload",
        "upload of 100 kB",
        "upload",
        Request.upload("/upload", "noise.bin", Random(1).randbytes(100_000), description="noise"),
    ),
    versus(
        "many_routes",
        "last of 1,000 routes in 100 routers",
        "many_routes",
        Request("/region-99/shipments/7"),
    ),
    versus(
        "many_routes_put",
        "one of the last of 1,000 routes: header, query, body",
        "many_routes",
        Request.json(
            "/region-99/shipments/7?dry_run=true", {"name": "Pen", "price": 1.5}, method="PUT"
        ),
    ),
    versus(
        "middleware",
        'CORS and one @app.middleware("http")',
        "middleware",
        Request("/", headers={"origin": "https://example.com"}),
    ),
    Work(
        "override",
        "with one unrelated dependency override (Rapide against itself)",
        ME,
        Side("rapide", "dependencies"),
        Side("rapide", "dependencies:create_overridden_app"),
        Goal(0.95, 1.05),
    ),
)


class Named(Protocol):
    @property
    def name(self) -> str: ...


Row = TypeVar("Row", bound=Named)


def select(names: Sequence[str] | None, rows: Sequence[Row]) -> list[Row]:
    """The named rows in the order of the table; all without names.

    Raises:
        ValueError: a name is in no row.
    """
    known = [row.name for row in rows]
    if unknown := set(names or ()).difference(known):
        raise ValueError(f"unknown works {sorted(unknown)}; known: {known}")
    return [row for row in rows if not names or row.name in names]
