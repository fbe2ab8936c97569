"""An application whose rates are in Redis, for several processes."""

from __future__ import annotations

import os

from rapide import FastAPI, Request
from rapide.distributed.rates import RedisRates
from rapide.limits import Rate, RequestLimits

app = FastAPI()
store = RedisRates(os.environ["REDIS_URL"], timeout=30)


def key_of(request: Request) -> str | None:
    return request.headers.get("x-client")


@app.get("/health")
async def health() -> str:
    return "up"


@app.get("/slow", limits=RequestLimits(rate=Rate(20, per=3600, key=key_of, store=store)))
async def slow() -> str:
    return "done"


FAST = Rate(50, per=1, burst=20, key=key_of, store=store)


@app.post("/fast", limits=RequestLimits(rate=FAST))
def fast() -> str:
    return "done"
