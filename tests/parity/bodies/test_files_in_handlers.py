"""Uploaded files are open for as long as FastAPI keeps them open."""

from typing import Annotated, Any

import pytest

from ..client import Req
from ..harness import Framework, parity

pytestmark = pytest.mark.usefixtures("left_open")

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


@parity(
    Req("POST", "/task", files=FILES),
    Req("POST", "/yield?wrong=x", files=FILES),
    Req("POST", "/yield", files=FILES),
    Req("POST", "/failing", files=FILES),
    Req("POST", "/unhandled", files=FILES),
    Req("POST", "/response", files=FILES),
)
def test_files_are_open_for_whatever_runs_until_the_answer_is_sent(fw: Framework) -> Any:
    app = fw.FastAPI()

    async def note(what: str, upload: Any) -> None:
        fw.log.append((what, upload.file.closed, await upload.read()))
        await upload.seek(0)

    async def hold(upload: fw.UploadFile) -> Any:
        await note("before", upload)
        try:
            yield upload
        finally:
            await note("after", upload)

    Held = Annotated[Any, fw.Depends(hold)]

    @app.exception_handler(LookupError)
    async def answer(request: Any, error: Any) -> Any:
        await note("handler", error.args[0])
        if request.url.path == "/unhandled":
            raise KeyError(error.args[0].filename)
        return fw.responses.JSONResponse("failed", 400)

    @app.post("/task")
    async def task(upload: fw.UploadFile, tasks: fw.BackgroundTasks) -> Any:
        tasks.add_task(note, "task", upload)

    @app.post("/yield")
    async def read(held: Held, request: fw.Request, wrong: int = 0) -> Any:
        return (await request.form())["upload"] is held

    @app.post("/failing")
    @app.post("/unhandled")
    async def fail(held: Held) -> Any:
        raise LookupError(held)

    @app.post("/response")
    async def respond(upload: fw.UploadFile) -> Any:
        async def chunks() -> Any:
            yield await upload.read()

        return fw.responses.StreamingResponse(chunks())

    return app


TEXT = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nE\r\n'
UPLOAD = b'--b\r\nContent-Disposition: form-data; name="upload"; filename="f"\r\n\r\n\x00\xff\r\n'
ODD = b"--b \r\nX: y\r\nContent-Disposition: form-data; name=text\r\n\r\nE\r\n"


def posted(*chunks: bytes, **headers: str) -> Req:
    kind = {"content-type": "multipart/form-data; boundary=b", **headers}
    return Req("POST", "/", {k.replace("_", "-"): v for k, v in kind.items()}, content=list(chunks))


@parity(
    posted(TEXT + UPLOAD + b"--b--\r\n"),
    posted(TEXT, UPLOAD, b"--b--\r\n"),
    posted(TEXT + UPLOAD[:70], UPLOAD[70:] + b"--b--", b""),
    posted(TEXT + UPLOAD + b"--b--\r\nepilogue"),
    posted(b"\r\n" + TEXT + UPLOAD + b"--b--"),
    posted(ODD.replace(b"--b ", b"--b") + UPLOAD + b"--b--"),
    posted(TEXT + ODD + UPLOAD + b"--b--"),
    posted(TEXT + UPLOAD),
    posted(TEXT + UPLOAD[:-9]),
    posted(TEXT[:30]),
    posted(TEXT + UPLOAD + b"--c--"),
    posted(b"--b--\r\n"),
    posted(b""),
    posted(TEXT.replace(b"\r\n", b"\n")),
    posted(TEXT.replace(b"name", b"title") + b"--b--"),
    posted(TEXT * 3 + UPLOAD * 2 + b"--b--"),
    posted(TEXT.replace(b"E", b"\xff") + UPLOAD + b"--b--"),
    posted(TEXT + UPLOAD.replace(b'"f"', '"é\\"; x=ü"'.encode()) + b"--b--"),
    posted(
        TEXT + UPLOAD + b"--b--", content_type='multipart/form-data; boundary="b"; charset=latin-1'
    ),
    posted(TEXT + UPLOAD + b"--b--", content_type="MULTIPART/form-data;boundary=b"),
    posted(TEXT + UPLOAD + b"--b--", content_type="multipart/form-data; boundary=" + "b" * 300),
    posted(TEXT + UPLOAD + b"--b--", content_type="multipart/form-data"),
    posted(TEXT + UPLOAD.replace(b"\xff", bytes(1_100_000)) + b"--b--"),
    posted(TEXT.replace(b"E", b"E" * 1_048_577) + UPLOAD + b"--b--"),
)
def test_odd_and_broken_forms_are_read_as_starlette_reads_them(fw: Framework) -> Any:
    app = fw.FastAPI()

    @app.post("/")
    async def read(text: Annotated[str, fw.Form()], upload: fw.UploadFile) -> Any:
        content = await upload.read()
        shown = [upload.filename, upload.content_type, upload.size, content[:9].hex(), len(content)]
        return [ascii(text[:9]), len(text), shown, dict(upload.headers), upload.file._rolled]

    return app


@parity(Req("POST", "/file", files=[("f", "a", None, b"abc")]))
def test_reading_a_file_as_bytes_restores_its_position(fw):
    app = fw.FastAPI()

    @app.post("/file")
    async def file(f: Annotated[bytes, fw.File()], request: fw.Request):
        form = await request.form()
        return [len(f), (await form["f"].read()).decode()]

    return app
