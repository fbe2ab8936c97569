"""WebSocket endpoints: parameters, dependencies, overrides, generators, errors."""

from typing import Annotated

from pydantic import BaseModel

from ..client import WS
from ..harness import parity


class Query(BaseModel):
    a: int
    b: list[str] = []


@parity(
    WS("/p/3?q=1&tag=a&tag=b", headers={"x-token": "t", "cookie": "sid=9"}),
    WS("/p/x?q=x"),
    WS("/p/3"),
    WS("/model?a=1&b=x"),
    WS("/model?a=x"),
    WS("/model"),
    WS("/default"),
    WS("/default?q=2"),
)
def test_parameters_of_every_place_are_read(fw):
    app = fw.FastAPI()

    @app.websocket("/p/{n}")
    async def params(
        websocket: fw.WebSocket,
        n: int,
        q: int,
        tag: Annotated[list[str], fw.Query()],
        x_token: Annotated[str, fw.Header()],
        sid: Annotated[int, fw.Cookie()],
    ):
        await websocket.accept()
        await websocket.send_json([n, q, tag, x_token, sid])
        await websocket.close()

    @app.websocket("/model")
    async def model(websocket: fw.WebSocket, m: Annotated[Query, fw.Query()]):
        await websocket.accept()
        await websocket.send_json(m.model_dump())
        await websocket.close()

    @app.websocket("/default")
    async def default(ws: fw.WebSocket, q: int = 1, seen: list[str] = fw.Query(["a"])):
        seen.append("b")
        await ws.accept()
        await ws.send_json([q, seen])
        await ws.close()

    return app


@parity(
    WS("/graph?n=1"),
    WS("/graph?n=x"),
    WS("/graph?n=0"),
    WS("/scopes"),
    WS("/raises"),
    WS("/exit"),
    WS("/swallow"),
    WS("/convert"),
    lambda fw, app: app.dependency_overrides.update({fw.keep.number: lambda: 42}),
    WS("/graph"),
    lambda fw, app: app.dependency_overrides.clear(),
    WS("/graph?n=2"),
    trio=True,
)
def test_dependencies_are_solved(fw):
    """They yield, have scopes and are overridden."""
    app = fw.FastAPI(dependencies=[fw.Depends(lambda: fw.log.append("app"))])
    Depends = fw.Depends
    log = fw.log

    async def number(n: int):
        if n == 0:
            raise fw.WebSocketException(4000, "zero")
        log.append("number")
        return n

    fw.keep.number = number

    def sync_gen(n: Annotated[int, Depends(number)]):
        log.append("sync in")
        yield n
        log.append("sync out")

    async def gen(websocket: fw.WebSocket):
        log.append(f"in {websocket.url.path}")
        try:
            yield websocket
        except Exception as error:
            log.append(f"saw {type(error).__name__}")
            raise
        finally:
            log.append("out")

    def swallow():
        try:
            yield
        except Exception as error:
            log.append(f"swallowed {type(error).__name__}")

    def convert():
        try:
            yield
        except ValueError as error:
            raise fw.WebSocketException(4004, "converted") from error

    @app.websocket("/graph")
    async def graph(
        ws: fw.WebSocket,
        s: Annotated[int, Depends(sync_gen)],
        n: Annotated[int, Depends(number)],
        same: Annotated[fw.WebSocket, Depends(gen)],
    ):
        await ws.accept()
        await ws.send_json([s, n, same is ws])
        await ws.close()
        log.append("endpoint")

    @app.websocket("/scopes")
    async def scopes(
        ws: fw.WebSocket,
        a: Annotated[object, Depends(gen, scope="function")],
        b: Annotated[object, Depends(gen, scope="request")],
    ):
        await ws.accept()
        log.append("endpoint")
        await ws.close()

    @app.websocket("/raises")
    async def raises(ws: fw.WebSocket, g: Annotated[object, Depends(gen)]):
        await ws.accept()
        raise RuntimeError("endpoint")

    @app.websocket("/exit", dependencies=[Depends(gen)])
    async def on_exit(ws: fw.WebSocket):
        await ws.close(4001)

    @app.websocket("/swallow", dependencies=[Depends(swallow)])
    async def swallowed(ws: fw.WebSocket):
        await ws.accept()
        raise ValueError("swallowed")

    @app.websocket("/convert", dependencies=[Depends(convert)])
    async def converted(ws: fw.WebSocket):
        await ws.accept()
        raise ValueError("converted")

    return app


