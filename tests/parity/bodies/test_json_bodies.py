"""JSON bodies: models, embedding, scalars, containers, and the options of `Body`."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel

from ..client import POST, PUT, Req, raw
from ..harness import parity


class Item(BaseModel):
    name: str
    price: float
    description: str | None = None
    tax: float | None = None
    tags: set[str] = set()


class Image(BaseModel):
    url: str
    size: Annotated[int, Field(gt=0)] = 1


class Offer(BaseModel):
    name: str
    items: list[Item] = []
    image: Image | None = None
    extra: dict[str, int] = {}


@parity(
    POST("/", {"name": "Foo", "price": 50.5}),
    POST("/", {"name": "Foo", "price": "50.5", "tags": ["a", "a"]}),
    POST("/", {"name": "Foo"}),
    POST("/", {}),
    POST("/", []),
    POST("/", None),
    POST("/", "text"),
    POST("/", 3),
    POST("/", {"name": None, "price": "x", "tax": "y"}),
    POST("/", {"name": "a", "price": 1, "unknown": 2}),
    POST("/", {"name": "é€😀", "price": 1e308}),
    PUT("/3?q=z", {"name": "a", "price": 2}),
    PUT("/x", {"price": "b"}),
    POST(
        "/offer",
        {
            "name": "o",
            "items": [{"name": "a", "price": 1}],
            "image": {"url": "u"},
            "extra": {"a": 1},
        },
    ),
    POST(
        "/offer",
        {
            "name": "o",
            "items": [{"name": "a"}, 3],
            "image": {"url": "u", "size": 0},
            "extra": {"a": "x"},
        },
    ),
    Req("POST", "/"),
    raw("/", "null"),
    raw("/", ""),
    raw("/", " "),
    trio=True,
)
def test_a_model_is_read_from_the_body(fw):
    """An empty body is a 422 at `["body"]`."""
    app = fw.FastAPI()

    @app.post("/")
    async def create(item: Item):
        return item

    @app.put("/{item_id}")
    def update(item_id: int, item: Item, q: str | None = None):
        return {"item_id": item_id, "q": q, **item.model_dump()}

    @app.post("/offer")
    async def offer(offer: Offer):
        return offer

    return app


@parity(
    POST("/several", {"item": {"name": "a", "price": 1}, "image": {"url": "u"}}),
    POST("/several", {"item": {"name": "a"}}),
    POST("/several", {"name": "a", "price": 1}),
    POST("/several", []),
    POST("/several"),
    POST("/several", None),
    POST("/mixed?q=1", {"item": {"name": "a", "price": 1}, "importance": 5}),
    POST("/mixed", {"importance": "x"}),
    POST("/mixed?q=x", {"item": {"name": "a", "price": 1}, "importance": 0}),
    POST("/embed", {"item": {"name": "a", "price": 1}}),
    POST("/embed", {"name": "a", "price": 1}),
    POST("/embed", {}),
    POST("/embed"),
    POST("/optional", {}),
    POST("/optional"),
    POST("/optional", {"a": {"url": "u"}}),
    POST("/optional", {"a": None, "b": {"url": 3}}),
    POST("/optional", [1]),
    raw("/optional", "null"),
    raw("/several", "3"),
    raw("/several", '"abc"'),
    raw("/several", "[[]]"),
)
def test_several_body_parameters_are_keys_of_one_object(fw):
    """They are mixed with parameters of the path and of the query."""
    app = fw.FastAPI()
    Body = fw.Body

    @app.post("/several")
    def several(item: Item, image: Image):
        return [item, image]

    @app.post("/mixed")
    def mixed(item: Item, importance: Annotated[int, Body(gt=0)], q: int | None = None):
        return [item, importance, q]

    @app.post("/embed")
    def embed(item: Annotated[Item, Body(embed=True)]):
        return item

    @app.post("/optional")
    def optional(a: Image | None = None, b: Image | None = None):
        return [a, b]

    return app


@parity(
    POST("/int", 3),
    POST("/int", "3"),
    POST("/int", "x"),
    POST("/int", None),
    POST("/int", 1.5),
    POST("/int", True),
    POST("/str", "a"),
    POST("/str", 3),
    POST("/list", [1, "2"]),
    POST("/list", [1, "x"]),
    POST("/list", {}),
    POST("/list", "ab"),
    POST("/models", [{"url": "a"}]),
    POST("/models", [{"url": "a"}, {}]),
    POST("/dict", {"1": 1.5}),
    POST("/dict", {"a": "b"}),
    POST("/tuple", [1, "a"]),
    POST("/tuple", [1]),
    POST("/set", [1, 1, 2]),
    POST("/any", {"a": [1, None]}),
    POST("/any", None),
    POST("/any"),
    POST("/optional"),
    POST("/optional", None),
    POST("/optional", 4),
    POST("/default"),
    POST("/default", 9),
    POST("/default", None),
    POST("/bare-dict", {"a": 1}),
    POST("/bare-dict", []),
    POST("/bare-list", [{}]),
    POST("/bytes", "abc"),
    POST("/datetime", "2024-01-01T00:00:00Z"),
    POST("/uuid", "0d1d3a3e-2f3b-4bb5-8b5b-1d7c9a9c7a10"),
    POST("/decimal", "1.10"),
    POST("/decimal", 1.1),
    POST("/enum", "r"),
    POST("/enum", "z"),
    POST("/literal", "b"),
    POST("/root", [1, 2]),
    POST("/root", ["x"]),
    POST("/int"),
    raw("/int", ""),
)
def test_scalars_and_containers_are_read_from_the_body(fw):
    app = fw.FastAPI()
    Body = fw.Body

    class Colour(enum.Enum):
        red = "r"

    class Numbers(RootModel[list[int]]):
        pass

    types = {
        "int": Annotated[int, Body()],
        "str": Annotated[str, Body()],
        "list": list[int],
        "models": list[Image],
        "dict": dict[int, float],
        "tuple": tuple[int, str],
        "set": set[int],
        "any": Annotated[Any, Body()],
        "bare-dict": dict,
        "bare-list": Annotated[list, Body()],
        "bytes": Annotated[bytes, Body()],
        "datetime": Annotated[datetime, Body()],
        "uuid": Annotated[UUID, Body()],
        "decimal": Annotated[Decimal, Body()],
        "enum": Annotated[Colour, Body()],
        "literal": Annotated[Literal["a", "b"], Body()],
        "root": Numbers,
    }
    for name, kind in types.items():

        def read(value):
            return {"type": type(value).__name__, "value": value}

        read.__annotations__ = {"value": kind}
        app.post(f"/{name}", name=name)(read)

    @app.post("/optional")
    def optional(value: Annotated[int | None, Body()] = None):
        return value

    @app.post("/default")
    def default(value: int = Body(7)):
        return value

    return app


@parity(
    POST("/constraints", {"a": 5, "b": "abc", "c": [1]}),
    POST("/constraints", {"a": 50, "b": "a", "c": [1, 2, 3, 4]}),
    POST("/constraints", {"a": 5.5, "b": "abcdefghi"}),
    POST("/alias", {"the-a": 1}),
    POST("/alias", {"a": 1}),
    POST("/alias-single", {"the-item": {"url": "u"}}),
    POST("/alias-single", {"url": "u"}),
    POST("/validation", {"v": 1}),
    POST("/validation", {"a": 1}),
    raw("/media", '{"url": "u"}', "application/vnd.api+json"),
    POST("/examples", {"url": "u"}),
    POST("/strict", 3),
    POST("/strict", "3"),
    POST("/factory"),
    POST("/factory", [1]),
    POST("/factory"),
    POST("/model-default"),
    POST("/model-default", {"url": "z"}),
    POST("/copied"),
    POST("/copied"),
    POST("/validated"),
)
def test_options_of_body_are_honoured(fw):
    """Constraints, aliases, media types, examples and defaults are given to `Body`."""
    app = fw.FastAPI()
    Body = fw.Body

    @app.post("/constraints")
    def constraints(
        a: Annotated[int, Body(ge=1, le=10, title="A", description="first")],
        b: Annotated[str, Body(min_length=2, max_length=5, pattern="^[a-z]+$")],
        c: Annotated[list[int], Body(max_length=3)] = [],  # noqa: B006
    ):
        return [a, b, c]

    @app.post("/alias")
    def alias(a: Annotated[int, Body(alias="the-a", embed=True)]):
        return a

    @app.post("/alias-single")
    def alias_single(item: Annotated[Image, Body(alias="the-item")]):
        return item

    @app.post("/validation")
    def validation(a: Annotated[int, Body(validation_alias="v", embed=True)]):
        return a

    @app.post("/media")
    def media(item: Annotated[Image, Body(media_type="application/vnd.api+json")]):
        return item

    @app.post("/examples")
    def examples(
        item: Annotated[
            Image,
            Body(
                examples=[{"url": "https://example.org"}],
                openapi_examples={"normal": {"summary": "s", "value": {"url": "u"}}},
            ),
        ],
    ):
        return item

    @app.post("/strict")
    def strict(v: Annotated[int, Body(strict=True)]):
        return v

    @app.post("/factory")
    def factory(v: Annotated[list[int], Body(default_factory=lambda: [0])]):
        v.append(1)
        return v

    @app.post("/model-default")
    def model_default(item: Image = Image(url="default")):
        return item

    @app.post("/copied")
    def copied(v: Annotated[dict[str, int], Body()] = {}):  # noqa: B006
        v[f"k{len(v)}"] = 1
        return v

    @app.post("/validated")
    def validated(v: Annotated[int, Body(validate_default=True)] = "x"):
        return v

    return app


@parity(
    POST("/a?q=1", {"url": "u"}),
    POST("/a", {"url": "u"}),
    POST("/a", {}),
    POST("/b", {"item": {"url": "u"}, "other": {"url": "o"}}),
    POST("/b", {"url": "u"}),
    POST("/same", {"url": "u"}),
    POST("/same", {"item": {"url": "u"}}),
    POST("/x/y", {"url": 3}),
    POST("/scalar-dep", {"a": 1, "b": 2}),
    POST("/scalar-dep", 1),
)
def test_bodies_may_be_declared_by_dependencies(fw):
    app = fw.FastAPI()
    Depends, Body = fw.Depends, fw.Body

    def one(item: Image, q: int = 0):
        return [item, q]

    def other(other: Image):
        return other

    def scalar(a: Annotated[int, Body()]):
        return a

    @app.post("/a")
    def a(d: Annotated[list, Depends(one)]):
        return d

    @app.post("/b")
    def b(d: Annotated[list, Depends(one)], o: Annotated[Image, Depends(other)]):
        return [d, o]

    @app.post("/same")
    def same(item: Image, d: Annotated[list, Depends(one)]):
        return [item, d]

    @app.post("/scalar-dep")
    def scalar_dep(b: Annotated[int, Body()], a: Annotated[int, Depends(scalar)]):
        return [a, b]

    return app


class Line(BaseModel):
    amount: int
    weight: float = 1
    kind: Literal["a", "b"] = "a"


@parity(
    POST("/1", {"amount": "3", "weight": 2}),
    POST("/1?fails=true", {"amount": "3", "weight": 2}),
    POST("/x", {"amount": "3", "weight": 2, "more": [1]}),
    POST("/x", {"amount": "x"}),
    POST("/1", {"amount": "x", "kind": "c"}),
    POST("/1", [{"amount": 1}]),
    raw("/1", '{"amount": 1, "weight": %s}' % ("1" * 400)),
    raw("/1", '{"amount": 1, "amount": 2}'),
    raw("/1", '{"amount": 1, "more": "\\ud800"}'),
    raw("/1", '{"amount": 1.5, "weight": "\\ud800"}'),
    raw("/1", '{"amount": 1, "weight": NaN}'),
    raw("/1", '{"amount": NaN, "weight": Infinity}'),
    raw("/1", '{"amount": 1'),
    raw("/1", "null"),
    Req("POST", "/1"),
    trio=True,
)
def test_exception_handlers_see_the_body_that_was_read(fw):
    """The parsed body is in the request object, and the same object as in the error."""
    app = fw.FastAPI()

    async def show(request, error):
        body = await request.json()
        is_same = getattr(error, "body", None) is body
        known = isinstance(body, dict) and sorted(body)
        return fw.JSONResponse([hasattr(request, "_json"), is_same, known], 400)

    app.exception_handler(fw.exceptions.RequestValidationError)(show)
    app.exception_handler(KeyError)(show)

    @app.post("/{number}")
    async def read(number: int, line: Line, fails: bool = False):
        if fails:
            raise KeyError
        return [number, line.weight, sorted(line.model_fields_set)]


@parity(
    POST("/", {"amount": 1}),
    POST("/", {"amount": "x", "kind": "c"}),
    POST("/", {"weight": {}}),
    POST("/", [1]),
    POST("/dep", {"amount": "x"}),
    POST("/dep?a=1", {"amount": "x"}),
    POST("/dep?a=1&b=x", {"amount": "x"}),
    POST("/dep?a=1&b=2", {"amount": "x"}),
    POST("/yields", {"amount": "x"}),
    raw("/", '{"amount": "\\ud800", "weight": NaN, "kind": 1e999}'),
    raw("/", "[" * 2000 + "]" * 2000),
    raw("/", '{"amount": 1}', "text/plain"),
    raw("/", b"\xff", "text/plain"),
    Req("POST", "/"),
    Req("HEAD", "/"),
    trio=True,
)
def test_a_body_that_is_not_valid_is_refused(fw):
    app = fw.FastAPI()
    seen = []

    async def first(a: int):
        return a

    async def cleanup():
        try:
            yield 1
        except Exception as error:
            seen.append(type(error).__name__)
            raise
        finally:
            seen.append("end")

    @app.post("/")
    async def read(line: Line):
        return [line, seen]

    @app.post("/dep")
    async def read_with(line: Line, a: Annotated[int, fw.Depends(first)], b: int = 0):
        return line

    @app.post("/yields")
    async def read_within(line: Line, a: Annotated[int, fw.Depends(cleanup)]):
        return line


@parity(
    raw("/numbers", '{"1": 1, "01": 2, "1": 3}'),
    raw("/kinds", '{"1": 1}'),
    raw("/texts", '{"texts": {"a": 1, "A": 2, "a": 3}}'),
    raw("/plain", '{"a": 1, "b": 2, "a": 3}'),
)
def test_keys_that_are_there_twice(fw):
    """They are those of the parsed document, even if others become equal to them."""
    app = fw.FastAPI()

    class Lower(BaseModel):
        model_config = ConfigDict(str_to_lower=True)
        texts: dict[str, int]

    @app.post("/numbers")
    async def numbers(body: dict[int, int]):
        return body

    @app.post("/kinds")
    async def kinds(body: dict[Literal[True, "b"], int]):
        return body

    @app.post("/texts")
    async def texts(body: Lower):
        return body

    @app.post("/plain")
    async def plain(body: dict[str, int]):
        return body

    return app
