"""Header and cookie parameters."""

from typing import Annotated

from pydantic import BaseModel

from ..client import GET, Req
from ..harness import parity


@parity(
    GET("/", headers={"user-agent": "probe", "x-count": "3"}),
    "/",
    GET("/", headers={"User-Agent": "probe", "X-COUNT": "x"}),
    GET("/", headers={"user_agent": "probe", "x_count": "3"}),
    GET(
        "/", headers=[("x-count", "1"), ("x-count", "2"), ("user-agent", "a"), ("user-agent", "b")]
    ),
    GET("/", headers={"x-count": "", "user-agent": ""}),
    GET("/", headers={"x-count": " 5 ", "user-agent": "\t"}),
    GET("/", headers=[("user-agent", b"caf\xe9"), ("x-count", "1")]),
    GET("/", headers=[("user-agent", b"\xff\x00"), ("x-count", "1")]),
)
def test_underscores_become_hyphens_in_header_names(fw):
    """A header with a literal underscore is ignored."""
    app = fw.FastAPI()

    @app.get("/")
    def read(
        x_count: Annotated[int, fw.Header()], user_agent: str | None = fw.Header(default=None)
    ):
        return {"agent": user_agent, "count": x_count}

    return app


@parity(
    GET("/", headers={"x_tok": "a"}),
    GET("/", headers={"x-tok": "a"}),
    GET("/", headers=[("x-tok", "a"), ("x_tok", "b")]),
    GET("/", headers={"X_Tok": "c"}),
    GET("/alias", headers={"x_Custom": "1"}),
    GET("/alias", headers={"x-custom": "1"}),
    GET("/alias"),
    GET("/choices", headers={"x-b": "1"}),
    GET("/choices", headers={"x_b": "1"}),
    GET("/choices"),
)
def test_conversion_of_underscores_can_be_switched_off(fw):
    """Aliases are used as they are."""
    from pydantic import AliasChoices

    app = fw.FastAPI()

    @app.get("/")
    def read(x_tok: Annotated[str | None, fw.Header(convert_underscores=False)] = None):
        return x_tok

    @app.get("/alias")
    def alias(v: Annotated[str, fw.Header(alias="x_Custom")]):
        return v

    @app.get("/choices")
    def choices(v: Annotated[str, fw.Header(validation_alias=AliasChoices("x-a", "x-b"))]):
        return v

    return app


@parity(
    GET("/", headers=[("x-token", "a"), ("x-token", "b")]),
    GET("/", headers={"x-token": "a,b"}),
    GET("/"),
    GET("/set", headers=[("x-n", "1"), ("x-n", "1")]),
    GET("/set", headers=[("x-n", "1"), ("x-n", "z")]),
    GET("/optional"),
    GET("/optional", headers={"x-token": ""}),
)
def test_lists_collect_duplicate_headers(fw):
    app = fw.FastAPI()

    @app.get("/")
    def read(x_token: Annotated[list[str], fw.Header()]):
        return x_token

    @app.get("/set")
    def read_set(x_n: Annotated[set[int], fw.Header()]):
        return sorted(x_n)

    @app.get("/optional")
    def read_optional(x_token: Annotated[list[str] | None, fw.Header()] = None):
        return x_token

    return app


@parity(
    GET("/", headers={"cookie": "ads=1; b=two"}),
    GET("/"),
    GET("/", headers={"cookie": "ads=x"}),
    GET("/", headers=[("cookie", "ads=1"), ("cookie", "b=two")]),
    GET("/", headers=[("cookie", "ads=1"), ("cookie", "ads=2")]),
    GET("/", headers={"cookie": "ads=1;b=a=b; b=last"}),
    GET("/", headers={"cookie": 'ads=1; b="quoted \\054"'}),
    GET("/", headers={"cookie": "ads=; b="}),
    GET("/", headers={"cookie": "ads"}),
    GET("/", headers={"cookie": ";;; ads=3 ;"}),
    GET("/", headers={"cookie": "ads=1; b=%E4%B8%AD"}),
    GET("/", headers=[("cookie", b"ads=1; b=\xe9")]),
    GET("/", headers={"cookie": ""}),
    GET("/", headers={"cookie": "ADS=1"}),
    GET("/alias", headers={"cookie": "session-id=5"}),
    GET("/alias", headers={"cookie": "sid=5"}),
)
def test_cookies_are_parsed_from_every_cookie_header(fw):
    app = fw.FastAPI()

    @app.get("/")
    def read(ads: Annotated[int, fw.Cookie()], b: str | None = fw.Cookie(default="none")):
        return {"ads": ads, "b": b}

    @app.get("/alias")
    def alias(sid: Annotated[int, fw.Cookie(alias="session-id", gt=3)]):
        return sid

    return app


