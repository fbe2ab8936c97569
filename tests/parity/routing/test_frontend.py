"""`frontend()`: built files served after all routes, on both frameworks."""

import os
import subprocess
import sys
from contextlib import suppress

import anyio
import pytest

from ..client import GET, POST, WS, Req
from ..frontend_site import ROOT, built_site, page
from ..harness import SUBJECT, Framework, parity, same_value


@pytest.fixture(scope="module", autouse=True)
def site():
    with built_site():
        yield


@parity(
    "/ui /ui/ /ui/app.js /ui/deep /uix /ui.js /UI/app.js / /ui//app.js //ui/app.js",
    page("/ui/missing"),
    page("/uix"),
    page("/missing"),
)
def test_a_frontend_may_have_a_prefix(fw):
    app = fw.FastAPI()
    app.frontend("/ui/", directory=ROOT / "spa")
    return app


@parity(
    "/a.txt /admin /admin/ /admin/a.txt /admin/app.js /admin/deep/a.txt /admin/deep/ /adminx",
    page("/admin/missing"),
    page("/admin/deep/missing"),
    page("/missing"),
    POST("/admin/a.txt"),
    POST("/admin/deep/a.txt"),
    POST("/admin/deep/app.js"),
)
def test_the_longest_prefix_wins_in_whatever_order(fw):
    app = fw.FastAPI()
    app.frontend("/admin/deep", directory=ROOT / "static")
    app.frontend("/", directory=ROOT / "other")
    app.frontend("/admin", directory=ROOT / "spa", fallback="index.html")
    return app


@parity("/a.txt /x/a.txt", page("/x/missing"))
def test_the_first_of_two_frontends_with_one_path_wins(fw):
    app = fw.FastAPI()
    router = fw.APIRouter()
    router.frontend("/", directory=ROOT / "bare")
    router.frontend("/x", directory=ROOT / "static")
    app.include_router(router)
    app.frontend("/", directory=ROOT / "other")
    app.frontend("/", directory=ROOT / "static")
    app.frontend("/x/", directory=ROOT / "other")
    return app


def seen(fw, name):
    """Return a dependency that writes into the log."""

    async def dependency(request: fw.Request):
        fw.log.append(f"{name} {request.url.path}")

    return fw.Depends(dependency)


@parity(
    "/ /a.txt /p /p/ /p/a.txt /p/r/ui /p/r/ui/app.js /p/r/in/ /p/r/in/a.txt /p/r/in/deep/a.txt",
    "/p/r/x /in/a.txt /z/r/ui/app.js",
    page("/p/r/in/missing"),
    page("/p/r/ui/missing"),
    page("/p/missing"),
    page("/p/r/missing"),
    POST("/p/r/ui/app.js"),
    POST("/p/r/ui/missing"),
)
def test_included_routers_bring_their_frontends(fw):
    """The longest prefix wins across nested routers, and dependencies of all levels run."""
    app = fw.FastAPI(dependencies=[seen(fw, "app")])
    router = fw.APIRouter(prefix="/r", dependencies=[seen(fw, "router")])
    inner = fw.APIRouter(dependencies=[seen(fw, "inner")])
    inner.frontend("/", directory=ROOT / "static")
    inner.frontend("/deep", directory=ROOT / "other")
    inner.get("/route", name="route")(lambda: "route")
    router.frontend("/ui", directory=ROOT / "spa")
    router.include_router(inner, prefix="/in", dependencies=[seen(fw, "inclusion of inner")])
    app.include_router(router, prefix="/p", dependencies=[seen(fw, "inclusion")])
    app.include_router(router, prefix="/z")
    app.frontend("/", directory=ROOT / "other")
    return app


@parity(
    "/r/a.txt /r /r/",
    lambda fw, app: fw.keep.router.frontend("/late", directory=ROOT / "spa"),
    "/r/late/app.js /r/late",
    lambda fw, app: app.frontend("/", directory=ROOT / "other"),
    "/a.txt /r/a.txt",
    lambda fw, app: fw.keep.late_router(),
    "/late/app.js",
    lambda fw, app: app.get("/a.txt", name="a")(lambda: "a route now"),
    "/a.txt",
)
def test_frontends_may_be_added_while_the_application_runs(fw):
    app = fw.FastAPI()
    fw.keep.router = router = fw.APIRouter(prefix="/r")
    router.frontend("/", directory=ROOT / "static")
    app.include_router(router)

    def late_router():
        late = fw.APIRouter(prefix="/late")
        late.frontend("/", directory=ROOT / "spa")
        router.include_router(late)
        app.include_router(late)

    fw.keep.late_router = late_router
    return app


