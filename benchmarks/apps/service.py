"""300 routes in 30 routers, and one that says which process answers."""

import os
from typing import Any

from benchmarks.apps import framework
from benchmarks.apps.many_routes import add_routers

web = framework()


def create_app() -> Any:
    app = web.FastAPI()
    add_routers(app, 30)

    @app.get("/process")
    async def process() -> int:
        return os.getpid()

    return app
