"""The request object is one and the same for all code of a route, and keeps what was read first."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ..client import Req
from ..harness import parity

pytestmark = pytest.mark.usefixtures("left_open")

JSON = [("content-type", "application/json")]
FORM = [("content-type", "application/x-www-form-urlencoded")]
MULTIPART = [("content-type", "multipart/form-data; boundary=b")]
PART = b'--b\r\ncontent-disposition: form-data; name="a"; filename="f"\r\n\r\n1\r\n--b--\r\n'
BODIES = [
    (JSON, b'{"a": 1}'),
    (JSON, b'{"a": "x"}'),
    (JSON, b"{"),
    (JSON, b""),
    (FORM, b"a=1"),
    (FORM, b""),
    (MULTIPART, PART),
    (MULTIPART, b"--b\r\nbroken"),
    ([("content-type", "text/plain")], b"text"),
]
UNREADABLE = [
    ([("content-type", "multipart/form-data")], b"{"),
    (MULTIPART, b'{"a"'),
    (MULTIPART, b"--b\r\n\r\n\r\n"),
]
PATHS = [
    "/whole", "/form", "/file", "/none", "/request", "/dependency", "/yielding", "/invalid",
    "/embedded", "/sync",
]  # fmt: skip


async def read(request: Any, way: str) -> Any:
    """What a reader gets of the body, or what it meets."""
    try:
        if way == "stream":
            return [bytes(part) async for part in request.stream()]
        value = await getattr(request, way)()
    except Exception as error:
        return [type(error).__name__, str(error)]
    if way == "form":
        return [[name, getattr(item, "filename", item)] for name, item in value.multi_items()]
    return value.decode("latin-1") if isinstance(value, bytes) else value


def add_routes(fw: Any, app: Any, way: str) -> None:
    class Mistake(Exception):
        pass

    fw.keep.requests = requests = []

    def note(request: Any) -> None:
        if not any(known is request for known in requests):
            requests.append(request)
        request.state.seen = getattr(request.state, "seen", 0) + 1

    def number(request: Any) -> int | None:
        return next((n for n, known in enumerate(requests) if known is request), None)

    @app.exception_handler(Mistake)
    @app.exception_handler(fw.HTTPException)
    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def answer(request: Any, error: Exception):
        fw.log.append([type(error).__name__, number(request), getattr(request.state, "seen", 0)])
        requests.clear()
        first = await read(request, way)
        return fw.responses.JSONResponse([first, await read(request, way)], 418)

    @app.post("/whole")
    async def whole(body: dict[str, int]):
        body["changed"] = 1
        raise Mistake

    @app.post("/embedded")
    async def embedded(a: Annotated[int, fw.Body(embed=True)]):
        raise Mistake

    @app.post("/sync")
    def sync(body: Any = fw.Body(None)):
        raise Mistake

    @app.post("/invalid")
    async def invalid(n: int, body: bytes = fw.Body(b"")):
        raise Mistake

    @app.post("/form")
    async def form(a: Annotated[str, fw.Form()] = "none"):
        raise Mistake

    @app.post("/file")
    async def file(a: fw.UploadFile):
        raise fw.HTTPException(400, "no")

    @app.post("/none")
    async def none():
        raise Mistake

    @app.post("/request")
    async def request(request: fw.Request, body: Any = fw.Body(None)):
        note(request)
        fw.log.append(await read(request, "json") == body)
        raise Mistake

    async def dependency(request: fw.Request):
        note(request)
        fw.log.append(await read(request, way))

    async def yielding(request: fw.Request):
        note(request)
        try:
            yield
        except Mistake:
            fw.log.append(await read(request, way))
            raise fw.HTTPException(400, "instead") from None

    @app.post("/dependency", dependencies=[fw.Depends(dependency)])
    async def after(request: fw.Request):
        note(request)
        raise Mistake

    @app.post("/yielding", dependencies=[fw.Depends(yielding)])
    async def inside(body: Any = fw.Body(None)):
        raise Mistake


STEPS = [Req("POST", path, headers, content=body) for path in PATHS for headers, body in BODIES]


@parity(*STEPS)
def test_handlers_that_ask_for_the_body_get_what_the_route_has_read(fw):
    app = fw.FastAPI()
    add_routes(fw, app, "body")
    return app


@parity(*STEPS)
def test_handlers_that_ask_for_json_get_what_the_route_has_read(fw):
    app = fw.FastAPI()
    add_routes(fw, app, "json")
    return app


@parity(*STEPS)
def test_handlers_that_ask_for_the_form_get_what_the_route_has_read(fw):
    app = fw.FastAPI()
    add_routes(fw, app, "form")
    return app


@parity(*STEPS)
def test_handlers_that_ask_for_the_stream_get_what_the_route_has_read(fw):
    app = fw.FastAPI()
    add_routes(fw, app, "stream")
    return app


@parity(*STEPS, compiled=False)
def test_routes_of_their_own_class_hand_over_their_request_too(fw):
    class Route(fw.routing.APIRoute):
        def get_route_handler(self):
            handler = super().get_route_handler()

            async def handle(request: Any):
                request.state.of_the_class = True
                fw.log.append(await read(request, "body"))
                return await handler(request)

            return handle

    app = fw.FastAPI()
    app.router.route_class = Route
    add_routes(fw, app, "json")
    return app


@parity(
    "/headers", "/cookies", "/query?q=old", "/path/1", "/endpoint?q=old&q=older", "/mixed/1?q=old"
)
def test_what_a_dependency_changes_is_seen_where_fastapi_sees_it(fw):
    app = fw.FastAPI()

    class Group(BaseModel):
        q: str = "none"

    async def append(request: fw.Request):
        request.scope["headers"].append((b"x-made", b"made"))
        request.scope["headers"].append((b"x-made", b"twice"))

    async def replace(request: fw.Request):
        request.scope["headers"] = [(b"x-made", b"replaced")]
        request.scope["query_string"] = b"q=new"
        request.scope["path_params"] = {"n": "2"}

    def cookies(connection: fw.requests.HTTPConnection):
        connection.cookies["lang"] = "de"

    async def before(x_made: Annotated[str, fw.Header()] = "none", q: str = "none"):
        return [x_made, q]

    async def after(x_made: Annotated[str, fw.Header()] = "none", q: str = "none"):
        return [x_made, q]

    @app.get("/headers", dependencies=[fw.Depends(before), fw.Depends(append)])
    async def headers(
        x_made: Annotated[str, fw.Header()] = "none",
        all_made: Annotated[list[str], fw.Header(alias="x-made")] = [],  # noqa: B006
        later: Any = fw.Depends(after),
    ):
        return [x_made, all_made, later]

    @app.get("/cookies", dependencies=[fw.Depends(cookies)])
    async def cookie(lang: Annotated[str, fw.Cookie()] = "none"):
        return lang

    @app.get("/query", dependencies=[fw.Depends(replace)])
    async def query(
        request: fw.Request, group: Annotated[Group, fw.Query()], x_made: str = fw.Header("none")
    ):
        return [group, x_made, request.query_params["q"], request.headers.get("x-made", "none")]

    @app.get("/path/{n}", dependencies=[fw.Depends(replace)])
    async def path(n: int):
        return n

    @app.get("/endpoint")
    async def endpoint(request: fw.Request, q: Annotated[list[str], fw.Query()]):
        request.scope["query_string"] = b"q=new"
        request.scope["headers"] = []
        return [q, request.query_params.getlist("q"), sorted(request.headers)]

    @app.get("/mixed/{n}")
    async def mixed(
        n: int,
        first: Annotated[Any, fw.Depends(before)],
        changed: Annotated[Any, fw.Depends(replace)],
        again: Annotated[Any, fw.Depends(before)],
        later: Annotated[Any, fw.Depends(after)],
    ):
        return [n, first, again, later]

    return app


@parity(
    *(
        Req("POST", path, headers, content=body)
        for path in ("/json", "/form")
        for headers, body in BODIES
    )
)
def test_handlers_of_routes_with_a_security_scheme_get_what_was_read(fw):
    app = fw.FastAPI()
    bearer = fw.security.HTTPBearer(auto_error=False)

    @app.exception_handler(fw.HTTPException)
    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def answer(request: Any, error: Exception):
        found = [await read(request, way) for way in ("form", "json", "body")]
        return fw.responses.JSONResponse(found, 418)

    @app.post("/json", dependencies=[fw.Depends(bearer)])
    async def json(body: dict[str, int]):
        raise fw.HTTPException(400)

    @app.post("/form", dependencies=[fw.Depends(bearer)])
    def form(a: Annotated[str, fw.Form()]):
        raise fw.HTTPException(400)

    return app


@parity(
    *(
        Req("POST", f"{path}?a=1", [*headers, ("cookie", "c=1")], content=body)
        for path in ("/json", "/form", "/json-and-request", "/form-and-request", "/query")
        for headers, body in (*BODIES, *UNREADABLE)
    )
)
def test_handlers_of_unreadable_bodies_may_change_what_was_not_read(fw):
    app = fw.FastAPI()

    @app.exception_handler(HTTPException)
    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def answer(request: Any, error: Exception):
        read = [name for name in ("_query_params", "_cookies") if name in vars(request)]
        request.scope["headers"].append((b"cookie", b"added=1"))
        request.scope["query_string"] = b"changed=1"
        seen = [
            dict(request.cookies),
            dict(request.query_params),
            request.headers.getlist("cookie"),
        ]
        return fw.responses.JSONResponse([read, *seen], 418)

    @app.post("/json")
    async def json(body: dict[str, int]):
        raise fw.HTTPException(400)

    @app.post("/json-and-request")
    async def json_and_request(request: fw.Request, body: dict[str, int]):
        raise fw.HTTPException(400)

    @app.post("/form")
    async def form(a: Annotated[str, fw.Form()]):
        raise fw.HTTPException(400)

    @app.post("/form-and-request")
    def form_and_request(request: fw.Request, a: Annotated[str, fw.Form()]):
        raise fw.HTTPException(400)

    @app.post("/query")
    async def query(request: fw.Request, a: int, body: Annotated[Any, fw.Body()] = None):
        raise fw.HTTPException(400)

    return app
