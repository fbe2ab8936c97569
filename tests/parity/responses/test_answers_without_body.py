"""Answers that have no body: to HEAD requests, and by their status."""

from ..client import Req
from ..harness import parity


@parity(
    "HEAD /both GET /both HEAD /only",
    Req("HEAD", "/stream"),
    "HEAD /missing",
    Req("HEAD", "/mapped?n=x"),
)
def test_head_requests_are_answered_as_the_route_says(fw):
    app = fw.FastAPI()

    @app.api_route("/both", methods=["GET", "HEAD"], operation_id=None, include_in_schema=False)
    async def both():
        return {"a": 1}

    @app.head("/only")
    def only(response: fw.Response):
        response.headers["x-only"] = "1"

    @app.head("/stream")
    def stream():
        return fw.responses.StreamingResponse(iter(["a"]))

    @app.head("/mapped")
    def mapped(n: int):
        return n

    return app


@parity("/204 /304 /205 /injected /raised /response", trio=True)
def test_statuses_without_body_empty_every_kind_of_answer(fw):
    """The content type is kept."""
    app = fw.FastAPI()

    @app.get("/204", status_code=204)
    def no_content(response: fw.Response):
        response.headers["x-a"] = "1"

    @app.get("/304", status_code=304, response_class=fw.responses.PlainTextResponse)
    def not_modified():
        return "text"

    @app.get("/205", status_code=205, response_class=fw.Response)
    async def reset():
        return "text"

    @app.get("/injected")
    async def injected(response: fw.Response) -> dict[str, int]:
        response.status_code = 304
        return {"a": 1}

    @app.get("/raised")
    def raised():
        raise fw.HTTPException(204, "detail")

    @app.get("/response")
    def response():
        return fw.Response("kept?", status_code=204)

    return app
