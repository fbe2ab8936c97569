"""Reading JSON: content types, malformed input, methods, disconnects."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from ..client import GET, POST, Req, raw
from ..harness import parity


class Image(BaseModel):
    url: str
    size: Annotated[int, Field(gt=0)] = 1


CONTENT_TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/geo+json",
    "application/vnd.api+json;v=1",
    "application/jsonx",
    "text/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json-not-really",
    "image/svg+xml",
    "application/+json",
    "json",
    "",
    "application/json, text/plain",
    "multipart/form-data; boundary=b",
    " application/json",
    "application/json;",
    "text/x+json",
    "application/hal+JSON",
    "application/problem+json+xml",
    "*/*",
    "application/",
]


@parity(
    *(raw("/", '{"url": "u"}', kind) for kind in CONTENT_TYPES),
    raw("/", '{"url": "u"}', None),
    raw("/loose", '{"url": "u"}', None),
    raw("/loose", '{"url": "u"}', "text/plain"),
    raw("/loose", "{", None),
    raw("/list", "[1]", None),
    raw("/bytes", b"\x00\xff", "application/octet-stream"),
    raw("/bytes", b"\x00\xff", None),
    raw("/bytes", '"abc"'),
    raw("/bytes", b'"\xff"', "application/octet-stream"),
    raw("/str", "text", "text/plain"),
    raw("/str", "\u00e9", "text/plain"),
    raw("/any", "x", "text/plain"),
    raw("/embed", '{"item": {"url": "u"}}', "text/plain"),
    raw("/embed", "{}", None),
    raw("/optional", "abc", "text/plain"),
    raw("/optional", "", None),
    raw("/optional", "", "text/plain"),
    Req(
        "POST",
        "/",
        content='{"url": "u"}',
        headers=[("content-type", "application/json"), ("content-type", "text/plain")],
    ),
    Req(
        "POST",
        "/",
        content='{"url": "u"}',
        headers=[("content-type", "text/plain"), ("content-type", "application/json")],
    ),
)
def test_only_json_content_types_are_parsed(fw):
    """FastAPI 0.132: a strict route takes `application/json` and `application/*+json`; other bodies
    stay bytes. A route that is not strict also takes a body without a type.
    """
    app = fw.FastAPI()
    loose = fw.APIRouter(strict_content_type=False)
    Body = fw.Body

    @app.post("/")
    def read(item: Image):
        return item

    @loose.post("/loose")
    def read_loose(item: Image):
        return item

    @app.post("/list")
    def read_list(items: list[int]):
        return items

    @app.post("/bytes")
    def read_bytes(data: Annotated[bytes, Body()]):
        return data.hex()

    @app.post("/str")
    def read_str(data: Annotated[str, Body(media_type="text/plain")]):
        return data

    @app.post("/any")
    def read_any(data: Annotated[Any, Body()]):
        return repr(data)

    @app.post("/embed")
    def read_embed(item: Annotated[Image, Body(embed=True)]):
        return item

    @app.post("/optional")
    def read_optional(item: Image | None = None):
        return {"item": item}

    app.include_router(loose)
    return app


MALFORMED = [
    "{",
    "}",
    '{"url": }',
    '{"url": "u",}',
    "{'url': 'u'}",
    '{"url": "u"} trailing',
    "[1,",
    '{"a":1 "b":2}',
    "nul",
    "True",
    "undefined",
    '{"url": "\x01"}',
    '{"url": "\\x"}',
    '{"url": "u"',
    "\n\n  {bad",
    '{"url": "é", x}',
    "01",
    "1.",
    "-",
    '"abc',
    "[1 2]",
    "//c\n{}",
    "{}{}",
    "\x00",
    '{"url": "\\ud800"}',
    '{"url": "\\udc00x"}',
    "\ufeff{}",
]


@parity(
    *(raw("/", text) for text in MALFORMED),
    raw("/", b'{"url": "\xff"}'),
    raw("/", b"\xff"),
    raw("/", b'\xef\xbb\xbf{"url": "bom"}'),
    raw("/", '{"url": "u16"}'.encode("utf-16")),
    raw("/", '{"url": "u16"}'.encode("utf-16-le")),
    raw("/", '{"url": "u32"}'.encode("utf-32")),
    raw("/", '{"url": "be"}'.encode("utf-16-be")),
    raw("/", b'{"url": "\xed\xa0\x80"}'),
    raw("/any", "NaN"),
    raw("/any", "[Infinity, -Infinity]"),
    raw("/float", "NaN"),
    raw("/float", "1e999"),
    raw("/float", "-0"),
    raw("/any", "123456789012345678901234567890"),
    raw("/int", "123456789012345678901234567890"),
    raw("/int", "1" * 5000),
    raw("/any", "1" * 4301),
    raw("/int", "1e2"),
    raw("/", '{"url": "a", "url": "b"}'),
    raw("/any", '{"a":1,"a":2}'),
    raw("/any", "[" * 500 + "]" * 500),
    raw("/any", '{"\\ud83d\\ude00": "\\u0000"}'),
    raw("/any", '"\\ud800"'),
    raw("/any", ' \t\r\n{"a" : 1}\n '),
    raw("/any", "\x0c1"),
    raw("/any", "1.0"),
    raw("/any", "1E5"),
    raw("/any", '""'),
    raw("/any", "{}"),
    raw("/any", "[]"),
    raw("/any", "false"),
    Req(
        "POST",
        "/",
        content=[b'{"ur', b'l": ', b'"chunked"}'],
        headers={"content-type": "application/json"},
    ),
    Req(
        "POST",
        "/",
        content=[b"", b'{"url": "x"}', b""],
        headers={"content-type": "application/json"},
    ),
)
def test_malformed_and_unusual_json_is_reported_alike(fw):
    """Bodies have infinite and very large numbers, duplicate keys, other encodings, surrogates or
    deep nesting.
    """
    app = fw.FastAPI()
    Body = fw.Body

    @app.post("/")
    def read(item: Image):
        return ascii(item.url)

    @app.post("/any")
    def read_any(value: Annotated[Any, Body()]):
        return ascii(value)

    @app.post("/float")
    def read_float(value: Annotated[float, Body()]):
        return repr(value)

    @app.post("/int")
    def read_int(value: Annotated[int, Body()]):
        return str(value)[:50]

    return app


def test_numbers_too_large_for_json_are_quoted_as_null_in_errors():
    """Deliberate: FastAPI cannot quote an infinite input in its error body and answers 500."""
    from ..client import drive
    from ..harness import ORACLE, SUBJECT, Framework

    statuses = []
    for root in (ORACLE, SUBJECT):
        fw = Framework(root)
        app = fw.FastAPI()
        app.post("/")(body_of_type(Annotated[int, fw.Body()]))
        answer = drive(app, [raw("/", "1E400")], fw, "asyncio", str)[0]
        statuses.append(answer.status)
    assert statuses == [500, 422 if SUBJECT != ORACLE else 500]
    assert b'"input":null' in answer.chunks[0]


def body_of_type(annotation):
    def read(value):
        return value

    read.__annotations__ = {"value": annotation}
    return read


@parity(
    raw("/", "[" * 100_000 + "]" * 100_000),
    raw("/", '{"a":' * 50_000 + "1" + "}" * 50_000),
)
def test_json_nested_beyond_the_recursion_limit_is_refused_alike(fw):
    app = fw.FastAPI()

    @app.post("/")
    def read(value: Annotated[Any, fw.Body()]):
        return "read"

    return app


@parity(
    Req("GET", "/", json={"url": "u"}),
    Req("GET", "/"),
    Req("DELETE", "/", json={"url": "u"}),
    Req("DELETE", "/"),
    Req("PATCH", "/", json={"url": "u"}),
    Req("HEAD", "/", json={"url": "u"}),
    Req("OPTIONS", "/", json={}),
    Req("TRACE", "/", json={"url": "u"}),
)
def test_every_method_may_carry_a_body(fw):
    """Bodies of GET and HEAD are in the document, too."""
    app = fw.FastAPI()

    @app.api_route("/", methods=["GET", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
    def read(item: Image):
        return item

    return app


@parity(
    POST("/json", {"a": 1}),
    POST("/body", {"a": 1}),
    POST("/both", {"url": "u"}),
    POST("/stream", {"a": 1}),
    POST("/dep", {"url": "u"}),
    GET("/get"),
    POST("/both", {"nope": 1}),
)
def test_the_request_object_can_read_the_body_too(fw):
    app = fw.FastAPI()

    @app.post("/json")
    async def json(request: fw.Request):
        return await request.json()

    @app.post("/body")
    async def body(request: fw.Request):
        return [(await request.body()).decode(), (await request.body()).decode()]

    @app.post("/both")
    async def both(item: Image, request: fw.Request):
        return [item, await request.json()]

    @app.post("/stream")
    async def stream(request: fw.Request):
        return [chunk.decode() async for chunk in request.stream()]

    async def dep(request: fw.Request):
        return (await request.body()).decode()

    @app.post("/dep")
    async def with_dep(text: Annotated[str, fw.Depends(dep)], item: Image):
        return [text, item]

    @app.get("/get")
    async def get(request: fw.Request):
        return (await request.body()).decode()

    return app


@parity(
    Req(
        "POST",
        "/",
        content=[b'{"url": ', b""],
        disconnect=True,
        headers={"content-type": "application/json"},
    ),
    Req(
        "POST",
        "/",
        content=[],
        disconnect=True,
        headers={"content-type": "application/json", "content-length": "5"},
    ),
    Req("POST", "/stream", content=[], disconnect=True),
    Req("POST", "/disconnected", content=[b"x"], disconnect=True),
    Req("GET", "/none", content=[], disconnect=True),
    trio=True,
)
def test_a_client_that_leaves_early_ends_the_request_alike(fw):
    """The client leaves while its body is read."""
    app = fw.FastAPI()

    @app.post("/")
    async def read(item: Image):
        fw.log.append("called")
        return item

    @app.post("/stream")
    async def stream(request: fw.Request):
        return [chunk async for chunk in request.stream()]

    @app.post("/disconnected")
    async def disconnected(request: fw.Request):
        await request.body()
        return await request.is_disconnected()

    @app.get("/none")
    async def none():
        return "ok"

    return app


@parity(
    raw("/r/a", '{"a": 1}', None),
    raw("/s/a", '{"a": 1}', None),
    raw("/i/a", '{"a": 1}', None),
    raw("/own", '{"a": 1}', None),
)
def test_strictness_about_content_types_is_inherited(fw):
    """The value nearest to the route counts."""
    app = fw.FastAPI(strict_content_type=False)
    r = fw.APIRouter()
    s = fw.APIRouter(strict_content_type=True)
    i = fw.APIRouter()

    def add(router):
        @router.post("/a", generate_unique_id_function=lambda route: "own-" + str(id(router) == 0))
        def a(v: dict[str, int]):
            return v

    for router, prefix in ((r, "/r"), (s, "/s"), (i, "/i")):
        add(router)
        app.include_router(router, prefix=prefix)

    @app.post("/own")
    def own(v: dict[str, int]):
        return v

    return app
