"""Root paths, proxies, middleware, mounts, the lifespan's state, and the access log."""

import contextlib
import logging

import pytest

from .client import Connection, get, parse_answers, post
from .server import serving


def mirror(fw):
    app = fw.FastAPI()

    @app.get("/mirror")
    async def read(request: fw.Request):
        return [
            request.scope["root_path"],
            request.scope["path"],
            str(request.url),
            request.scope["scheme"],
            list(request.scope["client"])[:1],
        ]

    @app.get("/plain")
    async def plain():
        return "plain"

    return app


@pytest.mark.parametrize("path", ["/mirror", "/api/mirror"])
def test_the_root_path_is_that_of_the_reference(thread, transport, path):
    def answer(transport):
        with serving(thread, transport, mirror, root_path="/api") as running:
            with Connection(running.port) as client:
                found = client.get(path)
            return found.status, found.body.replace(str(running.port).encode(), b"")

    assert answer(transport) == answer("uvicorn")


PROXIED = [
    ("X-Forwarded-For: 10.1.2.3", "X-Forwarded-Proto: https"),
    ("X-Forwarded-For: 10.1.2.3, 10.4.5.6",),
    ("X-Forwarded-For: 10.1.2.3, 127.0.0.1",),
    ("X-Forwarded-For: nonsense, , ",),
    ("X-Forwarded-Proto: wss",),
    ("X-Forwarded-Proto: gopher",),
    ("X-Forwarded-For: [2001:db8::1]:80", "X-Forwarded-Proto: https"),
]


@pytest.mark.parametrize("headers", PROXIED)
@pytest.mark.parametrize("trusted", ["127.0.0.1", "10.0.0.1", "*"])
def test_proxies_are_believed_as_by_the_reference(thread, transport, headers, trusted):
    def answers(transport):
        options = {"proxy_headers": True, "forwarded_allow_ips": trusted}
        with serving(thread, transport, mirror, **options) as running:
            with Connection(running.port) as client:
                found = [client.get(path, *headers) for path in ("/mirror", "/plain", "/none")]
            port = str(running.port)
            bodies = [answer.body.replace(port.encode(), b"") for answer in found]
            lines = [record.getMessage() for record in running.records("uvicorn.access")]
            return bodies, [line.replace(line.split(" ")[0], host(line)) for line in lines]

    def host(line):
        return line.split(" ")[0].rpartition(":")[0]

    assert answers(transport) == answers("uvicorn")


def test_proxy_headers_can_be_off(serve):
    running = serve(mirror, proxy_headers=False)
    with Connection(running.port) as client:
        answer = client.get("/mirror", "X-Forwarded-For: 10.1.2.3", "X-Forwarded-Proto: https")
    assert b"127.0.0.1" in answer.body
    assert b"https" not in answer.body


ACCESSES = [
    get("/plain"),
    get("/plain?a=%20b&c"),
    get("/none"),
    get("/plain", method="POST"),
    get("/mirror/%E9/%22%0d%0a%1b[31m"),
    get("/none?%1b%0a"),
    post("/plain", b"abc"),
    b"GET /plain HTTP/1.0\r\n\r\n",
    get("/plain", method="HEAD"),
]


@pytest.mark.parametrize("data", ACCESSES)
def test_the_access_log_has_the_line_of_the_reference(thread, transport, data):
    def lines(transport):
        with serving(thread, transport, mirror) as running:
            with Connection(running.port) as client:
                client.send(data)
                client.end()
                client.rest()
            [record] = running.records("uvicorn.access")
            assert record.levelno == logging.INFO
            return record.msg, record.args[1:]

    assert lines(transport) == lines("uvicorn")


def test_answers_of_the_protocol_itself_have_a_line_too(serve_ours):
    running = serve_ours(mirror)
    for data in (b"GET /\x1b[31m HTTP/1.1\r\n\r\n", get("/plain", "X: " + "a" * 70_000)):
        with Connection(running.port) as client:
            client.send(data)
            client.end()
            [answer] = parse_answers(client.rest())
        line = running.access_lines()[-1]
        assert line.endswith(f" {answer.status}")
        assert line.isprintable()
    assert len(running.access_lines()) == 2


