"""Each rule: what it finds, and a neighbour that it must not find."""

from typing import NamedTuple

import pytest

from rapide.contracts.checker.rules import RULES
from rapide.contracts.findings import Finding
from tests.unit.contracts.checker.conftest import HEAD, MAKE, Check


class Case(NamedTuple):
    """An application with a mistake in the line that ends with `#!`, and its neighbours."""

    rule: str
    wrong: str
    route: str
    neighbours: tuple[str, ...]


def route(path: str, name: str = "f", method: str = "get", takes: str = "", on: str = "app") -> str:
    """Return the source of a route."""
    return f"@{on}.{method}({path!r})\ndef {name}({takes}): ...\n"


def marked(source: str) -> str:
    """Mark the first line of a source as the one to be found."""
    first, _, rest = source.partition("\n")
    return f"{first}  #!\n{rest}"


ME = marked(route("/users/me", "me"))
ITEM = "class Item(BaseModel):\n    a: int\n"
SUB = "sub = FastAPI(openapi_url=None)\n"
YIELDS = (
    "def inner():\n    yield 1\ndef middle(i: Annotated[int, Depends(inner, scope='function')]):"
)
LIFE = "app = FastAPI(lifespan=life)\n"
SYNC_MANAGER = "class Manager:\n    def __enter__(self): ...\n    def __exit__(self, *_): ...\n"
ASYNC_MANAGER = (
    "class Manager:\n    async def __aenter__(self): ...\n    async def __aexit__(self, *_): ...\n"
)

