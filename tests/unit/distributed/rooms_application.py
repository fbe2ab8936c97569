"""An application with rooms, for several processes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from rapide import Body, FastAPI, WebSocket
from rapide.distributed.rooms import Rooms
from rapide.sse import EventSourceResponse

rooms = Rooms(os.environ.get("ROOMS_URL"), queue=int(os.environ.get("ROOMS_QUEUE", "64")))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with rooms:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def read_health() -> str:
    return "ok"


@app.websocket("/rooms/{room}")
async def enter(websocket: WebSocket, room: str, name: str) -> None:
    await websocket.accept()
    async with rooms.join(room, websocket, name=name) as member:
        await websocket.send_text("joined")
        async for text in websocket.iter_text():
            await rooms.broadcast(room, {"from": name, "text": text}, left_out=member)


@app.get("/rooms/{room}/events", response_class=EventSourceResponse)
async def follow(room: str, name: str) -> AsyncIterator[Any]:
    async with rooms.listen(room, name=name) as messages:
        yield "joined"
        async for message in messages:
            yield message


@app.post("/rooms/{room}")
async def send(room: str, message: Annotated[Any, Body()]) -> None:
    await rooms.broadcast(room, message)


@app.get("/rooms/{room}")
async def read_present(room: str) -> list[str]:
    return [present.name for present in await rooms.present(room)]
