"""The application that Autobahn's clients talk to: it sends every message back."""

from __future__ import annotations

from rapide import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        message["type"] = "websocket.send"
        await websocket.send(message)
