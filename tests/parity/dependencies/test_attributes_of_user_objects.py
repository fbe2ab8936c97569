"""What of a user's object the framework asks for: nothing that FastAPI does not ask for.

Proxies of dependency injection packages record, or make, each attribute that somebody looks at.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from ..harness import ORACLE, SUBJECT, Framework, path_of_execution

#: The class of what was asked, and the name. Those that Python's own tools ask for do not count.
Asked = list[tuple[str, str]]


class Proxy:
    """A callable that notes the names it is asked for."""

    def __init__(self, call: Callable[..., Any], asked: Asked) -> None:
        object.__setattr__(self, "_call", call)
        object.__setattr__(self, "_asked", asked)

    def __getattribute__(self, name: str) -> Any:
        if name not in ("_call", "_asked") and not is_dunder(name):
            object.__getattribute__(self, "_asked").append((kind_of(self), name))
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._asked.append((kind_of(self), f"set {name}"))
        object.__setattr__(self, name, value)

    def __call__(self) -> Any:
        """Call what is behind."""
        return self._call()


class Parametrized(Proxy):
    """A callable with a parameter."""

    def __call__(self, q: int = 1) -> Any:  # type: ignore[override]
        """Call what is behind."""
        return self._call() + q


class Coroutine(Proxy):
    """A callable that is awaited."""

    async def __call__(self) -> Any:
        """Call what is behind."""
        return self._call()


class Generator(Proxy):
    """A callable with yield."""

    def __call__(self) -> Iterator[Any]:
        """Call what is behind."""
        yield self._call()


class Making(Proxy):
    """A proxy that has every attribute, as a `Mock` has."""

    def __getattr__(self, name: str) -> Any:
        if is_dunder(name):
            raise AttributeError(name)
        return Making(self._call, self._asked)


def is_dunder(name: str) -> bool:
    """Whether a name is one of Python's own."""
    return name.startswith("__") and name.endswith("__")


def kind_of(thing: object) -> str:
    """The name of the proxy's class."""
    return type(thing).__name__


class Noting(type):
    """A class whose attributes are noted when they are asked for."""

    asked: Asked = []

    def __getattribute__(cls, name: str) -> Any:
        if not is_dunder(name):
            Noting.asked.append((type.__getattribute__(cls, "__name__"), name))
        return super().__getattribute__(name)


class ModelNoting(Noting, type(BaseModel)):  # type: ignore[misc]
    """Pydantic's metaclass, noting."""


def add_proxies(fw: Framework, app: Any, asked: Asked) -> list[str]:
    """Declare routes with proxies in each place; return the paths to request."""

    def one() -> int:
        return 1

    for kind in (Proxy, Parametrized, Coroutine, Generator, Making):
        name = kind.__name__.lower()

        def with_dependency(value: Any = fw.Depends(kind(one, asked))) -> Any:
            return value

        app.get(f"/dependency/{name}")(with_dependency)
        app.get(f"/listed/{name}", dependencies=[fw.Depends(kind(one, asked))])(one)
        partial = functools.partial(kind(one, asked))

        def with_partial(value: Any = fw.Depends(partial)) -> Any:
            return value

        app.get(f"/partial/{name}")(with_partial)
        app.dependency_overrides[with_partial] = kind(one, asked)

        def overridden() -> int:
            return 0

        def with_override(value: Any = fw.Depends(overridden)) -> Any:
            return value

        app.get(f"/overridden/{name}")(with_override)
        app.dependency_overrides[overridden] = kind(one, asked)
        if kind is not Generator:
            app.get(f"/endpoint/{name}", name=name)(kind(one, asked))
    return [
        f"/{place}/{kind.__name__.lower()}"
        for place in ("dependency", "listed", "partial", "overridden", "endpoint")
        for kind in (Proxy, Parametrized, Coroutine, Generator, Making)
    ]


