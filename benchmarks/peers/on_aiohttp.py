"""aiohttp on its own server, with Pydantic by hand and orjson for JSON."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp_cors
import orjson
import uvloop
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from benchmarks.peers import contents

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ITEM_LIST = TypeAdapter(list[contents.Item])


def serve(app: web.Application, port: int) -> None:
    loop = uvloop.new_event_loop()
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, loop=loop)


def json_response(value: Any) -> web.Response:
    return json_bytes(orjson.dumps(value))


def json_bytes(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")


def refused(error: ValidationError) -> web.Response:
    return json_bytes(contents.error_body(error), 422)


def app_of(*routes: web.RouteDef, **options: Any) -> web.Application:
    app = web.Application(**options)
    app.add_routes(routes)
    return app


def plain() -> web.Application:
    async def root(request: web.Request) -> web.Response:
        return web.Response(text=contents.TEXT)

    return app_of(web.get("/", root))


async def hello_world(request: web.Request) -> web.Response:
    return json_response(contents.HELLO)


def hello() -> web.Application:
    return app_of(web.get("/", hello_world))


browser = not_found = hello


def parameters() -> web.Application:
    async def read_item(request: web.Request) -> web.Response:
        try:
            values = contents.Parameters.model_validate({**request.query, **request.match_info})
        except ValidationError as error:
            return refused(error)
        return json_response(values.__dict__)

    return app_of(web.get("/users/{user_id}/items/{item_id}", read_item))


def models() -> web.Application:
    async def create_order(request: web.Request) -> web.Response:
        try:
            order = contents.Order.model_validate_json(await request.read())
        except ValidationError as error:
            return refused(error)
        return json_bytes(contents.receipt_of(order).model_dump_json().encode())

    return app_of(web.post("/orders", create_order))


invalid = models


def bearer() -> web.Application:
    async def read_me(request: web.Request) -> web.Response:
        user = contents.user_of(request.headers.get("authorization"))
        if user is None:
            raise web.HTTPUnauthorized
        return json_response(user)

    return app_of(web.get("/me", read_me))


def threads() -> web.Application:
    async def read_item(request: web.Request) -> web.Response:
        item_id = int(request.match_info["item_id"])
        return json_response(await asyncio.to_thread(contents.slow_item, item_id))

    return app_of(web.get(r"/items/{item_id:\d+}", read_item))


def model_list() -> web.Application:
    async def read_items(request: web.Request) -> web.Response:
        return json_bytes(ITEM_LIST.dump_json(contents.ITEMS))

    return app_of(web.get("/items", read_items))


def upload() -> web.Application:
    async def receive_file(request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        size = len(file.file.read())
        return json_response(
            {"filename": file.filename, "size": size, "description": form["description"]}
        )

    return app_of(web.post("/upload", receive_file))


def middleware() -> web.Application:
    @web.middleware
    async def name_server(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        name, value = contents.SERVED_BY
        response.headers[name] = value
        return response

    app = web.Application(middlewares=[name_server])
    options = aiohttp_cors.ResourceOptions(allow_methods="*")
    cors = aiohttp_cors.setup(app, defaults={contents.ORIGIN: options})
    cors.add(app.router.add_get("/", hello_world))
    return app


def websocket() -> web.Application:
    async def echo(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    return app_of(web.get("/echo", echo))


def many_routes() -> web.Application:
    routes = []

    def add(path: str, resource: str) -> None:
        async def write(request: web.Request) -> web.Response:
            try:
                item = contents.RoutedItem.model_validate_json(await request.read())
            except ValidationError as error:
                return refused(error)
            return json_response({"id": int(request.match_info["item_id"]), "name": item.name})

        async def read(request: web.Request) -> web.Response:
            return json_response({"id": int(request.match_info["item_id"]), "name": resource})

        routes.append(web.put(rf"{path}/{{item_id:\d+}}", write))
        routes.append(web.get(rf"{path}/{{item_id:\d+}}", read))

    for path, resource in contents.prefixes():
        add(path, resource)
    return app_of(*routes)
