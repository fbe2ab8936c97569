"""An application with Structs of msgspec, and what it answers on each path."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import attrs
from msgspec import Meta, Struct
from pydantic import AfterValidator, BaseModel

from rapide import Body, Cookie, Depends, FastAPI, Form, Header, HTTPException, Query, Request
from rapide.responses import JSONResponse
from rapide.structs import InModel

T = TypeVar("T")


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Maker(BaseModel):
    name: str


class Item(Struct, kw_only=True):
    name: str
    price: Annotated[float, Meta(gt=0)]
    maker: Maker | None = None
    parts: dict[str, Item] = {}


class Facts(Struct, omit_defaults=True, frozen=True):
    when: datetime.datetime
    id: UUID
    amount: Decimal
    data: bytes
    color: Color = Color.RED


class Person(Struct, rename="camel"):
    full_name: str
    nick_name: str | None = None


class Secretive(Person):
    password: str = "secret"


class Team(Struct, rename="camel"):
    head_of: Person
    members: list[Person] = []


class Strict(Struct, forbid_unknown_fields=True):
    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("negative")


class Cat(Struct, tag=True):
    meows: int


class Dog(Struct, tag="dog"):
    barks: int


class Page(Struct, Generic[T]):
    items: list[T]
    total: int


@attrs.define
class Point:
    x: int = attrs.field(validator=attrs.validators.ge(0))
    labels: list[str] = attrs.field(factory=list)


@dataclasses.dataclass
class Line:
    begin: Point
    width: int = 1


class Filters(Struct, rename={"page_size": "pageSize"}):
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10
    q: str | None = None
    tag: list[str] = []
    since: datetime.date | None = None


class Agent(Struct):
    user_agent: str
    x_number: list[int] = []


class Order(BaseModel):
    item: Annotated[Strict, InModel]


def even(value: Strict) -> Strict:
    if value.number % 2:
        raise ValueError("odd")
    return value


def item_of(item: Strict) -> Strict:
    return item


def forbidden() -> None:
    raise HTTPException(401)


def build_structs(fw: Any = None) -> FastAPI:
    """Make the application."""
    app = FastAPI()
    add_bodies(app)
    add_mixtures(app)
    add_parameters(app)
    add_answers(app)
    return app


def add_bodies(app: FastAPI) -> None:
    @app.post("/item")
    async def item(item: Item) -> Item:
        return item

    @app.post("/sync")
    def sync(item: Item) -> Item:
        return item

    @app.post("/facts")
    async def facts(facts: Facts) -> Facts:
        return facts

    @app.post("/list")
    async def many(items: Annotated[list[Item], Meta(max_length=2)]) -> list[Item]:
        return items

    @app.post("/dict")
    async def named(items: dict[str, Strict]) -> dict[str, Strict]:
        return items

    @app.post("/optional")
    async def optional(item: Strict | None = None, n: int = 1) -> Strict | None:
        return item

    @app.post("/embedded")
    async def embedded(item: Annotated[Strict, Body(embed=True)]) -> int:
        return item.number

    @app.post("/several")
    async def several(item: Strict, person: Person, model: Maker) -> dict[str, Any]:
        return {"number": item.number, "name": person.full_name, "maker": model.name}

    @app.post("/pet")
    async def pet(pet: Cat | Dog) -> Cat | Dog:
        return pet

    @app.post("/page")
    async def page(page: Page[int]) -> Page[Person]:
        return {"items": [Person("Ada")], "total": page.total}  # type: ignore[return-value]

    @app.post("/line")
    async def line(line: Line) -> list[Line]:
        return [line]

    @app.post("/request")
    async def whole(request: Request, item: Strict) -> list[Any]:
        return [item.number, (await request.body()).decode(), await request.json()]


def add_mixtures(app: FastAPI) -> None:
    @app.post("/dependency")
    async def dependency(item: Annotated[Strict, Depends(item_of)], n: int = 1) -> Strict:
        return item

    @app.post("/guarded", dependencies=[Depends(forbidden)])
    async def guarded(item: Strict) -> Strict:
        return item

    @app.post("/union")
    async def union(value: Maker | Strict) -> Strict | Maker:
        return value

    @app.post("/after")
    async def after(item: Annotated[Strict, AfterValidator(even)]) -> Strict:
        return item

    @app.post("/in-model")
    async def in_model(order: Order) -> Order:
        return order


def add_parameters(app: FastAPI) -> None:
    @app.get("/query")
    async def query(filters: Annotated[Filters, Query()]) -> Filters:
        return filters

    @app.get("/optional-query")
    async def optional_query(filters: Annotated[Filters | None, Query()] = None) -> bool:
        return filters is None

    @app.get("/header")
    async def header(agent: Annotated[Agent, Header()]) -> list[int]:
        return agent.x_number

    @app.get("/cookie")
    async def cookie(item: Annotated[Strict, Cookie()]) -> int:
        return item.number

    @app.post("/form")
    async def form(item: Annotated[Strict, Form()]) -> Strict:
        return item


def add_answers(app: FastAPI) -> None:
    secretive = Secretive("Ada", password="secret")

    @app.get("/filtered")
    async def filtered() -> Person:
        return secretive

    @app.get("/filtered-list", response_model=list[Person], response_model_exclude_none=True)
    async def filtered_list() -> Any:
        return [secretive, {"fullName": "Bob", "password": "x"}]

    @app.get("/filtered-inside")
    async def filtered_inside() -> Team:
        return Team(secretive, [secretive])

    @app.get("/chosen", response_model=Team, response_model_include={"head_of": {"full_name"}})
    async def chosen() -> Any:
        return Team(Person("Ada", "A"))

    @app.get("/own-class", response_model=Person, response_class=JSONResponse)
    async def own_class() -> Any:
        return Person("Ada")

    @app.get("/untyped")
    async def untyped():  # type: ignore[no-untyped-def]
        return {"person": Person("Ada"), "point": Point(1), "cat": [Cat(2)]}

    @app.get("/any")
    async def anything() -> dict[str, Any]:
        return {"person": Person("Ada"), "model": Maker(name="m")}

    @app.get("/wrong", response_model=Person)
    async def wrong() -> Any:
        return {"full": "Ada"}

    @app.get("/lines")
    async def lines():  # type: ignore[no-untyped-def]
        yield Person("Ada")
        yield Person("Bob")


def said(type_: str, msg: str, value: Any, *loc: Any, **more: Any) -> dict[str, Any]:
    """The answer to a request with one error."""
    return {"detail": [{"type": type_, "loc": [*loc], "msg": msg, "input": value, **more}]}


def missing(value: Any, *loc: Any) -> dict[str, Any]:
    """The answer to a request without a required value."""
    return said("missing", "Field required", value, *loc)


ITEM = {"name": "a", "price": 1.5}
WHOLE = {**ITEM, "maker": None, "parts": {}}
FACTS = {
    "when": "2024-01-02T03:04:05Z",
    "id": "00000000-0000-0000-0000-000000000001",
    "amount": "1.10",
    "data": "YWI=",
}
PART = {**ITEM, "price": "2"}
NUMBER = "Expected `int`, got `str`"
JSON_FACTS = json.dumps(FACTS).replace('"1.10"', "1.10").encode()

#: Method and target, what is sent (JSON, bytes of a JSON document, or a form), status and answer.
CASES: list[tuple[str, Any, int, Any]] = [
    ("POST /item", ITEM, 200, WHOLE),
    ("POST /sync", ITEM, 200, WHOLE),
    ("POST /item", {**ITEM, "maker": {"name": "m"}}, 200, {**WHOLE, "maker": {"name": "m"}}),
    ("POST /item", {"name": "a"}, 422, missing({"name": "a"}, "body", "price")),
    (
        *("POST /item", {**ITEM, "price": 0}, 422),
        said("greater_than", "Expected `float` > 0.0", 0, "body", "price"),
    ),
    ("POST /item", {**ITEM, "maker": {}}, 422, missing({}, "body", "maker", "name")),
    (
        *("POST /item", {**ITEM, "parts": {"x": ITEM, "a.b": PART, "y": ITEM}}, 422),
        said("float_type", "Expected `float`, got `str`", "2", "body", "parts", "a.b", "price"),
    ),
    ("POST /item", None, 422, missing(None, "body")),
    (
        *("POST /item", b"[]", 422),
        said("dict_type", "Expected `object`, got `array`", [], "body"),
    ),
    (
        *("POST /item", b'{"name": ', 422),
        said("json_invalid", "JSON decode error", {}, "body", 9, ctx={"error": "Expecting value"}),
    ),
    ("POST /item", b'{"x": "\xff"}', 400, {"detail": "There was an error parsing the body"}),
    ("POST /item", b'{"name": "\xc3\xa9", "price": 1.5}', 200, {**WHOLE, "name": "é"}),
    ("POST /facts", FACTS, 200, FACTS),
    ("POST /facts", JSON_FACTS, 200, FACTS),
    ("POST /facts", {**FACTS, "color": "blue"}, 200, {**FACTS, "color": "blue"}),
    (
        *("POST /facts", {**FACTS, "id": "x"}, 422),
        said("uuid_parsing", "Invalid UUID", "x", "body", "id"),
    ),
    ("POST /list", [ITEM], 200, [WHOLE]),
    (
        *("POST /list", [ITEM] * 3, 422),
        said("too_long", "Expected `array` of length <= 2", [ITEM] * 3, "body"),
    ),
    ("POST /list", [ITEM, {"price": 1}], 422, missing({"price": 1}, "body", 1, "name")),
    ("POST /dict", {"a": {"number": 1}}, 200, {"a": {"number": 1}}),
    (
        "POST /dict",
        {"a": {"number": "1"}},
        422,
        said("int_type", NUMBER, "1", "body", "a", "number"),
    ),
    (
        *("POST /dict", {"a": {"number": 1, "b": 2}}, 422),
        said("extra_forbidden", "Extra inputs are not permitted", 2, "body", "a", "b"),
    ),
    (
        *("POST /dict", {"a": {"number": -1}}, 422),
        said("value_error", "negative", {"number": -1}, "body", "a"),
    ),
    ("POST /optional", None, 200, None),
    ("POST /optional", {"number": 1}, 200, {"number": 1}),
    (
        *("POST /optional?n=x", {"number": 1}, 422),
        said(
            "int_parsing",
            "Input should be a valid integer, unable to parse string as an integer",
            *("x", "query", "n"),
        ),
    ),
    ("POST /embedded", {"item": {"number": 1}}, 200, 1),
    ("POST /embedded", {"item": {}}, 422, missing({}, "body", "item", "number")),
    (
        *("POST /several", {"item": {"number": 1}, "person": {"fullName": "A"}}, 422),
        missing(None, "body", "model"),
    ),
    (
        "POST /several",
        {"item": {"number": 1}, "person": {"fullName": "A"}, "model": {"name": "m"}},
        *(200, {"number": 1, "name": "A", "maker": "m"}),
    ),
    ("POST /pet", {"type": "Cat", "meows": 1}, 200, {"type": "Cat", "meows": 1}),
    ("POST /pet", {"type": "dog", "barks": 1}, 200, {"type": "dog", "barks": 1}),
    (
        *("POST /pet", {"type": "Dog"}, 422),
        said("union_tag_invalid", "Invalid value 'Dog'", "Dog", "body", "type"),
    ),
    (
        *("POST /page", {"items": [1], "total": 7}, 200),
        {"items": [{"fullName": "Ada", "nickName": None}], "total": 7},
    ),
    ("POST /line", {"begin": {"x": 1}}, 200, [{"begin": {"x": 1, "labels": []}, "width": 1}]),
    (
        *("POST /line", {"begin": {"x": -1}}, 422),
        said("value_error", "'x' must be >= 0: -1", {"x": -1}, "body", "begin"),
    ),
    ("POST /request", b'{"number": 1 }', 200, [1, '{"number": 1 }', {"number": 1}]),
    ("POST /dependency", {"number": 1}, 200, {"number": 1}),
    ("POST /dependency", {}, 422, missing({}, "body", "number")),
    ("POST /guarded", {}, 401, {"detail": "Unauthorized"}),
    ("POST /union", {"name": "m"}, 200, {"name": "m"}),
    ("POST /union", {"number": 1}, 200, {"number": 1}),
    ("POST /after", {"number": 2}, 200, {"number": 2}),
    (
        *("POST /after", {"number": 1}, 422),
        said("value_error", "Value error, odd", {"number": 1}, "body", ctx={"error": {}}),
    ),
    ("POST /in-model", {"item": {"number": 1}}, 200, {"item": {"number": 1}}),
    ("POST /in-model", {"item": {}}, 422, missing({}, "body", "item", "number")),
    (
        *("GET /query?pageSize=5&tag=a&tag=b&since=2024-01-02", None, 200),
        {"pageSize": 5, "q": None, "tag": ["a", "b"], "since": "2024-01-02"},
    ),
    (
        *("GET /query?pageSize=x", None, 422),
        said("int_type", NUMBER, "x", "query", "pageSize"),
    ),
    ("GET /optional-query", None, 200, True),
    ("GET /optional-query?q=1", None, 200, False),
    ("GET /header", {"x-number": "3"}, 200, [3]),
    ("GET /header", {"x-number": "z"}, 422, said("int_type", NUMBER, "z", "header", "x-number", 0)),
    ("GET /cookie", {"cookie": "number=3"}, 200, 3),
    ("POST /form", "number=3", 200, {"number": 3}),
    ("POST /form", "", 422, missing({}, "body", "number")),
    ("GET /filtered", None, 200, {"fullName": "Ada", "nickName": None}),
    ("GET /filtered-list", None, 200, [{"fullName": "Ada"}, {"fullName": "Bob"}]),
    (
        *("GET /filtered-inside", None, 200),
        {
            "headOf": {"fullName": "Ada", "nickName": None},
            "members": [{"fullName": "Ada", "nickName": None}],
        },
    ),
    ("GET /chosen", None, 200, {"headOf": {"fullName": "Ada"}}),
    ("GET /own-class", None, 200, {"fullName": "Ada", "nickName": None}),
    (
        *("GET /any", None, 200),
        {"person": {"fullName": "Ada", "nickName": None}, "model": {"name": "m"}},
    ),
    (
        *("GET /untyped", None, 200),
        {
            "person": {"fullName": "Ada", "nickName": None},
            "point": {"x": 1, "labels": []},
            "cat": [{"type": "Cat", "meows": 2}],
        },
    ),
]


def request_of(target: str, sent: Any) -> tuple[str, str, dict[str, str], bytes]:
    """Return method, target, headers and body of a case."""
    method, target = target.split()
    if method == "GET":
        return method, target, {"user-agent": "test", **(sent or {})}, b""
    if isinstance(sent, str):
        return method, target, {"content-type": "application/x-www-form-urlencoded"}, sent.encode()
    if sent is None:
        return method, target, {}, b""
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return method, target, {"content-type": "application/json"}, body
