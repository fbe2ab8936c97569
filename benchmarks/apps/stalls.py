"""The application of the tests that blocks the event loop in many places, each time for a moment.

It runs on Rapide alone.
"""

import threading
import time
from typing import Any

from tests.parity.harness import Framework
from tests.wire import stalling

#: How long a line is blocked, in seconds, and the pause in which others begin.
BLOCKED, PAUSE = 0.4, 0.02


def _take_turns() -> None:
    while True:
        stalling.held.set()
        time.sleep(PAUSE)
        stalling.held.clear()
        time.sleep(BLOCKED)


def create_app() -> Any:
    fw = Framework("rapide")
    app = stalling.build(fw)

    turns = threading.Thread(target=_take_turns, daemon=True)

    @app.get("/process")
    async def process() -> int:
        if not turns.is_alive():
            turns.start()
        return 1

    return app
