"""Copies and pickles of what the framework has, and of what users make of it."""

import copy
import pickle
from collections.abc import Callable
from io import BytesIO
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from ..harness import Framework, same_value


class Item(BaseModel):
    n: int


def dependency(q: int = 1) -> int:
    """Depend on a parameter."""
    return q


def make_route(fw: Framework) -> Any:
    """A route with each kind of parameter."""

    def endpoint(
        i: int,
        item: Item,
        d: Annotated[int, fw.Depends(dependency)],
        token: Annotated[str, fw.Header(alias="x-token")] = "t",
    ) -> Item:
        """Answer."""
        return Item(n=i + item.n + d)

    router = fw.APIRouter(prefix="/r", tags=["a"])
    router.post("/{i}", responses={404: {"model": Item}})(endpoint)
    return router.routes[0]


def make_websocket_route(fw: Framework) -> Any:
    """A WebSocket route with a dependency."""
    router = fw.APIRouter()

    @router.websocket("/ws", dependencies=[fw.Depends(dependency)])
    async def session(websocket: fw.WebSocket) -> None: ...

    return router.routes[0]


def make_router(fw: Framework) -> Any:
    """A router inside of a router."""
    inner, outer = fw.APIRouter(), fw.APIRouter(prefix="/o", dependencies=[fw.Depends(dependency)])
    inner.get("/x")(dependency)
    outer.include_router(inner, prefix="/i")
    return outer


def make_app(fw: Framework) -> Any:
    """An application with a router."""
    app = fw.FastAPI(title="t")
    app.include_router(make_router(fw))
    app.state.value = 1
    return app


def make_file(fw: Framework) -> Any:
    """An uploaded file."""
    headers = fw.datastructures.Headers({"content-type": "text/plain"})
    return fw.UploadFile(BytesIO(b"abc"), size=3, filename="f", headers=headers)


#: What is copied, and the attributes of it that are compared.
THINGS: dict[str, tuple[Callable[[Framework], Any], str]] = {
    "Query": (lambda fw: fw.Query(1, ge=0, alias="a"), "default alias metadata example"),
    "Path": (lambda fw: fw.Path(title="t"), "title default include_in_schema"),
    "Header": (lambda fw: fw.Header(convert_underscores=False), "convert_underscores"),
    "Body": (lambda fw: fw.Body(embed=True, examples=[1]), "embed media_type examples"),
    "File": (lambda fw: fw.File(), "media_type"),
    "Depends": (lambda fw: fw.Depends(dependency, use_cache=False), "dependency use_cache scope"),
    "Security": (lambda fw: fw.Security(dependency, scopes=["s"]), "dependency scopes use_cache"),
    "HTTPBearer": (lambda fw: fw.security.HTTPBearer(), "scheme_name auto_error model"),
    "OAuth2PasswordBearer": (
        lambda fw: fw.security.OAuth2PasswordBearer("t", scopes={"a": "b"}),
        "scheme_name model",
    ),
    "APIKeyCookie": (lambda fw: fw.security.APIKeyCookie(name="k"), "scheme_name model"),
    "SecurityScopes": (lambda fw: fw.security.SecurityScopes(["a"]), "scopes scope_str"),
    "HTTPException": (lambda fw: fw.HTTPException(418, {"a": 1}, {"X-A": "b"}), "args detail"),
    "WebSocketException": (lambda fw: fw.WebSocketException(1008, "r"), "code reason args"),
    "JSONResponse": (
        lambda fw: fw.responses.JSONResponse({"a": 1}, 201, {"x-a": "b"}),
        "body status_code raw_headers",
    ),
    "BackgroundTasks": (lambda fw: fw.BackgroundTasks(), "tasks"),
    "DefaultPlaceholder": (lambda fw: fw.datastructures.Default(3), "value"),
    "UploadFile": (make_file, "filename size headers"),
    "ServerSentEvent": (lambda fw: fw.sse.ServerSentEvent(data={"a": 1}), "data event id"),
    "Dependant": (lambda fw: make_route(fw).dependant, "path name call use_cache"),
    "ModelField": (lambda fw: make_route(fw).dependant.path_params[0], "name alias mode"),
    "APIRoute": (make_route, "path name methods tags status_code unique_id description"),
    "APIWebSocketRoute": (make_websocket_route, "path name path_format"),
    "APIRouter": (make_router, "prefix tags"),
    "FastAPI": (make_app, "title version docs_url"),
}

