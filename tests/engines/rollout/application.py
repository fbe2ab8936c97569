"""The application that is replaced: it answers at once and later, streams, and echoes."""

import asyncio
import os
from collections.abc import AsyncIterator

from pydantic import BaseModel

from rapide import FastAPI, WebSocket
from rapide.sse import EventSourceResponse

VERSION = os.environ.get("VERSION", "")
app = FastAPI()


class Order(BaseModel):
    book: str
    copies: int


@app.get("/version")
async def show_version() -> str:
    return VERSION


@app.get("/slow")
async def show_slowly() -> str:
    await asyncio.sleep(0.05)
    return VERSION


@app.get("/thread")
def show_from_a_thread() -> str:
    return VERSION


@app.post("/orders")
async def order(order: Order) -> Order:
    await asyncio.sleep(0.005)
    return order


@app.get("/events", response_class=EventSourceResponse)
async def stream() -> AsyncIterator[str]:
    while True:
        yield VERSION
        await asyncio.sleep(0.1)


@app.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text + VERSION)
