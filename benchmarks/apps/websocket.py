"""A WebSocket that sends back what it receives."""

from typing import Any

from benchmarks.apps import framework

web = framework()


def create_app() -> Any:
    app = web.FastAPI()

    @app.websocket("/echo")
    async def echo(websocket: web.WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except web.WebSocketDisconnect:
            pass

    return app
