"""Checks of what an application needs, such as its database, for the answers to readiness probes.

An application adds its checks, best in its lifespan, which also removes them:

    async with lifespan_of_the_engine() as engine:
        with add_readiness_check("database", partial(ask, engine), timeout=1):
            yield

A check runs when a probe asks, and never twice at the same time: probes that come meanwhile wait
for the same run. A run that takes too long is cancelled, and the probe is answered without it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from inspect import isawaitable, iscoroutine, iscoroutinefunction
from typing import Any, Final, NoReturn, Self

_errors: Final = logging.getLogger("uvicorn.error")

#: The time in seconds that a check has by default. The kubelet waits one second for an answer
#: unless the probe says otherwise.
TIMEOUT: Final = 0.8

_checks: list[ReadinessCheck] = []


class ReadinessCheck:
    """A check that has been added. It is a context manager that removes it.

    Args:
        name: How the answers and the log name it.
        function: The check.
        timeout: The seconds that a probe waits for it.
    """

    def __init__(self, name: str, function: Callable[[], object], timeout: float) -> None:
        self.name = name
        self._function = function
        self._timeout = timeout
        self._is_async = is_async(function)
        self._run: asyncio.Task[object] | None = None
        #: Whether a probe has not waited for the end of the run.
        self._is_late = False
        #: Why the last run failed; None if it passed.
        self._last: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Let probes no longer ask for this check."""
        if self in _checks:
            _checks.remove(self)
        if self._run is not None:
            self._run.cancel()

    async def why_not(self) -> str | None:
        """Return why the application is not ready, or None if it is."""
        run = self._begin()
        await asyncio.wait((run,), timeout=self._timeout)
        reason, error = self._judge(run)
        if reason != self._last:
            self._last = reason
            if reason is None:
                _errors.info("The readiness check %r passes again", self.name)
            else:
                _errors.warning("The readiness check %r %s", self.name, reason, exc_info=error)
        return None if reason is None else f"{self.name} {reason}"

    def _begin(self) -> asyncio.Task[object]:
        """Return the run that is under way, or a new one."""
        run, loop = self._run, asyncio.get_running_loop()
        if run is None or run.done() or run.get_loop() is not loop:
            call = self._call() if self._is_async else self._call_in_thread()
            run = self._run = loop.create_task(call)
            self._is_late = False
        return run

    def _judge(self, run: asyncio.Task[object]) -> tuple[str | None, BaseException | None]:
        """Return why a run has failed, and its exception, of which the answer must not show more.

        A call in a thread cannot be cancelled. So it goes on, and no other one begins meanwhile.
        """
        if not run.done() or (self._is_late and run.cancelled()):
            if self._is_async:
                self._is_late = True
                run.cancel()
            return f"has no result after {self._timeout:g} seconds", None
        if run.cancelled():
            return "was cancelled", None
        error = run.exception()
        if error is not None:
            return f"raises {type(error).__name__}", error
        return ("returns False", None) if run.result() is False else (None, None)

    async def _call(self) -> object:
        result = self._function()
        return await result if isawaitable(result) else result

    async def _call_in_thread(self) -> object:
        """Call the check in a thread of its own, for which the process does not wait at its end.

        The threads of routes may all be busy, and a check that hangs must not take one from them.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Callable[[], object]] = loop.create_future()

        def settle(get: Callable[[], object]) -> None:
            if not outcome.done():
                outcome.set_result(get)

        def run() -> None:
            try:
                get: Callable[[], object] = partial(_give, self._function())
            except Exception as error:
                get = partial(_fail, error)
            with suppress(RuntimeError):  # the loop is closed, so nobody waits any more
                loop.call_soon_threadsafe(settle, get)

        threading.Thread(target=run, name=f"readiness check {self.name}", daemon=True).start()
        result = (await outcome)()
        return await result if isawaitable(result) else result


def _give(result: object) -> object:
    return result


def _fail(error: Exception) -> NoReturn:
    raise error


def add_readiness_check(
    name: str, check: Callable[[], object], *, timeout: float = TIMEOUT
) -> ReadinessCheck:
    """Let the server answer 503 to probes for readiness while a check of the application fails.

    Args:
        name: How the answers and the log name the check, such as `database`.
        check: An `async def`, or a `def`, which runs in a thread.
            It fails if it raises an exception or returns False.
        timeout: The seconds that a probe waits for it, less than the probe's own time.

    Returns:
        The check. Use it in a `with` statement, or call `remove`, when the resource is closed.

    Raises:
        TypeError: The check is not a function without arguments, or the name is not text.
        ValueError: The time is not a positive number, or the name is empty.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a readiness check must be text, but is {name!r}")
    if not name.strip() or not name.isprintable():
        raise ValueError(f"{name!r} is not a name for a readiness check: write one such as 'redis'")
    given: object = check
    if iscoroutine(given):
        given.close()
        raise TypeError(f"the readiness check {name!r} was called: pass the function itself")
    if not callable(given):
        raise TypeError(f"the readiness check {name!r} must be a function, but is {given!r}")
    if not 0 < timeout < math.inf:
        raise ValueError(f"the timeout of the readiness check {name!r} must be positive: {timeout}")
    added = ReadinessCheck(name, check, timeout)
    _checks.append(added)
    return added


async def failed_checks() -> str | None:
    """Run all checks at the same time; return why some have failed, or None."""
    if not _checks:
        return None
    reasons = await asyncio.gather(*(check.why_not() for check in _checks))
    return ", ".join(reason for reason in reasons if reason is not None) or None


def is_async(function: Any) -> bool:
    """Return whether calling a function makes a coroutine, so that no thread is needed for it."""
    while isinstance(function, partial):
        function = function.func
    return iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__)
