"""Deadlines of requests, and limits on the rate and the number of concurrent requests.

Theory of operation. A route without limits does not use this module. Otherwise its handler,
compiled or not, runs inside `Admission`: it takes a token of each rate, passes a gate for each
limit of concurrency, then runs inside a cancel scope whose deadline is removed when the response
begins.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakSet

import anyio
from anyio import CancelScope
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.limits import RequestLimits
from rapide.runtime.eventloop import current_token, running_loop

if TYPE_CHECKING:
    from rapide.runtime.rates import RateGate


class Answered(Protocol):
    """A request in a transport that calls handlers without ASGI messages."""

    @property
    def scope(self) -> Scope:
        """The ASGI scope."""
        ...

    def limit_time(self, limit: CancelScope, ends_with_client: bool) -> None:
        """Lift the deadline of a cancel scope when the response begins.

        The scope is also cancelled when the client leaves, if `ends_with_client` says so.
        """


class _Turn:
    """A request that waits for a place, perhaps in the event loop of another thread."""

    __slots__ = ("event", "is_given", "is_gone", "loop", "token")

    def __init__(self) -> None:
        self.event = anyio.Event()
        self.loop = running_loop()
        self.token: Any = current_token() if self.loop is None else None
        self.is_given = False
        #: Whether its event loop had ended before it could get the place.
        self.is_gone = False

    def wake(self) -> bool:
        """Resume the request, and return whether it can run."""
        try:
            if self.loop is None:
                self.token.run_sync_soon(self.event.set)
            elif self.loop is running_loop():
                self.event.set()
            else:
                self.loop.call_soon_threadsafe(self.event.set)
        except RuntimeError:  # its event loop has ended
            return False
        return True


class Gate:
    """A limit on running and on waiting requests, which may be in several threads."""

    def __init__(self, limits: RequestLimits) -> None:
        self.limits = limits
        self.running = 0
        #: The number of requests that had to wait, and the sum of their times in seconds.
        self.waits = 0
        self.waited = 0.0
        self._turns: deque[_Turn] = deque()
        # Reentrant: a coroutine may be garbage-collected anywhere, and leaves the gate then.
        self._lock = RLock()
        _gates.add(self)

    @property
    def waiting(self) -> int:
        """The number of requests that wait."""
        return len(self._turns)

    async def enter(self) -> None:
        """Wait for a place.

        Raises:
            HTTPException: 503 with `Retry-After`: there is no place to wait either.
        """
        with self._lock:
            if self.running < (self.limits.concurrency or math.inf) and not self._turns:
                self.running += 1
                return
            if len(self._turns) >= self.limits.queue:
                headers = {"Retry-After": str(self.limits.retry_after)}
                raise HTTPException(503, headers=headers)
            turn = _Turn()
            self._turns.append(turn)
        began = perf_counter()
        try:
            await turn.event.wait()
        except BaseException:
            self._give_up(turn)
            raise
        finally:
            self.waits += 1
            self.waited += perf_counter() - began

    def _give_up(self, turn: _Turn) -> None:
        with self._lock:
            if turn.is_gone:
                return
            turn.is_gone = True
            if not turn.is_given:
                self._turns.remove(turn)
                return
        self.leave()  # the place was given to a request that has ended

    def leave(self) -> None:
        """Give the place to the request that has waited longest."""
        while True:
            with self._lock:
                if not self._turns:
                    self.running -= 1
                    return
                turn = self._turns.popleft()
                turn.is_given = True
            if turn.wake():
                return
            with self._lock:
                if turn.is_gone:
                    return  # it has passed the place on to another request
                turn.is_gone = True


#: All gates of this process.
_gates: Final[WeakSet[Gate]] = WeakSet()


def statistics() -> tuple[int, int, float]:
    """Return how many requests wait at all gates, how many had to, and their times in seconds."""
    gates = [*_gates]
    return (
        sum(gate.waiting for gate in gates),
        sum(gate.waits for gate in gates),
        sum(gate.waited for gate in gates),
    )


class Admission:
    """The limits of one route and of its application."""

    def __init__(
        self,
        limits: Sequence[RequestLimits],
        gates: Sequence[Gate],
        rates: RateGate | None = None,
    ) -> None:
        self.rates = rates
        self.gates = [gate for gate in gates if gate.limits.concurrency is not None]
        self.timeout = next((item.timeout for item in limits if item.timeout), None)
        statuses = [item.timeout_status for item in limits if item.timeout_status]
        self.status = statuses[0] if statuses else 504
        wishes = [item.cancel_on_disconnect for item in limits]
        self.cancels = next((wish for wish in wishes if wish is not None), False)
        #: Whether there are other limits than rates.
        self.is_more = bool(self.gates or self.timeout or self.cancels)

    def guard(self, handler: ASGIApp) -> ASGIApp:
        """Return a handler that applies the limits of time and concurrency."""
        if not self.is_more:
            return handler

        async def admitted(scope: Scope, receive: Receive, send: Send) -> None:
            with self._in_time() as limit, _through(self.gates) as entering:
                await entering

                async def sending(message: Message) -> None:
                    limit.deadline = math.inf
                    await send(message)

                if self.cancels:
                    await _while_connected(handler, scope, receive, sending, limit)
                else:
                    await handler(scope, receive, sending)

        return admitted

    def limit_rate(self, handler: ASGIApp) -> ASGIApp:
        """Return a handler that applies the limits of rates.

        They count each request, also one that is answered from a cache.
        """
        rates = self.rates
        if rates is None:
            return handler

        async def limited(scope: Scope, receive: Receive, send: Send) -> None:
            await rates.enter(Request(scope))
            await handler(scope, receive, send)

        return limited

    def guard_direct(
        self, handler: Callable[[Answered], Awaitable[None]]
    ) -> Callable[[Answered], Awaitable[None]]:
        """Apply all limits for a transport without ASGI messages."""
        inner = self._guard_running_direct(handler) if self.is_more else handler
        rates = self.rates
        if rates is None:
            return inner

        async def limited(exchange: Answered) -> None:
            await rates.enter(Request(exchange.scope))
            await inner(exchange)

        return limited

    def _guard_running_direct(
        self, handler: Callable[[Answered], Awaitable[None]]
    ) -> Callable[[Answered], Awaitable[None]]:
        async def admitted(exchange: Answered) -> None:
            with self._in_time() as limit:
                exchange.limit_time(limit, self.cancels)
                with _through(self.gates) as entering:
                    await entering
                    await handler(exchange)

        return admitted

    @contextmanager
    def _in_time(self) -> Iterator[CancelScope]:
        """Open a cancel scope with the deadline.

        Raises:
            HTTPException: The deadline passed before the response began.
        """
        limit = math.inf if self.timeout is None else anyio.current_time() + self.timeout
        with CancelScope(deadline=limit) as scope:
            yield scope
        if scope.cancelled_caught and scope.deadline < math.inf:
            raise HTTPException(self.status)


@contextmanager
def _through(gates: Sequence[Gate]) -> Iterator[Awaitable[None]]:
    """Yield an awaitable that takes a place in each gate; give the places back at the end."""
    entered: list[Gate] = []

    async def enter() -> None:
        for gate in gates:
            await gate.enter()
            entered.append(gate)

    try:
        yield enter()
    finally:
        for gate in reversed(entered):
            gate.leave()


async def _while_connected(
    handler: ASGIApp, scope: Scope, receive: Receive, send: Send, limit: CancelScope
) -> None:
    """Run a handler that is cancelled when its client disconnects.

    The client can be watched only after its body has been received. A request without a body is
    watched from the beginning.
    """
    framing = {name for name, _ in scope["headers"]} & {b"content-length", b"transfer-encoding"}
    received = anyio.Event()
    kept: list[Message] = []
    if not framing:
        kept.append(await receive())
        received.set()
    left = anyio.Event()

    async def receiving() -> Message:
        if kept:
            return kept.pop(0)
        if received.is_set():
            await left.wait()
            return {"type": "http.disconnect"}
        message = await receive()
        if not message.get("more_body", False):
            received.set()
        return message

    async def watch() -> None:
        await received.wait()
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()
        # No client is left that could get the time-out response.
        limit.deadline = math.inf
        limit.cancel()

    failed: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        try:
            await handler(scope, receiving, send)
        except Exception as error:
            failed = error  # the task group would wrap it, and no exception handler would know it
        tasks.cancel_scope.cancel()
    if failed is not None:
        raise failed
