"""What is said of a route before it is compiled, and what holds when it is."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from rapide import (
    APIRouter,
    BackgroundTasks,
    Cookie,
    Depends,
    FastAPI,
    Form,
    Header,
    Request,
    UploadFile,
)
from rapide.limits import RequestLimits
from rapide.responses import PlainTextResponse
from rapide.routing import APIRoute, iter_route_contexts
from rapide.security import OAuth2PasswordBearer
from rapide.signature.models import read_slot


class Item(BaseModel):
    name: str


class Audited(APIRoute):
    def get_route_handler(self) -> Any:
        return super().get_route_handler()


async def _number() -> AsyncIterator[int]:
    yield 1


class Unhashable:
    __hash__ = None

    def __call__(self) -> int:
        return 1


def _plain(key: int, q: str | None = None, x: Annotated[str, Header()] = "") -> int: ...
def _request(request: Request) -> None: ...
def _tasks(tasks: BackgroundTasks) -> None: ...
def _body(item: Item) -> Item: ...
def _cookie(cookie: Annotated[str, Cookie()]) -> None: ...
def _cookies(cookie: Annotated[list[str], Cookie()]) -> None: ...
def _dependency(number: Annotated[int, Depends(lambda: 1)]) -> None: ...
def _exiting(number: Annotated[int, Depends(_number)]) -> None: ...
def _unhashable(number: Annotated[int, Depends(Unhashable())]) -> None: ...
async def _in_the_background(tasks: BackgroundTasks) -> None: ...
def _deep(number: Annotated[int, Depends(_dependency)], found: Annotated[None, Depends(_body)]): ...
def _deep_cookies(found: Annotated[None, Depends(_cookies)]) -> None: ...
def _deep_tasks(found: Annotated[None, Depends(_in_the_background)]) -> None: ...
def _deep_undefined(found: "Annotated[None, Depends(_undefined)]") -> None: ...
def _secured(token: Annotated[str, Depends(OAuth2PasswordBearer("/token"))]) -> Item: ...
def _form(name: Annotated[str, Form()], file: UploadFile) -> list[Item]: ...
def _undefined(number: "list[Undefined]") -> None: ...  # noqa: F821
def _undefined_answer() -> "list[Undefined]": ...  # noqa: F821
def _yielding() -> Any:
    yield 1


ENDPOINTS = [
    (_plain, {}),
    (_plain, {"response_class": PlainTextResponse}),
    (_plain, {"max_body_size": 9}),
    (_plain, {"limits": RequestLimits(concurrency=1)}),
    *((endpoint, {}) for endpoint in (_request, _tasks, _body, _cookie, _cookies, _dependency)),
    *((endpoint, {}) for endpoint in (_exiting, _unhashable, _undefined, _undefined_answer)),
    *((endpoint, {}) for endpoint in (_deep, _deep_cookies, _deep_tasks, _deep_undefined)),
    *((endpoint, {}) for endpoint in (_secured, _form, _yielding)),
]


@pytest.mark.parametrize("is_overridden", [False, True])
@pytest.mark.parametrize("prefix", ["", "/included"])
@pytest.mark.parametrize("route_class", [APIRoute, Audited])
def test_a_route_is_served_as_foreseen(
    prefix: str, route_class: type[APIRoute], is_overridden: bool
) -> None:
    app = FastAPI(openapi_url=None)
    router = APIRouter(route_class=route_class) if prefix else app.router
    router.route_class = route_class
    for number, (endpoint, options) in enumerate(ENDPOINTS):
        router.post(f"/{number}/{{key}}", **options)(endpoint)
    if prefix:
        app.include_router(router, prefix=prefix)
    if is_overridden:
        app.dependency_overrides[_dependency] = Unhashable
    for route in iter_route_contexts(app.routes):
        outlook = route._rapide_runner.foresee()
        assert route._rapide_runner.now is None
        served = route._rapide_runner.prepare()
        assert (outlook.reason and outlook.reason.sentence) == (
            served.reason and served.reason.sentence
        )
        assert outlook.ends_with_answer == served.ends_with_answer
        assert route._rapide_runner.foresee() == outlook


def test_foreseeing_makes_no_fields_of_simple_routes() -> None:
    app = FastAPI(openapi_url=None)
    app.get("/{key}")(_plain)
    (route,) = iter_route_contexts(app.routes)
    assert route._rapide_runner.foresee().reason is None
    assert read_slot(route.dependant, "query_params", None) is None
