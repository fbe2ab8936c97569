"""Robyn: its server in Rust, one process with one worker, no documents; Pydantic where it has it.

Routes are not declared `const`: Robyn would then answer from Rust without calling the handler.
"""

import sys

# Robyn reads its settings from the command line when an application is made.
sys.argv[1:] = ["--disable-openapi", "--log-level", "ERROR"]

import asyncio  # noqa: E402
from typing import Any  # noqa: E402
from urllib.parse import unquote_plus  # noqa: E402

from pydantic import TypeAdapter, ValidationError  # noqa: E402
from robyn import ALLOW_CORS, Headers, Request, Response, Robyn  # noqa: E402

from benchmarks.peers import contents  # noqa: E402

JSON = Headers({"Content-Type": "application/json"})
ITEM_LIST = TypeAdapter(list[contents.Item])


def serve(app: Robyn, port: int) -> None:
    app.start(host="127.0.0.1", port=port, _check_port=False)


def new_app() -> Robyn:
    return Robyn(__file__)


def refused(error: ValidationError) -> Response:
    return Response(status_code=422, headers=JSON, description=contents.error_body(error))


def plain() -> Robyn:
    app = new_app()

    @app.get("/")
    async def root() -> str:
        return contents.TEXT

    return app


def hello() -> Robyn:
    app = new_app()

    @app.get("/")
    async def root() -> dict[str, str]:
        return contents.HELLO

    return app


browser = not_found = hello


def parameters() -> Robyn:
    app = new_app()

    @app.get("/users/:user_id/items/:item_id")
    async def read_item(request: Request) -> Any:
        given = request.query_params.to_dict()
        # Robyn splits a query, but leaves %20 and its like as they are.
        query = {name: unquote_plus(values[-1]) for name, values in given.items()}
        try:
            values = contents.Parameters.model_validate({**query, **request.path_params})
        except ValidationError as error:
            return refused(error)
        return values.__dict__

    return app


def models() -> Robyn:
    app = new_app()

    @app.post("/orders")
    async def create_order(order: contents.Order) -> contents.Receipt:
        return contents.receipt_of(order)

    return app


invalid = models


def bearer() -> Robyn:
    app = new_app()

    @app.get("/me")
    async def read_me(request: Request) -> Any:
        user = contents.user_of(request.headers.get("authorization"))
        if user is None:
            return Response(status_code=401, headers=JSON, description="{}")
        return user

    return app


def threads() -> Robyn:
    app = new_app()

    @app.get("/items/:item_id")
    async def read_item(item_id: int) -> dict[str, Any]:
        return await asyncio.to_thread(contents.slow_item, item_id)

    return app


def model_list() -> Robyn:
    app = new_app()

    @app.get("/items")
    async def read_items() -> Response:
        body = ITEM_LIST.dump_json(contents.ITEMS)
        return Response(status_code=200, headers=JSON, description=body)

    return app


def upload() -> Robyn:
    app = new_app()

    @app.post("/upload")
    async def receive_file(request: Request) -> dict[str, Any]:
        ((name, content),) = request.files.items()
        description = request.form_data["description"]
        return {"filename": name, "size": len(content), "description": description}

    return app


def middleware() -> Robyn:
    app = hello()
    ALLOW_CORS(app, origins=[contents.ORIGIN])

    @app.after_request()
    async def name_server(response: Response) -> Response:
        response.headers.set(*contents.SERVED_BY)
        return response

    return app


def websocket() -> Robyn:
    app = new_app()

    @app.websocket("/echo")
    async def echo(websocket: Any) -> None:
        while True:
            await websocket.send_text(await websocket.receive_text())

    return app


def many_routes() -> Robyn:
    app = new_app()

    def add(path: str, resource: str) -> None:
        @app.put(f"{path}/:item_id")
        async def write(item_id: int, item: contents.RoutedItem) -> dict[str, Any]:
            return {"id": item_id, "name": item.name}

        @app.get(f"{path}/:item_id")
        async def read(item_id: int) -> dict[str, Any]:
            return {"id": item_id, "name": resource}

    for path, resource in contents.prefixes():
        add(path, resource)
    return app
