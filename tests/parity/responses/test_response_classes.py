"""Response classes of an application's own: what they override is used, also what changes later."""

import functools

import pytest

from ..client import GET, POST, Req
from ..harness import parity
from ..patching import put_back, replace


@pytest.fixture(autouse=True)
def originals():
    """Leave everything as it was."""
    yield
    put_back()


def recording_class(fw, base, *names):
    """Return a subclass that writes into the log what it is asked for, and with which arguments."""

    def method(name, original):
        def wrapped(self, *args, **kwargs):
            shown = sorted(key for key in kwargs)
            fw.log.append(f"{name} {len(args)} {shown}")
            return original(self, *args, **kwargs)

        return wrapped

    def attribute(name, original):
        def read(self):
            fw.log.append(name)
            return original.fget(self)

        return property(read)

    namespace = {}
    for name in names:
        original = getattr(base, name)
        make = attribute if isinstance(original, property) else method
        namespace[name] = make(name, original)
    return type("Recording", (base,), namespace)


def served(fw, *classes, **options):
    """Return an application with two routes for each class: without a model and with one."""
    app = fw.FastAPI()
    for number, cls in enumerate(classes):

        def read():
            return "text"

        async def typed() -> str:
            return "typed"

        app.get(f"/{number}", response_class=cls, name=f"read{number}", **options)(read)
        app.get(f"/{number}/typed", response_class=cls, name=f"typed{number}", **options)(typed)
    return app


BOTH = "/0 /0/typed /1 /1/typed"


@parity(BOTH, openapi=False)
def test_each_method_of_a_response_class_is_called_as_fastapi_calls_it(fw):
    names = ["__init__", "render", "init_headers", "headers", "__call__"]
    responses = fw.responses
    return served(
        fw,
        recording_class(fw, responses.JSONResponse, *names),
        recording_class(fw, responses.PlainTextResponse, *names),
    )


@parity("/0 /0/typed")
def test_a_response_class_may_have_its_body_as_a_property(fw):
    class Body(fw.responses.PlainTextResponse):
        @property
        def body(self):
            return self.__dict__["body"] + b"!"

        @body.setter
        def body(self, body):
            self.__dict__["body"] = body

    return served(fw, Body)


@parity("/0 /0/typed")
def test_a_response_class_may_have_its_head_as_properties(fw):
    class Head(fw.responses.JSONResponse):
        raw_headers = property(
            lambda self: [*self.__dict__["raw"], (b"x-late", b"1")],
            lambda self, raw: self.__dict__.update(raw=raw),
        )
        status_code = property(
            lambda self: 202, lambda self, status: fw.log.append(f"status {status}")
        )

    return served(fw, Head)


@parity(BOTH)
def test_a_metaclass_decides_what_the_attributes_of_a_response_class_are(fw):
    class Meta(type):
        @property
        def media_type(cls):
            return "text/made"

        def __call__(cls, *args, **kwargs):
            fw.log.append(f"made {len(args)} {sorted(kwargs)}")
            response = super().__call__(*args, **kwargs)
            response.headers["x-made"] = "1"
            return response

    class Made(fw.responses.PlainTextResponse, metaclass=Meta):
        pass

    class Other(fw.responses.JSONResponse, metaclass=Meta):
        pass

    return served(fw, Made, Other)


def change(fw, app):
    fw.keep.text.render = lambda self, content: b"<" + content.encode() + b">"
    fw.keep.data.media_type = "application/later"
    fw.keep.text.charset = "utf-16"


def change_back(fw, app):
    del fw.keep.text.render
    del fw.keep.data.media_type


@parity(BOTH, change, BOTH, change_back, BOTH)
def test_a_response_class_may_change_while_it_is_used(fw):
    class Text(fw.responses.PlainTextResponse):
        pass

    class Data(fw.responses.JSONResponse):
        pass

    fw.keep.text, fw.keep.data = Text, Data
    return served(fw, Text, Data)


@parity("/0 /0/typed /1 /1/typed /2 /2/typed", openapi=False)
def test_what_makes_responses_need_not_be_a_class(fw):
    responses = fw.responses

    def make(content, **options):
        fw.log.append(f"make {content!r} {sorted(options)}")
        return responses.PlainTextResponse(content, headers={"x-made": "1"}, **options)

    class Maker:
        def __call__(self, content, **options):
            return responses.JSONResponse([content], **options)

    partial = functools.partial(responses.HTMLResponse, headers={"x-partial": "1"})
    return served(fw, make, partial, Maker(), include_in_schema=False)


