"""Answers that cannot be encoded: for a value of the request a 422, else the server's error."""

import json
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, field_serializer

from rapide import Body, Cookie, Depends, FastAPI, Form, Header, Request
from rapide.exceptions import RequestValidationError
from rapide.responses import JSONResponse, PlainTextResponse, Response
from tests.parity.client import Answer, Req, drive
from tests.parity.harness import MODES, Framework, path_of_execution

NAN = float("nan")
FINITE = "finite_number"
UNICODE = "string_unicode"


class Point(BaseModel):
    x: Any


class Broken(BaseModel):
    x: Any

    @field_serializer("x")
    def encode(self, value: Any) -> bytes:
        return str(value).encode()


class Rendering(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False).encode()


def through() -> Any:
    try:
        yield
    except ValueError:
        LOG.append("seen by the dependency")
        raise


LOG: list[str] = []


def build() -> FastAPI:
    app = FastAPI()

    @app.post("/echo")
    async def echo(data: Any = Body(None), dependency: Any = Depends(through)):
        return data

    @app.post("/any")
    def plain(data: Annotated[Any, Body()]):
        return data

    @app.post("/model")
    async def model(data: Point) -> Point:
        return data

    @app.post("/python", response_class=JSONResponse)
    async def in_python(data: Point) -> Point:
        return data

    @app.post("/text", response_class=PlainTextResponse)
    async def text(data: Point):
        return data.x

    @app.post("/request")
    async def request(request: Request):
        return await request.json()

    @app.post("/form")
    async def form(x: Annotated[float, Form()]):
        return x

    @app.get("/query")
    async def query(x: float, y: float = 0):
        return {"sum": x}

    @app.get("/path/{x}")
    async def path(x: float):
        return [x]

    @app.get("/fields")
    async def fields(x_a: Annotated[float, Header()] = 0, b: Annotated[float, Cookie()] = 0):
        return [x_a, b]

    @app.post("/own-value")
    async def own_value(data: Any = Body(None), q: str = ""):
        return NAN if q != "text" else "\ud800"

    @app.post("/own-value-inside")
    async def own_value_inside(data: Annotated[Any, Body()]):
        data["inner"]["mean"] = NAN
        return data

    @app.post("/own-json")
    async def own_json(data: Annotated[Any, Body()]):
        return json.dumps(data, allow_nan=False)

    @app.post("/own-response")
    async def own_response(data: Annotated[Any, Body()]):
        return JSONResponse(data)

    @app.post("/own-rendering", response_class=Rendering)
    async def own_rendering(data: Annotated[Any, Body()]):
        return data

    @app.post("/own-error")
    async def own_error(data: Annotated[Any, Body()]):
        raise ValueError("Out of range float values are not JSON compliant")

    @app.post("/own-serializer")
    async def own_serializer(data: Broken) -> Broken:
        return data

    return app


APP = build()


def drive_one(app: Any, mode: str, step: Req) -> Answer:
    backend, generic = MODES[mode]
    fw = Framework("rapide")
    fw.is_direct = mode == "direct"
    with path_of_execution("rapide", generic):
        [answer, *_] = drive(app, [step], fw, backend, repr)
    return answer


@pytest.fixture(params=["compiled", "generic", "direct"])
def ask(request: pytest.FixtureRequest) -> Any:
    def ask(
        target: str, body: str | None = None, *, app: Any = APP, method: str = "POST", **more: Any
    ) -> Answer:
        headers = more.pop("headers", {"Content-Type": "application/json"} if body else {})
        step = Req(method, target, headers, content=body or "", **more)
        return drive_one(app, request.param, step)

    return ask


def errors(answer: Answer) -> list[tuple[str, list[Any], Any]]:
    assert (answer.status, answer.raised) == (422, None)
    detail = json.loads(b"".join(answer.chunks))["detail"]
    assert all(item.keys() == {"type", "loc", "msg", "input"} for item in detail)
    return [(item["type"], item["loc"], item["input"]) for item in detail]


@pytest.mark.parametrize("path", ["/echo", "/any", "/request"])
@pytest.mark.parametrize(
    ("body", "kind", "loc", "quoted"),
    [
        ("NaN", FINITE, [], None),
        ("1e999", FINITE, [], None),
        ('{"a": [1, -Infinity]}', FINITE, ["a", 1], None),
        (r'"\ud800"', UNICODE, [], "\ud800"),
        (r'{"a": {"b": "x\udfff"}}', UNICODE, ["a", "b"], "x\udfff"),
        (r'{"\ud800": 1}', UNICODE, ["\ud800", "[key]"], "\ud800"),
    ],
)
def test_json_that_an_answer_cannot_hold_is_the_clients_mistake(
    ask: Any, path: str, body: str, kind: str, loc: list[Any], quoted: Any
) -> None:
    assert errors(ask(path, body)) == [(kind, ["body", *loc], quoted)]


