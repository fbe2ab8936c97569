"""Dependencies: graphs, caching, generators, scopes, overrides, security scopes."""

import contextvars
import threading
from typing import Annotated, Any

import anyio
from starlette.requests import HTTPConnection

from ..client import GET, POST, WS
from ..harness import parity


@parity(
    "/?a=1&b=2 /?a=x&b=y / /nested?a=1&b=2&c=3 /nested?a=x&b=x&c=x /default?a=3",
    trio=True,
)
def test_dependencies_nest(fw):
    """The errors of a dependency of a dependency come first."""
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
    GET("/?n=1", headers={"x-a": "v"}),
    "/?n=x /response /background /connection",
    WS("/ws"),
    trio=True,
)
def test_dependencies_receive_the_objects_of_the_request(fw):
    """`Response`, `Request`, `BackgroundTasks` and `HTTPConnection` are passed."""
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
    """They are reported once for each use."""
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
    """Those of async dependencies do."""
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
    """Each `Depends` object has a semaphore, which generators hold until their exit."""
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


@parity("/response /subclass /default /returned")
def test_a_dependency_may_give_a_response(fw):
    """A dependency may be annotated as a `Response`."""
    app = fw.FastAPI()
    Depends, JSONResponse = fw.Depends, fw.responses.JSONResponse

    def teapot(response: fw.Response) -> fw.Response:
        response.headers["x-seen"] = "1"
        return JSONResponse("teapot", 418)

    @app.get("/response")
    def response(given: Annotated[fw.Response, Depends(teapot)], own: fw.Response):
        own.headers["x-own"] = "1"
        return [type(given).__name__, given.status_code]

    @app.get("/subclass")
    def subclass(given: Annotated[JSONResponse, Depends(teapot)]):
        return given.status_code

    @app.get("/default")
    async def default(given: fw.Response = Depends(teapot)):
        return given.status_code

    @app.get("/returned")
    def returned(given: Annotated[fw.Response, Depends(teapot)]) -> fw.Response:
        return given

    return app