@parity("/a.txt /a.txt/ /b /b/ /c /m/x /m /items/3 /items/x POST /b", WS("/ws"), WS("/a.txt"))
def test_routes_mounts_and_redirects_come_before_frontends(fw):
    app = fw.FastAPI()
    app.frontend("/", directory=ROOT / "static", fallback="index.html")
    app.get("/a.txt", name="a")(lambda: "the route")
    app.get("/b/", name="b")(lambda: "b")

    @app.get("/items/{item_id}")
    def items(item_id: int):
        return item_id

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    sub = fw.FastAPI()
    app.mount("/m", sub)
    return app


@parity("/b /b/ /a.txt/", page("/b"))
def test_without_redirects_of_slashes_a_frontend_is_asked_at_once(fw):
    app = fw.FastAPI(redirect_slashes=False)
    app.get("/b/", name="b")(lambda: "b")
    app.frontend("/", directory=ROOT / "spa")
    return app


@parity("/sub/a.txt /sub /sub/ /sub/deep /sub/missing /a.txt", page("/sub/missing"))
def test_a_mounted_application_has_its_own_frontends(fw):
    app, sub = fw.FastAPI(), fw.FastAPI()
    sub.frontend("/", directory=ROOT / "spa")
    app.frontend("/", directory=ROOT / "other")
    app.mount("/sub", sub)
    return app


@parity(
    Req("GET", "/proxy/app.js", scope={"root_path": "/proxy"}),
    Req("GET", "/proxy/deep", scope={"root_path": "/proxy"}),
    Req("GET", "/deep", scope={"root_path": "/proxy"}),
    Req("GET", "/deep", headers={"host": "shop.example.org:8443"}, scope={"scheme": "https"}),
)
def test_a_proxy_may_take_a_prefix_off(fw):
    """Redirects name the whole URL."""
    app = fw.FastAPI()
    app.frontend("/", directory=ROOT / "spa")
    return app


@parity("/r/app.js /r/deep /r/missing", openapi=False)
def test_a_router_alone_is_an_application_with_frontends(fw):
    router = fw.APIRouter(prefix="/r")
    router.frontend("/", directory=ROOT / "spa")
    return router


@parity(
    "/a.txt /a.txt?n=x /missing POST /a.txt POST /missing HEAD /a.txt",
    GET("/a.txt?n=5", headers={"x-token": "t", "cookie": "c=1"}),
    page("/missing?n=5"),
    trio=True,
)
def test_dependencies_run_before_the_file_is_looked_for(fw):
    """Those of the application, the router and the inclusion run."""
    log = fw.log

    async def before():
        log.append("before")
        try:
            yield
        except BaseException as error:
            log.append(type(error).__name__)
            raise
        finally:
            log.append("after")

    def function(n: int = 0, x_token: str = fw.Header("none"), c: str = fw.Cookie("none")):
        log.append(("function", n, x_token, c))
        yield
        log.append("function after")

    def headers(response: fw.Response, tasks: fw.BackgroundTasks):
        response.headers["x-from"] = "dependency"
        response.set_cookie("seen", "yes")
        response.status_code = 299
        tasks.add_task(log.append, "task")

    app = fw.FastAPI(
        dependencies=[
            fw.Depends(before),
            fw.Depends(function, scope="function"),
            fw.Depends(headers),
        ]
    )
    app.frontend("/", directory=ROOT / "static")
    return app


