"""The switch with which a tool measures the steps of requests.

While nobody measures, compiled routes do not contain the notes: `switch_on` makes all of them
compile again, with notes, and `switch_off` without.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from rapide.changes import changes


class Marks(list[float]):
    """The times at which the steps of one request have ended, after that of its begin.

    Attributes:
        plan: The plan that has these steps.
    """

    __slots__ = ("plan",)

    def __init__(self, plan: object) -> None:
        super().__init__()
        self.plan = plan


#: Is given the scope or the exchange of a request, and its marks.
Begin = Callable[[Any, Marks], None]

_active: Begin | None = None


def switch_on(begin: Begin) -> None:
    """Measure all requests from the next one on."""
    _switch(begin)


def switch_off() -> None:
    """Measure nothing."""
    _switch(None)


def _switch(begin: Begin | None) -> None:
    global _active  # noqa: PLW0603 - one for the process
    if begin is not _active:
        _active = begin
        changes.is_measuring = begin is not None
        changes.bump()


def begin_marks(plan: object, carrier: Any) -> Marks:
    """Begin to note the times of a request."""
    marks = Marks(plan)
    begin = _active
    if begin is not None:
        begin(carrier, marks)
    marks.append(perf_counter())
    return marks
