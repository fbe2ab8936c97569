"""Falcon (ASGI), with its own parameter checks, Pydantic for bodies, and orjson for JSON."""

import asyncio
from typing import Any

import falcon
import falcon.asgi
import orjson
from falcon.asgi import App, Request, Response
from pydantic import TypeAdapter, ValidationError

from benchmarks.peers import contents
from benchmarks.peers.by_uvicorn import serve as serve

ITEM_LIST = TypeAdapter(list[contents.Item])


async def refuse(
    req: Request, resp: Response, error: ValidationError, params: dict[str, Any]
) -> None:
    resp.status = falcon.HTTP_422
    resp.content_type = falcon.MEDIA_JSON
    resp.data = contents.error_body(error)


def app_of(routes: dict[str, object], **options: Any) -> App:
    app = App(**options)
    handler = falcon.media.JSONHandler(dumps=orjson.dumps, loads=orjson.loads)
    app.req_options.media_handlers[falcon.MEDIA_JSON] = handler
    app.resp_options.media_handlers[falcon.MEDIA_JSON] = handler
    app.add_error_handler(ValidationError, refuse)
    for path, resource in routes.items():
        app.add_route(path, resource)
    return app


class Plain:
    async def on_get(self, req: Request, resp: Response) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = contents.TEXT


def plain() -> App:
    return app_of({"/": Plain()})


class Hello:
    async def on_get(self, req: Request, resp: Response) -> None:
        resp.media = contents.HELLO


def hello(**options: Any) -> App:
    return app_of({"/": Hello()}, **options)


browser = not_found = hello


class Items:
    async def on_get(self, req: Request, resp: Response, user_id: int, item_id: int) -> None:
        resp.media = {
            "user_id": user_id,
            "item_id": item_id,
            "limit": req.get_param_as_int("limit", min_value=1, max_value=100, default=10),
            "q": req.get_param("q"),
            "detailed": req.get_param_as_bool("detailed", default=False),
        }


def parameters() -> App:
    return app_of({"/users/{user_id:int}/items/{item_id:int(min=1)}": Items()})


class Orders:
    async def on_post(self, req: Request, resp: Response) -> None:
        order = contents.Order.model_validate_json(await req.stream.read())
        resp.content_type = falcon.MEDIA_JSON
        resp.data = contents.receipt_of(order).model_dump_json().encode()


def models() -> App:
    return app_of({"/orders": Orders()})


invalid = models


async def authenticate(
    req: Request, resp: Response, resource: object, params: dict[str, Any]
) -> None:
    user = contents.user_of(req.get_header("authorization"))
    if user is None:
        raise falcon.HTTPUnauthorized
    req.context.user = user


class Me:
    @falcon.before(authenticate)
    async def on_get(self, req: Request, resp: Response) -> None:
        resp.media = req.context.user


def bearer() -> App:
    return app_of({"/me": Me()})


class SlowItem:
    async def on_get(self, req: Request, resp: Response, item_id: int) -> None:
        resp.media = await asyncio.to_thread(contents.slow_item, item_id)


def threads() -> App:
    return app_of({"/items/{item_id:int}": SlowItem()})


class ItemList:
    async def on_get(self, req: Request, resp: Response) -> None:
        resp.content_type = falcon.MEDIA_JSON
        resp.data = ITEM_LIST.dump_json(contents.ITEMS)


def model_list() -> App:
    return app_of({"/items": ItemList()})


class Upload:
    async def on_post(self, req: Request, resp: Response) -> None:
        answer: dict[str, Any] = {}
        async for part in await req.get_media():
            if part.name == "file":
                answer["filename"] = part.filename
                answer["size"] = len(await part.get_data())
            else:
                answer[part.name] = await part.get_text()
        resp.media = answer


def upload() -> App:
    return app_of({"/upload": Upload()})


class NameServer:
    async def process_response(
        self, req: Request, resp: Response, resource: object, succeeded: bool
    ) -> None:
        resp.set_header(*contents.SERVED_BY)


def middleware() -> App:
    return hello(middleware=[falcon.CORSMiddleware(allow_origins=contents.ORIGIN), NameServer()])


class Routed:
    def __init__(self, resource: str) -> None:
        self.resource = resource

    async def on_get(self, req: Request, resp: Response, item_id: int) -> None:
        resp.media = {"id": item_id, "name": self.resource}

    async def on_put(self, req: Request, resp: Response, item_id: int) -> None:
        item = contents.RoutedItem.model_validate_json(await req.stream.read())
        resp.media = {"id": item_id, "name": item.name}


class Echo:
    async def on_websocket(self, req: Request, ws: falcon.asgi.WebSocket) -> None:
        await ws.accept()
        try:
            while True:
                await ws.send_text(await ws.receive_text())
        except falcon.WebSocketDisconnected:
            pass


def websocket() -> App:
    return app_of({"/echo": Echo()})


def many_routes() -> App:
    return app_of(
        {f"{path}/{{item_id:int}}": Routed(resource) for path, resource in contents.prefixes()}
    )
