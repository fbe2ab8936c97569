"""Endpoints that both packages must read alike.

Each function is given the public names of a package and returns a path and an endpoint.
"""

# ruff: noqa: B006, UP007, UP045 - these styles are what is tested

import functools
from collections import deque
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID

from annotated_types import Ge, Len
from pydantic import AfterValidator, AliasChoices, AliasPath, BeforeValidator, Field, HttpUrl, Json
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket
from typing_extensions import TypeAliasType

from . import body_declarations
from .declared_models import ByName, Colour, Item, Point, Strict


def double(value: int) -> int:
    return value * 2


Limit = TypeAliasType("Limit", Annotated[int, Ge(1)])


def nothing(api: Any) -> Any:
    def endpoint(): ...

    return "/", endpoint


def unannotated(api: Any) -> Any:
    def endpoint(item_id, q, r=1, s=None): ...

    return "/{item_id}", endpoint


def plain_scalars(api: Any) -> Any:
    def endpoint(
        i: int,
        f: float,
        s: str,
        b: bool,
        d: date,
        when: datetime,
        span: timedelta,
        uid: UUID,
        amount: Decimal,
        raw: bytes,
        colour: Colour,
        choice: Literal["x", 1],
        anything: Any,
        url: HttpUrl,
    ): ...

    return "/", endpoint


def defaults(api: Any) -> Any:
    def endpoint(
        i: int = 1, s: str | None = None, o: Optional[int] = 3, u: Union[int, str] = "q"
    ): ...

    return "/", endpoint


def path_and_query(api: Any) -> Any:
    def endpoint(item_id: int, name: Annotated[str, api.Path(max_length=3)], q: str = "d"): ...

    return "/items/{item_id}/{name}", endpoint


def inferred_path_default_is_ignored(api: Any) -> Any:
    def endpoint(item_id: int = 3): ...

    return "/{item_id}", endpoint


def inferred_path_with_metadata(api: Any) -> Any:
    def endpoint(item_id: Annotated[int, Ge(2)], q: Annotated[int, Field(gt=3)] = 4): ...

    return "/{item_id}", endpoint


def path_alias_choices(api: Any) -> Any:
    choices = AliasChoices("id", "item")

    def endpoint(x: Annotated[int, api.Path(validation_alias=choices)], y: int): ...

    return "/{item}/{y}", endpoint


def old_style_defaults(api: Any) -> Any:
    def endpoint(
        item_id: int = api.Path(gt=1),
        q: str = api.Query("d", min_length=2),
        user_agent: str | None = api.Header(None),
        x_token: list[str] = api.Header(default=[], convert_underscores=False),
        session: str = api.Cookie(...),
        body: Item = api.Body(...),
    ): ...

    return "/{item_id}", endpoint


def annotated_style(api: Any) -> Any:
    def endpoint(
        q: Annotated[int, api.Query(gt=1, le=10, alias="Q", title="t", description="d")] = 2,
        p: Annotated[str, api.Query(pattern="^a")] = "a",
        z: Annotated[list[int] | None, api.Query()] = None,
        h: Annotated[str, api.Header()] = "x",
        under_score: Annotated[str, api.Header(alias="x_y")] = "x",
        c: Annotated[str | None, api.Cookie(deprecated=True)] = None,
        b: Annotated[Item, api.Body(embed=True)] = Item(a=1),
    ): ...

    return "/", endpoint


def last_annotation_counts(api: Any) -> Any:
    def endpoint(
        x: Annotated[int, api.Query(), api.Header()], y: Annotated[int, Ge(1), api.Query(), Ge(2)]
    ): ...

    return "/", endpoint


def pydantic_field_beside_query(api: Any) -> Any:
    def endpoint(x: Annotated[int, Field(gt=3, title="T"), api.Query(description="D")]): ...

    return "/", endpoint


def factories(api: Any) -> Any:
    def endpoint(
        a: Annotated[list[int], api.Query(default_factory=list)],
        b: Annotated[int, api.Query(default_factory=int, validate_default=True)],
        c: int = api.Query(default_factory=int),
    ): ...

    return "/", endpoint


def sequences(api: Any) -> Any:
    def endpoint(
        a: Annotated[list[str], api.Query()],
        b: Annotated[set[int], api.Query()],
        c: Annotated[tuple[int, ...], api.Query()],
        d: Annotated[Sequence[int] | None, api.Query()] = None,
        e: Annotated[list, api.Query()] = [],
        f: Annotated[deque[int], api.Query()] = deque(),
        g: Annotated[frozenset[Colour], api.Query(min_length=1)] = frozenset(),
    ): ...

    return "/", endpoint


def parameter_models(api: Any) -> Any:
    def endpoint(
        q: Annotated[ByName, api.Query()],
        h: Annotated[Item, api.Header(convert_underscores=False)],
        c: Annotated[Strict | None, api.Cookie()] = None,
    ): ...

    return "/", endpoint


def json_parameters(api: Any) -> Any:
    def endpoint(
        a: Annotated[Json[list[int]], api.Query()], b: Annotated[Json[Item], api.Form()]
    ): ...

    return "/", endpoint


def validators(api: Any) -> Any:
    def endpoint(
        a: Annotated[int, AfterValidator(double), api.Query()],
        b: Annotated[int, BeforeValidator(int), Ge(3)] = 5,
        c: Annotated[list[int], Len(1, 2), api.Query()] = [1],
    ): ...

    return "/", endpoint


def strictness(api: Any) -> Any:
    def endpoint(
        a: Annotated[int, api.Query(strict=True)],
        b: Annotated[float, api.Query(allow_inf_nan=False, multiple_of=0.5)],
        c: Annotated[Decimal, api.Query(max_digits=3, decimal_places=1)],
        d: Annotated[int | str, api.Query(union_mode="left_to_right")],
        e: Annotated[list[int], api.Query(fail_fast=True)],
        f: Annotated[int | None, api.Query(gt=2)] = None,
    ): ...

    return "/", endpoint


