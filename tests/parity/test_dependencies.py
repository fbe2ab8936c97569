"""Dependencies: graphs, caching, generators, scopes, overrides, security scopes."""

import contextvars
import threading
from typing import Annotated, Any

import anyio
from starlette.requests import HTTPConnection

from .client import GET, POST, WS
from .harness import parity


@parity(
    "/?a=1&b=2 /?a=x&b=y / /nested?a=1&b=2&c=3 /nested?a=x&b=x&c=x /default?a=3",
    trio=True,
)
def test_dependencies_nest(fw):
    """dependencies: nested; sub-dependency errors first"""
    app = fw.FastAPI()
    Depends = fw.Depends

    def first(a: int):
        fw.log.append(f"first {a}")
        return a

    async def second(b: int, a: Annotated[int, Depends(first)]):
        fw.log.append(f"second {a} {b}")
        return a + b

    @app.get("/")
    async def read(total: Annotated[int, Depends(second)]):
        return total

    @app.get("/nested")
    def nested(c: int, total: Annotated[int, Depends(second)], one: Annotated[int, Depends(first)]):
        return [c, total, one]

    @app.get("/default")
    def default(one: int = Depends(first)):
        return one

    return app


@parity(
    "/ /uncached /mixed /twice /in-tree /classes?n=1 /falsy",
)
def test_a_dependency_runs_once_per_request_unless_use_cache_is_off(fw):
    """dependencies: cached, use_cache=False"""
    app = fw.FastAPI()
    Depends = fw.Depends
    numbers = iter(range(1000))

    def count():
        value = next(numbers)
        fw.log.append(value)
        return value

    def left(n: Annotated[int, Depends(count)]):
        return n

    def right(n: Annotated[int, Depends(count)]):
        return n

    def fresh(n: Annotated[int, Depends(count, use_cache=False)]):
        return n

    def none():
        fw.log.append("none")

    class Holder:
        def __init__(self, n: int):
            fw.log.append("made")
            self.n = n

    @app.get("/")
    def read(
        a: Annotated[int, Depends(left)], b: Annotated[int, Depends(right)], c: int = Depends(count)
    ):
        return [a, b, c]

    @app.get("/uncached")
    def uncached(
        a: int = Depends(count, use_cache=False), b: int = Depends(count, use_cache=False)
    ):
        return [a, b]

    @app.get("/mixed")
    def mixed(
        a: int = Depends(count),
        b: int = Depends(count, use_cache=False),
        c: int = Depends(count),
        d: int = Depends(left),
    ):
        return [a, b, c, d]

    @app.get("/twice", dependencies=[Depends(count), Depends(count)])
    def twice(a: int = Depends(count)):
        return a

    @app.get("/in-tree")
    def in_tree(a: int = Depends(fresh), b: int = Depends(left), c: int = Depends(fresh)):
        return [a, b, c]

    @app.get("/classes")
    def classes(a: Annotated[Holder, Depends()], b: Annotated[Holder, Depends(Holder)]):
        return [a is b, a.n]

    @app.get("/falsy")
    def falsy(a: None = Depends(none), b: None = Depends(none)):
        return [a, b]

    return app


