"""What an endpoint returns and what the client receives."""

import dataclasses
import enum
import math
import typing
import uuid
from collections import OrderedDict, deque, namedtuple
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from pathlib import PurePosixPath
from typing import Any, Generic, Literal, TypeVar

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

from ..harness import parity

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
    "int-keys": {1: "a", 2.5: "b", None: "c", False: "d"},
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
    """No model → jsonable_encoder (Decimal→number, timedelta→seconds) and JSONResponse, where NaN
    gives 500
    """
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
    """Pydantic JSON fast path (0.130): NaN/inf→null, non-ASCII unescaped, timedelta ISO, Decimal
    string
    """
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
    """response_model of all kinds, filter, include/exclude/unset/defaults/none/by_alias,
    response_model=None
    """
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


@parity("/a /b /c /d /e /f /g")
def test_iterables_and_generators_are_returned(fw):
    """answers: what endpoints return"""
    app = fw.FastAPI()

    async def coro():
        return 5

    @app.get("/a")
    async def a():
        return [n async for n in agen()]

    async def agen():
        yield 1

    @app.get("/b")
    def b():
        return map(str, [1, 2])

    @app.get("/c")
    def c() -> list[int]:
        return (n for n in range(3))

    @app.get("/d")
    def d() -> set[str]:
        return {"a"}

    @app.get("/e")
    def e() -> tuple[int, ...]:
        return [1, 2]

    @app.get("/f")
    def f() -> typing.Iterable[int]:
        return [1, 2]

    @app.get("/g")
    def g() -> dict[str, Any]:
        return {"a": {1, 2}, "b": (x for x in "ab")}

    return app
