"""The application behind the table of raw requests. Its handlers count their calls."""

import asyncio
from typing import Any

from tests.parity.harness import Framework


def build(fw: Framework) -> Any:
    """Build it; each call of a handler adds a name to the log.

    Handlers that read the body count once they have the whole of it.
    """
    app = fw.FastAPI()
    calls = fw.log
    Request, Response = fw.Request, fw.Response

    @app.get("/")
    async def root():
        calls.append("root")

    @app.api_route("/first", methods=["GET", "HEAD", "OPTIONS"])
    async def first():
        calls.append("first")
        return {"first": True}

    @app.api_route("/second", methods=["GET", "HEAD"])
    async def second():
        calls.append("second")
        return {"second": True}

    @app.get("/slow")
    async def slow():
        calls.append("slow")
        await asyncio.sleep(0.02)
        return {"slow": True}

    @app.get("/where")
    async def where(request: Request):
        calls.append("where")
        return [str(request.url), request.headers["host"]]

    @app.api_route("/body", methods=["GET", "POST"])
    async def body(request: Request):
        content = await request.body()
        calls.append("body")
        return Response(content, media_type="text/plain")

    @app.post("/json")
    async def json(data: dict[str, int]):
        calls.append("json")
        return data

    @app.post("/unread")
    async def unread():
        calls.append("unread")
        return {"unread": True}

    @app.post("/headers")
    async def headers(request: Request):
        await request.body()
        calls.append("headers")
        return [[name, value] for name, value in request.headers.items()]

    @app.api_route("/stream", methods=["GET", "HEAD"])
    async def stream():
        calls.append("stream")

        async def content():
            for part in (b"one", b"two", b"three"):
                yield part

        return fw.responses.StreamingResponse(content(), media_type="text/plain")

    @app.api_route("/no-content", methods=["GET", "HEAD"], status_code=204)
    async def no_content() -> None:
        calls.append("no-content")

    @app.api_route("/not-modified", methods=["GET", "HEAD"])
    async def not_modified():
        calls.append("not-modified")
        return Response(status_code=304, headers={"etag": '"a"'})

    @app.get("/no-content-but-some")
    async def no_content_but_some():
        calls.append("no-content-but-some")
        return Response(b"some", 204)

    @app.get("/not-modified-but-some")
    async def not_modified_but_some():
        calls.append("not-modified")
        return Response(b"some", 304)

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        calls.append("ws")
        await websocket.accept()
        await websocket.close()

    return app