@parity(
    "/sync /async /both /nested /response /stream /fail /http /after",
    trio=True,
)
def test_generators_exit_after_the_response_in_reverse_order(fw):
    """Exit after response (0.118): response + background → request-scope exit"""
    app = fw.FastAPI()
    Depends = fw.Depends
    log = fw.log

    def sync_gen():
        log.append("sync in")
        try:
            yield "s"
        except BaseException as error:
            log.append(f"sync saw {type(error).__name__}")
            raise
        finally:
            log.append("sync out")

    async def async_gen():
        log.append("async in")
        try:
            yield "a"
        except BaseException as error:
            log.append(f"async saw {type(error).__name__}")
            raise
        finally:
            log.append("async out")

    def upper(s: Annotated[str, Depends(sync_gen)], a: Annotated[str, Depends(async_gen)]):
        log.append("upper in")
        yield s + a
        log.append("upper out")

    @app.get("/sync")
    def read_sync(v: Annotated[str, Depends(sync_gen)]):
        log.append("endpoint")
        return v

    @app.get("/async")
    async def read_async(v: Annotated[str, Depends(async_gen)]):
        log.append("endpoint")
        return v

    @app.get("/both")
    async def both(
        b: Annotated[str, Depends(async_gen)],
        a: Annotated[str, Depends(sync_gen)],
        tasks: fw.BackgroundTasks,
    ):
        tasks.add_task(log.append, "background")
        return a + b

    @app.get("/nested")
    async def nested(v: Annotated[str, Depends(upper)]):
        return v

    @app.get("/response")
    async def response(v: Annotated[str, Depends(upper)]):
        return fw.responses.PlainTextResponse(v)

    @app.get("/stream")
    async def stream(v: Annotated[str, Depends(upper)]):
        async def chunks():
            for char in v:
                log.append(f"chunk {char}")
                yield char

        return fw.responses.StreamingResponse(chunks())

    @app.get("/fail")
    async def fail(v: Annotated[str, Depends(upper)]):
        raise RuntimeError("endpoint failed")

    @app.get("/http")
    async def http(v: Annotated[str, Depends(upper)]):
        raise fw.HTTPException(418, "teapot")

    @app.get("/after")
    async def after(v: Annotated[str, Depends(upper)]):
        def broken():
            log.append("background")
            raise ValueError("background failed")

        from starlette.background import BackgroundTask

        return fw.responses.JSONResponse(v, background=BackgroundTask(broken))

    return app


@parity(
    """
    /function /request /both-scopes /chain /fail /http /sync-function /background /route-level
    /stream
    """,
    trio=True,
)
def test_the_scope_of_a_generator_decides_when_it_exits(fw):
    """scope="function"|"request" (0.121); Observed order: function-scope exit → response + background → request-scope exit"""
    app = fw.FastAPI()
    Depends = fw.Depends
    log = fw.log

    async def gen():
        log.append("in")
        try:
            yield "v"
        except Exception as error:
            log.append(f"saw {error!r}")
            raise
        finally:
            log.append("out")

    def sync_gen():
        log.append("sync in")
        try:
            yield "s"
        finally:
            log.append("sync out")

    async def on_request(v: Annotated[str, Depends(gen, scope="request")]):
        log.append("outer in")
        yield v
        log.append("outer out")

    async def inner(v: Annotated[str, Depends(on_request)]):
        log.append("inner in")
        yield v + "!"
        log.append("inner out")

    @app.get("/function")
    async def function(v: Annotated[str, Depends(gen, scope="function")]):
        log.append("endpoint")
        return v

    @app.get("/request")
    async def request(v: Annotated[str, Depends(gen, scope="request")]):
        log.append("endpoint")
        return v

    @app.get("/both-scopes")
    async def both(
        a: Annotated[str, Depends(gen, scope="function")],
        b: Annotated[str, Depends(gen, scope="request")],
    ):
        return a + b

    @app.get("/chain")
    async def chain(v: Annotated[str, Depends(inner, scope="function")]):
        return v

    @app.get("/fail")
    async def fail(
        a: Annotated[str, Depends(gen, scope="function")], b: Annotated[str, Depends(on_request)]
    ):
        raise RuntimeError("failed")

    @app.get("/http")
    async def http(a: Annotated[str, Depends(gen, scope="function")]):
        raise fw.HTTPException(409, "conflict")

    @app.get("/sync-function")
    def sync_function(a: Annotated[str, Depends(sync_gen, scope="function")]):
        log.append("endpoint")
        return a

    @app.get("/background")
    async def background(
        a: Annotated[str, Depends(sync_gen, scope="function")], tasks: fw.BackgroundTasks
    ):
        tasks.add_task(log.append, "background")
        return a

    @app.get("/route-level", dependencies=[Depends(gen, scope="function"), Depends(sync_gen)])
    async def route_level():
        log.append("endpoint")

    @app.get("/stream")
    async def stream(a: Annotated[str, Depends(gen, scope="function")]):
        async def chunks():
            log.append("chunk")
            yield a

        return fw.responses.StreamingResponse(chunks())

    return app


