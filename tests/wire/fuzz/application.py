"""The application that generated requests meet. Its handlers count their calls and never fail."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from pydantic import BaseModel

from tests.parity.harness import Framework


class Book(BaseModel):
    title: str
    pages: int = 0


def build(fw: Framework) -> Any:
    """Build it. Annotations are evaluated here, where the framework is known."""
    app = fw.FastAPI()
    calls = fw.log
    log = calls.append
    Request, Response = fw.Request, fw.Response

    def get_json() -> None:
        @app.api_route("/", methods=["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
        async def root():
            log("root")
            return {"root": True}

        @app.get("/end")
        async def end():
            log("end")
            return {"end": True}

        @app.get("/slow")
        async def slow():
            log("slow")
            await asyncio.sleep(0.001)
            return {"slow": True}

        @app.get("/thread")
        def thread():
            log("thread")
            return {"thread": True}

    get_json()

    async def items(item_id, q=0, tag=()):
        log("items")
        return [item_id, q, list(tag)]

    items.__annotations__ = {
        "item_id": int,
        "q": int,
        "tag": Annotated[list[str], fw.Query()],
    }
    items.__defaults__ = (0, [])
    app.get("/items/{item_id}")(items)

    async def rest(rest, request):
        log("rest")
        return [rest, request.url.path, request.url.query, request.headers.get("host")]

    rest.__annotations__ = {"rest": str, "request": Request}
    app.get("/rest/{rest:path}")(rest)

    async def headers(request, x_one=None, last=None):
        log("headers")
        return [x_one, last, [[name, value] for name, value in request.headers.items()]]

    headers.__annotations__ = {
        "request": Request,
        "x_one": Annotated[str | None, fw.Header()],
        "last": Annotated[str | None, fw.Cookie()],
    }
    app.get("/headers")(headers)

    async def create(book, response):
        log("books")
        response.headers["x-pages"] = str(book.pages)
        return book

    create.__annotations__ = {"book": Book, "response": Response, "return": Book}
    app.post("/books", status_code=201)(create)

    async def form(title, pages=0):
        log("form")
        return [title, pages]

    form.__annotations__ = {
        "title": Annotated[str, fw.Form()],
        "pages": Annotated[int, fw.Form()],
    }
    app.post("/form")(form)

    async def body(request):
        content = await request.body()
        log("body")
        return Response(content, media_type="application/octet-stream")

    body.__annotations__ = {"request": Request}
    app.api_route("/body", methods=["POST", "PUT", "GET"])(body)

    async def unread():
        log("unread")
        return {"unread": True}

    app.post("/unread")(unread)

    async def stream():
        log("stream")

        async def parts():
            for part in (b"one", b"", b"two" * 100):
                yield part

        return fw.responses.StreamingResponse(parts(), media_type="text/plain")

    app.get("/stream")(stream)

    async def empty():
        log("empty")

    app.api_route("/empty", methods=["GET", "DELETE"], status_code=204)(empty)

    async def raised():
        log("raised")
        raise fw.HTTPException(418, "short and stout", {"x-tea": "yes"})

    app.get("/raised")(raised)

    async def redirect():
        log("redirect")
        return fw.responses.RedirectResponse("/é")

    app.get("/redirect")(redirect)
    return app
