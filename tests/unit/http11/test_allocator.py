"""When memory is given back after large bodies."""

from __future__ import annotations

from typing import Any

import pytest

from rapide.http11 import allocator
from rapide.http11.allocator import PAUSES, Trimmer

from .stage import Loop


@pytest.mark.parametrize("is_closed", [True, False])
def test_the_timer_of_another_event_loop_is_left_alone(
    is_closed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocator, "resident", lambda: 0)
    trimmer = Trimmer()
    first: Any = Loop()
    second: Any = Loop()
    first.is_closed = lambda: is_closed
    trimmer.note(first)
    trimmer.note(second)
    assert [len(loop.timers) for loop in (first, second)] == [1, is_closed]
    if not is_closed:
        first.advance(PAUSES[0])
        trimmer.note(second)
    assert len(second.timers) == 1