@parity(
    """
    /exit-error /exit-http /exit-error-function /exit-http-function /swallow /swallow-async
    /bare /convert /convert-async /convert-function /entry /entry-http /entry-second /custom
    /validation?n=x /no-yield /two-yields /exit-after-http /swallow-http /response-error
    """,
    trio=True,
)
def test_exceptions_in_and_around_generators(fw):
    """exceptions in/after yield; bare except around yield: FastAPIError "Response not awaited"; HTTPException in exit"""
    app = fw.FastAPI()
    Depends, HTTPException = fw.Depends, fw.HTTPException
    log = fw.log

    class Custom(Exception):
        pass

    @app.exception_handler(Custom)
    def handle(request, error):
        log.append("handled")
        return fw.responses.JSONResponse({"custom": str(error)}, 418)

    def exit_error():
        yield 1
        raise ValueError("on exit")

    def exit_http():
        yield 1
        raise HTTPException(403, "on exit")

    def swallow():
        try:
            yield 1
        except BaseException as error:
            log.append(f"swallowed {type(error).__name__}")

    async def swallow_async():
        try:
            yield 1
        except BaseException as error:
            log.append(f"swallowed {type(error).__name__}")

    def convert():
        try:
            yield 1
        except ValueError as error:
            raise HTTPException(400, f"converted {error}") from error

    async def convert_async():
        try:
            yield 1
        except ValueError as error:
            raise Custom("converted") from error

    def entry():
        log.append("entry")
        raise ValueError("on entry")
        yield

    def outer():
        log.append("outer in")
        try:
            yield 1
        finally:
            log.append("outer out")

    def entry_second(one: Annotated[int, Depends(outer)]):
        raise HTTPException(401, "no entry")
        yield

    def no_yield():
        if log is None:
            yield 1

    async def two_yields():
        yield 1
        log.append("second")
        yield 2

    def boom():
        raise ValueError("boom")

    def endpoint(path, *dependencies, action=boom):
        @app.get(path, dependencies=list(dependencies))
        async def run():
            log.append("endpoint")
            return action()

    def raise_custom():
        raise Custom("from endpoint")

    def raise_http():
        raise HTTPException(404, "from endpoint")

    def nothing():
        return "ok"

    endpoint("/exit-error", Depends(exit_error), action=nothing)
    endpoint("/exit-http", Depends(exit_http), action=nothing)
    endpoint("/exit-error-function", Depends(exit_error, scope="function"), action=nothing)
    endpoint("/exit-http-function", Depends(exit_http, scope="function"), action=nothing)
    endpoint("/exit-after-http", Depends(exit_http), action=raise_http)
    endpoint("/swallow", Depends(swallow))
    endpoint("/swallow-async", Depends(swallow_async))
    endpoint("/swallow-http", Depends(swallow), action=raise_http)
    endpoint("/bare", Depends(outer), Depends(swallow_async), Depends(outer))
    endpoint("/convert", Depends(convert))
    endpoint("/convert-async", Depends(convert_async))
    endpoint("/convert-function", Depends(convert, scope="function"))
    endpoint("/entry", Depends(outer), Depends(entry))
    endpoint("/entry-http", Depends(entry_second))
    endpoint("/entry-second", Depends(outer), Depends(entry_second))
    endpoint("/custom", Depends(outer), action=raise_custom)
    endpoint("/no-yield", Depends(no_yield), action=nothing)
    endpoint("/two-yields", Depends(two_yields), action=nothing)

    @app.get("/validation", dependencies=[Depends(outer)])
    def validation(n: int):
        return n

    @app.get("/response-error", dependencies=[Depends(outer)])
    def response_error() -> int:
        return "not a number"

    return app


