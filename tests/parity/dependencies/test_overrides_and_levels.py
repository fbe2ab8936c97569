"""Overrides, dependencies of every level, and security scopes."""

import contextvars
from typing import Annotated, Any

from ..client import WS, Req
from ..harness import parity


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
    """Overrides are set, replaced, have dependencies of their own, or yield."""
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
    """The levels are the parent, the inclusion, the child router and the route."""
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
    """FastAPI 0.122: scopes of a parent reach what it depends on; only those who use scopes are
    cached by them.
    """
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


user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


@parity(
    Req("POST", "/x"),
    Req("POST", "/x", json={"a": 1}),
    Req("POST", "/form", form={"a": "1"}),
    Req("POST", "/default", json=3),
)
def test_an_override_with_a_body_reads_none_in_a_route_without_one(fw):
    app = fw.FastAPI()

    async def plain():
        return 1

    async def other():
        return 2

    async def third():
        return 3

    async def with_body(a: Annotated[int, fw.Body(embed=True)]):
        return a

    async def with_form(a: Annotated[int, fw.Form()]):
        return a

    async def with_default(a: Annotated[list[int], fw.Body(default_factory=list)]):
        return a

    @app.post("/x")
    async def x(value: Annotated[int, fw.Depends(plain)]):
        return value

    @app.post("/form")
    def form(value: Annotated[int, fw.Depends(other)]):
        return value

    @app.post("/default")
    async def default(value: Annotated[Any, fw.Depends(third)]):
        return value

    app.dependency_overrides |= {plain: with_body, other: with_form, third: with_default}
    return app


@parity("/ /set-none / /set-five / /set-int?x=3 /?x=3 /unset /")
def test_overrides_that_cannot_be_called_fail_in_their_turn(fw):
    app = fw.FastAPI()

    def before():
        fw.log.append("before")

    def overridden():
        fw.log.append("overridden")
        return "declared"

    @app.get("/", dependencies=[fw.Depends(before)])
    def read(value=fw.Depends(overridden)):
        return value

    @app.get("/set-{what}")
    def replace(what: str):
        app.dependency_overrides[overridden] = {"none": None, "five": 5, "int": int}[what]

    @app.get("/unset")
    def forget():
        app.dependency_overrides.clear()

    return app
