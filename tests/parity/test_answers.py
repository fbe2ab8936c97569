"""What an endpoint returns and what the client receives."""

import dataclasses
import enum
import math
import uuid
from collections import OrderedDict, deque, namedtuple
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from pathlib import PurePosixPath
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    SecretStr,
    computed_field,
    field_serializer,
    model_serializer,
)
from typing_extensions import TypedDict

from .client import GET, POST, Req
from .harness import parity

T = TypeVar("T")


class Item(BaseModel):
    name: str
    price: float = 10.5
    tags: list[str] = []
    description: str | None = None


class UserOut(BaseModel):
    username: str


class UserIn(UserOut):
    password: str


@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.5
    label: str | None = None


class Movie(TypedDict):
    title: str
    year: int


class Colour(enum.Enum):
    red = "r"
    green = 2


Pair = namedtuple("Pair", "left right")


@parity(
    *(
        f"{prefix}/{name}"
        for prefix in ("", "/async")
        for name in (
            "model",
            "models",
            "dict",
            "scalar",
            "string",
            "none",
            "optional",
            "union",
            "tuple",
            "set",
            "dataclass",
            "typeddict",
            "any",
            "list",
            "bool",
            "float",
            "bytes",
            "datetime",
            "enum",
            "generic",
            "root",
            "nested",
            "object",
            "mapping",
            "literal",
            "decimal",
            "pairs",
        )
    ),
    trio=True,
)
def test_return_annotations_shape_the_answer(fw):
    """Pydantic JSON fast path (0.130): a return type exists and response_class was left default"""

    class Page(BaseModel, Generic[T]):
        items: list[T]
        total: int = 1

    class Numbers(RootModel[list[int]]):
        pass

    item = Item(name="Foo", tags=["é", "€", "\u2028", '"'])
    table = {
        "model": (Item, item),
        "models": (list[Item], [item, {"name": "Bar", "price": "3"}]),
        "dict": (dict[str, Item], {"a": item}),
        "scalar": (int, "3"),
        "string": (str, 'héllo "quoted" \u2028 </script>'),
        "none": (None, None),
        "optional": (Item | None, None),
        "union": (Item | int, 4),
        "tuple": (tuple[int, str], (1, "a")),
        "set": (set[int], {3}),
        "dataclass": (Point, Point(1)),
        "typeddict": (Movie, {"title": "t", "year": 1999}),
        "any": (Any, {"a": Decimal("1.50")}),
        "list": (list, [1, timedelta(seconds=90)]),
        "bool": (bool, True),
        "float": (float, math.nan),
        "bytes": (bytes, b"abc"),
        "datetime": (datetime, datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC)),
        "enum": (Colour, Colour.red),
        "generic": (Page[Item], {"items": [item]}),
        "root": (Numbers, [1, 2]),
        "nested": (list[list[Point]], [[Point(1), {"x": 2}]]),
        "object": (object, {"a": 1}),
        "mapping": (dict[int, float], {1: math.inf}),
        "literal": (Literal["a", "b"], "a"),
        "decimal": (list[Decimal | timedelta], [Decimal("1.50"), timedelta(minutes=1)]),
        "pairs": (list[Pair], [Pair(1, 2)]),
    }
    app = fw.FastAPI()
    for name, (kind, value) in table.items():
        for prefix, kind_of_function in (("", sync_returning), ("/async", async_returning)):
            endpoint = kind_of_function(value)
            endpoint.__annotations__ = {"return": kind}
            app.get(f"{prefix}/{name}", name=f"{name}{prefix}")(endpoint)
    return app


def sync_returning(value):
    def endpoint():
        return value

    return endpoint


def async_returning(value):
    async def endpoint():
        return value

    return endpoint


class Slots:
    __slots__ = ("a",)


class Plain:
    def __init__(self):
        self.a = 1
        self._hidden = 2
        self.when = date(2024, 1, 1)


class WithDict:
    def keys(self):
        return ["k"]

    def __getitem__(self, key):
        return 5