@parity(
    "/",
    lambda fw, app: app.dependency_overrides.update({fw.keep.dep: fw.keep.other}),
    "/ /sub",
    lambda fw, app: app.dependency_overrides.clear(),
    "/",
    lambda fw, app: setattr(app, "dependency_overrides", {fw.keep.dep: fw.keep.with_params}),
    "/ /?q=3 /?q=x /sub?q=4",
    lambda fw, app: app.dependency_overrides.update({fw.keep.dep: fw.keep.gen}),
    "/ /sub",
    lambda fw, app: app.dependency_overrides.pop(fw.keep.dep),
    "/ /sub",
    lambda fw, app: app.dependency_overrides.update({fw.keep.dep: lambda: "lambda"}),
    "/ /route-level /router-level",
    lambda fw, app: app.dependency_overrides.update({fw.keep.dep: fw.keep.async_other}),
    "/ /sub /router-level",
    lambda fw, app: app.dependency_overrides.update({fw.keep.dep: fw.keep.nested}),
    "/ /sub?q=1 /sub?p=5",
    lambda fw, app: app.dependency_overrides.update({fw.keep.nested: lambda: "no chain"}),
    "/ /sub",
    openapi=True,
)
def test_overrides_take_effect_at_the_next_request(fw):
    """dependency_overrides: live dict, read per request; set, replaced, with own sub-dependencies, yield"""
    Depends = fw.Depends

    def dep():
        fw.log.append("dep")
        return "real"

    def sub(d: Annotated[str, Depends(dep)], p: int = 0):
        return [d, p]

    def other():
        fw.log.append("other")
        return "other"

    async def async_other(request: fw.Request):
        return f"async {request.url.path}"

    def with_params(q: int = 9):
        return q

    def gen():
        fw.log.append("in")
        yield "generated"
        fw.log.append("out")

    def nested(one: Annotated[str, Depends(other)], q: Annotated[int, Depends(with_params)]):
        return [one, q]

    keep = dict(
        dep=dep,
        other=other,
        async_other=async_other,
        with_params=with_params,
        gen=gen,
        nested=nested,
    )
    vars(fw.keep).update(keep)
    app = fw.FastAPI()
    router = fw.APIRouter(dependencies=[Depends(dep)])

    @app.get("/")
    async def read(d: Annotated[Any, Depends(dep)]):
        return d

    @app.get("/sub")
    def read_sub(s: Annotated[list, Depends(sub)], d: Annotated[Any, Depends(dep)]):
        return [s, d]

    @app.get("/route-level", dependencies=[Depends(dep)])
    def route_level():
        return "route"

    @router.get("/router-level")
    def router_level():
        return "router"

    app.include_router(router)
    return app


@parity(
    "/ / /replaced / /order /order",
    compiled=True,
)
def test_an_override_set_by_an_earlier_dependency_counts_in_the_same_request(fw):
    """dependency_overrides: read per request, even if changed by an earlier dependency of the same request"""
    app = fw.FastAPI()
    Depends = fw.Depends

    def late():
        return "real"

    def setter():
        app.dependency_overrides[late] = lambda: "changed"

    def replacer():
        app.dependency_overrides = {late: lambda: "replaced"}

    def unsetter():
        app.dependency_overrides.clear()

    @app.get("/")
    def read(
        _: Annotated[None, Depends(setter)],
        v: Annotated[str, Depends(late)],
        __: Annotated[None, Depends(unsetter)],
    ):
        return v

    @app.get("/replaced")
    def replaced(_: Annotated[None, Depends(replacer)], v: Annotated[str, Depends(late)]):
        return v

    @app.get("/order")
    def order(
        v: Annotated[str, Depends(late)],
        _: Annotated[None, Depends(setter)],
        w: Annotated[str, Depends(late)],
    ):
        return [v, w]

    return app


