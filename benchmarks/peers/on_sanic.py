"""Sanic on its own server, with Pydantic by hand and orjson for JSON."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from sanic import HTTPResponse, Request, Sanic, Websocket
from sanic.exceptions import Unauthorized
from sanic.response import json, raw, text
from sanic_ext import Extend

from benchmarks.peers import contents

Handler = Callable[..., Awaitable[HTTPResponse]]
ITEM_LIST = TypeAdapter(list[contents.Item])


def serve(app: Sanic, port: int) -> None:
    app.run(
        host="127.0.0.1",
        port=port,
        single_process=True,
        access_log=False,
        debug=False,
        motd=False,
    )


def new_app() -> Sanic:
    app = Sanic("benchmark", dumps=orjson.dumps, configure_logging=False)
    app.config.AUTO_EXTEND = False  # sanic-ext is there for CORS only
    app.exception(ValidationError)(refuse)
    return app


async def refuse(request: Request, error: ValidationError) -> HTTPResponse:
    return json_bytes(contents.error_body(error), 422)


def json_bytes(body: bytes, status: int = 200) -> HTTPResponse:
    return raw(body, status, content_type="application/json")


def app_of(path: str, handler: Handler, method: str = "GET") -> Sanic:
    app = new_app()
    app.add_route(handler, path, methods=[method])
    return app


def plain() -> Sanic:
    async def root(request: Request) -> HTTPResponse:
        return text(contents.TEXT)

    return app_of("/", root)


def hello() -> Sanic:
    async def root(request: Request) -> HTTPResponse:
        return json(contents.HELLO)

    return app_of("/", root)


browser = not_found = hello


def parameters() -> Sanic:
    async def read_item(request: Request, user_id: str, item_id: str) -> HTTPResponse:
        query = {name: values[-1] for name, values in request.args.items()}
        values = contents.Parameters.model_validate(
            {**query, "user_id": user_id, "item_id": item_id}
        )
        return json(values.__dict__)

    return app_of("/users/<user_id>/items/<item_id>", read_item)


def models() -> Sanic:
    async def create_order(request: Request) -> HTTPResponse:
        order = contents.Order.model_validate_json(request.body)
        return json_bytes(contents.receipt_of(order).model_dump_json().encode())

    return app_of("/orders", create_order, "POST")


invalid = models


def bearer() -> Sanic:
    async def read_me(request: Request) -> HTTPResponse:
        user = contents.user_of(request.headers.get("authorization"))
        if user is None:
            raise Unauthorized("unknown token")
        return json(user)

    return app_of("/me", read_me)


def threads() -> Sanic:
    async def read_item(request: Request, item_id: int) -> HTTPResponse:
        return json(await asyncio.to_thread(contents.slow_item, item_id))

    return app_of("/items/<item_id:int>", read_item)


def model_list() -> Sanic:
    async def read_items(request: Request) -> HTTPResponse:
        return json_bytes(ITEM_LIST.dump_json(contents.ITEMS))

    return app_of("/items", read_items)


def upload() -> Sanic:
    async def receive_file(request: Request) -> HTTPResponse:
        assert request.files is not None
        assert request.form is not None
        file = request.files.get("file")
        return json(
            {
                "filename": file.name,
                "size": len(file.body),
                "description": request.form.get("description"),
            }
        )

    return app_of("/upload", receive_file, "POST")


def middleware() -> Sanic:
    app = hello()
    app.config.CORS_ORIGINS = contents.ORIGIN
    app.config.OAS = False
    Extend(app, built_in_extensions={"openapi": False, "injection": False})

    @app.on_response
    async def name_server(request: Request, response: HTTPResponse) -> None:
        name, value = contents.SERVED_BY
        response.headers[name] = value

    return app


def websocket() -> Sanic:
    app = new_app()

    @app.websocket("/echo")
    async def echo(request: Request, ws: Websocket) -> None:
        async for message in ws:
            await ws.send(message)

    return app


def many_routes() -> Sanic:
    app = new_app()

    def add(path: str, resource: str, number: int) -> None:
        async def write(request: Request, item_id: int) -> HTTPResponse:
            item = contents.RoutedItem.model_validate_json(request.body)
            return json({"id": item_id, "name": item.name})

        async def read(request: Request, item_id: int) -> HTTPResponse:
            return json({"id": item_id, "name": resource})

        options: dict[str, Any] = {"uri": f"{path}/<item_id:int>"}
        app.add_route(write, methods=["PUT"], name=f"write_{number}", **options)
        app.add_route(read, methods=["GET"], name=f"read_{number}", **options)

    for number, (path, resource) in enumerate(contents.prefixes()):
        add(path, resource, number)
    return app
