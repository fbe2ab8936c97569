"""WebSocket endpoints and their errors."""

from typing import Annotated

from ..client import WS, Req
from ..harness import parity


@parity(
    WS("/ws/3?q=1", ["hi", b"bytes"]),
    WS("/ws/x"),
    WS("/ws/3"),
    WS("/deny"),
    WS("/fail"),
    WS("/nowhere"),
    WS("/close"),
    WS("/dep", headers={"cookie": "c=1"}),
    WS("/dep"),
    WS("/late"),
    WS("/router/r/3"),
    WS("/gen"),
    Req("GET", "/ws/3"),
    trio=True,
)
def test_websocket_endpoints_and_their_errors(fw):
    """A validation error closes with 1008, and the list of errors is the reason."""
    app = fw.FastAPI()

    @app.websocket("/ws/{n}")
    async def echo(websocket: fw.WebSocket, n: int, q: str):
        await websocket.accept(subprotocol="p", headers=[(b"x-a", b"1")])
        await websocket.send_json([n, q])
        await websocket.send_text(await websocket.receive_text())
        await websocket.send_bytes(await websocket.receive_bytes())
        await websocket.receive_text()

    @app.websocket("/deny")
    async def deny(websocket: fw.WebSocket):
        raise fw.HTTPException(403, "denied", headers={"x-why": "because"})

    @app.websocket("/fail")
    async def fail(websocket: fw.WebSocket):
        raise RuntimeError("failed")

    @app.websocket("/close")
    async def close(websocket: fw.WebSocket):
        raise fw.WebSocketException(4001, "closed")

    def cookie(c: Annotated[str, fw.Cookie()]):
        return c

    @app.websocket("/dep")
    async def dep(websocket: fw.WebSocket, c: Annotated[str, fw.Depends(cookie)]):
        await websocket.accept()
        await websocket.send_text(c)
        await websocket.close(3000, "done")

    @app.websocket("/late")
    async def late(websocket: fw.WebSocket):
        await websocket.accept()
        raise fw.WebSocketException(4002, "late")

    async def gen():
        fw.log.append("in")
        yield 1
        fw.log.append("out")

    @app.websocket("/gen")
    async def with_gen(websocket: fw.WebSocket, g: Annotated[int, fw.Depends(gen)]):
        await websocket.accept()
        fw.log.append("endpoint")
        await websocket.close()

    router = fw.APIRouter(prefix="/r", dependencies=[fw.Depends(gen)])

    @router.websocket("/{n}")
    async def routed(websocket: fw.WebSocket, n: int):
        await websocket.accept()
        await websocket.send_json(n)
        await websocket.close()

    app.include_router(router, prefix="/router")
    return app
