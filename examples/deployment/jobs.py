"""The jobs that docs/kubernetes.md runs in pods of their own, and a route that enqueues them."""

import os

from anyio import sleep
from main import app
from taskiq_redis import RedisStreamBroker

CONCURRENCY = 10

broker = RedisStreamBroker(
    os.environ.get("REDIS_URL", "redis://localhost:6379"),
    consumer_id="0",  # jobs that were enqueued before the first worker started are run, too
    xread_count=CONCURRENCY,  # a worker fetches no more than it can run
    idle_timeout=30_000,  # milliseconds after which another worker takes over
)


@app.job(broker, timeout=20)
async def send_receipt(order_id: int) -> None:
    """Send a receipt, which takes a while."""
    await sleep(1)
    print(f"receipt {order_id}", flush=True)


@app.post("/receipts/{order_id}", status_code=202)
async def order_receipt(order_id: int) -> None:
    """Let a worker send a receipt."""
    await send_receipt.enqueue(order_id=order_id)