@parity(
    """
    /in /app /deny?level=app /deny?level=router /deny?level=include /deny?level=route /deny
    /in?app=x&router=x
    """,
)
def test_dependencies_of_every_level_run_from_the_outside_in(fw):
    """tags, dependencies, callbacks: concatenated: parent, argument, child router, route"""
    Depends = fw.Depends

    def level(name):
        def dependency(request: fw.Request, level: str = ""):
            fw.log.append(name)
            if level == name:
                raise fw.HTTPException(403, name)

        return Depends(dependency)

    app = fw.FastAPI(dependencies=[level("app")])
    router = fw.APIRouter(dependencies=[level("router")])

    @router.get("/in", dependencies=[level("route"), level("route 2")])
    def read(own: Annotated[None, level("parameter")]):
        fw.log.append("endpoint")

    @router.get("/deny", dependencies=[level("route")])
    def deny():
        fw.log.append("endpoint")
        return "ok"

    @app.get("/app")
    def read_app():
        return "app"

    app.include_router(router, dependencies=[level("include")])
    return app


@parity(
    "/a /b /same /none /deep /use-security /mixed",
    WS("/ws"),
)
def test_security_scopes_gather_along_the_chain(fw):
    """OAuth scopes (0.122–0.123): Parent scopes propagate down; only scope-using dependencies key the cache on scopes"""
    app = fw.FastAPI()
    Depends, Security = fw.Depends, fw.Security
    SecurityScopes = fw.security.SecurityScopes
    scheme = fw.security.OAuth2PasswordBearer(
        "token", scopes={"a": "A", "b": "B", "c": "C"}, auto_error=False
    )

    def current(scopes: SecurityScopes, token: Annotated[str | None, Depends(scheme)]):
        fw.log.append(f"current {scopes.scopes}")
        return [scopes.scopes, scopes.scope_str]

    def plain():
        fw.log.append("plain")
        return "plain"

    def middle(
        user: Annotated[list, Security(current, scopes=["b"])], p: Annotated[str, Depends(plain)]
    ):
        return user

    @app.get("/a")
    def a(user: Annotated[list, Security(current, scopes=["a"])]):
        return user

    @app.get("/b")
    def b(
        user: Annotated[list, Security(middle, scopes=["a", "c"])],
        again: Annotated[list, Security(current, scopes=["a"])],
    ):
        return [user, again]

    @app.get("/same")
    def same(
        x: Annotated[list, Security(current, scopes=["a", "b"])],
        y: Annotated[list, Security(current, scopes=["b", "a"])],
    ):
        return [x, y, x is y]

    @app.get("/none")
    def none(x: Annotated[list, Depends(current)]):
        return x

    @app.get("/deep", dependencies=[Security(plain, scopes=["z"])])
    def deep(x: Annotated[list, Depends(middle)], p: Annotated[str, Security(plain, scopes=["q"])]):
        return [x, p]

    @app.get("/use-security")
    def use(
        x: Annotated[list, Security(current, scopes=["a"], use_cache=False)],
        y: list = Security(current, scopes=["a"]),
    ):
        return [x, y, x is y]

    @app.get("/mixed")
    def mixed(s: SecurityScopes, x: Annotated[list, Security(middle, scopes=["a", "b", "a"])]):
        return [s.scopes, x]

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket, user: Annotated[list, Security(current, scopes=["a"])]):
        await websocket.accept()
        await websocket.send_json(user)
        await websocket.close()

    return app