@parity(
    GET("/r/3/a.txt"),
    GET("/r/3/a.txt?r_id=4"),
    GET("/r/%7Br_id%7D/a.txt?r_id=4"),
    POST("/r/%7Br_id%7D/a.txt?r_id=4"),
    GET("/b/a.txt"),
    Req("GET", "/b/a.txt", json={"a": 1}),
)
def test_dependencies_of_frontends_have_neither_path_parameters_nor_bodies(fw):
    def with_path(r_id: int):
        fw.log.append(r_id)

    def with_body(a: int = fw.Body(7)):
        fw.log.append(a)

    def with_bodies(a: int = fw.Body(), b: int = fw.Body(2)):
        fw.log.append((a, b))

    app = fw.FastAPI()
    one = fw.APIRouter(prefix="/r/{r_id}", dependencies=[fw.Depends(with_path)])
    one.frontend("/", directory=ROOT / "static")
    two = fw.APIRouter(prefix="/b", dependencies=[fw.Depends(with_body), fw.Depends(with_bodies)])
    two.frontend("/", directory=ROOT / "static")
    app.include_router(one)
    app.include_router(two)
    return app


@parity(
    "/a.txt",
    lambda fw, app: app.dependency_overrides.update({fw.keep.needed: fw.keep.instead}),
    "/a.txt /r/a.txt",
    lambda fw, app: app.dependency_overrides.clear(),
    "/a.txt /r/a.txt",
)
def test_overrides_apply_to_the_dependencies_of_frontends(fw):
    def needed():
        raise fw.HTTPException(401, headers={"x-why": "needed"})

    def instead(n: int = 1):
        fw.log.append(f"instead {n}")

    fw.keep.needed, fw.keep.instead = needed, instead
    app = fw.FastAPI(dependencies=[fw.Depends(needed)])
    router = fw.APIRouter(prefix="/r")
    router.frontend("/", directory=ROOT / "other")
    app.include_router(router)
    app.frontend("/", directory=ROOT / "static")
    return app


@parity(
    GET("/a.txt"),
    GET("/a.txt", headers={"authorization": "Bearer x"}),
    GET("/a.txt", headers={"authorization": "Bearer admin"}),
    POST("/a.txt"),
)
def test_security_protects_a_frontend_but_not_the_question_whether_files_exist(fw):
    """Other methods are answered without dependencies."""
    scheme = fw.security.HTTPBearer()

    def user(credentials=fw.Security(scheme, scopes=["read"])):
        if credentials.credentials != "admin":
            raise fw.HTTPException(403)
        fw.log.append("admin")

    app = fw.FastAPI(dependencies=[fw.Depends(user)])
    app.frontend("/", directory=ROOT / "static")
    return app


@parity("/a.txt /b.txt?fail=1 /a.txt?fail=1 /missing?n=x")
def test_exception_handlers_answer_for_frontends(fw):
    from starlette.responses import PlainTextResponse

    class Failed(Exception):
        pass

    def check(n: int = 0, fail: bool = False):
        if fail:
            raise Failed

    app = fw.FastAPI(dependencies=[fw.Depends(check)])
    app.frontend("/", directory=ROOT / "bare")

    @app.exception_handler(404)
    async def not_found(request, error):
        return PlainTextResponse(f"handled {type(error).__name__} {error.detail}", 404)

    @app.exception_handler(Failed)
    def failed(request, error):
        return PlainTextResponse("failed", 418)

    return app


@parity("/a.txt")
def test_an_unexpected_error_of_a_dependency_is_a_server_error(fw):
    def check():
        raise KeyError("unexpected")

    app = fw.FastAPI(dependencies=[fw.Depends(check)])
    app.frontend("/", directory=ROOT / "bare")
    return app


STACKS = ("fastapi_inner_astack", "fastapi_function_astack")


@parity("/a.txt /r/a.txt /r /r/ POST /a.txt /route /r/route", page("/missing"))
def test_the_scope_says_what_was_found(fw):
    keys = ("frontend_path", "frontend_specificity")

    class Middleware:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            await self.app(scope, receive, send)
            if scope["type"] == "http":
                found = scope.get("fastapi", {})
                context = found.get("effective_route_context")
                fw.log.append([found.get(key) for key in keys])
                fw.log.append([key in scope for key in ("route", "endpoint", "router", "app")])
                fw.log.append(scope.get("path_params"))
                fw.log.append([key for key in STACKS if key in scope])
                fw.log.append(context and [context.path, context.frontend_prefix])

    def check(request: fw.Request):
        fw.log.append([request.scope["fastapi"][key] for key in keys])
        fw.log.append([key for key in STACKS if key in request.scope])

    app = fw.FastAPI(middleware=[fw.module("middleware").Middleware(Middleware)])
    router = fw.APIRouter(prefix="/r", dependencies=[fw.Depends(check)])
    router.frontend("/", directory=ROOT / "static")
    app.include_router(router)
    app.frontend("/", directory=ROOT / "static")
    return app


