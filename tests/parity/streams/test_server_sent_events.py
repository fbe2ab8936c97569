"""Events that the server sends: what they may contain, and how streams stay alive."""

from contextlib import asynccontextmanager

import anyio

from ..harness import parity, same_value


@same_value
def test_events_are_checked_when_they_are_made(fw):
    """Both kinds of data, line breaks, NULs and negative times are refused."""
    mistakes = [
        {"data": 1, "raw_data": "1"},
        {"event": "a\nb"},
        {"event": "a\rb"},
        {"id": "a\nb"},
        {"id": "a\0b"},
        {"retry": -1},
        {"retry": "soon"},
        {"data": None},
        {},
    ]

    def kind(values):
        try:
            return fw.sse.ServerSentEvent(**values).model_dump()
        except ValueError as error:
            return [type(error).__name__, [one["type"] for one in error.errors()]]

    return [kind(values) for values in mistakes]


@parity("/slow", openapi=False)
def test_idle_event_streams_are_kept_alive(fw):
    """A comment is sent after `_PING_INTERVAL` seconds without an event."""
    app = fw.FastAPI()
    interval = 0.05
    before = fw.routing._PING_INTERVAL

    @asynccontextmanager
    async def lifespan(app):
        fw.routing._PING_INTERVAL = interval
        yield
        fw.routing._PING_INTERVAL = before

    app.router.lifespan_context = lifespan
    shown = anyio.Event()

    class Listener:
        """Lets the stream go on once a comment has been sent, and drops further ones."""

        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            async def watch(message):
                if message.get("body", b"").startswith(b": ping"):
                    if shown.is_set():
                        return
                    shown.set()
                await send(message)

            await self.app(scope, receive, watch if scope["type"] == "http" else send)

    app.add_middleware(Listener)

    @app.get("/slow", response_class=fw.sse.EventSourceResponse)
    async def slow():
        yield 1
        await shown.wait()
        yield 2

    return app