@parity(
    GET("/?n=1", headers={"x-a": "v"}),
    "/?n=x /response /background /connection",
    WS("/ws"),
    trio=True,
)
def test_dependencies_receive_the_objects_of_the_request(fw):
    """Response/Request/BackgroundTasks/HTTPConnection params in deps"""
    app = fw.FastAPI()
    Depends = fw.Depends

    def request_dep(request: fw.Request, n: int):
        return [request.headers.get("x-a"), request.url.path, n]

    def response_dep(response: fw.Response):
        response.headers["x-dep"] = "1"
        response.set_cookie("c", "d")
        response.status_code = 202
        return response

    def second_response(response: fw.Response):
        response.headers["x-second"] = response.headers.get("x-dep", "none")
        response.headers.append("x-dep", "2")

    async def background(tasks: fw.BackgroundTasks):
        tasks.add_task(fw.log.append, "from dependency")
        return tasks

    def connection(conn: HTTPConnection):
        return [conn.scope["type"], type(conn).__name__]

    @app.get("/")
    def read(v: Annotated[list, Depends(request_dep)]):
        return v

    @app.get("/response", dependencies=[Depends(response_dep), Depends(second_response)])
    def response(r: Annotated[Any, Depends(response_dep)], mine: fw.Response):
        return r is mine

    @app.get("/background")
    def with_background(t: Annotated[Any, Depends(background)], tasks: fw.BackgroundTasks):
        tasks.add_task(fw.log.append, "from endpoint")
        return t is tasks

    @app.get("/connection")
    def with_connection(c: Annotated[list, Depends(connection)]):
        return c

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket, c: Annotated[list, Depends(connection)]):
        await websocket.accept()
        await websocket.send_json(c)
        await websocket.close()

    return app


@parity(
    "/?q=x / /?q=1 /three?q=x /uncached?q=x",
    POST("/body", {"n": "x"}),
    "/half?q=x&r=1 /half?q=1&r=x",
)
def test_errors_of_shared_dependencies_are_reported_alike(fw):
    """duplicated errors from shared sub-dependencies"""
    app = fw.FastAPI()
    Depends = fw.Depends

    def shared(q: int):
        fw.log.append("shared")
        return q

    def left(s: Annotated[int, Depends(shared)]):
        fw.log.append("left")
        return s

    def right(s: Annotated[int, Depends(shared)]):
        fw.log.append("right")
        return s

    def half(r: int):
        fw.log.append("half")
        return r

    def gen(r: Annotated[int, Depends(half)]):
        fw.log.append("gen in")
        yield r
        fw.log.append("gen out")

    def embed(n: Annotated[int, fw.Body(embed=True)]):
        return n

    @app.get("/")
    def read(a: Annotated[int, Depends(left)], b: Annotated[int, Depends(right)]):
        return a + b

    @app.get("/three")
    def three(
        s: Annotated[int, Depends(shared)],
        a: Annotated[int, Depends(left)],
        b: Annotated[int, Depends(right)],
        q: int,
    ):
        return [s, a, b, q]

    @app.get("/uncached")
    def uncached(
        s: int = Depends(shared, use_cache=False), t: int = Depends(shared, use_cache=False)
    ):
        return [s, t]

    @app.post("/body")
    def body(n: Annotated[int, Depends(embed)], m: Annotated[int, Depends(embed)]):
        return [n, m]

    @app.get("/half")
    def read_half(g: Annotated[int, Depends(gen)], s: Annotated[int, Depends(shared)]):
        return [g, s]

    return app


user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


@parity(
    "/async /sync /sync-set /gen /sync-gen /async /background",
    trio=True,
)
def test_context_variables_set_by_dependencies_reach_the_endpoint_where_fastapi_lets_them(fw):
    """contextvars set in async deps visible in endpoints"""
    app = fw.FastAPI()
    Depends = fw.Depends

    async def set_async():
        user.set("async")

    def set_sync():
        user.set("sync")

    async def gen():
        token = user.set("gen")
        yield
        fw.log.append(user.get())
        user.reset(token)

    def sync_gen():
        user.set("sync gen")
        yield
        fw.log.append(user.get())

    @app.get("/async", dependencies=[Depends(set_async)])
    async def read_async():
        return user.get()

    @app.get("/sync", dependencies=[Depends(set_async)])
    def read_sync():
        return user.get()

    @app.get("/sync-set", dependencies=[Depends(set_sync)])
    async def read_sync_set():
        return user.get()

    @app.get("/gen", dependencies=[Depends(gen)])
    async def read_gen():
        return user.get()

    @app.get("/sync-gen", dependencies=[Depends(sync_gen)])
    async def read_sync_gen():
        return user.get()

    @app.get("/background", dependencies=[Depends(set_async)])
    async def background(tasks: fw.BackgroundTasks):
        tasks.add_task(lambda: fw.log.append(user.get()))
        return "ok"

    return app


