"""A plain `def` endpoint, which runs in a worker thread; for item 0 it blocks that thread."""

import time
from typing import Any

from benchmarks.apps import framework

web = framework()

BLOCKS = 0.5
"""Seconds; two such requests at once take as long when they do not wait for each other."""


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/items/{item_id}")
    def read_item(item_id: int) -> dict[str, Any]:
        if item_id == 0:
            time.sleep(BLOCKS)
        return {"item_id": item_id, "name": "Hello World"}

    return app