def add_classes(fw: Framework, app: Any, asked: Asked) -> list[str]:
    """Declare routes with classes whose attributes are noted."""
    Noting.asked = asked

    class Noted(fw.responses.JSONResponse, metaclass=Noting):
        """A response."""

    class Dependency(metaclass=Noting):
        """A dependency."""

        def __init__(self, q: int) -> None: ...

    class Model(BaseModel, metaclass=ModelNoting):
        """A model."""

        n: int

    def one() -> Any:
        return {"n": 1}

    def reads(model: Model) -> Model:
        return model

    def reads_query(model: Annotated[Model, fw.Query()]) -> list[Model]:
        return [model]

    def reads_form(model: Annotated[Model, fw.Form()]) -> Any:
        return model

    app.post("/class/body")(reads)
    app.get("/class/query")(reads_query)
    app.post("/class/form")(reads_form)

    app.get("/class/response", response_class=Noted)(one)
    app.get("/class/model", response_model=dict[str, int], response_class=Noted)(one)

    def returns() -> Any:
        return Noted({"n": 1})

    app.get("/class/returned")(returns)

    def depends(d: Any = fw.Depends(Dependency)) -> Any:
        return type(d).__name__

    app.get("/class/dependency")(depends)
    paths = "response model returned dependency?q=1 body query?n=1 query?n=x form"
    return [f"/class/{path}" for path in paths.split()]


class Recorded(Exception):
    """An exception that notes what it is asked for."""

    asked: Asked = []

    def __getattribute__(self, name: str) -> Any:
        if not is_dunder(name):
            type(self).asked.append(("Recorded", name))
        return super().__getattribute__(name)


def add_values(fw: Framework, app: Any, asked: Asked) -> list[str]:
    """Declare routes whose values note what they are asked for."""
    Recorded.asked = asked

    async def raises() -> None:
        raise Recorded

    async def handler(request: Any, error: Any) -> Any:
        return fw.responses.JSONResponse("handled")

    app.get("/value/raises")(raises)
    app.add_exception_handler(Recorded, handler)

    class Sub(fw.responses.JSONResponse):
        """A response that notes what it is asked for."""

        def __getattribute__(self, name: str) -> Any:
            if not is_dunder(name):
                asked.append(("Sub", name))
            return super().__getattribute__(name)

    app.get("/value/response")(lambda: Sub({"n": 1}))
    return ["/value/raises", "/value/response"]


def names_asked_for(
    root: str, add: Callable[[Framework, Any, Asked], list[str]], generic: bool
) -> tuple[dict[str, set[tuple[str, str]]], list[int]]:
    """The names that are asked for at the declaration, for the document and by requests."""
    fw = Framework(root)
    stages: dict[str, set[tuple[str, str]]] = {}
    asked: Asked = []

    def stage(name: str) -> None:
        stages[name] = set(asked)
        asked.clear()

    with path_of_execution(root, generic):
        app = fw.FastAPI()
        paths = add(fw, app, asked)
        router = fw.APIRouter()
        included = fw.FastAPI()
        add(fw, router_as_app(fw, router), asked)
        included.include_router(router, prefix="/p")
        stage("declaration")
        app.openapi()
        included.openapi()
        stage("document")
        statuses = []
        for one, prefix in ((app, ""), (included, "/p")):
            client = fw.testclient.TestClient(one, raise_server_exceptions=False)
            for path in [prefix + path for path in paths * 2]:
                body = "data" if path.endswith("form") else "json"
                answers = client.get(path), client.post(path, **{body: {"n": 1}})
                statuses += [answer.status_code for answer in answers]
        stage("request")
    return stages, statuses


def router_as_app(fw: Framework, router: Any) -> Any:
    """A router with the attributes of an application that the builders use."""
    router.dependency_overrides = {}
    router.add_exception_handler = lambda *arguments: None
    return router


@pytest.mark.parametrize("path", ["compiled", "generic"])
@pytest.mark.parametrize("add", [add_proxies, add_classes, add_values])
def test_no_more_names_are_asked_for_than_in_fastapi(
    add: Callable[[Framework, Any, Asked], list[str]], path: str
) -> None:
    """Proxies are used as dependencies, endpoints, overrides, classes, responses and exceptions."""
    expected, statuses = names_asked_for(ORACLE, add, generic=False)
    actual, own_statuses = names_asked_for(SUBJECT, add, generic=path == "generic")
    assert own_statuses == statuses
    more = {stage: names - expected[stage] for stage, names in actual.items()}
    assert not any(more.values()), more
