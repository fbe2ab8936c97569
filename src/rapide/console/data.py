"""What the console answers: its page, and the data that the page asks for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from rapide.console.page import console_page
from rapide.console.recorder import Recorder
from rapide.console.routes import Listed, Row, row_of
from rapide.development.starts import CONSOLE_PATH, STARTED_PATH, started
from rapide.runtime.lanes import statistics
from rapide.runtime.threads import DEFAULT

#: The path of the console. Its data are below.
PATH: Final = CONSOLE_PATH
#: The paths of the page, and those of its data.
PAGES: Final = (PATH, f"{PATH}/")
ROUTES: Final = f"{PATH}/routes"
ROUTE: Final = f"{PATH}/route"
REQUESTS: Final = f"{PATH}/requests"
PATHS: Final = frozenset((*PAGES, ROUTES, ROUTE, REQUESTS, STARTED_PATH))

#: A browser must not keep an answer, nor take it for something else.
_GUARDED: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_TEXT: Final = ((b"content-type", b"text/plain; charset=utf-8"), *_GUARDED)
_JSON: Final = ((b"content-type", b"application/json"), *_GUARDED)

#: Lists the routes of an application.
ListRoutes = Callable[[Any], Iterable[Listed]]
#: The fields of a request, or of an answer.
Fields = Iterable[tuple[bytes, bytes]]


class Reply(NamedTuple):
    """An answer of the console."""

    status: int
    fields: list[tuple[bytes, bytes]]
    content: bytes


class ConsoleData:
    """Answers the requests for the console of one server or one application.

    Args:
        list_routes: Lists the routes of an application.
        missing: What the page says about what this server does not show.
    """

    def __init__(self, list_routes: ListRoutes, missing: str = "") -> None:
        self.recorder = Recorder()
        self._list_routes = list_routes
        self._missing = missing
        self._rows: list[Row] = []

    def answer(self, path: str, query: bytes, app: Any) -> Reply:
        """Return the answer to a request for one of the paths of the console."""
        if path in PAGES:
            nonce = token_urlsafe(16)
            return Reply(200, _fields_of_page(nonce), console_page(nonce, self._missing))
        if path == STARTED_PATH:
            return Reply(200, [*_TEXT], started().encode())
        arguments = parse_qs(query.decode("latin-1"))
        content: Any
        if path == ROUTES:
            content = self._list(app)
        elif path == ROUTE:
            content = self._details(_number(arguments, "number"), app)
        else:
            content = self._last(_number(arguments, "after"))
        return Reply(200, [*_JSON], json.dumps(content).encode())

    def _list(self, app: Any) -> Any:
        self._rows = [row_of(listed) for listed in self._list_routes(app)]
        return [row.as_data(number) for number, row in enumerate(self._rows)]

    def _details(self, number: int, app: Any) -> Any:
        if not self._rows:
            self._list(app)
        return self._rows[number].details() if 0 <= number < len(self._rows) else {}

    def _last(self, after: int) -> Any:
        recorder = self.recorder
        recorder.look()
        return {
            "started": started(),
            "requests": [item.as_data() for item in recorder.requests if item.number > after],
            "stalls": [*recorder.stalls.kept],
            "lanes": lanes(),
        }


def lanes() -> list[dict[str, Any]]:
    """Return the lanes of threads for JSON. It is called in the event loop."""
    DEFAULT.find_limiter()  # which has no number before a call has needed it
    return [
        {
            "name": lane.name,
            "threads": None if math.isinf(lane.threads) else lane.threads,
            "busy": lane.busy,
            "waiting": lane.waiting,
            "waits": lane.waits,
            "waited_ms": round(lane.waited * 1000, 1),
        }
        for lane in statistics()
    ]


def refusal() -> Reply:
    """Return the answer to those who must not see the console."""
    return Reply(403, [*_TEXT], b"The console answers this machine only.")


def names_this_machine(headers: Fields) -> bool:
    """Return whether the client names this machine: a page elsewhere may have led a browser here.

    Such a page could have given its own name the address of this machine, but a browser sends the
    name.
    """
    host = next((value for name, value in headers if name == b"host"), b"")
    text = host.decode("latin-1").lower()
    name = text.rpartition(":")[0] or text
    return name in ("localhost", "[::1]") or name.replace(".", "").isdecimal()


def comes_from_this_machine(client: object, headers: Fields) -> bool:
    """Return whether a client is on this machine, and no proxy says that it is not."""
    if any(name in _OF_PROXIES for name, _ in headers):
        return False
    if client is None:
        return True  # a socket of this machine
    if not isinstance(client, tuple | list) or not client:
        return False
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:
        return False


_OF_PROXIES: Final = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"}
)


def _fields_of_page(nonce: str) -> list[tuple[bytes, bytes]]:
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'nonce-{nonce}'; connect-src 'self'; frame-ancestors 'none'"
    )
    return [
        (b"content-type", b"text/html; charset=utf-8"),
        *_GUARDED,
        (b"content-security-policy", policy.encode()),
    ]


def _number(query: dict[str, list[str]], name: str) -> int:
    text = query.get(name, [""])[0]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