@parity(
    "/threads /generators /endpoint /async",
    trio=True,
)
def test_sync_functions_run_in_worker_threads(fw):
    """sync deps in thread pool"""
    app = fw.FastAPI()
    Depends = fw.Depends
    main = threading.main_thread()

    def sync():
        return threading.current_thread() is main

    async def asynchronous():
        return threading.current_thread() is main

    def gen():
        inside = threading.current_thread() is main
        yield inside
        fw.log.append(threading.current_thread() is main)

    class Klass:
        def __init__(self):
            self.on_main = threading.current_thread() is main

    @app.get("/threads")
    async def threads(
        s: Annotated[bool, Depends(sync)],
        a: Annotated[bool, Depends(asynchronous)],
        k: Annotated[Klass, Depends()],
    ):
        return [s, a, k.on_main, threading.current_thread() is main]

    @app.get("/generators")
    async def generators(g: Annotated[bool, Depends(gen)]):
        return g

    @app.get("/endpoint")
    def endpoint(tasks: fw.BackgroundTasks):
        tasks.add_task(lambda: fw.log.append(threading.current_thread() is main))
        return threading.current_thread() is main

    @app.get("/async")
    async def read_async():
        return threading.current_thread() is main

    return app


@parity(
    "/ /gen /cached /",
    trio=True,
)
def test_max_concurrency_lets_only_so_many_run(fw):
    """max_concurrency†: Semaphore per `Depends` object; generators hold it until exit"""
    app = fw.FastAPI()
    Depends = fw.Depends
    active = 0
    highest = 0

    async def limited():
        nonlocal active, highest
        active += 1
        highest = max(highest, active)
        await anyio.sleep(0)
        active -= 1
        return highest

    async def gen():
        fw.log.append("in")
        yield 1
        fw.log.append("out")

    One = Annotated[int, Depends(limited, max_concurrency=1)]
    Gen = Annotated[int, Depends(gen, max_concurrency=1)]

    @app.get("/")
    async def read(a: One, b: One):
        return [a, b]

    @app.get("/gen")
    async def read_gen(g: Gen):
        return g

    @app.get("/cached", dependencies=[Depends(limited, max_concurrency=2)])
    async def cached(a: One):
        return a

    return app


@parity(
    "/return-response /returns /early /raise-in-sync /raise-http /kw?n=2 /many?a=1&b=2",
)
def test_dependencies_may_return_anything_and_raise(fw):
    """dependencies: values, exceptions"""
    app = fw.FastAPI()
    Depends = fw.Depends

    def returns_response():
        return fw.responses.PlainTextResponse("from dependency")

    def coroutine_returning():
        async def value():
            return 5

        return value()

    def raises():
        raise KeyError("missing")

    async def raises_http():
        raise fw.HTTPException(401, {"why": "no"}, headers={"WWW-Authenticate": "Custom"})

    def kw(*, n: int):
        return n

    @app.get("/return-response")
    def return_response(r: Annotated[Any, Depends(returns_response)]):
        return r

    @app.get("/early")
    def early(r: Annotated[Any, Depends(returns_response)]):
        return type(r).__name__

    @app.get("/returns")
    async def returns(r: Annotated[Any, Depends(coroutine_returning)]):
        return await r

    @app.get("/raise-in-sync", dependencies=[Depends(raises)])
    def raise_in_sync():
        return "never"

    @app.get("/raise-http", dependencies=[Depends(raises_http)])
    def raise_http():
        return "never"

    @app.get("/kw")
    def read_kw(n: Annotated[int, Depends(kw)]):
        return n

    @app.get("/many")
    def many(
        a: Annotated[int, Depends(lambda a: int(a))],
        b: Annotated[int, Depends(lambda b: int(b))],
        c: int = Depends(lambda: 3),
    ):
        return [a, b, c]

    return app