#: FastAPI's own can be copied shallowly only.
NOT_DEEP = {"FastAPI", "UploadFile", "APIRouter"}


def described(value: Any) -> Any:
    """What is compared of an attribute."""
    if isinstance(value, dict):
        return {str(key): described(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [described(item) for item in value]
    if isinstance(value, set):
        return sorted(map(described, value))
    if isinstance(value, (str, int, float, bool, bytes, type(None))):
        return repr(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return getattr(value, "__name__", type(value).__name__)


@pytest.mark.parametrize("name", THINGS)
def test_a_shallow_copy_shares_what_the_original_has(name: str) -> None:
    """Compare the type and the attributes, and which of them are the same objects."""
    make, attributes = THINGS[name]

    @same_value
    def outcome(fw: Framework) -> Any:
        original = make(fw)
        copied = copy.copy(original)
        values = {key: getattr(copied, key) for key in attributes.split()}
        return {
            "type": type(copied).__name__,
            "values": described(values),
            "shared": {
                key: value is getattr(original, key)
                for key, value in values.items()
                if key not in ("default", "scope_str", "model")
            },
        }

    outcome()


@pytest.mark.parametrize("name", sorted(set(THINGS) - NOT_DEEP))
def test_a_deep_copy_has_values_of_its_own(name: str) -> None:
    """Compare the type and the attributes."""
    make, attributes = THINGS[name]

    @same_value
    def outcome(fw: Framework) -> Any:
        copied = copy.deepcopy(make(fw))
        values = {key: getattr(copied, key) for key in attributes.split()}
        return {"type": type(copied).__name__, "values": described(values)}

    outcome()


#: Made of closures in FastAPI: only cloudpickle can.
NOT_PICKLED = {
    *NOT_DEEP,
    *("Dependant", "ModelField", "APIRoute", "APIWebSocketRoute"),
}


@pytest.mark.parametrize("name", sorted(set(THINGS) - NOT_PICKLED))
def test_a_pickle_holds_what_the_original_has(name: str) -> None:
    """Compare the type and the attributes, or the refusal to pickle."""
    make, attributes = THINGS[name]

    @same_value
    def outcome(fw: Framework) -> Any:
        loaded = pickle.loads(pickle.dumps(make(fw)))
        values = {key: getattr(loaded, key) for key in attributes.split()}
        return {"type": type(loaded).__name__, "values": described(values)}

    outcome()


@same_value
def test_a_copied_route_is_served_with_what_the_original_has(fw):
    """A shallow and a deep copy are put into another application."""
    answers = []
    route = make_route(fw)
    for copied in (route, copy.copy(route), copy.deepcopy(route)):
        app = fw.FastAPI()
        app.router.routes.append(copied)
        client = fw.testclient.TestClient(app)
        for json in ({"n": 2}, {"n": "x"}):
            answers.append(client.post("/r/1?q=5", json=json).json())
        answers.append(sorted(app.openapi()["paths"]))
    return answers


@same_value
def test_a_copied_application_has_middleware_and_routes_of_the_original(fw):
    """The copy is made before and after the first request."""
    answers = []
    app = make_app(fw)
    for moment in ("before", "after"):
        copied = copy.copy(app)
        copied.get(f"/{moment}")(dependency)
        for one in (app, copied):
            client = fw.testclient.TestClient(one)
            answers.append([client.get(path).status_code for path in ("/o/i/x", f"/{moment}")])
        answers.append([copied.router is app.router, copied.state is app.state])
        answers.append(copied.dependency_overrides is app.dependency_overrides)
    return answers
