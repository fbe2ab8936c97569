"""django-bolt: its server in Rust, one process with one worker, msgspec, no logging of requests."""

import asyncio
from typing import Annotated, Any

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["django_bolt"],
    ROOT_URLCONF="benchmarks.peers",
    BOLT_API=["benchmarks.peers.on_django_bolt:api"],
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django_bolt import BoltAPI, Depends, Request, UploadFile  # noqa: E402
from django_bolt.exceptions import Unauthorized  # noqa: E402
from django_bolt.middleware import BaseMiddleware, cors  # noqa: E402
from django_bolt.param_functions import File, Form, Header, Path, Query  # noqa: E402
from django_bolt.responses import PlainText  # noqa: E402
from django_bolt.websocket import WebSocket  # noqa: E402

from benchmarks.peers import contents, structs  # noqa: E402

api = BoltAPI(enable_logging=False, openapi_config=None)


def serve(app: BoltAPI, port: int) -> None:
    call_command("runbolt", host="127.0.0.1", port=port, processes=1, workers=1, no_admin=True)


def plain() -> BoltAPI:
    @api.get("/")
    async def root() -> PlainText:
        return PlainText(contents.TEXT)

    return api


def hello() -> BoltAPI:
    @api.get("/")
    async def root() -> dict[str, str]:
        return contents.HELLO

    return api


browser = not_found = hello


def parameters() -> BoltAPI:
    @api.get("/users/{user_id}/items/{item_id}")
    async def read_item(
        user_id: int,
        item_id: Annotated[int, Path(ge=1)],
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
        q: str | None = None,
        detailed: bool = False,
    ) -> dict[str, Any]:
        return {
            "user_id": user_id,
            "item_id": item_id,
            "limit": limit,
            "q": q,
            "detailed": detailed,
        }

    return api


def models() -> BoltAPI:
    @api.post("/orders", status_code=200)
    async def create_order(order: structs.Order) -> structs.Receipt:
        return structs.receipt_of(order)

    return api


invalid = models


async def get_token_user(
    authorization: Annotated[str | None, Header(alias="authorization")] = None,
) -> dict[str, Any]:
    user = contents.user_of(authorization)
    if user is None:
        raise Unauthorized(detail="unknown token")
    return user


def bearer() -> BoltAPI:
    @api.get("/me")
    async def read_me(user: Annotated[dict[str, Any], Depends(get_token_user)]) -> dict[str, Any]:
        return user

    return api


def threads() -> BoltAPI:
    @api.get("/items/{item_id}")
    async def read_item(item_id: int) -> dict[str, Any]:
        return await asyncio.to_thread(contents.slow_item, item_id)

    return api


def model_list() -> BoltAPI:
    @api.get("/items")
    async def read_items() -> list[structs.Item]:
        return structs.ITEMS

    return api


def upload() -> BoltAPI:
    @api.post("/upload", status_code=200)
    async def receive_file(
        file: Annotated[UploadFile, File()], description: Annotated[str, Form()]
    ) -> dict[str, Any]:
        content = await file.read()
        return {"filename": file.filename, "size": len(content), "description": description}

    return api


class NameServer(BaseMiddleware):
    async def process_request(self, request: Request) -> Any:
        response = await self.get_response(request)
        name, value = contents.SERVED_BY
        response.headers[name] = value
        return response


def middleware() -> BoltAPI:
    global api  # noqa: PLW0603  # the server imports it by this name
    api = BoltAPI(enable_logging=False, openapi_config=None, middleware=[NameServer])

    @api.get("/")
    @cors(origins=[contents.ORIGIN])
    async def root() -> dict[str, str]:
        return contents.HELLO

    return api


def websocket() -> BoltAPI:
    @api.websocket("/echo")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        async for message in websocket.iter_text():
            await websocket.send_text(message)

    return api


def many_routes() -> BoltAPI:
    def add(path: str, resource: str) -> None:
        @api.put(f"{path}/{{item_id}}")
        async def write(item_id: int, item: structs.RoutedItem) -> dict[str, Any]:
            return {"id": item_id, "name": item.name}

        @api.get(f"{path}/{{item_id}}")
        async def read(item_id: int) -> dict[str, Any]:
            return {"id": item_id, "name": resource}

    for path, resource in contents.prefixes():
        add(path, resource)
    return api
