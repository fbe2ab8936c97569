"""BlackSheep, with its own conversion of parameters, Pydantic for bodies, and orjson for JSON."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from blacksheep import (
    Application,
    Content,
    FromQuery,
    Request,
    Response,
    Router,
    WebSocket,
    WebSocketDisconnectError,
    text,
)
from blacksheep.contents import FormPart
from blacksheep.exceptions import BadRequest, Unauthorized
from pydantic import TypeAdapter, ValidationError

from benchmarks.peers import contents
from benchmarks.peers.by_uvicorn import serve as serve

ITEM_LIST = TypeAdapter(list[contents.Item])


def json_bytes(body: bytes, status: int = 200) -> Response:
    return Response(status, None, Content(b"application/json", body))


def json(value: Any) -> Response:
    return json_bytes(orjson.dumps(value))


async def refuse(app: Application, request: Request, error: ValidationError) -> Response:
    return json_bytes(contents.error_body(error), 422)


def app_of(path: str, handler: Any, method: str = "GET") -> Application:
    app = new_app()
    app.router.add(method, path, handler)
    return app


def new_app() -> Application:
    # The default router is one for the whole process.
    app = Application(router=Router())
    app.exceptions_handlers[ValidationError] = refuse
    return app


def plain() -> Application:
    async def root() -> Response:
        return text(contents.TEXT)

    return app_of("/", root)


def hello() -> Application:
    async def root() -> Response:
        return json(contents.HELLO)

    return app_of("/", root)


browser = not_found = hello


def parameters() -> Application:
    async def read_item(
        user_id: int,
        item_id: int,
        limit: FromQuery[int] = FromQuery(10),
        q: FromQuery[str | None] = FromQuery(None),
        detailed: FromQuery[bool] = FromQuery(False),
    ) -> Response:
        if item_id < 1:
            raise BadRequest("item_id: at least 1")
        if not 1 <= limit.value <= 100:
            raise BadRequest("limit: 1 to 100")
        return json(
            {
                "user_id": user_id,
                "item_id": item_id,
                "limit": limit.value,
                "q": q.value,
                "detailed": detailed.value,
            }
        )

    return app_of("/users/{user_id}/items/{item_id}", read_item)


def models() -> Application:
    async def create_order(request: Request) -> Response:
        order = contents.Order.model_validate_json(await request.read() or b"")
        return json_bytes(contents.receipt_of(order).model_dump_json().encode())

    return app_of("/orders", create_order, "POST")


invalid = models


def bearer() -> Application:
    async def read_me(request: Request) -> Response:
        header = request.get_first_header(b"authorization")
        user = contents.user_of(header.decode() if header else None)
        if user is None:
            raise Unauthorized
        return json(user)

    return app_of("/me", read_me)


def threads() -> Application:
    async def read_item(item_id: int) -> Response:
        return json(await asyncio.to_thread(contents.slow_item, item_id))

    return app_of("/items/{item_id}", read_item)


def model_list() -> Application:
    async def read_items() -> Response:
        return json_bytes(ITEM_LIST.dump_json(contents.ITEMS))

    return app_of("/items", read_items)


def upload() -> Application:
    async def receive_file(request: Request) -> Response:
        form = await request.form()
        assert form is not None
        file = form["file"]
        if isinstance(file, list):
            (file,) = file
        return json(
            {
                "filename": name_of(file),
                "size": len(content_of(file)),
                "description": form["description"],
            }
        )

    return app_of("/upload", receive_file, "POST")


def name_of(file: FormPart) -> str:
    name = file.file_name
    return name.decode() if isinstance(name, bytes) else name


def content_of(file: FormPart) -> bytes:
    data = file.data
    return data if isinstance(data, bytes) else data.read()


def middleware() -> Application:
    app = hello()
    app.use_cors(allow_origins=contents.ORIGIN, allow_methods="*")
    name, value = (text.encode() for text in contents.SERVED_BY)

    async def name_server(
        request: Request, handler: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await handler(request)
        response.set_header(name, value)
        return response

    app.middlewares.append(name_server)
    return app


def websocket() -> Application:
    app = new_app()

    @app.router.ws("/echo")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnectError:
            pass

    return app


def many_routes() -> Application:
    app = new_app()

    def add(path: str, resource: str) -> None:
        async def write(item_id: int, request: Request) -> Response:
            item = contents.RoutedItem.model_validate_json(await request.read() or b"")
            return json({"id": item_id, "name": item.name})

        async def read(item_id: int) -> Response:
            return json({"id": item_id, "name": resource})

        app.router.add("PUT", f"{path}/{{item_id}}", write)
        app.router.add("GET", f"{path}/{{item_id}}", read)

    for path, resource in contents.prefixes():
        add(path, resource)
    return app
