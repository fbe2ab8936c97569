"""Serve the requests of an idempotent route.

Theory of operation. `IdempotentCall` is around the route of one request. After the dependencies and
the validation, the route asks it for an answer in place of its endpoint. The first request with a
key runs the endpoint, and the answer is kept before its last part is sent. So a client that has an
answer gets the same one whenever it asks again.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from inspect import isawaitable
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.distributed.answers.contract import Answer, Entry
from rapide.distributed.answers.flights import Hold, InProgress, Kept, Landing, OtherRequest
from rapide.distributed.answers.keeper import Traits, headers_of, recalling, replay
from rapide.distributed.channels.contract import PATIENCE, Unavailable
from rapide.distributed.idempotency.contract import (
    HEADER,
    LONGEST,
    METHODS,
    DeclaredIdempotency,
)
from rapide.distributed.idempotency.fingerprint import Payload

_logger: Final = logging.getLogger("rapide.distributed")
_NAME: Final = HEADER.lower().encode()
_STRING: Final = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
#: The status of an answer that was too large to keep.
_TOO_LARGE: Final = 0


class IdempotentRoute:
    """A route whose requests can be repeated."""

    def __init__(self, idempotency: DeclaredIdempotency, traits: Traits) -> None:
        self.idempotency, self.traits = idempotency, traits

    def guard(self, app: ASGIApp) -> ASGIApp:
        """Return an application around the route."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] not in METHODS:
                await app(scope, receive, send)
                return
            call = IdempotentCall(
                self, scope, Payload(scope, receive, self.traits.max_body_size), send
            )
            recalling(scope, call)
            try:
                await app(scope, call.payload.receive, call.send)
            finally:
                await call.end()

        return serve

    async def key(self, scope: Scope, key: str) -> str:
        """Return the name of an entry: a key belongs to a route and to a caller."""
        digest = hashlib.sha256()
        label = f"{scope.get('root_path', '')} {scope['method']} {self.traits.path}"
        for text in (label, await self._caller(scope), key):
            part = text.encode("utf-8", "surrogatepass")
            digest.update(b"%d:%b" % (len(part), part))
        return f"idempotency:{digest.hexdigest()}"

    async def _caller(self, scope: Scope) -> str:
        request = Request(scope)
        if self.idempotency.caller is None:
            return repr(self._credentials(request))
        caller: Any = self.idempotency.caller(request)
        if isawaitable(caller):
            caller = await caller
        return f"caller {caller}"

    def _credentials(self, request: Request) -> list[tuple[str, str, str]]:
        traits = self.traits
        names = {"authorization", *traits.credential_headers} - {"cookie"}
        found = [
            ("header", name, value)
            for name in sorted(names)
            for value in request.headers.getlist(name)
        ]
        found += [
            ("query", name, value)
            for name in sorted(traits.credential_queries)
            for value in request.query_params.getlist(name)
        ]
        if traits.credential_cookies:
            cookies: dict[str, str] = {}
            for line in request.headers.getlist("cookie"):
                cookies |= cookie_parser(line)
            known = sorted(traits.credential_cookies & cookies.keys())
            found += [("cookie", name, cookies[name]) for name in known]
        return found


