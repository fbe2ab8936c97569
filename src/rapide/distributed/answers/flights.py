"""Make each answer once: in one process, and with the store in all of them.

Theory of operation. The first request of a process for a key opens a flight and claims the entry in
the store. All others of the process wait for the flight, so that only one of them asks the store.
If another process holds the entry, the flight asks again from time to time.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import anyio

from rapide.distributed.answers.contract import Answer, Claim, Entry, Standing, Store
from rapide.distributed.channels.contract import Unavailable

_logger: Final = logging.getLogger("rapide.distributed")
#: The first and the longest pause before the store is asked again, in seconds.
_SHORTEST, _LONGEST = 0.01, 0.2
#: A hold is renewed this often within its lease.
_RENEWALS: Final = 3


class OtherRequest(Exception):
    """The key belongs to another request."""


class InProgress(Exception):
    """The answer is being made."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that exists, and its age in seconds."""

    answer: Answer
    age: float = 0


class Landing(Enum):
    """How a flight ends without an answer for those who wait."""

    #: Try again: the request that made the answer has failed, or its answer is outdated already.
    AGAIN = auto()
    #: Each makes its own: such an answer cannot be shared.
    ALONE = auto()


class _Flight:
    """One request of this process makes the answer, or finds it. Others wait for that."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        #: Its name in the store.
        self.owner = secrets.token_hex(8)
        #: Whether the answer is being made.
        self.is_held = False
        self.landing: asyncio.Future[Kept | Landing] = asyncio.get_running_loop().create_future()
        #: An old answer, for those who need not wait.
        self.stale: Kept | None = None


class Hold:
    """The duty to make an answer. It has to be ended by `keep` or `release`."""

    def __init__(
        self,
        flights: Flights,
        flight: _Flight,
        store: Store,
        entry: Entry,
        claim: Claim | None,
        trouble: Unavailable | None = None,
    ) -> None:
        """Begin a hold; without a claim, it is known in this process only."""
        #: Why there is no claim.
        self.trouble = trouble
        self._flights, self._flight = flights, flight
        self._store, self._entry, self._claim = store, entry, claim
        flight.is_held = True
        self._timer: asyncio.TimerHandle | None = None
        self._renewing: asyncio.Task[None] | None = None
        if claim is not None:
            self._renew_later()

    @property
    def is_open(self) -> bool:
        """Whether nobody has ended it."""
        return not self._flight.landing.done()

    def _renew_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._entry.lease / _RENEWALS, self._begin_to_renew)

    def _begin_to_renew(self) -> None:
        self._renewing = asyncio.get_running_loop().create_task(self._renew())

    async def _renew(self) -> None:
        try:
            exists = await self._store.renew(self._entry, self._flight.owner)
        except Unavailable as error:
            _logger.warning("the hold of an answer cannot be renewed: %s", error)
            exists = True
        if exists:
            self._renew_later()
        else:
            _logger.warning("the hold of an answer has expired: its process was too slow")

    async def keep(self, answer: Answer) -> None:
        """Keep the answer, and give it to those who wait.

        Raises:
            Unavailable: The server cannot be reached. Those of this process get the answer.
        """
        self._stop()
        landing: Kept | Landing = Landing.AGAIN
        try:
            if self._claim is None:
                landing = Kept(answer)
                return
            is_valid = False
            with anyio.CancelScope(shield=True):
                is_valid = await self._store.keep(
                    self._entry, self._flight.owner, self._claim.epochs, answer
                )
            landing = Kept(answer) if is_valid else Landing.AGAIN
        except Unavailable:
            landing = Kept(answer)
            raise
        finally:
            self._flights.land(self._entry.key, self._flight, landing)

    async def release(self, landing: Landing) -> None:
        """End it without an answer."""
        self._stop()
        try:
            if self._claim is not None:
                with anyio.CancelScope(shield=True):
                    await self._store.release(self._entry, self._flight.owner)
        except Unavailable as error:
            _logger.warning("the hold of an answer ends later: %s", error)
        finally:
            self._flights.land(self._entry.key, self._flight, landing)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._renewing is not None:
            self._renewing.cancel()


class Flights:
    """The answers that requests of this process make or wait for."""

    def __init__(self) -> None:
        # Event loops of other threads have flights of their own: futures belong to one loop.
        self._flights: dict[tuple[Any, str], _Flight] = {}

    def land(self, key: str, flight: _Flight, landing: Kept | Landing) -> None:
        """End a flight."""
        place = asyncio.get_running_loop(), key
        if self._flights.get(place) is flight:
            del self._flights[place]
        if not flight.landing.done():
            flight.landing.set_result(landing)

    async def take(
        self, store: Store, entry: Entry, *, waits: bool = True, needs_store: bool = True
    ) -> Kept | Hold | None:
        """Return the answer, or the duty to make it; None if each request makes its own.

        Raises:
            OtherRequest: The key belongs to another request.
            InProgress: Another request makes the answer, and this one does not wait.
            Unavailable: The server cannot be reached, and the store is needed.
        """
        place = asyncio.get_running_loop(), entry.key
        while (flight := self._flights.get(place)) is not None:
            if flight.fingerprint != entry.fingerprint:
                raise OtherRequest
            if flight.stale is not None:
                return flight.stale
            if not waits and flight.is_held:
                raise InProgress
            landing = await asyncio.shield(flight.landing)
            if isinstance(landing, Kept):
                return landing
            if landing is Landing.ALONE:
                return None
        flight = self._flights[place] = _Flight(entry.fingerprint)
        found: Kept | Hold | None = None
        try:
            found = await self._find(flight, store, entry, waits=waits, needs_store=needs_store)
        finally:
            if not isinstance(found, Hold):
                self.land(entry.key, flight, found or Landing.AGAIN)
        return found

    async def _find(
        self, flight: _Flight, store: Store, entry: Entry, *, waits: bool, needs_store: bool
    ) -> Kept | Hold:
        """Ask the store until there is an answer, or the duty to make it."""
        pause = _SHORTEST
        while True:
            try:
                claim = await store.claim(entry, flight.owner)
            except Unavailable as error:
                if needs_store:
                    raise
                return Hold(self, flight, store, entry, None, error)
            except asyncio.CancelledError:
                # The server may have run the command.
                with anyio.CancelScope(shield=True), suppress(Unavailable):
                    await store.release(entry, flight.owner)
                raise
            if claim.standing is Standing.OTHER:
                raise OtherRequest
            kept = None if claim.answer is None else Kept(claim.answer, claim.age)
            if claim.standing is Standing.HELD:
                flight.stale = kept
                return Hold(self, flight, store, entry, claim)
            if kept is not None:
                return kept
            if not waits:
                raise InProgress
            await asyncio.sleep(pause)
            pause = min(_LONGEST, pause * 1.5)
