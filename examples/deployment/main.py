"""The application that docs/deployment.md serves: it shows a request, streams and echoes."""

import os
from collections.abc import AsyncIterable
from datetime import UTC, datetime

from anyio import sleep

from rapide import FastAPI, Request, WebSocket
from rapide.sse import EventSourceResponse

app = FastAPI()


@app.get("/")
async def show_request(request: Request) -> dict[str, str | int | None]:
    """Show what a proxy in front can change, and which process answers."""
    client = request.client.host if request.client else None
    return {"url": str(request.url), "client": client, "process": os.getpid()}


@app.get("/clock", response_class=EventSourceResponse)
async def tell_time() -> AsyncIterable[datetime]:
    """Tell the time every second, without an end."""
    while True:
        yield datetime.now(UTC)
        await sleep(1)


@app.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    """Send back every text."""
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)
