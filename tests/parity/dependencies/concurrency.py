"""Requests that are sent at once, to a dependency that counts them."""

from typing import Annotated, Any

import anyio


async def several(app: Any, paths: list[str]) -> list[bytes]:
    """Send requests at once; return the bodies in the order of the paths."""
    bodies = [b""] * len(paths)

    async def ask(index: int, path: str) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            bodies[index] += message.get("body", b"")

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
        }
        await app(scope, receive, send)

    async with anyio.create_task_group() as tasks:
        for index, path in enumerate(paths):
            tasks.start_soon(ask, index, path)
    return bodies


def counting_application(fw: Any, **options: Any) -> tuple[Any, list[int]]:
    """Two routes that share a limited dependency, and how many requests were inside at once."""
    app = fw.FastAPI()
    inside = [0, 0]

    async def enter():
        inside[0] += 1
        inside[1] = max(inside)
        await anyio.sleep(0.01)
        yield inside[1]
        inside[0] -= 1

    Shared = Annotated[int, fw.Depends(enter, **options)]

    @app.get("/one")
    async def one(count: Shared):
        return count

    @app.get("/two")
    async def two(count: Shared, again: Shared):
        return [count, again]

    fw.keep.enter = enter
    return app, inside
