"""What tells a repeated request from another one with the same key."""

from __future__ import annotations

import hashlib
import math
import re
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

_BOUNDARY: Final = re.compile(rb'multipart/[^;]*;.*?\bboundary="?([^";,\s]+)', re.IGNORECASE)


class Payload:
    """The body of a request, which is read once here and then by the route.

    A client that repeats a form chooses another boundary between its parts. So a boundary is not
    part of the fingerprint.
    """

    def __init__(self, scope: Scope, receive: Receive, limit: int | None) -> None:
        """Take the body of a request, of which the route reads up to a limit in bytes."""
        self._receive = receive
        self._limit = math.inf if limit is None else limit
        self._size = 0
        kind = next((v for name, v in scope["headers"] if name.lower() == b"content-type"), b"")
        found = _BOUNDARY.match(kind.strip())
        self._boundary = found[1] if found else b""
        self._digest = hashlib.sha256()
        url = f"{scope['method']} {scope['path']}".encode("utf-8", "surrogatepass")
        for part in (url, scope.get("query_string", b""), kind.replace(self._boundary, b"")):
            self._digest.update(b"%d:%b" % (len(part), part))
        #: The end of what was read, which may be the beginning of a boundary.
        self._rest = b""
        #: What was read before the endpoint has asked for it.
        self._ahead: list[Message] = []
        self._is_complete = False

    async def receive(self) -> Message:
        """Return the next part of the body for the route."""
        return self._ahead.pop(0) if self._ahead else await self._read()

    async def _read(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            if not self._is_complete:
                part = bytes(message.get("body", b""))
                self._size += len(part)
                self._add(part)
            self._is_complete = self._is_complete or not message.get("more_body", False)
        return message

    def _add(self, part: bytes) -> None:
        if not self._boundary:
            self._digest.update(part)
            return
        *whole, last = (self._rest + part).split(self._boundary)
        for item in whole:
            self._digest.update(item + b"\0")
        length = max(0, len(last) - len(self._boundary) + 1)
        self._digest.update(last[:length])
        self._rest = last[length:]

    async def fingerprint(self) -> str | None:
        """Read the rest of the body, and return what the request is; None if the client has left.

        What the route has not read yet is kept for it.

        Raises:
            HTTPException: 413: the body is larger than the limit.
        """
        while not self._is_complete:
            message = await self._read()
            if self._size > self._limit:
                raise HTTPException(413, "Content Too Large")
            self._ahead.append(message)
            if message["type"] != "http.request":
                return None
        digest = self._digest.copy()
        digest.update(self._rest)
        return digest.hexdigest()
