"""The smallest answer of plain text."""

from typing import Any

from benchmarks.apps import framework

web = framework()
responses = __import__(f"{web.__name__}.responses", fromlist=["PlainTextResponse"])


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/", response_class=responses.PlainTextResponse)
    async def root() -> str:
        return "Hello, World!"

    return app
