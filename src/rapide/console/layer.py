"""The console of an application that another server serves: a layer around all others."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Final

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.console.data import (
    PATHS,
    ConsoleData,
    ListRoutes,
    comes_from_this_machine,
    names_this_machine,
    refusal,
)
from rapide.console.recorder import MARKS, Recorded
from rapide.console.statements import CURRENT
from rapide.scope_keys import APP
from rapide.server.route_names import route_in

_MISSING: Final = (
    "The application opens this console itself (console=True). It shows the requests of one "
    "process: with several, each has its own. What blocks the event loop is found by rapide dev, "
    "and by rapide run with --stall-threshold; other servers do not look for it."
)


class ConsoleLayer:
    """Answers the paths of the console, and sees all other requests end.

    Args:
        app: The ASGI application inside.
        list_routes: Lists the routes of an application.
        is_developing: Whether `rapide dev` serves. Without it, only this machine gets answers.
    """

    def __init__(self, app: ASGIApp, list_routes: ListRoutes, is_developing: bool = False) -> None:
        self.app = app
        self._is_developing = is_developing
        self._data = ConsoleData(list_routes, "" if is_developing else _MISSING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = get_route_path(scope)
        if path in PATHS:
            await self._answer(path, scope, send)
        else:
            await self._observe(path, scope, receive, send)

    async def _answer(self, path: str, scope: Scope, send: Send) -> None:
        headers = scope["headers"]
        is_seen = names_this_machine(headers) and (
            self._is_developing or comes_from_this_machine(scope.get("client"), headers)
        )
        reply = refusal()
        if is_seen:
            reply = self._data.answer(path, scope["query_string"], scope[APP])
        fields = [*reply.fields, (b"content-length", b"%d" % len(reply.content))]
        await send({"type": "http.response.start", "status": reply.status, "headers": fields})
        body = b"" if scope["method"] == "HEAD" else reply.content
        await send({"type": "http.response.body", "body": body})

    async def _observe(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        recorder = self._data.recorder
        started, status = perf_counter(), None

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        statements = recorder.statements()
        token = CURRENT.set(statements)
        try:
            await self.app(scope, receive, note_status)
        except Exception:
            status = 500 if status is None else status  # by the layer around this one
            raise
        finally:
            CURRENT.reset(token)
            recorder.count += 1
            marks: Any = scope.get(MARKS)
            recorder.requests.append(
                Recorded(
                    *(recorder.count, scope["method"], path, scope["query_string"]),
                    *(route_in(scope), status, started, perf_counter() - started),
                    *(marks, statements),
                )
            )
