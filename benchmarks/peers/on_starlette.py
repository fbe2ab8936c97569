"""Starlette, with Pydantic by hand and orjson for JSON."""

from typing import Any

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.peers import contents
from benchmarks.peers.by_uvicorn import serve as serve

ITEM_LIST = TypeAdapter(list[contents.Item])


class ORJSONResponse(JSONResponse):
    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


async def refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, ValidationError)
    return Response(contents.error_body(error), 422, media_type="application/json")


def app_of(*routes: BaseRoute, middleware: list[Middleware] | None = None) -> Starlette:
    return Starlette(
        routes=routes, middleware=middleware, exception_handlers={ValidationError: refuse}
    )


def model_response(model: BaseModel) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")


def plain() -> Starlette:
    async def root(request: Request) -> Response:
        return PlainTextResponse(contents.TEXT)

    return app_of(Route("/", root))


def hello(middleware: list[Middleware] | None = None) -> Starlette:
    async def root(request: Request) -> Response:
        return ORJSONResponse(contents.HELLO)

    return app_of(Route("/", root), middleware=middleware)


browser = not_found = hello


def parameters() -> Starlette:
    async def read_item(request: Request) -> Response:
        values = contents.Parameters.model_validate({**request.query_params, **request.path_params})
        return ORJSONResponse(values.__dict__)

    return app_of(Route("/users/{user_id}/items/{item_id}", read_item))


def models() -> Starlette:
    async def create_order(request: Request) -> Response:
        order = contents.Order.model_validate_json(await request.body())
        return model_response(contents.receipt_of(order))

    return app_of(Route("/orders", create_order, methods=["POST"]))


invalid = models


def bearer() -> Starlette:
    async def read_me(request: Request) -> Response:
        user = contents.user_of(request.headers.get("authorization"))
        if user is None:
            raise HTTPException(401)
        return ORJSONResponse(user)

    return app_of(Route("/me", read_me))


def threads() -> Starlette:
    def read_item(request: Request) -> Response:
        return ORJSONResponse(contents.slow_item(request.path_params["item_id"]))

    return app_of(Route("/items/{item_id:int}", read_item))


def model_list() -> Starlette:
    async def read_items(request: Request) -> Response:
        return Response(ITEM_LIST.dump_json(contents.ITEMS), media_type="application/json")

    return app_of(Route("/items", read_items))


def upload() -> Starlette:
    async def receive_file(request: Request) -> Response:
        async with request.form() as form:
            file = form["file"]
            assert not isinstance(file, str)
            content = await file.read()
            return ORJSONResponse(
                {
                    "filename": file.filename,
                    "size": len(content),
                    "description": form["description"],
                }
            )

    return app_of(Route("/upload", receive_file, methods=["POST"]))


def middleware() -> Starlette:
    async def name_server(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        name, value = contents.SERVED_BY
        response.headers[name] = value
        return response

    return hello(
        [
            Middleware(CORSMiddleware, allow_origins=[contents.ORIGIN], allow_methods=["*"]),
            Middleware(BaseHTTPMiddleware, dispatch=name_server),
        ]
    )


def websocket() -> Starlette:
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect:
            pass

    return app_of(WebSocketRoute("/echo", echo))


def many_routes() -> Starlette:
    routes = []

    def add(path: str, resource: str) -> None:
        async def write(request: Request) -> Response:
            item = contents.RoutedItem.model_validate_json(await request.body())
            return ORJSONResponse({"id": request.path_params["item_id"], "name": item.name})

        async def read(request: Request) -> Response:
            return ORJSONResponse({"id": request.path_params["item_id"], "name": resource})

        routes.append(Route(f"{path}/{{item_id:int}}", write, methods=["PUT"]))
        routes.append(Route(f"{path}/{{item_id:int}}", read))

    for path, resource in contents.prefixes():
        add(path, resource)
    return app_of(*routes)
