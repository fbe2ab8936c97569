"""What tests of the console leave behind is removed, as the server's end would do it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from math import inf
from typing import Any

import pytest

from rapide.console.recorder import Stalls
from rapide.console.statements import Listeners
from rapide.runtime import measuring


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made: list[Listeners] = []
    make: Any = Listeners.__init__

    def note(listeners: Listeners) -> None:
        make(listeners)
        made.append(listeners)

    monkeypatch.setattr(Listeners, "__init__", note)
    yield
    measuring.switch_off()
    for listeners in made:
        listeners._last = -inf
        assert listeners.rest()
    logger = logging.getLogger("uvicorn.error")
    for handler in [*logger.handlers]:
        if isinstance(handler, Stalls):
            logger.removeHandler(handler)
