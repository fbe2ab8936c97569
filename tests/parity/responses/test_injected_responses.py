"""The response that dependencies and endpoints are given to set headers, cookies and the status."""

from typing import Annotated

from ..harness import parity
from .returning import Item


@parity(
    """
    /headers /cookies /status /status-none /content-type /content-length /delete /multi /media
    /async /model
    """,
    trio=True,
)
def test_an_injected_response_gives_headers_cookies_and_status(fw):
    """Its headers are merged with those of the answer."""
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


@parity("/a?x=1 /a?x=2 /a?x=z", "/b?x=1", "/c", "/d?x=2", trio=True)
def test_dependencies_and_endpoints_share_one_injected_response(fw):
    """Nested dependencies are merged in their order."""
    app = fw.FastAPI()
    Depends = fw.Depends

    def first(response: fw.Response, x: int = 0):
        response.headers["x-first"] = str(x)
        response.headers["x-same"] = "first"
        if x == 2:
            response.status_code = 202

    async def second(response: fw.Response, _: Annotated[None, Depends(first)]):
        response.headers["x-same"] = "second"
        response.set_cookie("second", "1")

    def gen(response: fw.Response):
        response.headers["x-gen"] = "before"
        yield
        response.headers["x-gen"] = "after"

    @app.get("/a", dependencies=[Depends(second)])
    async def a(response: fw.Response):
        response.headers["x-same"] += " endpoint"
        response.set_cookie("endpoint", "2")
        return "a"

    @app.get("/b", dependencies=[Depends(second)])
    async def b():
        raise fw.HTTPException(418, headers={"x-error": "1"})

    @app.get("/c", dependencies=[Depends(gen, scope="function")])
    async def c():
        return "c"

    @app.get("/d", dependencies=[Depends(first)], status_code=201)
    async def d() -> int:
        return "x" if False else 1

    return app


@parity("/replaced /after /kept /model", compiled=True)
def test_headers_that_replace_those_of_the_injected_response_are_not_sent(fw):
    """What `response.headers` refers to is sent, not what is assigned to `raw_headers` later."""
    app = fw.FastAPI()

    @app.get("/replaced")
    async def replaced(response: fw.Response):
        response.raw_headers = [(b"x-assigned", b"1")]
        return sorted(vars(response))

    @app.get("/after")
    async def after(response: fw.Response):
        response.raw_headers = ((b"x-assigned", b"1"),)
        response.headers["x-after"] = "1"
        return 1

    @app.get("/kept")
    def kept(response: fw.Response):
        response.raw_headers.append((b"x-kept", b"1"))
        return 1

    @app.get("/model")
    def model(response: fw.Response) -> list[int]:
        response.raw_headers = [*response.raw_headers, (b"x-assigned", b"1")]
        response.set_cookie("a", "b")
        return [1]

    return app
