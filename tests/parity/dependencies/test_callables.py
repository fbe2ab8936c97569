"""Endpoints and dependencies of every callable kind."""

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any

from pydantic import BaseModel, Field, validate_call
from starlette.requests import HTTPConnection
from starlette.requests import Request as StarletteRequest

from ..client import GET, raw
from ..harness import parity


@parity(
    """
    /callable?n=1 /callable?n=x /async-callable?n=1 /partial?n=2 /partial?n=2&extra=9
    /kwpartial?n=1 /async-partial?n=3 /wrapped?n=4 /async-wrapped?n=5 /method?n=6
    /classmethod?n=7 /staticmethod?n=8 /lambda /class?n=9 /unwrapped?n=1 /partial-callable?n=1
    /double?n=1
    """,
)
def test_endpoints_may_be_any_callable(fw):
    """Partial functions, wrapped functions, instances and classes are sync or async."""
    app = fw.FastAPI()

    class Sync:
        def __call__(self, n: int):
            return ["sync", n]

    class Async:
        async def __call__(self, n: int):
            return ["async", n]

    class Methods:
        def method(self, n: int):
            return ["method", n]

        @classmethod
        def klass(cls, n: int):
            return [cls.__name__, n]

        @staticmethod
        def static(n: int):
            return ["static", n]

    class Made:
        def __init__(self, n: int):
            self.n = n

    def full(extra: int, n: int):
        return [extra, n]

    def kw(n: int, extra: int = 1):
        return [extra, n]

    async def afull(extra: int, n: int):
        return [extra, n]

    def deco(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            return ["wrapped", function(*args, **kwargs)]

        return inner

    def async_deco(function):
        @functools.wraps(function)
        async def inner(*args, **kwargs):
            return ["wrapped", await function(*args, **kwargs)]

        return inner

    def bare(*args, **kwargs):
        return sorted(kwargs)

    app.get("/callable", name="callable")(Sync())
    app.get("/async-callable", name="async-callable")(Async())
    app.get("/partial", name="partial")(functools.partial(full, 5))
    app.get("/kwpartial", name="kwpartial")(functools.partial(kw, extra=7))
    app.get("/async-partial", name="async-partial")(functools.partial(afull, 6))
    app.get("/wrapped")(deco(kw))
    app.get("/double", name="double")(deco(deco(kw)))
    app.get("/async-wrapped", name="aw")(async_deco(afull_kw := functools.partial(afull, 1)))
    app.get("/method")(Methods().method)
    app.get("/classmethod")(Methods.klass)
    app.get("/staticmethod")(Methods.static)
    app.get("/lambda", name="lambda")(lambda: "lambda")
    app.get("/class")(Made)
    app.get("/unwrapped")(bare)
    app.get("/partial-callable", name="pc")(functools.partial(Sync()))
    assert afull_kw
    return app


@parity(
    """
    /class?n=1 /shortcut?n=1 /shortcut?n=x /instance?n=2 /async-instance?n=2 /partial?n=3
    /wrapped?n=4 /lambda /method?n=1 /gen-instance?n=5 /async-gen-instance?n=6 /gen-partial?n=7
    /wrapped-gen?n=8 /dataclass?n=1&m=2 /model?n=3 /async-wrapped?n=4 /wrapped-async-gen?n=1
    """,
)
def test_dependencies_may_be_any_callable(fw):
    """Classes, instances, partial functions and wrapped generators are among them."""
    from dataclasses import dataclass

    app = fw.FastAPI()
    Depends = fw.Depends

    class Common:
        def __init__(self, n: int, m: int = 2):
            self.n, self.m = n, m

    @dataclass
    class Data:
        n: int
        m: int

    class Model(BaseModel):
        n: int

    class Instance:
        def __init__(self, factor):
            self.factor = factor

        def __call__(self, n: int):
            return n * self.factor

        def method(self, n: int):
            return n + self.factor

    class AsyncInstance:
        async def __call__(self, n: int):
            return n

    class GenInstance:
        def __call__(self, n: int):
            fw.log.append("enter")
            yield n
            fw.log.append("exit")

    class AsyncGenInstance:
        async def __call__(self, n: int):
            fw.log.append("aenter")
            yield n
            fw.log.append("aexit")

    def gen(k, n: int):
        fw.log.append("pin")
        yield [k, n]
        fw.log.append("pout")

    async def agen(n: int):
        fw.log.append("in")
        yield n
        fw.log.append("out")

    def deco(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            return function(*args, **kwargs)

        return inner

    def plain(n: int):
        return n

    async def aplain(n: int):
        return n

    def add(path, dependency):
        def endpoint(value: Annotated[Any, Depends(dependency)]):
            return value if isinstance(value, (int, str, list, dict)) else vars(value)

        app.get(f"/{path}", name=path)(endpoint)

    @app.get("/shortcut")
    def shortcut(common: Annotated[Common, Depends()], other: Common = Depends()):
        return [vars(common), common is other]

    add("class", Common)
    add("dataclass", Data)
    add("model", Model)
    add("instance", Instance(3))
    add("method", Instance(3).method)
    add("async-instance", AsyncInstance())
    add("partial", functools.partial(plain))
    add("wrapped", deco(plain))
    add("async-wrapped", deco(aplain))
    add("lambda", lambda: "lambda")
    add("gen-instance", GenInstance())
    add("async-gen-instance", AsyncGenInstance())
    add("gen-partial", functools.partial(gen, 1))
    add("wrapped-gen", deco(gen_wrapped(fw)))
    add("wrapped-async-gen", deco(agen))
    return app


def gen_wrapped(fw):
    def inner(n: int):
        fw.log.append("win")
        yield n
        fw.log.append("wout")

    return inner


@parity(
    GET("/request?x=1", headers={"a": "b"}),
    """
    /response /connection /background /default-none /unannotated?request=5 /subclass /string
    /many
    """,
)
def test_objects_of_the_request_are_passed_by_annotation(fw):
    """`HTTPConnection`, `Request`, `Response` and `BackgroundTasks` are passed."""
    app = fw.FastAPI()

    class MyRequest(StarletteRequest):
        pass

    @app.get("/request")
    def request(request: fw.Request):
        return [
            request.method,
            str(request.url),
            request.headers.get("a"),
            request.query_params["x"],
        ]

    @app.get("/response")
    def response(response: fw.Response):
        response.headers["x-a"] = "1"
        return None

    @app.get("/connection")
    def connection(conn: HTTPConnection):
        return [type(conn).__name__, conn.scope["path"]]

    @app.get("/background")
    async def background(tasks: fw.BackgroundTasks):
        tasks.add_task(fw.log.append, "ran")
        return "ok"

    @app.get("/default-none")
    def default_none(request: StarletteRequest = None, response: fw.Response = None):
        return [request is None, response is None]

    @app.get("/unannotated")
    def unannotated(request):
        return request

    @app.get("/subclass")
    def subclass(request: MyRequest):
        return type(request).__name__

    @app.get("/string")
    def string(request: "StarletteRequest"):
        return type(request).__name__

    @app.get("/many")
    def many(a: fw.Request, b: StarletteRequest, r: fw.Response, s: fw.Response):
        return [a is b, r is s, b is a]

    return app


@parity(
    """
    /?request=1&scope=2&receive=3&send=4&self=5&response=6&values=7&errors=8&app=9
    /keywords?import=1
    """,
    GET("/unicode?größe=1"),
    """
    /unicode?gr%C3%B6%C3%9Fe=2&%E5%90%8D=3 /hostile?a"b=1&x'y=2
    /hostile?a%22b=1&x%27y=2&n%0Al=3&%7Bb%7D=4 /dunder?__class__=1&_x=2 /none?None=1
    """,
    raw("/body", '{"self": 1, "scope": 2}'),
)
def test_hostile_parameter_names_do_not_disturb_the_request(fw):
    """Names have quotes, are keywords, or are those of generated code."""
    app = fw.FastAPI()
    Query, Body = fw.Query, fw.Body

    @app.get("/")
    def read(
        request: int,
        scope: int,
        receive: int,
        send: int,
        self: int,
        response: int,
        values: int,
        errors: int,
        app: int,
    ):
        return [request, scope, receive, send, self, response, values, errors, app]

    @app.get("/keywords")
    def keywords(v: Annotated[int, Query(alias="import")]):
        return v

    @app.get("/unicode")
    def unicode(größe: int, 名: int = 0):
        return [größe, 名]

    @app.get("/hostile")
    def hostile(
        a: Annotated[int | None, Query(alias='a"b')] = None,
        b: Annotated[int | None, Query(alias="x'y")] = None,
        c: Annotated[int | None, Query(alias="n\nl")] = None,
        d: Annotated[int | None, Query(alias="{b}")] = None,
        e: Annotated[int | None, Query(alias='"""\\')] = None,
    ):
        return [a, b, c, d, e]

    @app.get("/dunder")
    def dunder(cls: Annotated[int, Query(alias="__class__")], _x: int = 0):
        return [cls, _x]

    @app.get("/none")
    def none(v: Annotated[int, Query(alias="None")]):
        return v

    @app.post("/body")
    def body(self: Annotated[int, Body()], scope: Annotated[int, Body()]):
        return [self, scope]

    return app


@parity("/posonly?a=1 /posonly-dep?a=1 /mixed?a=1&b=2 /kwonly?a=1")
def test_positional_only_parameters_cannot_be_served(fw):
    app = fw.FastAPI()

    @app.get("/posonly")
    def posonly(a: int, /):
        return a

    def dep(a: int, /):
        return a

    @app.get("/posonly-dep")
    async def posonly_dep(d: Annotated[int, fw.Depends(dep)]):
        return d

    @app.get("/mixed")
    async def mixed(a: int, /, b: int):
        return [a, b]

    @app.get("/kwonly")
    async def kwonly(*args: int, a: int):
        return a

    return app


@parity("/cm?n=1 /acm?n=1 /class-gen?n=3 /async-class", trio=True)
def test_functions_decorated_as_context_managers_fail_alike(fw):
    """They are plain callables."""
    app = fw.FastAPI()

    @contextmanager
    def cm(n: int):
        fw.log.append("cm in")
        yield n
        fw.log.append("cm out")

    @asynccontextmanager
    async def acm(n: int):
        fw.log.append("acm in")
        yield n
        fw.log.append("acm out")

    class Gen:
        async def __call__(self, n: int) -> AsyncIterator[int]:
            fw.log.append("in")
            yield n
            fw.log.append("out")

    class AsyncInit:
        def __init__(self):
            self.x = 1

        async def __call__(self):
            return 5

    @app.get("/cm")
    def with_cm(c: Annotated[Any, fw.Depends(cm)]):
        return c if isinstance(c, int) else type(c).__name__

    @app.get("/acm")
    async def with_acm(c: Annotated[Any, fw.Depends(acm)]):
        return c if isinstance(c, int) else type(c).__name__

    @app.get("/class-gen")
    async def class_gen(c: Annotated[int, fw.Depends(Gen())]):
        return c

    @app.get("/async-class")
    async def async_class(
        a: Annotated[AsyncInit, fw.Depends()], b: Annotated[int, fw.Depends(AsyncInit())]
    ):
        return [a.x, b]

    return app


@parity(
    "/call?a=1&b=2 /call?a=x&b=2",
    "/lru?n=3",
    "/validate?a=3 /validate?a=-1",
    "/nested-partial?c=1 /nested-partial?b=9&c=1",
)
def test_decorated_functions_are_served(fw):
    """Decorators are `wraps`, `lru_cache`, `validate_call`, and partial functions of partial
    functions.
    """
    app = fw.FastAPI()

    @functools.lru_cache
    def cached(n: int):
        return n

    @validate_call
    def validated(a: Annotated[int, Field(gt=0)]):
        return a

    def three(a: int, b: int, c: int):
        return [a, b, c]

    class Adder:
        def __init__(self, k):
            self.k = k

        def add(self, a: int, b: int):
            return a + b + self.k

    app.get("/call", name="call")(Adder(1).add)
    app.get("/lru", name="lru")(cached)
    app.get("/validate", name="validate")(validated)
    app.get("/nested-partial", name="np")(functools.partial(functools.partial(three, 1), b=2))
    return app
