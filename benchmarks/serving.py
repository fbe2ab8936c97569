"""The table of serving: `rapide run` against FastAPI on uvicorn, and both with default options.

Works that `works.py` has are the same here; what differs is the candidate's server and the floor.
"""

from dataclasses import replace
from typing import Any, TypeVar

from benchmarks import idle
from benchmarks.floors import COSTS, DEFAULTS, SERVED, Goal
from benchmarks.flows import FLOWS, Flow
from benchmarks.startup import Measured, Startup
from benchmarks.works import HELLO, RAPIDE_RUN, WORKS, Request, Side, Work, select, versus

Row = TypeVar("Row", Work, Flow)

HTTP11 = "rapide.http11.connection:Http11Protocol"

#: What Chromium sends with a request of its own page.
BROWSER = {
    "connection": "keep-alive",
    "sec-ch-ua": '"Chromium";v="141", "Not?A_Brand";v="8"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Linux"',
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36",
    "accept": "application/json, text/plain, */*",
    "sec-fetch-site": "same-origin",
    "sec-fetch-mode": "cors",
    "sec-fetch-dest": "empty",
    "referer": "http://127.0.0.1/shop/items?page=2",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "en-GB,en;q=0.9,de;q=0.8",
    "cookie": "session=6f1ed002ab5595859014ebf0951522d9; theme=dark; consent=essential",
}


#: The same, with the id that a proxy gives to each request.
CHANGING = Request("/", headers=BROWSER, changing="x-request-id")


def on_rapide_run(work: Work) -> Work:
    """Return a work with the candidate on `rapide run`, and the floor of that table."""
    candidate = replace(work.candidate, http=RAPIDE_RUN)
    return replace(work, candidate=candidate, goal=Goal(low=SERVED.get(work.name)))


def served(name: str) -> Work:
    """Return a work of the other table."""
    (work,) = select([name], WORKS)
    return on_rapide_run(work)


def new(name: str, title: str, app: str, request: Request, **options: Any) -> Work:
    return on_rapide_run(replace(versus(name, title, app, request), **options))


def with_structs(name: str, title: str, model: str) -> Work:
    """Return a work whose models are Structs on Rapide; FastAPI refuses them and has Pydantic's."""
    work = served(model)
    candidate = replace(work.candidate, app="structs")
    return replace(
        work, name=name, title=title, candidate=candidate, goal=Goal(low=SERVED.get(name))
    )


def by_asgi() -> Work:
    (work,) = select(["hello"], WORKS)
    title = "small JSON, Rapide under uvicorn too"
    return replace(work, name="asgi", title=title, goal=Goal(low=SERVED["asgi"]))


def two_workers() -> Work:
    """Return a work that has all cores, so the load disturbs it: the CPU time is what counts."""
    work = new("two_workers", "small JSON, two workers on two cores", "hello", HELLO, latency=False)
    sides = [replace(side, workers=2) for side in (work.baseline, work.candidate)]
    return replace(work, baseline=sides[0], candidate=sides[1])


def database(name: str, title: str, app: str, path: str) -> Work:
    return new(name, title, app, Request(path), database=True)


WORKS_SERVED: tuple[Work, ...] = (
    new("plain", "plain text", "plain", HELLO),
    served("hello"),
    new("calling", "small JSON by a handler that calls a function", "hello", Request("/greeting")),
    new("browser", "small JSON, a browser's headers", "hello", Request("/", headers=BROWSER)),
    new(
        "changing",
        "small JSON, a browser's headers and a request id",
        "hello",
        CHANGING,
        latency=False,
    ),
    by_asgi(),
    two_workers(),
    served("parameters"),
    served("models"),
    with_structs("structs", "JSON body into a Struct and a Struct out", "models"),
    served("invalid"),
    served("dependencies"),
    served("bearer"),
    served("threads"),
    new("untyped", "dictionary without a model", "untyped", Request("/order")),
    new("untyped_list", "list of 100 dictionaries, untyped", "untyped", Request("/items")),
    served("model_list"),
    with_structs("struct_list", "list of 100 Structs", "model_list"),
    served("upload"),
    new("not_found", "404", "hello", Request("/missing", status=404)),
    served("middleware"),
    new(
        "three_middlewares",
        'three @app.middleware("http")',
        "middleware:create_three_app",
        Request("/", headers={"x-request-id": "7f3c"}),
    ),
    served("many_routes"),
    database("asyncpg_row", "PostgreSQL by asyncpg: one row", "asyncpg_rows", "/books/7"),
    database("asyncpg_models", "PostgreSQL by asyncpg: 20 models", "asyncpg_rows", "/books"),
    database("asyncpg_untyped", "PostgreSQL by asyncpg: 20 rows", "asyncpg_rows", "/untyped"),
    database("sqlalchemy_row", "session of SQLAlchemy: one row", "sqlalchemy_rows", "/books/7"),
    database("sqlalchemy_rows", "session of SQLAlchemy: 20 rows", "sqlalchemy_rows", "/books"),
)

FLOWS_SERVED: tuple[Flow, ...] = tuple(
    replace(flow, http=RAPIDE_RUN, goal=Goal(low=SERVED[flow.name])) for flow in FLOWS
)


def with_log(row: Row) -> Row:
    """Return the row with the servers' default options, which write an access log."""
    goal = Goal(low=DEFAULTS[row.name])
    if isinstance(row, Flow):
        return replace(row, log=True, goal=goal)
    sides = [replace(side, log=True) for side in (row.baseline, row.candidate)]
    return replace(row, baseline=sides[0], candidate=sides[1], goal=goal)


def idle_bytes(frameworks: tuple[str, str], rounds: int) -> Measured:
    """Memory per idle connection, of uvicorn's protocol and of Rapide's."""
    sides = (
        Side(frameworks[0], "hello", keep_alive=idle.KEEP_ALIVE),
        Side(frameworks[1], "hello", HTTP11, idle.KEEP_ALIVE),
    )
    baseline, candidate = ([idle.growth(side) for _ in range(rounds)] for side in sides)
    return baseline, candidate


IDLE = Startup(
    "idle",
    "10,000 idle keep-alive connections: memory of each",
    "B",
    Goal(high=COSTS["idle"]),
    1,
    idle_bytes,
)

SERVING: tuple[Work | Flow, ...] = (*WORKS_SERVED, *FLOWS_SERVED)
LOGGED: tuple[Work | Flow, ...] = (*map(with_log, WORKS_SERVED), *map(with_log, FLOWS_SERVED))
