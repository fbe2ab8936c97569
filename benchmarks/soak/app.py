"""The application of the soak. At its end it says how many calls of handlers it has begun."""

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

from pydantic import BaseModel


class Item(BaseModel):
    name: str
    price: float


def build(fw: Any) -> Any:  # noqa: C901 -- one small function per route
    """Build it with a framework."""
    begun = 0

    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        yield
        print(f"begun={begun}", file=sys.stderr, flush=True)

    app = fw.FastAPI(lifespan=lifespan)

    @app.get("/json")
    async def json() -> Any:
        nonlocal begun
        begun += 1
        return {"hello": "world"}

    @app.get("/items/{number}")
    async def item(number: int, q: int = 0) -> Any:
        return {"number": number, "q": q}

    @app.post("/items")
    async def create(item: Item) -> Item:
        return item

    @app.get("/sync")
    def sync() -> Any:
        return {"thread": True}

    @app.get("/work")
    async def work() -> Any:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0.01)
        return {"worked": True}

    @app.get("/wait")
    async def wait(seconds: float) -> Any:
        await asyncio.sleep(seconds)
        return {"waited": True}

    @app.get("/block")
    def block(seconds: float) -> Any:
        time.sleep(seconds)
        return {"blocked": True}

    @app.get("/big")
    async def big() -> Any:
        return fw.Response(b"a" * 1_000_000)

    @app.get("/stream")
    async def stream() -> Any:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(160):
                yield b"a" * 65536

        return fw.responses.StreamingResponse(parts())

    @app.get("/boom")
    async def boom() -> Any:
        raise ValueError("boom")

    @app.get("/state")
    async def state() -> Any:
        return {
            "tasks": len(asyncio.all_tasks()),
            "files": len(os.listdir("/proc/self/fd")),
            "threads": threading.active_count(),
        }

    return app
