"""Streams and sockets that stay open, calls that block, and a health check."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

from benchmarks.apps import framework

web = framework()
sse = import_module(f"{web.__name__}.sse")


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/process")
    async def process() -> int:
        return os.getpid()

    @app.get("/events", response_class=sse.EventSourceResponse)
    async def events() -> AsyncIterator[float]:
        while True:
            yield time.time()
            await asyncio.sleep(0.2)

    @app.websocket("/socket")
    async def socket(websocket: web.WebSocket) -> None:
        await websocket.accept()
        async for message in websocket.iter_text():
            await websocket.send_text(message)

    @app.get("/blocking")
    def block() -> float:
        time.sleep(1.5)
        return 1.5

    @app.get("/health")
    def health() -> str:
        return "ok"

    return app