@parity(
    Req("GET", "/limited/a.txt", content="x" * 30),
    Req("GET", "/limited/a.txt", content="x" * 5),
    Req("GET", "/inner/a.txt", content="x" * 30),
    Req("GET", "/inner/a.txt", content="x" * 300),
    Req("GET", "/a.txt", content="x" * 30),
    Req("GET", "/a.txt", content="x" * 300),
    Req("GET", "/a.txt", content=["x" * 60, "x" * 60]),
    Req("POST", "/limited/a.txt", content="x" * 30),
)
def test_the_body_limit_of_an_inclusion_counts_for_its_frontends(fw):
    async def read(request: fw.Request):
        fw.log.append(len(await request.body()))

    app = fw.FastAPI(max_body_size=100, dependencies=[fw.Depends(read)])
    limited, inner = fw.APIRouter(), fw.APIRouter(max_body_size=200)
    limited.frontend("/", directory=ROOT / "static")
    inner.frontend("/", directory=ROOT / "static")
    app.include_router(limited, prefix="/limited", max_body_size=10)
    app.include_router(inner, prefix="/inner", max_body_size=10)
    app.frontend("/", directory=ROOT / "static")
    return app


@same_value
def test_frontends_are_neither_in_the_document_nor_among_the_routes(fw):
    from starlette.routing import NoMatchFound

    app = fw.FastAPI()
    before = len(app.routes)
    app.frontend("/", directory=ROOT / "spa")
    router = fw.APIRouter()
    router.frontend("/r", directory=ROOT / "spa")
    app.include_router(router)
    with pytest.raises(NoMatchFound):
        app.url_path_for("frontend")
    with pytest.raises(NoMatchFound):
        app.url_path_for("/")
    return [
        app.openapi()["paths"],
        len(app.routes) - before,
        len(list(fw.routing.iter_route_contexts(app.routes))) - before,
    ]


def test_an_exception_swallowed_by_a_dependency_is_reported():
    """Both fail; Rapide says why, as it does for routes."""
    fw = Framework(SUBJECT)

    def swallow():
        with suppress(Exception):
            yield

    app = fw.FastAPI(dependencies=[fw.Depends(swallow)])
    app.frontend("/", directory=ROOT / "bare")
    answer = anyio.run(GET("/missing").send, app, {}, fw)
    assert answer.status == 500
    assert isinstance(answer.raised, fw.exceptions.FastAPIError)


def test_without_frontends_the_static_files_are_not_even_loaded():

    code = (
        "import sys\n"
        f"from {SUBJECT}.testclient import TestClient\n"
        f"import {SUBJECT}\n"
        f"assert TestClient({SUBJECT}.FastAPI()).get('/missing').status_code == 404\n"
        "print('starlette.staticfiles' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == str(SUBJECT == "fastapi")


@same_value
def test_an_inclusion_with_a_frontend_has_no_path_for_other_names(fw):
    """`url_path_for` raises `NoMatchFound`."""
    outer, inner, other = fw.APIRouter(), fw.APIRouter(), fw.APIRouter()
    inner.frontend("/", directory=ROOT / "spa")
    outer.frontend("/deep", directory=ROOT / "static")
    outer.include_router(inner, prefix="/inner")
    other.get("/other", name="other")(lambda: None)
    app = fw.FastAPI()
    app.include_router(outer, prefix="/outer")
    app.include_router(other)
    included = [route for route in app.routes if hasattr(route, "effective_low_priority_routes")]
    found = []
    for owner in (*included, app, app.router):
        for name in ("missing", "other"):
            try:
                found.append(owner.url_path_for(name))
            except Exception as error:
                found.append(type(error).__name__)
    return [found, [len(route.effective_low_priority_routes()) for route in included]]
