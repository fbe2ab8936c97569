"""Form fields and uploaded files."""

from typing import Annotated

from ..client import POST, Req, raw
from ..harness import parity

MULTIPART = "multipart/form-data; boundary=parity-boundary"


@parity(
    POST("/login", form={"username": "u", "password": "p"}),
    POST("/login", form={"username": "u"}),
    POST("/login", form={"username": "", "password": ""}),
    POST("/login", json={"username": "u", "password": "p"}),
    POST("/login"),
    POST("/login", files=[("username", None, None, b"u"), ("password", None, None, b"p")]),
    raw("/login", "username=u&password=a%26b+c&username=v", "application/x-www-form-urlencoded"),
    raw(
        "/login",
        "username=%ff&password=%E2%82%AC",
        "application/x-www-form-urlencoded; charset=latin-1",
    ),
    raw("/login", "username=u&password=p", None),
    POST("/types?q=1", form={"n": "3", "tags": ["a", "b"]}),
    POST("/types", form={"n": "x"}),
    POST("/types", form={"n": "", "opt": ""}),
    POST("/types", form={"n": 1, "opt": 5}),
    POST("/single", form={"n": "3"}),
    POST("/single", form={}),
    POST("/alias", form={"the-n": "3"}),
    POST("/constrained", form={"s": "abcdef"}),
)
def test_form_fields_are_read_and_validated(fw):
    """An empty string and an empty file without a name count as missing."""
    app = fw.FastAPI()
    Form = fw.Form

    @app.post("/login")
    def login(username: Annotated[str, Form()], password: str = Form()):
        return [ascii(username), password]

    @app.post("/types")
    def types(
        n: Annotated[int, Form()],
        tags: Annotated[list[str], Form()] = [],  # noqa: B006
        opt: Annotated[int | None, Form()] = None,
        q: int = 0,
    ):
        return [n, tags, opt, q]

    @app.post("/single")
    def single(n: Annotated[int, Form()]):
        return n

    @app.post("/alias")
    def alias(n: Annotated[int, Form(alias="the-n")]):
        return n

    @app.post("/constrained")
    def constrained(
        s: Annotated[
            str, Form(max_length=5, description="short", media_type="multipart/form-data")
        ],
    ):
        return s

    return app


@parity(
    POST("/bytes", files=[("file", "a.txt", "text/plain", b"hello")]),
    POST("/bytes", files=[]),
    POST("/bytes", files=[("file", None, None, b"text")]),
    POST("/upload", files=[("file", "a.txt", "text/plain", b"hello")]),
    POST("/upload", files=[("file", "", None, b"")]),
    POST("/upload", form={"file": "x"}),
    POST("/upload"),
    POST("/many", files=[("files", "a", None, b"1"), ("files", "b", None, b"22")]),
    POST("/many", files=[("files", "a", None, b"1")]),
    POST("/many", files=[]),
    POST("/optional", files=[("x", None, None, b"1")]),
    POST("/optional"),
    POST("/optional", files=[("file", "f", "image/png", b"")]),
    POST("/mixed", files=[("file", "a", None, b"abc"), ("token", None, None, b"t")]),
    POST("/mixed", files=[("token", None, None, b"t")]),
    raw("/upload", b"garbage", MULTIPART),
    raw("/upload", b"", MULTIPART),
    raw("/upload", b"x", "multipart/form-data"),
    POST("/list-bytes", files=[("files", "a", None, b"1"), ("files", "b", None, b"22")]),
    POST("/raw", files=[("f", "n", None, b"1"), ("g", None, None, b"2")]),
)
def test_files_are_received(fw):
    """The document describes them as `application/octet-stream`."""
    app = fw.FastAPI()
    File, UploadFile = fw.File, fw.UploadFile

    @app.post("/bytes")
    def read_bytes(file: Annotated[bytes, File()]):
        return len(file)

    @app.post("/upload")
    async def upload(file: UploadFile):
        return [file.filename, file.content_type, file.size, (await file.read()).decode()]

    @app.post("/many")
    async def many(files: list[UploadFile]):
        return [file.filename for file in files]

    @app.post("/list-bytes")
    async def list_bytes(files: Annotated[list[bytes], File(description="several")]):
        return [len(file) for file in files]

    @app.post("/optional")
    async def optional(file: UploadFile | None = None):
        return None if file is None else file.filename

    @app.post("/mixed")
    async def mixed(file: Annotated[bytes, File()], token: Annotated[str, fw.Form()]):
        return [len(file), token]

    @app.post("/raw")
    async def read_raw(request: fw.Request):
        async with request.form() as form:
            return sorted(form)

    return app


@parity(
    POST("/", form=[(f"k{i}", "v") for i in range(5)]),
    POST("/", form={"a": "1"}),
    POST("/files", files=[("f", "n", None, b"1")] * 3),
    POST("/part", files=[("a", None, None, b"x" * 2000)]),
    POST("/route", form=[("a", "1"), ("b", "2")]),
    POST("/route", form={"a": "1"}),
)
def test_form_limits_are_merged_from_app_to_route(fw):
    """A form over a limit is a 400 with Starlette's text."""
    app = fw.FastAPI(form_limits={"max_fields": 3, "max_files": 2, "max_part_size": 1000})
    Form = fw.Form

    @app.post("/")
    def read(a: Annotated[str, Form()] = ""):
        return a

    @app.post("/files")
    def files(f: list[fw.UploadFile]):
        return len(f)

    @app.post("/part")
    def part(a: Annotated[str, Form()]):
        return len(a)

    @app.post("/route", form_limits={"max_fields": 1})
    def route(a: Annotated[str, Form()]):
        return a

    return app


@parity(
    Req("POST", "/small", json={"a": 1}),
    Req("POST", "/small", json={"a": "x" * 100}),
    Req("POST", "/large", json={"a": "x" * 100}),
    Req(
        "POST",
        "/small",
        content=[b'{"a": "', b"x" * 60, b'"}'],
        headers={"content-type": "application/json", "content-length": "9"},
    ),
    Req(
        "POST",
        "/small",
        content=[b'{"a": "', b"x" * 60, b'"}'],
        headers={
            "content-type": "application/json",
            "transfer-encoding": "chunked",
            "content-length": "0",
        },
    ),
    Req("POST", "/own", content="x" * 11),
    Req("POST", "/own", content="x" * 9),
    Req("POST", "/unread", content="x" * 100),
    Req("POST", "/nowhere", content="x" * 100),
)
def test_bodies_over_the_limit_are_refused(fw):
    """The 413 is plain text if the announced length is too large, else JSON."""
    app = fw.FastAPI(max_body_size=50)

    @app.post("/small")
    def small(a: Annotated[dict, fw.Body()]):
        return a

    @app.post("/large", max_body_size=1000)
    def large(a: Annotated[dict, fw.Body()]):
        return a

    @app.post("/own", max_body_size=10)
    async def own(request: fw.Request):
        return len(await request.body())

    @app.post("/unread")
    async def unread():
        return "unread"

    return app


@parity(
    POST("/list", [1]),
    POST("/list", files=[("value", "a", None, b"1")]),
    POST("/list", form={"value": "x"}),
)
def test_a_bare_list_is_taken_for_a_list_of_files(fw):
    """An annotation without item types is read as FastAPI reads it."""
    app = fw.FastAPI()

    @app.post("/list")
    def read(value: list):
        return [type(item).__name__ for item in value]

    return app
