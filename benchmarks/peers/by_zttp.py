"""uvicorn with zttp, a parser in Zig, instead of httptools."""

from typing import Any

from benchmarks.peers import by_uvicorn


def serve(app: Any, port: int) -> None:
    by_uvicorn.serve(app, port, http="zttp")
