"""Which requests have the same answer, and which get none of the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from inspect import isawaitable
from typing import Any

from starlette.requests import Request, cookie_parser
from starlette.types import Scope

from rapide.distributed.answers.contract import Entry
from rapide.distributed.answers.keeper import Traits
from rapide.distributed.cache.contract import DeclaredCache
from rapide.scope_keys import PATH_PARAMS

#: How long a request waits for a server that cannot be reached, in seconds.
PATIENCE = 0.5


class Selection:
    """Finds the entry of a request.

    The headers and cookies that the parameters of the route read are always part of the key. So
    are those of `vary`. Credentials are not: a request with credentials that `vary` does not name
    has no entry, unless the cache is shared.
    """

    def __init__(self, cache: DeclaredCache, traits: Traits) -> None:
        self.cache, self.traits = cache, traits
        named = {name.lower() for name in cache.vary}
        credentials = {"authorization", *traits.credential_headers}
        if traits.credential_cookies or traits.gets_request:
            credentials.add("cookie")
        #: The headers whose values are part of the key.
        self.keyed = sorted(named | (traits.headers - credentials))
        #: The cookies, likewise.
        self.cookies = [] if "cookie" in named else sorted(traits.cookies)
        #: The headers of requests without an entry.
        self.private = frozenset() if cache.shared else frozenset(credentials - named)
        #: The headers of requests whose answers only their clients may keep.
        self.personal = frozenset(credentials | ({"cookie"} if traits.cookies else set()))
        self.vary = self._varying(named)

    def _varying(self, named: set[str]) -> list[str]:
        """Return the names of all headers on which an answer depends."""
        names = {*named, *self.keyed, *self.traits.credential_headers}
        if self.traits.cookies or self.traits.credential_cookies or self.traits.gets_request:
            names.add("cookie")
        return sorted(names)

    def is_private(self, scope: Scope) -> bool:
        """Return whether a request has credentials that the cache may not ignore."""
        return self._has(scope, self.private)

    def is_personal(self, scope: Scope) -> bool:
        """Return whether no shared cache between server and client may keep the answer."""
        return self._has(scope, self.personal)

    @staticmethod
    def _has(scope: Scope, names: frozenset[str]) -> bool:
        return any(name.decode("latin-1").lower() in names for name, _ in scope["headers"])

    async def entry(self, scope: Scope, values: Mapping[str, object]) -> Entry | None:
        """Return the entry of a request; None if the function `key` wants none."""
        parts = self._parts(scope)
        if self.cache.key is not None:
            own: Any = self.cache.key(Request(scope))
            if isawaitable(own):
                own = await own
            if own is None:
                return None
            parts.append(f"key {own}".encode("utf-8", "surrogatepass"))
        digest = hashlib.sha256()
        for part in parts:
            digest.update(b"%d:%b" % (len(part), part))
        return Entry(
            key=f"cache:{digest.hexdigest()}",
            fresh=self.cache.seconds,
            kept=self.cache.seconds + self.cache.stale,
            lease=self.cache.lease,
            patience=PATIENCE,
            tags=self._tags(scope, values),
        )

    def _parts(self, scope: Scope) -> list[bytes]:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        host = next((value for name, value in headers if name.lower() == b"host"), b"")
        place = (self.traits.label, scope.get("scheme", ""), scope.get("root_path", ""))
        parts = [text.encode("utf-8", "surrogatepass") for text in (*place, scope["path"])]
        parts += [host.lower(), scope.get("query_string", b"")]
        for wanted in self.keyed:
            name = wanted.encode()
            values = [value for key, value in headers if key.lower() == name]
            parts += [b"header " + name, *(b"= " + value for value in values)]
        if self.cookies:
            found: dict[str, str] = {}
            for key, value in headers:
                if key.lower() == b"cookie":
                    found |= cookie_parser(value.decode("latin-1"))
            for cookie in self.cookies:
                text = f"cookie {cookie}" + (f"={found[cookie]}" if cookie in found else "")
                parts.append(text.encode("utf-8", "surrogatepass"))
        return parts

    def _tags(self, scope: Scope, values: Mapping[str, object]) -> tuple[str, ...]:
        known = {**scope.get(PATH_PARAMS, {}), **values}
        return tuple(dict.fromkeys(tag.format_map(known) for tag in self.cache.tags))
