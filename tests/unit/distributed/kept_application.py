"""An application whose answers are kept, for several processes. Redis counts its executions."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis

from rapide import FastAPI
from rapide.distributed.answers import Answers
from rapide.distributed.cache import Cache
from rapide.distributed.idempotency import Idempotency

URL = os.environ["KEPT_URL"]
LEASE = float(os.environ.get("KEPT_LEASE", "10"))
answers = Answers(URL)


counters = Redis.from_url(URL)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with answers, counters:
        yield


app = FastAPI(lifespan=lifespan)


async def count(name: str) -> int:
    number: int = await counters.incr(f"count:{name}")
    return number


@app.get("/health")
async def read_health() -> str:
    return "ok"


@app.get("/books/{slug}", cache=Cache(300, tags=["book:{slug}"], store=answers, lease=LEASE))
async def read_book(slug: str, seconds: float = 0) -> dict[str, Any]:
    number = await count(slug)
    # Only the first one takes long: its process is killed meanwhile.
    await asyncio.sleep(seconds if number == 1 else 0.05)
    return {"slug": slug, "number": number, "process": os.getpid()}


@app.delete("/books/{slug}")
async def forget_book(slug: str) -> None:
    await answers.invalidate(f"book:{slug}")


@app.post("/orders/{name}", status_code=201, idempotency=Idempotency(store=answers, lease=LEASE))
async def order(name: str, body: dict[str, Any]) -> dict[str, Any]:
    number = await count(name)
    await asyncio.sleep(body.get("seconds", 0) if number == 1 else 0.05)
    return {"name": name, "number": number, "process": os.getpid()}
