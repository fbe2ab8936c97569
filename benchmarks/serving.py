"""The table of serving: `rapide run` against FastAPI on uvicorn, with the floors of that work.

Works that `works.py` has are the same here; what differs is the candidate's server and the floor.
"""

from dataclasses import replace

from benchmarks import idle
from benchmarks.startup import Measured, Startup
from benchmarks.works import HELLO, RAPIDE_RUN, WORKS, Goal, Request, Side, Work, select, versus

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


def served(name: str, floor: float) -> Work:
    """A work of the other table, the candidate by `rapide run`."""
    (work,) = select([name], WORKS)
    return on_rapide_run(work, floor)


def on_rapide_run(work: Work, floor: float) -> Work:
    candidate = replace(work.candidate, http=RAPIDE_RUN)
    return replace(work, candidate=candidate, goal=Goal(low=floor))


def new(name: str, title: str, app: str, request: Request, floor: float) -> Work:
    return on_rapide_run(versus(name, title, app, request, floor), floor)


SERVING: tuple[Work, ...] = (
    new("plain", "plain text", "plain", HELLO, 5),
    served("hello", 5.5),
    new(
        "browser",
        "small JSON, a browser's headers",
        "hello",
        Request("/", headers=BROWSER),
        4.5,
    ),
    served("parameters", 6),
    served("models", 4.5),
    served("invalid", 4),
    served("dependencies", 8),
    served("bearer", 5.5),
    served("threads", 4),
    served("model_list", 2.2),
    served("upload", 2),
    new("not_found", "404", "hello", Request("/missing", status=404), 4),
    served("middleware", 6),
    served("many_routes", 100),
)


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
    Goal(high=1.0),
    1,
    idle_bytes,
)
