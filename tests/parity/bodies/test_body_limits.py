"""Limits of bodies and forms: which one counts, and for what."""

from typing import Annotated

from pydantic import BaseModel

from ..client import POST, WS
from ..harness import parity, same_value


@parity(
    *(
        POST(place + route, content=b"x" * size, headers={"content-type": "text/plain"})
        for place in ("", "/argument", "/router", "/both", "/deep")
        for route in ("/route", "/plain")
        for size in (15, 25, 35, 45, 55)
    ),
    WS("/ws", ["x" * 200]),
)
def test_the_innermost_limit_on_bodies_wins(fw):
    """It wins even if it is larger: route, included router, inclusion, parent.

    WebSockets and lifespans have none.
    """
    app = fw.FastAPI(max_body_size=10)

    async def read(request: fw.Request):
        return len(await request.body())

    def add(router, route_limit):
        router.post("/route", max_body_size=route_limit)(read)
        router.post("/plain")(read)
        return router

    add(app, 20)
    app.include_router(add(fw.APIRouter(), 50), prefix="/argument", max_body_size=30)
    app.include_router(add(fw.APIRouter(max_body_size=40), 20), prefix="/router")
    app.include_router(add(fw.APIRouter(max_body_size=40), 50), prefix="/both", max_body_size=20)
    middle = fw.APIRouter(max_body_size=30)
    middle.include_router(add(fw.APIRouter(), 20), max_body_size=50)
    app.include_router(middle, prefix="/deep", max_body_size=20)

    @app.websocket("/ws")
    async def echo(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_json(len(await websocket.receive_text()))
        await websocket.close()

    return app


@parity(
    POST("/read", content=b"x" * 20),
    POST("/read", content=[b"x" * 8, b"y" * 8], headers={"content-length": "4"}),
    POST("/read", content=b"x"),
    "/unhandled /refused",
    trio=True,
)
def test_a_limit_stands_outside_of_middleware_and_handlers_inside(fw):
    """The limit of the application stands between the error layer and the users' middleware."""
    app = fw.FastAPI(max_body_size=10)

    class Watching:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            if scope["type"] != "http":
                return await self.app(scope, receive, send)
            fw.log.append("in")

            async def watch(message):
                fw.log.append(message["type"])
                await send(message)

            try:
                await self.app(scope, receive, watch)
            except BaseException as error:
                fw.log.append(["out", type(error).__name__])
                raise

    app.add_middleware(Watching)

    @app.exception_handler(Exception)
    async def unhandled(request, error):
        fw.log.append("handled outside")
        return fw.responses.JSONResponse("handled", 500)

    @app.post("/read")
    async def read(request: fw.Request):
        return len(await request.body())

    @app.get("/unhandled")
    def fail():
        raise ValueError("unhandled")

    @app.get("/refused")
    def refuse():
        raise fw.HTTPException(403)

    return app


def fields(number):
    return [(f"k{index}", "v") for index in range(number)]


@parity(
    *(
        POST(place + route, form=fields(number))
        for place in ("", "/argument", "/router", "/both")
        for route in ("/route", "/plain")
        for number in (1, 2, 3, 4, 5)
    ),
    POST("/argument/plain", files=[("a", None, None, b"x" * 200)]),
    POST("/both/plain", files=[("a", None, None, b"x" * 200)]),
    POST("/router/plain", files=[("a", None, None, b"x" * 200)]),
)
def test_limits_on_forms_are_merged_key_by_key(fw):
    """The route's keys win over the router's, these over the application's, and an included
    router's over the inclusion's.
    """
    app = fw.FastAPI(form_limits={"max_fields": 1, "max_part_size": 100})

    def read(a: Annotated[str, fw.Form()] = ""):
        return a

    def add(router, route_limit):
        router.post("/route", form_limits={"max_fields": route_limit})(read)
        router.post("/plain")(read)
        return router

    add(app, 2)
    app.include_router(add(fw.APIRouter(), 4), prefix="/argument", form_limits={"max_fields": 3})
    router = fw.APIRouter(form_limits={"max_fields": 4, "max_part_size": 300})
    app.include_router(add(router, 2), prefix="/router")
    both = fw.APIRouter(form_limits={"max_fields": 4})
    app.include_router(
        add(both, 3), prefix="/both", form_limits={"max_fields": 2, "max_part_size": 300}
    )
    return app


@parity(
    POST("/", form=fields(1000)),
    POST("/", form=fields(1001)),
    POST("/", files=[("f", "n", None, b"1")] * 1000),
    POST("/", files=[("f", "n", None, b"1")] * 1001),
    POST("/", files=[("a", None, None, b"x" * 2**20)]),
    POST("/", files=[("a", None, None, b"x" * (2**20 + 1))]),
    POST("/request", form=fields(5)),
    POST("/request", form=fields(1001)),
    POST("/of-its-own", form=fields(5)),
)
def test_limits_on_forms_are_for_automatic_parsing(fw):
    """Starlette's defaults apply to forms that are read by hand."""
    app = fw.FastAPI()

    @app.post("/")
    def read(a: Annotated[str, fw.Form()] = "", f: Annotated[list[fw.UploadFile], fw.File()] = []):  # noqa: B006
        return [len(a), len(f)]

    @app.post("/request", form_limits={"max_fields": 1})
    async def request(request: fw.Request):
        return len(await request.form())

    @app.post("/of-its-own", form_limits={"max_fields": 1})
    async def own(request: fw.Request):
        async with request.form(max_fields=3) as form:
            return len(form)

    return app


@same_value
def test_limits_on_forms_have_strict_keys(fw):
    """An unknown key is a `ValidationError` of Pydantic."""
    outcomes = []
    for limits in (
        {},
        {"max_fields": 0, "max_files": 1, "max_part_size": 2},
        {"max_fields": "1"},
        {"max_files": 1.5},
        {"max_files": True},
        {"max_part_size": -1},
        {"max_part_size": None},
        {"max_nothing": 1},
        "max_fields",
    ):
        for takes in (
            fw.FastAPI,
            fw.APIRouter,
            lambda **given: fw.FastAPI().post("/", **given)(lambda: 1),
            lambda **given: fw.FastAPI().include_router(fw.APIRouter(), **given),
        ):
            try:
                takes(form_limits=limits)
                outcomes.append("taken")
            except Exception as error:
                outcomes.append([type(error).__name__, getattr(error, "error_count", int)()])
    return outcomes


class Item(BaseModel):
    name: str


@parity(
    POST("/sub/items", {"name": "x" * 80}),
    POST("/sub/items", {"name": "x"}),
    POST("/items", {"name": "x" * 80}),
)
def test_mounted_applications_share_the_count_of_bytes(fw):
    """The innermost limit wins, even if it is larger."""
    app = fw.FastAPI(max_body_size=50)
    sub = fw.FastAPI(max_body_size=500)

    @app.post("/items")
    @sub.post("/items")
    def items(item: Item):
        return len(item.name)

    app.mount("/sub", sub)
    return app


@same_value
def test_a_limit_on_bodies_is_a_number_of_bytes(fw):
    """The number is at least zero."""
    outcomes = []
    for limit in (-1, True, 1.5, "1", 0, 1):
        for takes in (
            fw.FastAPI,
            fw.APIRouter,
            lambda **given: fw.FastAPI().get("/", **given)(lambda: 1),
        ):
            try:
                takes(max_body_size=limit)
                outcomes.append("taken")
            except Exception as error:
                outcomes.append(type(error).__name__)
    return outcomes