def test_no_control_byte_of_a_target_reaches_the_access_log(serve_ours):
    running = serve_ours(mirror)
    for target in ("/%1b[31m%0d%0aGET", "/none?\x1b[31m", "/none?a%0d%0ab", "/\x1b"):
        with Connection(running.port) as client:
            client.send(get(target))
            client.end()
            client.rest()
    for line in running.access_lines():
        assert line.isprintable()


def test_the_access_log_can_be_off(serve_ours):
    logger = logging.getLogger("uvicorn.access")
    handlers, propagate = logger.handlers, logger.propagate
    try:
        running = serve_ours(mirror, access_log=False)
        with Connection(running.port) as client:
            assert client.get("/plain").status == 200
        assert running.access_lines() == []
    finally:
        logger.handlers, logger.propagate = handlers, propagate


def layered(fw):
    app = fw.FastAPI()
    log = fw.log.append

    class Layer:
        def __init__(self, app, name):
            self.app, self.name = app, name

        async def __call__(self, scope, receive, send):
            if scope["type"] == "http":
                log(f"{self.name} before")

            async def watch(message):
                log(f"{self.name} {message['type']}")
                await send(message)

            await self.app(scope, receive, watch if scope["type"] == "http" else send)
            if scope["type"] == "http":
                log(f"{self.name} after")

    app.add_middleware(Layer, name="inner")
    app.add_middleware(Layer, name="outer")

    @app.middleware("http")
    async def function(request, call_next):
        log("function before")
        response = await call_next(request)
        response.headers["x-function"] = "yes"
        log("function after")
        return response

    @app.get("/")
    async def endpoint():
        log("endpoint")
        return {}

    app.state.Layer = Layer
    return app


def test_middleware_keeps_its_order(thread, transport):
    def observe(transport):
        with serving(thread, transport, layered) as running:
            with Connection(running.port) as client:
                answer = client.get()
                assert answer.header(b"x-function") == b"yes"
                running.wait_for(lambda: running.tasks == 0)
            return answer, list(running.log)

    assert observe(transport) == observe("uvicorn")


def test_a_wrapped_application_is_served_through_its_wrapper(serve):
    seen = []

    def wrap(app):
        async def wrapper(scope, receive, send):
            seen.append(scope["type"])
            if scope["type"] == "http" and scope["path"] == "/blocked":
                await send({"type": "http.response.start", "status": 403, "headers": []})
                await send({"type": "http.response.body"})
                return
            await app(scope, receive, send)

        return wrapper

    running = serve(mirror, wrap=wrap)
    with Connection(running.port) as client:
        assert client.get("/plain").status == 200
        assert client.get("/blocked").status == 403
    assert seen == ["lifespan", "http", "http"]


@pytest.mark.parametrize("way", ["instance", "class", "middleware stack"])
def test_a_patched_application_is_served_through_the_patch(serve, way, monkeypatch):
    seen = []

    def patch(fw):
        app = mirror(fw)

        if way == "instance":
            original = app.build_middleware_stack

            def build_middleware_stack():
                inner = original()

                async def outer(scope, receive, send):
                    seen.append(scope["type"])
                    await inner(scope, receive, send)

                return outer

            app.build_middleware_stack = build_middleware_stack
        elif way == "class":
            original = type(app).__call__

            async def call(self, scope, receive, send):
                seen.append(scope["type"])
                await original(self, scope, receive, send)

            monkeypatch.setattr(type(app), "__call__", call)
        else:
            inner = app.build_middleware_stack()

            async def stack(scope, receive, send):
                seen.append(scope["type"])
                await inner(scope, receive, send)

            app.middleware_stack = stack
        return app

    running = serve(patch)
    with Connection(running.port) as client:
        assert client.get("/plain").status == 200
        assert client.get("/plain").status == 200
    assert seen.count("http") == 2