def validation_aliases(api: Any) -> Any:
    def endpoint(
        a: Annotated[int, api.Query(validation_alias="A")],
        b: Annotated[int, api.Query(validation_alias=AliasChoices("B", "bb"))],
        c: Annotated[int, api.Query(alias="C", validation_alias="CC", serialization_alias="CCC")],
        d: Annotated[int, api.Header(validation_alias=AliasChoices("x_d", "x-d"))],
        e: Annotated[int, api.Query(validation_alias=AliasPath("e", 0))],
    ): ...

    return "/", endpoint


def type_aliases(api: Any) -> Any:
    def endpoint(a: Limit, b: Limit = 3): ...

    return "/", endpoint


def injected(api: Any) -> Any:
    def endpoint(
        request: Request,
        response: Response,
        connection: HTTPConnection,
        tasks: api.BackgroundTasks,
        scopes: api.SecurityScopes,
    ): ...

    return "/", endpoint


def injected_subclasses(api: Any) -> Any:
    class MyRequest(Request):
        pass

    def endpoint(request: MyRequest, websocket: WebSocket, response: JSONResponse): ...

    return "/", endpoint


def dependency_of_an_injected_type(api: Any) -> Any:
    def make(): ...

    def endpoint(response: Annotated[Response, api.Depends(make)]): ...

    return "/", endpoint


def dependency_chain(api: Any) -> Any:
    def get_db(request: Request, dsn: str = "x"):
        yield dsn

    async def get_user(
        item_id: int, db: Annotated[Any, api.Depends(get_db)], x_token: str = api.Header()
    ): ...

    async def endpoint(
        item_id: int,
        user: Annotated[Any, api.Depends(get_user, use_cache=False)],
        db: Any = api.Depends(get_db, scope="function"),
    ): ...

    return "/{item_id}", endpoint


def limited_dependency(api: Any) -> Any:
    def get_db(): ...

    def endpoint(db: Any = api.Depends(get_db, max_concurrency=2)): ...

    return "/", endpoint


def depends_in_annotated_beats_query_default(api: Any) -> Any:
    def get_db(): ...

    def endpoint(db: Annotated[int, api.Depends(get_db)] = api.Query(1)): ...

    return "/", endpoint


def class_dependencies(api: Any) -> Any:
    class Page:
        def __init__(self, q: str | None = None, skip: int = 0): ...

    class Callable:
        def __call__(self, limit: int): ...

    class AsyncCallable:
        async def __call__(self, size: int):
            yield 1

    def endpoint(
        page: Annotated[Page, api.Depends()],
        item: Annotated[Item, api.Depends()],
        point: Point = api.Depends(),
        called: Any = api.Depends(Callable()),
        generated: Any = api.Depends(AsyncCallable()),
        method: Any = api.Depends(Callable().__call__),
    ): ...

    return "/", endpoint


def wrapped_dependencies(api: Any) -> Any:
    def traced(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    async def plain(a: int): ...

    def generator(b: int):
        yield

    async def async_generator(c: int):
        yield

    def endpoint(
        one: Any = api.Depends(traced(plain)),
        two: Any = api.Depends(traced(generator)),
        three: Any = api.Depends(traced(async_generator)),
        four: Any = api.Depends(functools.partial(plain, a=3)),
        five: Any = api.Depends(functools.partial(functools.partial(generator))),
        six: Any = api.Depends(traced(functools.partial(async_generator, 1))),
    ): ...

    return "/", endpoint


def security(api: Any) -> Any:
    scheme = api.OAuth2PasswordBearer(tokenUrl="t", scopes={"me": "m", "items": "i"})

    def get_token(scopes: api.SecurityScopes, token: str = api.Depends(scheme)): ...

    def get_user(token: Any = api.Security(get_token, scopes=["me"])): ...

    def get_admin(user: Any = api.Security(get_user, scopes=["admin", "me"])): ...

    def endpoint(
        admin: Any = api.Security(get_admin, scopes=["items", "items"]),
        bearer: Any = api.Depends(api.HTTPBearer()),
        other: Any = api.Security(get_user),
    ): ...

    return "/", endpoint


def shared_default_object(api: Any) -> Any:
    shared = api.Query(None, max_length=5)

    def dep(first: str = shared): ...

    def endpoint(second: list[str] = shared, d: Any = api.Depends(dep)): ...

    return "/", endpoint


def keyword_only_and_variadic(api: Any) -> Any:
    def endpoint(a: int, /, b: int, *args: int, c: int, **kwargs: str): ...

    return "/", endpoint


def text_annotations(api: Any) -> Any:
    def dep(later: "NotDefinedAnywhere" = None, number: "int" = 1): ...  # noqa: F821

    def endpoint(
        a: "int", b: "Item", c: "Annotated[str, Ge(1)] | None" = None, d: "None" = None
    ): ...

    return "/", endpoint


def constraint_of_another_type(api: Any) -> Any:
    def endpoint(q: Annotated[str, api.Query(gt=3)]): ...

    return "/", endpoint


def hidden_from_the_document(api: Any) -> Any:
    def endpoint(
        a: Annotated[int, api.Query(include_in_schema=False)],
        b: Annotated[int, api.Query(json_schema_extra={"x": 1}, examples=[1])],
    ): ...

    return "/", endpoint


ACCEPTED = [
    value
    for value in [*globals().values(), *vars(body_declarations).values()]
    if getattr(value, "__annotations__", None) == {"api": Any, "return": Any}
]