class IdempotentCall:
    """One request of an idempotent route."""

    def __init__(self, route: IdempotentRoute, scope: Scope, payload: Payload, send: Send) -> None:
        self.payload = payload
        self._route, self._scope, self._send = route, scope, send
        self._is_asked = False
        self._hold: Hold | None = None
        #: The start of a response of which no part has been sent.
        self._start: Message | None = None
        self._begun: Message | None = None
        self._parts: list[bytes] = []
        self._size = 0

    async def recall(self, values: Mapping[str, object]) -> Response | None:
        """Return the answer to the first request with the key; None if this is the first one.

        Raises:
            HTTPException: 400, 409, 422 or 503.
        """
        if self._is_asked:
            return None
        self._is_asked = True
        idempotency = self._route.idempotency
        key = self._read_key()
        if key is None:
            return None
        fingerprint = await self.payload.fingerprint()
        if fingerprint is None:
            raise ClientDisconnect
        entry = Entry(
            key=await self._route.key(self._scope, key),
            fresh=idempotency.seconds,
            kept=idempotency.seconds,
            lease=idempotency.lease,
            patience=PATIENCE,
            fingerprint=fingerprint,
        )
        found = await self._take(entry)
        if isinstance(found, Hold):
            self._hold = found
            return None
        if found.answer.status == _TOO_LARGE:
            detail = "The request has been executed, but its answer was too large to repeat it"
            raise HTTPException(409, detail)
        return replay(found.answer)

    def _read_key(self) -> str | None:
        """Return the key of the request; None if it has none and needs none.

        Raises:
            HTTPException: 400: it is missing or not valid.
        """
        values = [value for name, value in self._scope["headers"] if name.lower() == _NAME]
        if not values:
            if self._route.idempotency.required:
                raise HTTPException(400, f"The header {HEADER} is missing")
            return None
        key: str = values[0].decode("latin-1").strip()
        if key.startswith('"'):
            key = _unquote(key)
        is_valid = 0 < len(key) <= LONGEST and key.isascii() and key.isprintable()
        if len(values) > 1 or not is_valid:
            detail = f"The header {HEADER} must have one value of 1 to {LONGEST} ASCII characters"
            raise HTTPException(400, detail)
        return key

    async def _take(self, entry: Entry) -> Kept | Hold:
        """Return the answer, or the duty to make it.

        Raises:
            HTTPException: 409, 422 or 503.
        """
        idempotency = self._route.idempotency
        try:
            found = await idempotency.answers.take(entry, waits=idempotency.wait)
        except OtherRequest:
            raise HTTPException(422, f"The {HEADER} belongs to another request") from None
        except InProgress:
            detail = "The first request with this key is not complete"
            raise HTTPException(409, detail, {"Retry-After": "1"}) from None
        except Unavailable as error:
            # Without the store, the endpoint could run twice.
            _logger.warning("an idempotent request is refused: %s", error)
            detail = "It cannot be found out whether the request was sent before"
            raise HTTPException(503, detail, {"Retry-After": "1"}) from error
        assert found is not None, "only requests that share no answers run alone"
        return found

    def fail(self) -> None:
        """Forget the response: an exception is answered instead."""
        self._is_asked = False

    async def send(self, message: Message) -> None:
        """Pass on a part of the response, after the whole response has been kept."""
        if self._hold is None or not self._hold.is_open or not self._is_asked:
            await self._send(message)
            return
        if message["type"] == "http.response.start":
            self._start = self._begun = message
            return
        if message["type"] == "http.response.body" and self._begun is not None:
            self._collect(bytes(message.get("body", b"")))
            if not message.get("more_body", False):
                await self._keep(self._begun)
        start, self._start = self._start, None
        if start is not None:
            await self._send(start)
        await self._send(message)

    def _collect(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= self._route.idempotency.max_bytes:
            self._parts.append(part)
        else:
            self._parts.clear()

    async def _keep(self, start: Message) -> None:
        """Keep the response, or let a repeated request run again."""
        assert self._hold is not None
        if start["status"] >= 500:
            await self.end()
            return
        answer = Answer(start["status"], headers_of(start), b"".join(self._parts))
        if self._size > self._route.idempotency.max_bytes:
            answer = Answer(_TOO_LARGE, (), b"")
        try:
            await self._hold.keep(answer)
        except Unavailable as error:
            # The endpoint has run, and only this client can know it: it gets its answer.
            _logger.error("the answer to an idempotent request cannot be kept: %s", error)

    async def end(self) -> None:
        """End the hold, if the response has not done it."""
        if self._hold is not None and self._hold.is_open:
            await self._hold.release(Landing.AGAIN)


def _unquote(text: str) -> str:
    """Return the content of a string; nothing if it is not valid (RFC 9651 section 3.3.3)."""
    found = _STRING.fullmatch(text)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else ""
