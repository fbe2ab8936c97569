"""Streams that are long, empty or cut short."""

import anyio

from ..client import Req
from ..harness import parity


@parity(
    # How many chunks pass before the disconnect is noticed is a matter of timing.
    Req("GET", "/endless", disconnect=True, body=False),
    Req("GET", "/iterator", disconnect=True),
    Req("GET", "/watching", disconnect=True),
    Req("GET", "/lines", disconnect=True),
    "/iterator /empty /raises-at-once",
)
def test_streams_may_be_long_empty_or_cut_short(fw):
    """Clients leave while a response is streamed."""
    app = fw.FastAPI()
    StreamingResponse = fw.responses.StreamingResponse

    @app.get("/endless")
    async def endless():
        async def chunks():
            try:
                while True:
                    yield b"x"
                    await anyio.sleep(0.01)
            finally:
                fw.log.append("stream closed")

        return StreamingResponse(chunks())

    @app.get("/iterator")
    def iterator():
        return StreamingResponse(iter(["a", "b"]), media_type="text/csv", headers={"x-a": "1"})

    @app.get("/watching")
    async def watching(request: fw.Request):
        return await request.is_disconnected()

    @app.get("/empty")
    def empty():
        return StreamingResponse(iter([]), status_code=206)

    @app.get("/raises-at-once")
    def raises():
        def chunks():
            raise ValueError("at once")
            yield

        return StreamingResponse(chunks())

    @app.get("/lines")
    async def lines():
        yield {"a": 1}

    return app