@parity(
    GET("/x?q=x", headers={"h": "x", "cookie": "c=x"}),
    GET("/1?q=1", headers={"h": "1", "cookie": "c=1"}),
    GET("/x"),
    GET("/1", headers={"cookie": "c=q"}),
)
def test_errors_come_in_the_order_path_query_header_cookie(fw):
    """Those of dependencies come before, and those of the body after them."""
    app = fw.FastAPI()

    def dep(c: Annotated[int, fw.Cookie()], q: int):
        return c + q

    @app.get("/{p}")
    def read(
        c: Annotated[int, fw.Cookie()],
        h: Annotated[int, fw.Header()],
        q: int,
        p: int,
        d: Annotated[int, fw.Depends(dep)],
    ):
        return [c, h, q, p, d]

    return app


@parity(
    GET("/", headers={"x-secret": "1", "accept": "a/b"}),
    "/",
    GET("/", headers={"x-secret": "s"}),
)
def test_header_options_reach_the_document(fw):
    """Headers are hidden, deprecated, or have examples."""
    app = fw.FastAPI()

    @app.get("/")
    def read(
        x_secret: Annotated[int | None, fw.Header(include_in_schema=False)] = None,
        accept: Annotated[str, fw.Header(deprecated=True, examples=["text/html"])] = "*/*",
        strange_header: Annotated[
            str | None, fw.Header(convert_underscores=False, title="Strange", description="Odd")
        ] = None,
        x_key: Annotated[str, fw.Cookie(deprecated=True, description="a cookie")] = "k",
    ):
        return [x_secret, accept, strange_header, x_key]

    return app


class B(BaseModel):
    b: int


@parity(
    GET("/", headers=[("x-a", "1"), ("X-B", "2")]),
    GET("/dup", headers=[("x-list", "1"), ("X-List", "2"), ("x-list", "3")]),
    GET("/raw", headers=[("x-a", "1"), ("x-a", "2")]),
    GET("/long", headers={"x-long": "y" * 20000}),
    GET(
        "/content",
        headers={"content-type": "application/json", "content-length": "0", "authorization": "x"},
    ),
    Req("GET", "/host", headers={"host": "example.org:81"}),
)
def test_headers_are_read_whole_repeated_and_raw(fw):
    """They are read through the request and as parameters."""
    app = fw.FastAPI()
    Header = fw.Header

    @app.get("/")
    def read(x_a: Annotated[int, Header()], x_b: Annotated[int, Header(alias="X-B")] = 0):
        return [x_a, x_b]

    @app.get("/dup")
    def dup(x_list: Annotated[list[int], Header()], again: Annotated[str, Header(alias="x-list")]):
        return [x_list, again]

    @app.get("/raw")
    def raw_headers(request: fw.Request, x_a: Annotated[tuple[int, int], Header()]):
        return [request.headers.getlist("x-a"), x_a]

    @app.get("/long")
    def long(x_long: Annotated[str, Header(max_length=30000)]):
        return len(x_long)

    @app.get("/content")
    def content(
        content_type: Annotated[str, Header()],
        content_length: Annotated[int, Header()],
        authorization: Annotated[str, Header()],
    ):
        return [content_type, content_length, authorization]

    @app.get("/host")
    def host(host: Annotated[str, Header()], request: fw.Request):
        return [host, str(request.base_url), request.client.host]

    return app