VALUES: dict[str, Any] = {
    "dict": {"a": [1, 2.5, None, True, "é"]},
    "empty": {},
    "list": [],
    "none": None,
    "str": "text",
    "int": 5,
    "big": 2**70,
    "float": 1.0,
    "tiny": 1e-7,
    "false": False,
    "decimal": [Decimal("1.10"), Decimal("3"), Decimal("1E+2"), Decimal("1E-2")],
    "datetime": [
        datetime(2024, 1, 1, 12, 0, 0, 5),
        datetime(2024, 1, 1, tzinfo=UTC),
        date(2024, 2, 29),
        time(1, 2, 3),
    ],
    "timedelta": [timedelta(days=1, seconds=1.5), timedelta(0)],
    "set": {1},
    "frozenset": frozenset({"a"}),
    "deque": deque([1, 2]),
    "tuple": (1, (2, 3)),
    "enum": [Colour.red, Colour.green],
    "enum-key": {Colour.red: 1},
    "bytes": b"abc",
    "path": PurePosixPath("/a/b"),
    "uuid": uuid.UUID(int=5),
    "ip": IPv4Address("127.0.0.1"),
    "model": Item(name="a", tags=["x"]),
    "models": [Item(name="a"), {"inside": Item(name="b")}],
    "dataclass": Point(1, 2.0, "l"),
    "nested-dataclass": {"p": [Point(1)]},
    "namedtuple": Pair(1, 2),
    "int-keys": {1: "a", 2.5: "b", None: "c", True: "d"},
    "sa": {"_sa_instance_state": 1, "b": 2},
    "plain": Plain(),
    "mapping": WithDict(),
    "ordered": OrderedDict(b=1, a=2),
    "subclass": type("MyStr", (str,), {})("sub"),
    "secret": SecretStr("hidden"),
    "exception": {"e": ValueError("v")},
    "type": int,
    "pattern": __import__("re").compile("a+"),
    "complex": 1j,
    "slots": Slots(),
    "nan": math.nan,
    "inf": [math.inf],
    "bad-bytes": b"\xff",
    "circular-free": [[[[[[1]]]]]],
    "surrogate": "\ud800",
    "control": "\x00\x1f\x7f\u2028",
    "datetime-key": {datetime(2024, 1, 1): 1},
    "tuple-key": {(1, 2): 1},
}


@parity(
    *(f"/{name}" for name in VALUES),
    "/generator",
    openapi=False,
)
def test_values_without_a_declared_type_are_encoded(fw):
    """No model → jsonable_encoder (Decimal→number, timedelta→seconds) and JSONResponse, where NaN gives 500"""
    app = fw.FastAPI()
    for name, value in VALUES.items():
        app.get(f"/{name}", name=name)(sync_returning(value))

    @app.get("/generator")
    def generator():
        return (n for n in range(3))

    return app


@parity(
    *(f"/{name}" for name in VALUES if name not in ("exception", "type", "plain", "slots")),
    openapi=False,
)
def test_values_behind_an_any_annotation_are_serialized_by_pydantic(fw):
    """Pydantic JSON fast path (0.130): NaN/inf→null, non-ASCII unescaped, timedelta ISO, Decimal string"""
    app = fw.FastAPI()
    for name, value in VALUES.items():
        endpoint = sync_returning(value)
        endpoint.__annotations__ = {"return": Any}
        app.get(f"/{name}", name=name)(endpoint)
    return app


