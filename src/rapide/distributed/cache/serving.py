"""Serve the requests of a cached route.

Theory of operation. `CachedCall` is around the route of one request. The route asks it for an
answer after the dependencies, in place of its endpoint, and sends it the response. A response that
comes in one piece can be kept, and gets what clients and proxies need: `ETag`, `Cache-Control`,
`Vary` and, if it was kept, `Age`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.distributed.answers.contract import Answer, Headers
from rapide.distributed.answers.flights import Hold, Kept, Landing
from rapide.distributed.answers.keeper import Traits, headers_of, recalling, replay
from rapide.distributed.cache.conditional import (
    directives,
    is_known,
    make_etag,
    not_modified,
    value_of,
)
from rapide.distributed.cache.contract import METHODS, DeclaredCache
from rapide.distributed.cache.selection import Selection
from rapide.distributed.channels.contract import Unavailable

_logger: Final = logging.getLogger("rapide.distributed")
#: How often a server that cannot be reached is reported, and how long it is left alone, in seconds.
_REPORTS: Final = 60.0
_REST: Final = 1.0
#: Responses with these directives are not kept.
_REFUSALS: Final = frozenset({"no-store", "private", "no-cache"})


class CachedRoute:
    """A route with a cache."""

    def __init__(self, cache: DeclaredCache, traits: Traits) -> None:
        self.cache = cache
        self.selection = Selection(cache, traits)
        self._reported = self._rests = 0.0

    def guard(self, app: ASGIApp) -> ASGIApp:
        """Return an application around the route."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] not in METHODS:
                await app(scope, receive, send)
                return
            call = CachedCall(self, scope, send)
            recalling(scope, call)
            try:
                await app(scope, receive, call.send)
            except Exception:
                call.fail()
                raise
            finally:
                await call.end()

        return serve

    @property
    def rests(self) -> bool:
        """Whether the store could not be reached a moment ago."""
        return monotonic() < self._rests

    def report(self, error: Unavailable) -> None:
        """Report, from time to time, that there is no cache."""
        now = monotonic()
        self._rests = now + _REST
        if now >= self._reported:
            self._reported = now + _REPORTS
            _logger.warning("requests are served without a cache: %s", error)


