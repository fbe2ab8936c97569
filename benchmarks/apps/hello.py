"""The smallest JSON answer."""

from typing import Any

from benchmarks.apps import framework

web = framework()


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/")
    async def root():  # type: ignore[no-untyped-def]  # as most applications write it
        return {"message": "Hello World"}

    return app
