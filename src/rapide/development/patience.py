"""Call functions of an application that may never return, such as a `__repr__`."""

from __future__ import annotations

import ctypes
import queue
import time
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from threading import Thread
from typing import Final

#: How long one call may take, and all of them, in seconds.
FOR_ONE: Final = 1.0
FOR_ALL: Final = 5.0


def call_all(calls: Sequence[Callable[[], str]]) -> list[str]:
    """Make calls one after the other, and return their results.

    They are made in another thread. If a call does not return, the thread is given up, and the
    result says so.
    """
    results: list[str] = []
    context = copy_context()
    deadline = time.monotonic() + FOR_ALL
    worker: _Worker | None = None
    while len(results) < len(calls):
        left = deadline - time.monotonic()
        if left <= 0:
            if worker is not None:
                worker.give_up()
            rest = len(calls) - len(results)
            results += ["[not shown: the values before it took too long]"] * rest
            break
        if worker is None:
            worker = _Worker(calls[len(results) :], context.copy())
            worker.start()
        try:
            results.append(worker.results.get(timeout=min(FOR_ONE, left)))
        except queue.Empty:
            worker.give_up()
            worker = None
            results.append(f"[not shown: it takes longer than {FOR_ONE:g} s]")
    return results


class _Worker(Thread):
    """A thread that makes calls until it is given up."""

    def __init__(self, calls: Sequence[Callable[[], str]], context: Context) -> None:
        super().__init__(name="rapide dev: values", daemon=True)
        self.results: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._calls = calls
        self._context = context
        self._is_given_up = False

    def run(self) -> None:
        for call in self._calls:
            if self._is_given_up:
                return
            self.results.put(self._context.run(_result_of, call))

    def give_up(self) -> None:
        """Let the thread end. A loop of Python is interrupted, a call of C is not."""
        self._is_given_up = True
        if self.is_alive() and self.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.ident), ctypes.py_object(SystemExit)
            )


def _result_of(call: Callable[[], str]) -> str:
    try:
        return call()
    except BaseException as raised:  # of the application: it may be anything
        return f"[not shown: it raised {type(raised).__name__}]"