class CachedCall:
    """One request of a cached route."""

    def __init__(self, route: CachedRoute, scope: Scope, send: Send) -> None:
        self._route, self._scope, self._send = route, scope, send
        self._condition = value_of(_lowered(scope), b"if-none-match")
        self._is_asked = self._is_private = False
        #: What those do who wait for the answer, if there is none in the end.
        self._landing = Landing.AGAIN
        self._kept: Kept | None = None
        self._hold: Hold | None = None
        #: The start of a response whose body has not come.
        self._start: Message | None = None

    async def recall(self, values: Mapping[str, object]) -> Response | None:
        """Return the kept answer; None if the endpoint has to make it."""
        if self._is_asked:
            return None
        self._is_asked = True
        scope, cache, selection = self._scope, self._route.cache, self._route.selection
        self._is_private = selection.is_private(scope)
        if self._is_private or self._route.rests:
            return None
        wishes = directives(value_of(_lowered(scope), b"cache-control"))
        if cache.reload and _wants_new(wishes):
            return None
        entry = await selection.entry(scope, values)
        if entry is None:
            self._is_private = True
            return None
        try:
            found = await cache.answers.take(entry, needs_store=False)
        except Unavailable as error:
            self._route.report(error)
            return None
        if isinstance(found, Hold):
            if found.trouble is not None:
                self._route.report(found.trouble)
            if "no-store" in wishes or scope["method"] == "HEAD":
                await found.release(Landing.AGAIN)  # so that nobody waits for it
            else:
                self._hold = found
            return None
        self._kept = found
        return None if found is None else replay(found.answer)

    def fail(self) -> None:
        """Forget the answer: an exception is answered instead."""
        self._is_asked, self._kept = False, None
        self._landing = Landing.ALONE

    async def send(self, message: Message) -> None:
        """Pass on a part of the response."""
        if self._start is None:
            if message["type"] == "http.response.start" and self._is_asked:
                self._start = message
            else:
                await self._send(message)
            return
        start, self._start = self._start, None
        is_whole = message["type"] == "http.response.body" and not message.get("more_body", False)
        self._is_asked = False
        if is_whole:
            start, message = await self._finish(start, message)
        else:
            await self._leave_alone()
        await self._send(start)
        await self._send(message)

    async def end(self) -> None:
        """End the hold, if the response has not done it."""
        if self._hold is not None and self._hold.is_open:
            await self._hold.release(self._landing)

    async def _leave_alone(self) -> None:
        """End the hold, because such an answer cannot be shared."""
        self._landing = Landing.ALONE
        await self.end()

    async def _finish(self, start: Message, message: Message) -> tuple[Message, Message]:
        """Keep a whole response, and return it as the client gets it."""
        status, body = start["status"], bytes(message.get("body", b""))
        headers = headers_of(start)
        if self._kept is None:
            if status not in self._route.cache.statuses or value_of(headers, b"set-cookie"):
                await self._leave_alone()
                return start, message
            is_kept = self._can_be_kept(headers)
            headers = self._completed(headers, body)
            await self._keep(Answer(status, headers, body), is_kept=is_kept)
        else:
            age = b"%d" % int(self._kept.age)
            headers = (*(pair for pair in headers if pair[0] != b"age"), (b"age", age))
        if 200 <= status < 300 and is_known(self._condition, value_of(headers, b"etag")):
            start = {**start, "status": 304, "headers": not_modified(headers)}
            return start, {"type": "http.response.body", "body": b""}
        return {**start, "headers": list(headers)}, message

    async def _keep(self, answer: Answer, *, is_kept: bool) -> None:
        if self._hold is None:
            return
        if not is_kept:
            await self._leave_alone()
            return
        try:
            await self._hold.keep(answer)
        except Unavailable as error:
            self._route.report(error)

    def _can_be_kept(self, headers: Headers) -> bool:
        """Return whether the response lets a cache keep it, and depends only on the key."""
        if _REFUSALS & directives(value_of(headers, b"cache-control")).keys():
            return False
        known = set(self._route.selection.keyed)
        return all(name in known for name in _names(value_of(headers, b"vary")))

    def _completed(self, headers: Headers, body: bytes) -> Headers:
        """Return the headers of a new response with those for clients and proxies."""
        added: list[tuple[bytes, bytes]] = []
        if value_of(headers, b"etag") is None:
            added.append((b"etag", make_etag(body)))
        if value_of(headers, b"cache-control") is None:
            added.append((b"cache-control", self._control()))
        own = _names(value_of(headers, b"vary"))
        missing = [name for name in self._route.selection.vary if name not in own]
        if missing and "*" not in own:
            headers = tuple(pair for pair in headers if pair[0] != b"vary")
            added.append((b"vary", ", ".join([*own, *missing]).encode("latin-1")))
        return (*headers, *added)

    def _control(self) -> bytes:
        if self._is_private:
            return b"private, no-cache"
        seconds = self._route.cache.is_for_clients
        age = b"max-age=%d" % seconds if seconds else b"no-cache"
        # SPEC: RFC 9111 section 3.5: other caches must not share answers to credentials.
        return b"private, " + age if self._route.selection.is_personal(self._scope) else age


def _lowered(scope: Scope) -> Headers:
    return tuple((name.lower(), value) for name, value in scope["headers"])


def _names(value: bytes | None) -> list[str]:
    names = (name.strip().lower() for name in (value or b"").decode("latin-1").split(","))
    return [name for name in names if name]


def _wants_new(wishes: dict[str, Any]) -> bool:
    return "no-cache" in wishes or wishes.get("max-age") == "0"
