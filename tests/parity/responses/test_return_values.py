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

from pydantic import BaseModel, RootModel, SecretStr
from typing_extensions import TypedDict

from ..harness import parity
from .returning import Item, async_returning, sync_returning

T = TypeVar("T")


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
    """Pydantic writes the JSON if there is a return type and no response class."""

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
    """`jsonable_encoder` and `JSONResponse` are used, where NaN is a 500."""
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
    """NaN is null, and other scripts are not escaped."""
    app = fw.FastAPI()
    for name, value in VALUES.items():
        endpoint = sync_returning(value)
        endpoint.__annotations__ = {"return": Any}
        app.get(f"/{name}", name=name)(endpoint)
    return app


@parity("/a /b /c /d /e /f /g")
def test_iterables_and_generators_are_returned(fw):
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