@parity("/0 /1", openapi=False)
def test_a_response_class_is_used_for_a_status_without_a_body(fw):
    app = fw.FastAPI()
    names = ["__init__", "render", "headers"]
    for number, base in enumerate([fw.responses.JSONResponse, fw.responses.PlainTextResponse]):
        cls = recording_class(fw, base, *names)
        path = f"/{number}"
        app.get(path, response_class=cls, status_code=205, name=path)(lambda: "text")
    return app


@parity("/0 /0/typed", openapi=False)
def test_a_response_class_may_set_cookies_itself(fw):
    class Cookies(fw.responses.JSONResponse):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.set_cookie("a", "1")

        def set_cookie(self, *args, **kwargs):
            fw.log.append("cookie")
            super().set_cookie(*args, **kwargs)

    return served(fw, Cookies)


@parity("/chunks /more", openapi=False)
def test_a_class_of_streams_is_given_the_chunks_by_name(fw):
    app = fw.FastAPI()
    Chunks = recording_class(
        fw, fw.responses.StreamingResponse, "__init__", "init_headers", "headers", "__call__"
    )

    @app.get("/chunks", response_class=Chunks)
    async def chunks():
        yield "a"

    @app.get("/more", response_class=Chunks, status_code=201)
    def more():
        yield b"b"

    return app


def patched_default(fw, app):
    replace("starlette.responses.JSONResponse.media_type", lambda media_type: "application/patched")
    replace("starlette.responses.Response.charset", lambda charset: "latin-1")


def default(fw, app):
    put_back()


@parity("/a /text /model", patched_default, "/a /text /model", default, "/a /text /model")
def test_a_media_type_and_a_charset_may_be_replaced(fw):
    app = fw.FastAPI()

    @app.get("/a")
    def read():
        return {"a": 1}

    @app.get("/text", response_class=fw.responses.PlainTextResponse)
    def text():
        return "caf\xe9"

    @app.get("/model")
    def model() -> str:
        return "m"

    return app


@parity(
    POST("/", {"a": 1}),
    Req("POST", "/", content=b"{", headers={"content-type": "x/y"}),
    compiled=False,
)
def test_a_request_class_of_a_route_class_reads_the_body(fw):
    class Own(fw.Request):
        async def json(self):
            fw.log.append("json")
            return {"own": await super().json()}

        async def body(self):
            fw.log.append("body")
            return await super().body()

        @property
        def headers(self):
            fw.log.append("headers")
            return super().headers

    class Route(fw.routing.APIRoute):
        def get_route_handler(self):
            original = super().get_route_handler()

            async def handler(request):
                return await original(Own(request.scope, request.receive))

            return handler

    app = fw.FastAPI()
    app.router.route_class = Route

    @app.post("/")
    async def read(item: dict):
        return item

    return app


def replacing(name):
    def step(fw, app):
        replace(f"{fw.root}.routing.{name}", lambda cls: type(name, (cls,), {"__init__": init(fw)}))

    def init(fw):
        def __init__(self, *args, **kwargs):
            fw.log.append(f"{name} {sorted(kwargs)}")
            super(type(self), self).__init__(*args, **kwargs)

        return __init__

    return step


@parity(
    GET("/"),
    *[replacing(name) for name in ("Request", "Response", "StreamingResponse")],
    *["/ /lines /other"],
    default,
    GET("/"),
)
def test_classes_that_the_routing_module_names_may_be_replaced(fw):
    app = fw.FastAPI()

    @app.get("/")
    async def read(request: fw.Request) -> str:
        return type(request).__name__

    @app.get("/lines")
    async def lines():
        yield 1

    return app


@parity("/hints /memory /cookie", openapi=False)
def test_newer_responses_of_starlette(fw):
    """Starlette 1.10: early hints, memory views, partitioned cookies."""
    app = fw.FastAPI()

    @app.get("/hints")
    async def hints(request: fw.Request):
        send_early_hints = getattr(request, "send_early_hints", None)
        if send_early_hints is not None:
            await send_early_hints("</a.css>; rel=preload")
        return "hints"

    @app.get("/memory")
    def memory():
        return fw.Response(memoryview(b"bytes"), media_type="text/plain")

    @app.get("/cookie")
    def cookie(response: fw.Response):
        try:
            response.set_cookie("a", "1", secure=True, partitioned=True)
        except ValueError as error:  # Python before 3.14 does not know the attribute
            return str(error)
        return "set"

    return app