CASES = [
    Case(
        "duplicate-route",
        route("/a") + marked(route("/a", "g")),
        "GET /a",
        (route("/a") + route("/a", "g", "post"), route("/a") + route("/a/", "g")),
    ),
    Case(
        "duplicate-route",
        "r = APIRouter()\n"
        + marked(route("/a", on="r"))
        + "app.include_router(r)\napp.include_router(r)\n",
        "GET /a",
        (
            "r = APIRouter()\n"
            + route("/a", on="r")
            + "app.include_router(r)\napp.include_router(r, prefix='/v2')\n",
        ),
    ),
    Case(
        "duplicate-route",
        route("/a/{x}", takes="x") + marked(route("/a/{y}", "g", takes="y")),
        "GET /a/{y}",
        (route("/a/{x:int}", takes="x") + route("/a/{y}", "g", takes="y"),),
    ),
    Case(
        "duplicate-route",
        "@app.websocket('/w')\nasync def f(w: WebSocket): ...\n"
        "@app.websocket('/w')  #!\nasync def g(w: WebSocket): ...\n",
        "WS /w",
        ("@app.websocket('/w')\nasync def f(w: WebSocket): ...\n" + route("/w", "g"),),
    ),
    Case(
        "unreachable-route",
        route("/users/{user_id}", takes="user_id: int") + ME,
        "GET /users/me",
        (
            ME + route("/users/{user_id}", takes="user_id: int"),
            route("/users/{user_id:int}", takes="user_id: int") + ME,
            route("/users/{user_id}/books", takes="user_id") + ME,
            route("/users/{user_id}", method="put", takes="user_id") + ME,
            route("/users/x{user_id}", takes="user_id") + ME,
        ),
    ),
    Case(
        "unreachable-route",
        "r = APIRouter(prefix='/r')\n"
        + route("/{x}/y", takes="x", on="r")
        + marked(route("/k/y", "g", on="r"))
        + "app.include_router(r, prefix='/p')\n",
        "GET /p/r/k/y",
        (
            "r = APIRouter(prefix='/r')\n"
            + route("/{x}/y", takes="x", on="r")
            + route("/k/{z}", "g", takes="z", on="r")
            + "app.include_router(r, prefix='/p')\n",
        ),
    ),
    Case(
        "unreachable-route",
        route("/f/{p:path}", takes="p") + marked(route("/f/{a}/{b}", "g", takes="a, b")),
        "GET /f/{a}/{b}",
        (route("/f/{p:path}", takes="p") + route("/f", "g"),),
    ),
    Case(
        "unreachable-route",
        route("/f/{p:path}", takes="p")
        + SUB
        + marked(route("/q", "g", on="sub"))
        + "app.mount('/f/s', sub)\n",
        "GET /f/s/q",
        (
            SUB
            + route("/q", "g", on="sub")
            + "app.mount('/f/s', sub)\n"
            + route("/f/{p:path}", takes="p"),
        ),
    ),
    Case(
        "unreachable-route",
        "app.mount('/static', StaticFiles(directory='.'))\n" + marked(route("/static/a")),
        "GET /static/a",
        ("app.mount('/static', StaticFiles(directory='.'))\n" + route("/static"),),
    ),
    Case(
        "duplicate-route",
        "app.add_route('/a', lambda request: Response())\n" + marked(route("/a", "g", "head")),
        "HEAD /a",
        (route("/a") + route("/a", "g", "head"),),
    ),
    Case(
        "unreachable-route",
        "app.mount('/', StaticFiles(directory='.'))\n" + marked(route("/a", method="post")),
        "POST /a",
        (route("/a", method="post") + "app.mount('/', StaticFiles(directory='.'))\n",),
    ),
    Case(
        "unreachable-route",
        "app = FastAPI(routes=[Mount('/', Response())], redoc_url=None)  #!\n",
        "GET,HEAD /docs",
        ("app = FastAPI(routes=[Mount('/x', Response())])\napp.mount('/', Response())\n",),
    ),
    Case(
        "unreachable-route",
        "app.host('{any}', Response())\n" + marked(route("/a")),
        "GET /a",
        ("app.host('a.org', Response())\n" + route("/a"),),
    ),
    Case(
        "unreachable-route",
        "app.host('{name}.org', Response())\napp.host('a.org', FastAPI(openapi_url=None))  #!\n",
        "HOST a.org",
        ("app.host('a.org', Response())\napp.host('{name}.org', FastAPI(openapi_url=None))\n",),
    ),
    Case(
        "partly-unreachable-route",
        route("/{x}", takes="x")
        + "@app.api_route('/a', methods=['GET', 'PUT'], include_in_schema=False)  #!\n"
        + "def g(): ...\n",
        "GET,PUT /a",
        (
            route("/{x}", takes="x") + route("/a", "g", "put"),
            route("/a") + route("/a", "g", "head"),
        ),
    ),
    Case(
        "hidden-documentation",
        "app = FastAPI()\nsub = FastAPI()  #!\napp.mount('/', sub)\n",
        "GET,HEAD /openapi.json",
        ("app = FastAPI()\nsub = FastAPI()\napp.mount('/sub', sub)\n",),
    ),
    Case(
        "replaced-operation",
        route("/a/{x:int}", takes="x: int") + marked(route("/a/{x}", "g", takes="x")),
        "GET /a/{x}",
        (
            route("/a/{x:int}", takes="x: int")
            + "@app.get('/a/{x}', include_in_schema=False)\ndef g(x): ...\n",
        ),
    ),
    Case(
        "shared-operation-id",
        "@app.get('/a', operation_id='a')\ndef f(): ...\n"
        "@app.get('/b', operation_id='a')  #!\ndef g(): ...\n",
        "GET /b",
        (route("/a") + route("/b"),),
    ),
    Case(
        "misspelt-path-parameter",
        marked(route("/items/{item_id}", takes="itm_id: int")),
        "GET /items/{item_id}",
        (
            route("/items/{item_id}", takes="page: int"),
            route("/items/{item_id}", takes="item_id: int, item: int"),
            "def dep(item_id: int): ...\n"
            + route("/items/{item_id}", takes="item: int, x: Annotated[int, Depends(dep)]"),
            "@app.get('/items/{item_id}')\n"
            "def f(r: Request, item: str): return r.path_params['item_id']\n",
        ),
    ),
    Case(
        "misspelt-path-parameter",
        "def dep(tenat: str): ...  #!\n@app.websocket('/{tenant}/w')\n"
        "async def f(w: WebSocket, d=Depends(dep)): ...\n",
        "WS /{tenant}/w",
        ("@app.websocket('/{tenant}/w')\nasync def f(w: WebSocket, ten: str): w.path_params\n",),
    ),
    Case(
        "body-of-read",
        ITEM + marked(route("/a", takes="item: Item")),
        "GET /a",
        (
            ITEM + route("/a", method="post", takes="item: Item"),
            ITEM + route("/a", takes="item: Annotated[Item, Query()]"),
            ITEM + "@app.api_route('/a', methods=['GET', 'POST'])\n"
            "def f(item: Item | None = None): ...\n",
        ),
    ),
    Case(
        "differing-parameter",
        "def dep(q: int = 1): ...  #!\n"
        + route("/a", takes="d: Annotated[int, Depends(dep)], q: int = 2"),
        "GET /a",
        (
            "def dep(q: int = 1): ...\n"
            + route("/a", takes="d: Annotated[int, Depends(dep)], q: int = 1"),
            "def dep(q: int = 1): ...\ndef other(d: Annotated[int, Depends(dep)]): ...\n"
            + route("/a", takes="d: Annotated[int, Depends(dep)], o=Depends(other)"),
            "def dep(q: Annotated[int, Header()] = 1): ...\n"
            + route("/a", takes="d: Annotated[int, Depends(dep)], q: int = 2"),
        ),
    ),
    Case(
        "differing-parameter",
        "def dep(q: str): ...  #!\n" + route("/a", takes="q: int, d=Depends(dep)"),
        "GET /a",
        ("def dep(q: str): ...\n" + route("/a", takes="q: str, d=Depends(dep)"),),
    ),
    Case("path-without-slash", marked(route("items")), "GET items", (route("/items"),)),
    Case(
        "path-without-slash",
        "r = APIRouter(prefix='/r')\n" + marked(route("items", on="r")) + "app.include_router(r)\n",
        "GET /ritems",
        (
            "r = APIRouter(prefix='/r')\n"
            + route(":batch", on="r")
            + route("", "g", on="r")
            + "app.include_router(r)\n",
        ),
    ),
    Case(
        "uncalled-decorator",
        "@app.get  #!\ndef a(): ...\n",
        "GET a",
        (
            "class Registry:\n    def get(self, f): return f\nregistry = Registry()\n"
            "@registry.get\ndef a(): ...\n",
        ),
    ),
    Case(
        "uncalled-decorator",
        "def make():\n    inner = FastAPI()\n    @inner.middleware  #!\n"
        "    async def m(request, call_next): ...\n    return inner\napp = make()\n",
        "",
        ("import functools\n@functools.cache\ndef a(): ...\n",),
    ),
    Case(
        "unincluded-router",
        "router = APIRouter()  #!\n" + route("/r", on="router"),
        "",
        (
            "router = APIRouter()\n",
            "router = APIRouter()\n" + route("/r", on="router") + "app.include_router(router)\n",
            "outer = APIRouter()\ninner = APIRouter()\n"
            + route("/r", on="inner")
            + "outer.include_router(inner)\napp.include_router(outer)\n",
            "other = FastAPI()\nrouter = APIRouter()\n"
            + route("/r", on="router")
            + "other.include_router(router)\n",
            "router = APIRouter()\n"
            + route("/r", on="router")
            + "if app.debug:\n    app.include_router(router)\n",
        ),
    ),
    Case(
        "wrong-lifespan",
        "async def life(app): ...  #!\n" + LIFE,
        "",
        (
            "@asynccontextmanager\nasync def life(app):\n    yield\n" + LIFE,
            "async def life(app):\n    yield\n" + LIFE,
            "class life:\n    def __init__(self, app): ...\n"
            "    async def __aenter__(self): ...\n    async def __aexit__(self, *_): ...\n" + LIFE,
        ),
    ),
    Case(
        "wrong-lifespan",
        SYNC_MANAGER + "app = FastAPI(lifespan=lambda app: Manager())  #!\n",
        "",
        (
            ASYNC_MANAGER + "app = FastAPI(lifespan=lambda app: Manager())\n",
            # It is not certain what is returned.
            SYNC_MANAGER
            + ASYNC_MANAGER.replace("Manager", "Other")
            + "def life(app):\n    return Other() if app.debug else Manager()\n"
            + LIFE,
            SYNC_MANAGER + "def make(kind):\n    return vars()['kind']()\n"
            "app = FastAPI(lifespan=lambda app: make(Manager))\n",
            "class Manager:\n    def __new__(cls):\n        return life()\n"
            "@asynccontextmanager\nasync def life():\n    yield\n"
            "app = FastAPI(lifespan=lambda app: Manager())\n",
            "class Meta(type):\n    def __call__(cls):\n        return life()\n"
            "class Manager(metaclass=Meta): ...\n"
            "@asynccontextmanager\nasync def life():\n    yield\n"
            "app = FastAPI(lifespan=lambda app: Manager())\n",
        ),
    ),
    Case(
        "wrong-lifespan",
        SYNC_MANAGER + "def life(app):  #!\n    manager = Manager()\n    return manager\n" + LIFE,
        "",
        (),
    ),
    Case("wrong-lifespan", "@contextmanager  #!\ndef life(app):\n    yield\n" + LIFE, "", ()),
    Case("wrong-lifespan", "@asynccontextmanager  #!\nasync def life(app): ...\n" + LIFE, "", ()),
    Case(
        "wrong-lifespan", "@asynccontextmanager  #!\nasync def life():\n    yield\n" + LIFE, "", ()
    ),
    Case(
        "wrong-lifespan",
        "async def life(app):  #!\n    yield\n" + MAKE + "app.router.lifespan_context = life\n",
        "",
        (),
    ),
    Case(
        "wrong-lifespan",
        "def life(app):  #!\n    print('starting')\n" + LIFE,
        "",
        ("def life(app):\n    return contextmanager(iter)\n" + LIFE,),
    ),
    Case(
        "wrong-lifespan",
        "async def life(app): ...  #!\nrouter = APIRouter(lifespan=life)\n"
        + MAKE
        # A router's lifespan is entered inside that of the application.
        + route("/r", on="router")
        + "app.include_router(router)\n",
        "",
        (),
    ),
    Case(
        "outlived-scope",
        f"{YIELDS} return i\ndef outer(m: Annotated[int, Depends(middle)]):  #!\n    yield m\n"
        + route("/a", takes="o: Annotated[int, Depends(outer)]"),
        "GET /a",
        (
            f"{YIELDS} return i\ndef outer(m: Annotated[int, Depends(middle)]):\n    return m\n"
            + route("/a", takes="o: Annotated[int, Depends(outer)]"),
            f"{YIELDS} return i\ndef outer(m: Annotated[int, Depends(middle)]):\n    yield m\n"
            + route("/a", takes="o: Annotated[int, Depends(outer, scope='function')]"),
        ),
    ),
]

