"""The limits of rates of a route: find the keys of a request, take tokens, refuse.

Each rate has buckets in a store, one for each key. The name of a bucket is the same in all
processes of the application, because they may share the store.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from inspect import isawaitable
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import Scope

from rapide.limits import MemoryRates, Rate, RateStore, RequestLimits, bucket_name

#: Longer keys are stored as their hash, so that clients cannot fill the memory with them.
_LONGEST_KEY: Final = 100
#: The attribute of applications with what their routes share.
_SHARED: Final = "_rapide_shared_rates"
#: How many bits of the address of an IPv6 client belong to others.
_HOST_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class PlacedRate:
    """A rate with its store and the beginning of the names of its buckets."""

    rate: Rate
    store: RateStore
    prefix: str
    #: The name in the fields of the answer.
    label: str


def place(rates: Sequence[Rate], owner: str, memory: RateStore) -> list[PlacedRate]:
    """Return the rates of a route or of an application.

    Args:
        rates: The rates.
        owner: The name of the route or of the application.
        memory: The store of rates that do not have one.
    """
    return [
        PlacedRate(
            rate,
            memory if rate.store is None else rate.store,
            f"{owner if rate.name is None else ''}:{bucket_name(rate)}:",
            rate.name or f"{rate.requests} in {rate.per:g}s",
        )
        for rate in rates
    ]


class RateGate:
    """The limits of rates of one route and of its application."""

    def __init__(self, placed: Sequence[PlacedRate]) -> None:
        #: Rates of one store are checked together.
        self.groups = [
            (store, [item for item in placed if item.store is store])
            for store in {id(item.store): item.store for item in placed}.values()
        ]

    async def enter(self, connection: HTTPConnection) -> None:
        """Take a token of each rate.

        Raises:
            HTTPException: 429 with `Retry-After`: a bucket of the client is empty.
            TypeError: A key is something else than text.
        """
        known: dict[object, str | None] = {}
        for store, items in self.groups:
            limiting: list[PlacedRate] = []
            buckets: list[tuple[str, Rate]] = []
            for item in items:
                find = item.rate.key
                if find not in known:
                    known[find] = await _key_of(item.rate, connection)
                key = known[find]
                if key is not None:
                    limiting.append(item)
                    buckets.append((item.prefix + key, item.rate))
            levels = await store.take(buckets) if buckets else None
            if levels is not None:
                pairs = list(zip(limiting, levels, strict=True))
                if any(level < item.rate.unit for item, level in pairs):
                    raise _refusal(pairs)


class SharedRates:
    """What the routes of an application have in common."""

    def __init__(self, limits: RequestLimits | None) -> None:
        #: The buckets of rates that are not in a store.
        self.memory = MemoryRates()
        rates = () if limits is None else limits.rates
        self.placed = place(rates, "application", self.memory)
        #: The limits of a request to the application, whatever its route.
        self.gate = RateGate(self.placed)


def rates_of(application: object) -> SharedRates:
    """Return what the routes of an application have in common. Without one, it is a new object."""
    limits = getattr(application, "_rapide_limits", None)
    if not hasattr(application, "_rapide_limits"):
        return SharedRates(None)
    known: dict[str, Any] = vars(application)
    shared: SharedRates = known.get(_SHARED) or known.setdefault(_SHARED, SharedRates(limits))
    return shared


async def _key_of(rate: Rate, connection: HTTPConnection) -> str | None:
    if rate.key is None:
        return client_network(connection.scope)
    key = rate.key(connection)
    if isawaitable(key):
        key = await key
    if key is None:
        return None
    if not isinstance(key, str):
        raise TypeError(f"the key of {rate!r} must be a string or None, not {key!r}")
    if len(key) <= _LONGEST_KEY:
        return key
    return "sha256:" + sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def client_network(scope: Scope) -> str:
    """Return the address of a client, or its network if it has a whole network of addresses.

    It is empty if the server does not know it, as behind a Unix socket.
    """
    client = scope.get("client")
    host: str = client[0] if client else ""
    if ":" not in host:
        return host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> _HOST_BITS << _HOST_BITS)}/{_HOST_BITS}"


def _refusal(pairs: Sequence[tuple[PlacedRate, int]]) -> HTTPException:
    """Return the answer to a request that found an empty bucket.

    SPEC: draft-ietf-httpapi-ratelimit-headers sections 3 and 4, RFC 9110 section 10.2.3.
    """
    wait = 1
    policies: list[str] = []
    remaining: list[str] = []
    for item, level in pairs:
        rate, label = item.rate, _quote(item.label)
        wait = max(wait, math.ceil(rate.time_until(rate.unit, level)))
        policies.append(f"{label};q={rate.requests};w={math.ceil(rate.per)}")
        until_full = math.ceil(rate.time_until(rate.capacity, level))
        remaining.append(f"{label};r={level // rate.unit};t={until_full}")
    headers = {
        "Retry-After": str(wait),
        "RateLimit-Policy": ", ".join(policies),
        "RateLimit": ", ".join(remaining),
    }
    return HTTPException(429, headers=headers)


def _quote(label: str) -> str:
    """Write a string of a structured field (RFC 9651 section 3.3.3)."""
    escaped = label.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
