"""A bare ASGI function: what the server costs without any framework."""

from benchmarks.apps import ASGIApp

BODY = b'{"message":"Hello World"}'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-length", b"25"), (b"content-type", b"application/json")],
}
END = {"type": "http.response.body", "body": BODY}


def create_app() -> ASGIApp:
    async def app(scope, receive, send):  # type: ignore[no-untyped-def]
        if scope["type"] == "http":
            await send(START)
            await send(END)

    return app