@parity(
    WS("/text", ["a", "b"]),
    WS("/json", ['{"a": 1}', b'{"b": 2}', "not json"]),
    WS("/bytes", [b"\x00\xff"]),
    WS("/iter", ["1", "2", "3"]),
    WS("/text", [b"bytes where text is due"]),
    WS("/twice"),
    WS("/before"),
    WS("/state"),
    WS("/denied"),
)
def test_messages_pass_in_both_directions(fw):
    """Clients leave, and endpoints refuse."""
    app = fw.FastAPI()

    @app.websocket("/text")
    async def text(ws: fw.WebSocket):
        await ws.accept()
        try:
            while True:
                await ws.send_text((await ws.receive_text()).upper())
        except fw.WebSocketDisconnect as error:
            fw.log.append(f"left {error.code}")

    @app.websocket("/json")
    async def json(ws: fw.WebSocket):
        await ws.accept()
        await ws.send_json(await ws.receive_json(), mode="binary")
        await ws.send_json(await ws.receive_json(mode="binary"))
        await ws.receive_json()

    @app.websocket("/bytes")
    async def binary(ws: fw.WebSocket):
        await ws.accept()
        await ws.send_bytes(await ws.receive_bytes())

    @app.websocket("/iter")
    async def iterate(ws: fw.WebSocket):
        await ws.accept()
        async for message in ws.iter_text():
            fw.log.append(message)

    @app.websocket("/twice")
    async def twice(ws: fw.WebSocket):
        await ws.accept()
        await ws.close()
        await ws.close()

    @app.websocket("/before")
    async def before(ws: fw.WebSocket):
        await ws.send_text("too early")

    @app.websocket("/state")
    async def state(ws: fw.WebSocket):
        await ws.accept()
        await ws.send_json([ws.client_state.name, ws.application_state.name, ws.url.path])

    @app.websocket("/denied")
    async def denied(ws: fw.WebSocket):
        await ws.send_denial_response(fw.responses.JSONResponse({"no": 1}, status_code=402))

    return app


@parity(
    WS("/key"),
    WS("/key", headers={"x-key": "k"}),
    WS("/bearer"),
    WS("/bearer", headers={"authorization": "Bearer t"}),
    WS("/basic", headers={"authorization": "Basic dTpw"}),
    WS("/basic"),
)
def test_security_schemes_work(fw):
    """A refusal before the connection is accepted is a response."""
    s = fw.security
    app = fw.FastAPI()

    def add(path, scheme):
        @app.websocket(path)
        async def endpoint(ws: fw.WebSocket, value: Annotated[object, fw.Security(scheme)]):
            await ws.accept()
            await ws.send_text(str(value))
            await ws.close()

    add("/key", s.APIKeyHeader(name="x-key"))
    add("/bearer", s.OAuth2PasswordBearer(tokenUrl="t"))
    add("/basic", s.HTTPBasic())
    return app


@parity(
    WS("/p/a/3"),
    WS("/p/b/x"),
    WS("/p/b/3"),
    WS("/q/a/3"),
    WS("/nowhere"),
    WS("/plain"),
    WS("/http"),
)
def test_routers_include_them(fw):
    """They give the prefix and the dependencies only."""
    app = fw.FastAPI()

    def dep(name):
        return fw.Depends(lambda: fw.log.append(name))

    router = fw.APIRouter(prefix="/a", dependencies=[dep("router")])
    other = fw.APIRouter()

    @router.websocket("/{n}", dependencies=[dep("route")])
    async def a(ws: fw.WebSocket, n: int):
        await ws.accept()
        await ws.send_json([n, ws.scope["path_params"], ws.scope["root_path"]])
        await ws.close()

    async def b(ws: fw.WebSocket, n: int):
        await ws.close(reason=str(n))

    async def plain(ws):
        await ws.accept()
        await ws.close()

    other.add_api_websocket_route("/b/{n}", b, name="b")
    app.router.add_websocket_route("/plain", plain)
    app.include_router(router, prefix="/p", dependencies=[dep("include")])
    app.include_router(router, prefix="/q")
    app.include_router(other, prefix="/p")

    @app.get("/http")
    def http():
        return "http"

    return app


@parity(WS("/in/ws", ["a"]), WS("/ws", ["a"]))
def test_custom_websocket_routes_are_rebuilt_when_included(fw):
    """Classes of users are not kept."""

    class Own(fw.routing.APIWebSocketRoute):
        async def handle(self, scope, receive, send):
            fw.log.append("own")
            await super().handle(scope, receive, send)

    async def echo(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    router = fw.APIRouter()
    router.routes.append(Own("/ws", echo))
    app = fw.FastAPI()
    app.include_router(router, prefix="/in")
    app.router.routes.append(Own("/ws", echo))
    return app
