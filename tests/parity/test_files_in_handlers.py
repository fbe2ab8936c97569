"""Uploaded files are open for as long as FastAPI keeps them open."""

from typing import Annotated, Any

from .client import Req
from .harness import Framework, parity

FILES: list[tuple[str, str | None, str | None, bytes]] = [
    ("number", None, None, b"x"),
    ("upload", "a.txt", "text/plain", b"content"),
]


@parity(Req("POST", "/", files=FILES))
def test_the_handler_of_a_validation_error_can_read_the_files_received(fw: Framework) -> Any:
    app = fw.FastAPI()

    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def quote(request: Any, error: Any) -> Any:
        return fw.responses.JSONResponse((await error.body["upload"].read()).decode(), 422)

    @app.post("/")
    async def upload(number: Annotated[int, fw.Form()], upload: fw.UploadFile) -> Any:
        return None

    return app


@parity(Req("POST", "/", files=FILES))
def test_the_handler_of_an_error_can_read_the_files_received(fw: Framework) -> Any:
    app = fw.FastAPI()

    @app.exception_handler(LookupError)
    async def quote(request: Any, error: Any) -> Any:
        return fw.responses.JSONResponse((await error.args[0].read()).decode(), 400)

    @app.post("/")
    async def upload(upload: fw.UploadFile) -> Any:
        raise LookupError(upload)

    return app


@parity(Req("POST", "/", files=FILES))
def test_files_are_closed_once_the_middleware_is_left(fw: Framework) -> Any:
    app = fw.FastAPI()

    @app.post("/")
    async def upload(upload: fw.UploadFile) -> Any:
        fw.keep.file = upload.file
        return upload.filename

    async def outermost(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        if scope["type"] == "http":
            fw.log.append(fw.keep.file.closed)

    return outermost
