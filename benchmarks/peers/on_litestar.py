"""Litestar, with msgspec; Pydantic only where all errors of a body are asked for."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from litestar import Litestar, MediaType, Response, WebSocket, get, post, put
from litestar import websocket as websocket_route
from litestar.config.cors import CORSConfig
from litestar.datastructures import UploadFile
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotAuthorizedException, WebSocketDisconnect
from litestar.params import Body, Parameter

from benchmarks.peers import contents, structs
from benchmarks.peers.by_uvicorn import serve as serve


def app_of(*handlers: Any, **options: Any) -> Litestar:
    return Litestar(handlers, openapi_config=None, logging_config=None, **options)


def plain() -> Litestar:
    @get("/", media_type=MediaType.TEXT)
    async def root() -> str:
        return contents.TEXT

    return app_of(root)


def hello(**options: Any) -> Litestar:
    @get("/")
    async def root() -> dict[str, str]:
        return contents.HELLO

    return app_of(root, **options)


browser = not_found = hello


def parameters() -> Litestar:
    @get("/users/{user_id:int}/items/{item_id:int}")
    async def read_item(
        user_id: int,
        item_id: Annotated[int, Parameter(ge=1)],
        limit: Annotated[int, Parameter(ge=1, le=100)] = 10,
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

    return app_of(read_item)


def models() -> Litestar:
    @post("/orders", status_code=200)
    async def create_order(data: structs.Order) -> structs.Receipt:
        return structs.receipt_of(data)

    return app_of(create_order)


def invalid() -> Litestar:
    @post("/orders", status_code=200)
    async def create_order(data: contents.Order) -> contents.Receipt:
        return contents.receipt_of(data)

    return app_of(create_order)


class Session:
    """Stands for a database session: opened and closed by its dependency."""

    def __init__(self) -> None:
        self.closed = False

    def name_of(self, user_id: int) -> str:
        return f"user-{user_id}"


async def get_session() -> AsyncGenerator[Session, None]:
    session = Session()
    try:
        yield session
    finally:
        session.closed = True


async def get_user_id(x_user: Annotated[int, Parameter(header="x-user")]) -> int:
    return x_user


async def get_current_user(session: Session, user_id: int) -> dict[str, Any]:
    return {"id": user_id, "name": session.name_of(user_id)}


async def get_active_user(current_user: dict[str, Any]) -> dict[str, Any]:
    return {**current_user, "active": True}


def dependencies() -> Litestar:
    @get(
        "/me",
        dependencies={
            "session": Provide(get_session),
            "user_id": Provide(get_user_id),
            "current_user": Provide(get_current_user),
            "user": Provide(get_active_user),
        },
    )
    async def read_me(user: dict[str, Any]) -> dict[str, Any]:
        return user

    return app_of(read_me)


async def get_token_user(
    authorization: Annotated[str | None, Parameter(header="authorization")] = None,
) -> dict[str, Any]:
    user = contents.user_of(authorization)
    if user is None:
        raise NotAuthorizedException
    return user


def bearer() -> Litestar:
    @get("/me", dependencies={"user": Provide(get_token_user)})
    async def read_me(user: dict[str, Any]) -> dict[str, Any]:
        return user

    return app_of(read_me)


def threads() -> Litestar:
    @get("/items/{item_id:int}", sync_to_thread=True)
    def read_item(item_id: int) -> dict[str, Any]:
        return contents.slow_item(item_id)

    return app_of(read_item)


def model_list() -> Litestar:
    @get("/items")
    async def read_items() -> list[structs.Item]:
        return structs.ITEMS

    return app_of(read_items)


def upload() -> Litestar:
    @post("/upload", status_code=200)
    async def receive_file(
        data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)],
    ) -> dict[str, Any]:
        file = data["file"]
        assert isinstance(file, UploadFile)
        content = await file.read()
        return {
            "filename": file.filename,
            "size": len(content),
            "description": data["description"],
        }

    return app_of(receive_file)


def middleware() -> Litestar:
    def name_server(response: Response[Any]) -> Response[Any]:
        name, value = contents.SERVED_BY
        response.set_header(name, value)
        return response

    cors = CORSConfig(allow_origins=[contents.ORIGIN])
    return hello(cors_config=cors, after_request=name_server)


def websocket() -> Litestar:
    @websocket_route("/echo")
    async def echo(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnect:
            pass

    return app_of(echo)


def many_routes() -> Litestar:
    handlers: list[Any] = []

    def add(path: str, resource: str) -> None:
        @put(f"{path}/{{item_id:int}}")
        async def write(item_id: int, data: structs.RoutedItem) -> dict[str, Any]:
            return {"id": item_id, "name": data.name}

        @get(f"{path}/{{item_id:int}}")
        async def read(item_id: int) -> dict[str, Any]:
            return {"id": item_id, "name": resource}

        handlers.extend((write, read))

    for path, resource in contents.prefixes():
        add(path, resource)
    return app_of(*handlers)
