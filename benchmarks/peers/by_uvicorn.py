"""uvicorn with the settings of every peer that is an ASGI application."""

from typing import Any

import uvicorn


def serve(app: Any, port: int, http: Any = "httptools") -> None:
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http=http,
        access_log=False,
        log_level="warning",
    )