@parity(
    """
    /filter /list /dict-in /unset /defaults /none /include /include-list /exclude /nested
    /by-alias /no-alias /off /off-model /overrides-annotation /explicit-class
    /explicit-class-nan /both /list-exclude /union-filter /subclass-list /optional-unset
    /exclude-all /dict-exclude-none
    """,
)
def test_response_model_and_its_options_filter_the_answer(fw):
    """response_model of all kinds, filter, include/exclude/unset/defaults/none/by_alias, response_model=None"""
    app = fw.FastAPI()

    class Aliased(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        first_name: str = Field(alias="firstName")
        age: int | None = None

    class Deep(BaseModel):
        item: Item
        items: list[Item] = []

    user = UserIn(username="u", password="secret")
    item = Item(name="Foo", description=None)

    def add(path, value, **options):
        app.get(path, name=path, **options)(sync_returning(value))

    add("/filter", user, response_model=UserOut)
    add("/list", [user, user], response_model=list[UserOut])
    add("/dict-in", {"username": "u", "password": "secret"}, response_model=UserOut)
    add("/unset", item, response_model=Item, response_model_exclude_unset=True)
    add(
        "/defaults",
        Item(name="a", price=10.5, tags=["x"]),
        response_model=Item,
        response_model_exclude_defaults=True,
    )
    add("/none", item, response_model=Item, response_model_exclude_none=True)
    add("/include", item, response_model=Item, response_model_include={"name"})
    add("/include-list", item, response_model=Item, response_model_include=["name", "price"])
    add("/exclude", item, response_model=Item, response_model_exclude={"tags"})
    add(
        "/nested",
        Deep(item=item, items=[item]),
        response_model=Deep,
        response_model_exclude={"item": {"price"}, "items": {0: {"name"}}},
    )
    add("/by-alias", Aliased(first_name="a"), response_model=Aliased)
    add("/no-alias", Aliased(first_name="a"), response_model=Aliased, response_model_by_alias=False)
    add("/off", {"a": Decimal("1.5")}, response_model=None)
    add(
        "/list-exclude",
        [item],
        response_model=list[Item],
        response_model_exclude={"__all__": {"tags"}},
    )
    add("/union-filter", user, response_model=UserOut | Item)
    add(
        "/explicit-class",
        {"name": "é"},
        response_model=Item,
        response_class=fw.responses.JSONResponse,
    )
    add(
        "/explicit-class-nan",
        {"name": "n", "price": math.nan},
        response_model=Item,
        response_class=fw.responses.JSONResponse,
    )
    add(
        "/both",
        item,
        response_model=Item,
        response_model_include={"name", "price"},
        response_model_exclude={"price"},
    )
    add(
        "/exclude-all",
        Item(name="a"),
        response_model=Item,
        response_model_exclude={"name", "price", "tags", "description"},
    )
    add(
        "/dict-exclude-none",
        {"a": None, "b": 1},
        response_model=dict[str, int | None],
        response_model_exclude_none=True,
    )

    @app.get("/off-model", response_model=None)
    def off_model() -> UserOut:
        return user

    @app.get("/overrides-annotation", response_model=UserOut)
    def overrides() -> Any:
        return user

    @app.get("/subclass-list")
    def subclass_list() -> list[UserOut]:
        return [user]

    @app.get("/optional-unset", response_model_exclude_unset=True)
    def optional_unset() -> Item | None:
        return Item(name="only")

    return app


@parity(
    "/annotated-filter /serializer /computed /wrap /extra /no-model-computed /forward",
)
def test_serializers_of_models_are_honoured(fw):
    """answers: computed fields, serializers, extras"""
    app = fw.FastAPI()

    class Computed(BaseModel):
        a: int
        _secret: int = 3

        @computed_field
        @property
        def double(self) -> int:
            return self.a * 2

    class Serializing(BaseModel):
        when: datetime

        @field_serializer("when")
        def as_year(self, value: datetime) -> int:
            return value.year

    class Wrapping(BaseModel):
        a: int

        @model_serializer(mode="wrap")
        def wrap(self, handler):
            return {"wrapped": handler(self)}

    class Extra(BaseModel):
        model_config = {"extra": "allow"}
        a: int = 1

    class Node(BaseModel):
        children: list["Node"] = []

    @app.get("/annotated-filter")
    def annotated() -> UserOut:
        return UserIn(username="u", password="p")

    @app.get("/computed")
    def computed() -> Computed:
        return Computed(a=2)

    @app.get("/no-model-computed")
    def no_model():
        return Computed(a=2)

    @app.get("/serializer")
    def serializer() -> Serializing:
        return Serializing(when=datetime(2024, 1, 1))

    @app.get("/wrap")
    def wrap() -> Wrapping:
        return {"a": 1}

    @app.get("/extra")
    def extra() -> Extra:
        return Extra(b=2)

    @app.get("/forward")
    def forward() -> Node:
        return Node(children=[Node()])

    return app


class Base(BaseModel):
    id: int
    name: str


@parity(
    "/one /many /typed /missing /nested",
)
def test_objects_with_attributes_are_read_as_models(fw):
    """ORM objects from_attributes"""

    class Row:
        def __init__(self, id, name):
            self.id, self.name, self.password = id, name, "hidden"

    class FromRow(Base):
        model_config = ConfigDict(from_attributes=True)

    class Parent(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        child: FromRow

    app = fw.FastAPI()

    @app.get("/one", response_model=FromRow)
    def one():
        return Row(1, "a")

    @app.get("/many", response_model=list[Base])
    def many():
        return [Row(1, "a"), Row(2, "b")]

    @app.get("/typed")
    def typed() -> FromRow:
        return Row(3, "c")

    @app.get("/missing", response_model=FromRow)
    def missing():
        return object()

    @app.get("/nested", response_model=Parent)
    def nested():
        row = Row(1, "p")
        row.child = Row(2, "c")
        return row

    return app


@parity(
    "/int /model /list /missing /none /async /explicit /unserializable",
    trio=True,
)
def test_an_invalid_answer_is_a_server_error(fw):
    """invalid response: ResponseValidationError → plain 500"""
    app = fw.FastAPI()

    @app.get("/int")
    def read_int() -> int:
        return "x"

    @app.get("/model", response_model=Item)
    def model():
        return {"price": "x"}

    @app.get("/list")
    def many() -> list[Item]:
        return [{"name": "a"}, {}]

    @app.get("/missing", response_model=Item)
    def missing():
        return {}

    @app.get("/none")
    def none() -> Item:
        return None

    @app.get("/async")
    async def read_async() -> int:
        return None

    @app.get("/explicit", response_class=fw.responses.JSONResponse)
    async def explicit() -> int:
        return "x"

    @app.get("/unserializable")
    async def unserializable() -> Any:
        return Slots()

    return app


@parity(
    """
    /json /text /html /redirect /raw /annotated /none-model /union /custom /injected /status
    /subclass /stream /empty
    """,
)
def test_a_returned_response_is_sent_as_it_is(fw):
    """injected Response: a returned Response wins, but gets the background tasks if it has none"""
    r = fw.responses
    app = fw.FastAPI()

    class Custom(r.JSONResponse):
        media_type = "application/vnd.custom+json"

    @app.get("/json", response_model=Item)
    def json():
        return r.JSONResponse({"not": "an item"}, status_code=201, headers={"x-a": "1"})

    @app.get("/text")
    def text() -> r.PlainTextResponse:
        return r.PlainTextResponse("té", 202)

    @app.get("/html")
    async def html():
        return r.HTMLResponse("<p>")

    @app.get("/redirect")
    def redirect() -> r.RedirectResponse:
        return r.RedirectResponse("/elsewhere?q=é")

    @app.get("/raw")
    def raw() -> fw.Response:
        return fw.Response(b"\x00\x01", media_type="application/octet-stream")

    @app.get("/annotated")
    def annotated() -> r.JSONResponse:
        return {"not": "a response"}

    @app.get("/none-model", response_model=None)
    def none_model() -> fw.Response | dict[str, int]:
        return {"a": 1}

    @app.get("/union", response_model=None)
    async def union() -> fw.Response | dict[str, int]:
        return fw.Response("raw")

    @app.get("/custom", status_code=203)
    def custom():
        return Custom({"a": 1})

    @app.get("/injected", status_code=201)
    def injected(response: fw.Response, tasks: fw.BackgroundTasks):
        response.headers["x-lost"] = "1"
        response.status_code = 299
        tasks.add_task(fw.log.append, "task")
        return r.JSONResponse("returned")

    @app.get("/status", status_code=206)
    def status():
        return fw.Response("x", headers={"x-dup": "1"})

    @app.get("/subclass")
    def subclass() -> Custom:
        return Custom([1])

    @app.get("/stream")
    async def stream():
        return r.StreamingResponse(iter(["a", b"b"]), media_type="text/plain")

    @app.get("/empty")
    async def empty():
        return fw.Response()

    return app


@parity(
    """
    /headers /cookies /status /status-none /content-type /content-length /delete /multi /media
    /async /model
    """,
    trio=True,
)
def test_an_injected_response_gives_headers_cookies_and_status(fw):
    """injected Response: its headers merged and status used"""
    app = fw.FastAPI()

    @app.get("/headers", status_code=201)
    def headers(response: fw.Response):
        response.headers["X-Custom"] = "é"
        response.headers["x-second"] = "2"
        return "ok"

    @app.get("/cookies")
    def cookies(response: fw.Response):
        response.set_cookie("a", "1", max_age=10, path="/p", httponly=True, samesite="strict")
        response.set_cookie("b", "2", secure=True, domain="example.org")
        return "ok"

    @app.get("/status", status_code=201)
    def status(response: fw.Response):
        response.status_code = 418
        return "ok"

    @app.get("/status-none", status_code=201)
    def status_none(response: fw.Response):
        response.status_code = 0
        return "ok"

    @app.get("/content-type")
    def content_type(response: fw.Response):
        response.headers["content-type"] = "application/x"
        return "ok"

    @app.get("/content-length")
    def content_length(response: fw.Response):
        response.headers["content-length"] = "1"
        return "ok"

    @app.get("/delete")
    def delete(response: fw.Response):
        response.delete_cookie("a")
        response.headers["x"] = "1"
        del response.headers["x"]
        return "ok"

    @app.get("/multi")
    def multi(response: fw.Response):
        response.headers.append("x-many", "1")
        response.headers.append("x-many", "2")
        return "ok"

    @app.get("/media")
    def media(response: fw.Response):
        response.media_type = "text/x"
        response.body = b"ignored"
        return "ok"

    @app.get("/async")
    async def read_async(response: fw.Response) -> int:
        response.headers["x-a"] = "1"
        response.status_code = 204
        return 5

    @app.get("/model")
    async def model(response: fw.Response) -> Item:
        response.headers["x-a"] = "1"
        return Item(name="n")

    return app


CLASSES = [
    "JSONResponse",
    "PlainTextResponse",
    "HTMLResponse",
    "Response",
    "RedirectResponse",
    "StreamingResponse",
]


@parity(
    *(f"/{name}" for name in CLASSES),
    "/custom /custom-model /text-int /html-none /json-str /status /no-media",
)
def test_response_classes_render_the_returned_value(fw):
    """response_class variants"""
    r = fw.responses
    app = fw.FastAPI()
    values = {
        "StreamingResponse": ["a", "b"],
        "JSONResponse": {"a": "é"},
        "RedirectResponse": "/to",
    }

    class Custom(fw.Response):
        media_type = "application/x-custom"

        def render(self, content):
            return f"<{content!r}>".encode()

    class Bare(fw.Response):
        def __init__(
            self, content=None, status_code=200, headers=None, media_type=None, background=None
        ):
            super().__init__(str(content), status_code, headers, media_type, background)

    for name in CLASSES:
        app.get(f"/{name}", name=name, response_class=getattr(r, name))(
            sync_returning(values.get(name, "text é"))
        )

    @app.get("/custom", response_class=Custom)
    def custom():
        return {"a": Decimal("1.5")}

    @app.get("/custom-model", response_class=Custom)
    def custom_model() -> Item:
        return Item(name="n")

    @app.get("/text-int", response_class=r.PlainTextResponse)
    def text_int():
        return 5

    @app.get("/html-none", response_class=r.HTMLResponse)
    def html_none():
        return None

    @app.get("/json-str", response_class=r.JSONResponse)
    def json_str():
        return "s"

    @app.get("/status", response_class=r.PlainTextResponse, status_code=404)
    def status():
        return "nope"

    @app.get("/no-media", response_class=Bare)
    def no_media(response: fw.Response):
        response.headers["x-a"] = "1"
        return 3

    return app


@parity(
    "/ /typed /router /router-own /route-own /included",
)
def test_the_default_response_class_is_inherited(fw):
    """response_class: first non-`D`: route, child router, include argument, parent"""
    r = fw.responses

    class Shout(r.JSONResponse):
        media_type = "application/shout+json"

        def render(self, content):
            return super().render(content).upper()

    app = fw.FastAPI(default_response_class=Shout)
    router = fw.APIRouter()
    own = fw.APIRouter(default_response_class=r.PlainTextResponse)
    third = fw.APIRouter()

    @app.get("/")
    def read():
        return {"a": "b"}

    @app.get("/typed")
    def typed() -> Item:
        return Item(name="n")

    @router.get("/router")
    def read_router():
        return "r"

    @own.get("/router-own")
    def read_own():
        return "own"

    @own.get("/route-own", response_class=r.HTMLResponse)
    def route_own():
        return "html"

    @third.get("/included")
    def included():
        return "inc"

    app.include_router(router)
    app.include_router(own)
    app.include_router(third, default_response_class=r.HTMLResponse)
    return app


CODES = [200, 201, 202, 204, 205, 206, 299, 301, 304, 400, 404, 418, 500, 599]


@parity(
    *(f"/{code}" for code in CODES),
    *(f"/typed/{code}" for code in CODES),
    "/enum DELETE /deleted /204-response /304-body",
    Req("HEAD", "/200"),
)
def test_status_codes_are_sent_and_decide_on_the_body(fw):
    """204/304: body emptied, content-type kept; status codes incl 204/205/304"""
    from http import HTTPStatus

    app = fw.FastAPI()
    bodiless = {204, 205, 304}
    for code in CODES:
        app.get(f"/{code}", status_code=code, name=f"u{code}")(sync_returning({"a": 1}))
        typed = sync_returning({"name": "n"})
        typed.__annotations__ = {} if code in bodiless else {"return": Item}
        app.get(f"/typed/{code}", status_code=code, name=f"t{code}")(typed)

    @app.get("/enum", status_code=HTTPStatus.CREATED)
    def enum_code():
        return "x"

    @app.delete("/deleted", status_code=204)
    def deleted():
        return None

    @app.get("/204-response", status_code=204)
    def no_content():
        return fw.Response(status_code=204)

    @app.get("/304-body")
    def not_modified():
        return fw.responses.JSONResponse({"a": 1}, status_code=304)

    return app


@parity(
    "/one /sync /order /response-task /both /fails /later /starlette",
    trio=True,
)
def test_background_tasks_run_after_the_response(fw):
    """background tasks"""
    from starlette.background import BackgroundTask
    from starlette.background import BackgroundTasks as StarletteTasks

    app = fw.FastAPI()
    log = fw.log

    async def work(name, **options):
        log.append([name, options])

    def sync_work(name):
        log.append(name)

    @app.get("/one")
    async def one(tasks: fw.BackgroundTasks):
        tasks.add_task(work, "async", option=1)
        return "one"

    @app.get("/sync")
    def sync(tasks: fw.BackgroundTasks) -> str:
        tasks.add_task(sync_work, "sync")
        return "sync"

    @app.get("/order")
    def order(tasks: fw.BackgroundTasks):
        for n in range(3):
            tasks.add_task(sync_work, n)
        return "order"

    @app.get("/response-task")
    def response_task():
        return fw.responses.JSONResponse(1, background=BackgroundTask(sync_work, "own"))

    @app.get("/both")
    def both(tasks: fw.BackgroundTasks):
        tasks.add_task(sync_work, "injected")
        return fw.responses.JSONResponse(1, background=BackgroundTask(sync_work, "own"))

    @app.get("/fails")
    def fails(tasks: fw.BackgroundTasks):
        def broken():
            log.append("broken")
            raise ValueError("task failed")

        tasks.add_task(broken)
        tasks.add_task(sync_work, "never")
        return "sent"

    @app.get("/later")
    def later(tasks: fw.BackgroundTasks):
        tasks.add_task(lambda: tasks.add_task(sync_work, "nested"))
        return "later"

    @app.get("/starlette")
    def starlette(tasks: StarletteTasks):
        tasks.add_task(sync_work, "starlette")
        return type(tasks).__name__

    return app


@parity(
    "/file",
    GET("/file", headers={"range": "bytes=1-3"}),
    Req("HEAD", "/file"),
    "/attachment /missing /as-class",
)
def test_files_are_served(fw):
    """FileResponse ranges"""
    import os
    import tempfile

    path = os.path.join(tempfile.gettempdir(), "parity-file.txt")
    if not os.path.exists(path):
        with open(path, "w") as file:
            file.write("0123456789")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    app = fw.FastAPI()
    FileResponse = fw.responses.FileResponse

    @app.api_route("/file", methods=["GET", "HEAD"])
    def read():
        return FileResponse(path)

    @app.get("/attachment")
    def attachment() -> FileResponse:
        return FileResponse(path, filename="naïve.txt", media_type="application/x")

    @app.get("/missing")
    def missing():
        return FileResponse(path + ".missing")

    @app.get("/as-class", response_class=FileResponse)
    def as_class():
        return path

    return app


@parity(
    "/lines /typed /sync /status /class /bad /empty /fail /dep",
    compiled=False,
    trio=True,
)
def test_generator_endpoints_stream_json_lines(fw):
    """JSON Lines (0.134)"""
    from collections.abc import AsyncIterable

    app = fw.FastAPI()

    @app.get("/lines")
    async def lines():
        yield {"a": 1}
        yield [1, "é", math.nan]

    @app.get("/typed")
    async def typed() -> AsyncIterable[Item]:
        yield Item(name="a")
        yield {"name": "b", "price": "2"}

    @app.get("/sync")
    def sync() -> Iterator[int]:
        yield from range(3)

    @app.get("/status", status_code=201)
    def status(response: fw.Response, tasks: fw.BackgroundTasks):
        response.headers["x-a"] = "1"
        tasks.add_task(fw.log.append, "task")
        yield 1

    @app.get("/class", response_class=fw.responses.StreamingResponse)
    def as_class():
        yield "plain "
        yield b"chunks"

    @app.get("/bad")
    async def bad() -> AsyncIterable[int]:
        yield 1
        yield "x"

    @app.get("/empty")
    async def empty() -> AsyncIterable[int]:
        return
        yield

    @app.get("/fail")
    async def fail():
        yield 1
        raise ValueError("midway")

    async def gen():
        fw.log.append("in")
        yield 5
        fw.log.append("out")

    @app.get("/dep")
    async def dep(v: Annotated[int, fw.Depends(gen)]):
        yield v
        fw.log.append("end of endpoint")

    return app


@parity(
    "/plain /events /typed /raw",
    POST("/post", {"name": "a"}),
    "/bad",
    compiled=False,
    trio=True,
)
def test_server_sent_events_are_streamed(fw):
    """SSE (0.135)"""
    from collections.abc import AsyncIterable

    app = fw.FastAPI()
    EventSourceResponse, ServerSentEvent = fw.sse.EventSourceResponse, fw.sse.ServerSentEvent

    @app.get("/plain", response_class=EventSourceResponse)
    async def plain():
        yield {"a": "é"}
        yield "text"

    @app.get("/events", response_class=EventSourceResponse)
    async def events():
        yield ServerSentEvent(data={"n": 1}, event="tick", id="7", retry=100, comment="note")
        yield ServerSentEvent(comment="only\ncomment")
        yield ServerSentEvent(data="quoted")

    @app.get("/typed", response_class=EventSourceResponse)
    async def typed() -> AsyncIterable[Item]:
        yield Item(name="a")

    @app.get("/raw", response_class=EventSourceResponse)
    def raw():
        yield ServerSentEvent(raw_data="line 1\nline 2", event="raw")

    @app.post("/post", response_class=EventSourceResponse)
    async def post(item: Item) -> AsyncIterable[Item]:
        yield item

    @app.get("/bad", response_class=EventSourceResponse)
    async def bad() -> AsyncIterable[int]:
        yield "x"

    return app