def test_the_error_speaks_as_pydantic_does_of_such_values(ask: Any) -> None:
    app = FastAPI()

    class Strict(BaseModel):
        number: Annotated[float, Field(allow_inf_nan=False)] = 0
        text: Annotated[str, Field(max_length=9)] = ""

    @app.post("/strict")
    async def strict(data: Strict) -> None: ...

    @app.post("/loose")
    async def loose(data: dict[str, Any]):
        return data

    for body in ('{"number": NaN}', r'{"text": "\ud800"}'):
        expected, actual = (ask(path, body, app=app) for path in ("/strict", "/loose"))
        assert (expected.status, expected.chunks) == (actual.status, actual.chunks)


@pytest.mark.parametrize("path", ["/model", "/python"])
def test_serializers_of_pydantic_fail_alike(ask: Any, path: str) -> None:
    answer = ask(path, r'{"x": "\ud800"}')
    assert errors(answer) == [(UNICODE, ["body", "x"], "\ud800")]


def test_text_that_is_no_utf_8_fails_alike(ask: Any) -> None:
    assert errors(ask("/text", r'{"x": "\ud800"}')) == [(UNICODE, ["body", "x"], "\ud800")]


@pytest.mark.parametrize("value", ["inf", "nan", "-Infinity", "1e999"])
def test_numbers_in_other_places_count(ask: Any, value: str) -> None:
    expected = [(FINITE, value)]
    form = ask("/form", form={"x": value})
    query = ask(f"/query?a=1&x={value}", method="GET")
    path = ask(f"/path/{value}", method="GET")
    header = ask("/fields", method="GET", headers={"X-A": value})
    cookie = ask("/fields", method="GET", headers={"Cookie": f"a=1; b={value}"})
    text = ask("/any", f'["{value}", NaN]')
    assert [(kind, quoted) for kind, _, quoted in errors(form)] == expected
    assert errors(form)[0][1] == ["body", "x"]
    assert errors(query) == [(FINITE, ["query", "x"], value)]
    assert errors(path) == [(FINITE, ["path", "x"], value)]
    assert errors(header) == [(FINITE, ["header", "x-a"], value)]
    assert errors(cookie)[-1] == (FINITE, ["cookie", "b"], value)
    assert errors(text) == [(FINITE, ["body", 0], value), (FINITE, ["body", 1], None)]


@pytest.mark.parametrize(
    ("target", "body", "raised"),
    [
        ("/own-value", None, "ValueError"),
        ("/own-value?q=1e9", '{"a": [1.5, "x"]}', "ValueError"),
        ("/own-value?q=text", '{"a": NaN}', "UnicodeEncodeError"),
        ("/own-value", r'{"a": "\ud800"}', "ValueError"),
        ("/own-value-inside", '{"inner": {}}', "ValueError"),
        ("/own-json", "NaN", "ValueError"),
        ("/own-response", "NaN", "ValueError"),
        ("/own-response", r'"\ud800"', "UnicodeEncodeError"),
        ("/own-rendering", "NaN", "ValueError"),
        ("/own-error", "NaN", "ValueError"),
        ("/own-serializer", r'{"x": "\ud800"}', "PydanticSerializationError"),
    ],
)
def test_what_the_server_made_or_encoded_itself_is_its_error(
    ask: Any, target: str, body: str | None, raised: str
) -> None:
    answer = ask(target, body)
    assert answer.status == 500
    assert str(answer.raised).startswith(raised)


def test_dependencies_see_the_error_of_the_encoder(ask: Any) -> None:
    LOG.clear()
    assert ask("/echo", "NaN").status == 422
    assert LOG == ["seen by the dependency"]


def test_the_applications_handlers_answer(ask: Any) -> None:
    app = build()
    seen: list[Any] = []

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        seen.append((error.body, type(error.__cause__)))
        return PlainTextResponse("invalid", 400)

    assert ask("/any", r'["\ud800"]', app=app).chunks == [b"invalid"]
    assert seen == [(["\ud800"], UnicodeEncodeError)]

    @app.exception_handler(ValueError)
    async def wrong(request: Request, error: ValueError) -> Response:
        return PlainTextResponse("wrong", 400)

    app.middleware_stack = None
    assert ask("/any", "NaN", app=app).chunks == [b"wrong"]


def test_an_error_names_no_more_than_some_values(ask: Any) -> None:
    assert len(errors(ask("/any", "[" + "NaN," * 1000 + "NaN]"))) == 100


def test_deep_documents_are_searched(ask: Any) -> None:
    [(kind, loc, _)] = errors(ask("/request", "[" * 150 + "NaN" + "]" * 150))
    assert (kind, loc) == (FINITE, ["body"] + [0] * 150)