def test_a_subclass_with_a_call_of_its_own_is_asked(serve):
    seen = []

    def own(fw):
        class Own(fw.FastAPI):
            async def __call__(self, scope, receive, send):
                seen.append(scope["type"])
                await super().__call__(scope, receive, send)

        app = Own()

        @app.get("/")
        async def root():
            return {}

        return app

    running = serve(own)
    with Connection(running.port) as client:
        assert client.get().status == 200
    assert seen == ["lifespan", "http"]


def test_middleware_and_routes_added_while_serving_are_heard(serve):
    running = serve(mirror)
    with Connection(running.port) as client:
        assert client.get("/plain").status == 200
        assert client.get("/added").status == 404

        def add():
            @running.app.get("/added")
            async def added():
                return "added"

        running.thread.call(add)
        assert client.get("/added").body == b'"added"'


def test_the_lifespans_state_is_copied_for_each_request(serve):
    running = serve(stateful)
    with Connection(running.port) as client:
        for path in ("/change", "/read", "/change", "/read"):
            answer = client.get(path)
            assert answer.status == 200
        # What the state holds is shared; the state is not.
        assert client.get("/read").body == b'[["change","change"],null]'


def stateful(fw):
    @contextlib.asynccontextmanager
    async def lifespan(app):
        yield {"things": []}

    app = fw.FastAPI(lifespan=lifespan)

    @app.get("/change")
    async def change(request: fw.Request):
        request.state.things.append("change")
        request.state.own = "mine"

    @app.get("/read")
    async def read(request: fw.Request):
        return [request.state.things, getattr(request.state, "own", None)]

    return app


def test_a_failed_start_serves_nothing(thread, transport):
    def failing(fw):
        @contextlib.asynccontextmanager
        async def lifespan(app):
            raise ValueError("no start")
            yield

        return fw.FastAPI(lifespan=lifespan)

    with pytest.raises(RuntimeError, match="no start"), serving(thread, transport, failing):
        pass


def test_the_access_log_has_what_middleware_wrote_into_the_scope(serve):
    running = serve(rewriting)
    with Connection(running.port) as client:
        for path in ("/read", "/nothing"):
            client.get(path)
    lines = [record.getMessage() for record in running.records("uvicorn.access")]
    assert lines == [
        f'192.0.2.9:0 - "PUT /seen{path}?q=1 HTTP/1.1" {status}'
        for path, status in (("/read", 200), ("/nothing", 404))
    ]


def rewriting(fw):
    app = fw.FastAPI()

    @app.get("/read")
    async def read():
        return 1

    @app.middleware("http")
    async def rewrite(request: fw.Request, call_next):
        response = await call_next(request)
        changed = {"client": ("192.0.2.9", 0), "method": "PUT", "query_string": b"q=1"}
        request.scope.update(changed, path="/seen" + request.scope["path"])
        return response

    return app


@pytest.mark.parametrize("length", [1, 5])
def test_a_response_with_a_wrong_length_is_begun_and_cut_off(serve, length):
    running = serve(lengths)
    running.expects_errors = True
    with Connection(running.port) as client:
        client.send(get(f"/{length}"))
        begun = client.rest()
    assert begun.startswith(b"HTTP/1.1 200")
    assert f"content-length: {length}".encode() in begun
    assert running.access_lines() == [f'"GET /{length} HTTP/1.1" 200']


def lengths(fw):
    app = fw.FastAPI()

    @app.get("/{length}")
    async def read(length: int):
        return fw.Response(b"abc", headers={"content-length": str(length)})

    return app


def test_remembered_answers_without_a_route_are_forgotten_when_redirects_begin(serve):
    running = serve(redirecting)
    with Connection(running.port) as client:
        statuses = [
            client.get(path).status for path in ("/turn/off", "/s", "/turn/on", "/nothing", "/s")
        ]
    assert statuses == [200, 404, 200, 404, 307]


def redirecting(fw):
    app = fw.FastAPI()

    @app.get("/s/")
    async def read():
        return 1

    @app.get("/turn/{way}")
    async def turn(way: str):
        app.router.redirect_slashes = way == "on"

    return app
