"""A plain `def` endpoint, which runs in a worker thread."""

from typing import Any

from benchmarks.apps import framework

web = framework()


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/items/{item_id}")
    def read_item(item_id: int) -> dict[str, Any]:
        return {"item_id": item_id, "name": "Hello World"}

    return app