NEIGHBOURS = [(case.rule, text) for case in CASES for text in case.neighbours]


@pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])
def test_a_mistake_is_found_with_its_route_and_its_line(case: Case, check: Check) -> None:
    source = case.wrong if "app = " in case.wrong else MAKE + case.wrong
    found = [item for item in check(source) if item.rule == case.rule]
    line = next(n for n, text in enumerate((HEAD + source).splitlines(), 1) if "#!" in text)
    assert case.route in [item.route for item in found]
    assert {item.line for item in found} == {line}
    assert all(item.message and item.advice and item.file.endswith("main.py") for item in found)


@pytest.mark.parametrize(("rule", "source"), NEIGHBOURS, ids=[rule for rule, _ in NEIGHBOURS])
def test_nothing_is_found_in_its_neighbours(rule: str, source: str, check: Check) -> None:
    assert [item for item in check(source) if item.rule == rule] == []


#: Found by following the code, or raised when the application is loaded.
TESTED_ELSEWHERE = {
    "blocking-call",
    "unawaited-coroutine",
    "swallowed-exception",
    "dependency-cycle",
    "undefined-name",
    "wrong-declaration",
    "failing-import",
    "failing-route",
    "failing-document",
}


def test_each_rule_is_tested_and_described() -> None:
    assert {case.rule for case in CASES} == RULES.keys() - TESTED_ELSEWHERE
    assert all(
        rule.summary[0].islower() and not rule.summary.endswith(".") for rule in RULES.values()
    )


