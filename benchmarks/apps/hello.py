"""The smallest JSON answer, as a constant and by a call.

Rapide runs a handler without a task of its own if it calls nothing, so only the second is typical.
"""

from typing import Any

from benchmarks.apps import framework

web = framework()


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/")
    async def root():  # type: ignore[no-untyped-def]  # as most applications write it
        return {"message": "Hello World"}

    @app.get("/greeting")
    async def greeting():  # type: ignore[no-untyped-def]
        return {"message": greet("World")}

    return app


def greet(name: str) -> str:
    return f"Hello {name}"