def messages(found: list[Finding]) -> list[str]:
    return [f"{item.message}: {item.advice}" for item in found]


def test_an_annotation_that_does_not_change_the_routing_is_explained(check: Check) -> None:
    (told,) = messages(check(route("/users/{user_id}", takes="user_id: int") + route("/users/me")))
    assert "{user_id:int}" in told
    (told,) = messages(check(route("/users/{name}", takes="name: str") + route("/users/me")))
    assert ":int" not in told


def test_a_module_with_a_router_that_nothing_imports_is_found(check: Check) -> None:
    router = "router = APIRouter()\n" + route("/r", on="router")
    main = "import books\nimport plugins\napp.include_router(books.router)\n"
    found = check(
        main, books=router, orders=router, plugins="def later():\n    import lazy\n", lazy=router
    )
    assert [(item.rule, item.file.rpartition("/")[2]) for item in found] == [
        ("unincluded-router", "orders.py")
    ]


def test_routes_that_decide_themselves_whether_they_match_prove_nothing(check: Check) -> None:
    own = (
        "from rapide.routing import APIRoute\nfrom starlette.routing import Match\n"
        "class Own(APIRoute):\n    def matches(self, scope): return Match.NONE, {}\n"
        "app.router.route_class = Own\n"
    )
    assert check(own + route("/{x}", takes="x") + route("/a", "g")) == []


def test_a_comment_allows_a_finding(check: Check) -> None:
    allowed = route("items").replace("\n", "  # rapide: allow-path-without-slash\n", 1)
    other = route("items").replace("\n", "  # rapide: allow-path\n", 1)
    assert check(allowed) == []
    assert [item.rule for item in check(other)] == ["path-without-slash"]
