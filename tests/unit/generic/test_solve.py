"""Solving dependency graphs step by step, and taking over from compiled code."""

import functools
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from starlette.datastructures import QueryParams
from starlette.requests import Request

from rapide import BackgroundTasks, Depends, Header, Query, Response
from rapide.exceptions import RequestValidationError
from rapide.generic.context import endpoint_context
from rapide.generic.handover import read_model, refuse
from rapide.generic.journal import Journal
from rapide.generic.solve import SolvedDependency, solve_dependencies
from rapide.runtime.extraction import MISSING, UNREAD, ModelRefused, ValueMissing
from rapide.scope_keys import CLEANUP_SCOPES, FUNCTION_STACK, JOURNAL, REQUEST_STACK
from rapide.signature.dependencies import get_dependant

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    return request.param


def make_scope(query: str = "", **items: Any) -> dict[str, Any]:
    return {
        "type": "http", "method": "GET", "path": "/", "query_string": query.encode(),
        "headers": [], "path_params": {}, **items,
    }  # fmt: skip


async def solve(
    call: Any, scope: dict[str, Any] | None = None, overrides: Any = None, **options: Any
) -> SolvedDependency:
    scope = make_scope() if scope is None else scope
    async with AsyncExitStack() as request_stack, AsyncExitStack() as function_stack:
        scope[REQUEST_STACK], scope[FUNCTION_STACK] = request_stack, function_stack
        return await solve_dependencies(
            request=Request(scope),
            dependant=get_dependant(path="/", call=call),
            dependency_overrides_provider=SimpleNamespace(dependency_overrides=overrides or {}),
            async_exit_stack=request_stack,
            embed_body_fields=False,
            **options,
        )


async def test_dependencies_come_before_those_who_need_them_in_order() -> None:
    log: list[str] = []

    def first() -> int:
        log.append("first")
        return 1

    async def second(a: Annotated[int, Depends(first)]) -> int:
        log.append("second")
        return a + 1

    def read(b: Annotated[int, Depends(second)], a: Annotated[int, Depends(first)]) -> None: ...

    solved = await solve(read)
    assert (solved.values, solved.errors) == ({"a": 1, "b": 2}, [])
    assert log == ["first", "second"]


async def test_without_its_cache_a_dependency_is_called_again() -> None:
    numbers = iter(range(9))

    def count() -> int:
        return next(numbers)

    def read(
        a: Annotated[int, Depends(count)],
        b: Annotated[int, Depends(count, use_cache=False)],
        c: Annotated[int, Depends(count)],
    ) -> None: ...

    assert (await solve(read)).values == {"a": 0, "b": 1, "c": 0}


async def test_a_dependency_with_errors_is_not_called_and_all_errors_are_collected() -> None:
    called: list[int] = []

    def left(n: int) -> None:
        called.append(n)

    def right(m: int) -> None:
        called.append(m)

    def read(
        a: Annotated[None, Depends(left)], b: Annotated[None, Depends(right)], o: int
    ) -> None: ...

    solved = await solve(read, make_scope("n=x&m=7"))
    assert [error["loc"] for error in solved.errors] == [("query", "n"), ("query", "o")]
    assert called == [7]


async def test_exit_stacks_must_be_in_the_scope() -> None:
    for missing in (REQUEST_STACK, FUNCTION_STACK):
        scope = make_scope(**{REQUEST_STACK: AsyncExitStack(), FUNCTION_STACK: AsyncExitStack()})
        del scope[missing]
        with pytest.raises(AssertionError, match=missing):
            await solve_dependencies(
                request=Request(scope),
                dependant=get_dependant(path="/", call=lambda: None),
                async_exit_stack=AsyncExitStack(),
                embed_body_fields=False,
            )


async def test_generators_are_left_in_reverse_order_and_their_scope_forgotten() -> None:
    log: list[str] = []

    async def outer() -> Any:
        yield "outer"
        log.append("outer left")

    def inner(o: Annotated[str, Depends(outer)]) -> Any:
        yield o + " inner"
        log.append("inner left")

    def read(i: Annotated[str, Depends(inner)]) -> None: ...

    scope = make_scope()
    assert (await solve(read, scope)).values == {"i": "outer inner"}
    assert log == ["inner left", "outer left"]
    assert scope[CLEANUP_SCOPES] == {}


def journal_of(*results: Any, overrides: Any = None, **given: Any) -> Journal:
    return Journal(results, overrides=overrides, **given)


async def test_calls_in_the_journal_are_not_made_again() -> None:
    called: list[str] = []

    def first() -> str:
        called.append("first")
        return "called"

    def second() -> str:
        called.append("second")
        return "called"

    def read(a: Annotated[str, Depends(first)], b: Annotated[str, Depends(second)]) -> None: ...

    scope = make_scope(**{JOURNAL: journal_of("replayed")})
    assert (await solve(read, scope)).values == {"a": "replayed", "b": "called"}
    assert called == ["second"]
    assert JOURNAL not in scope  # a request served once more by a middleware starts anew


async def test_the_overrides_are_those_of_the_journal_until_it_is_used_up() -> None:
    def first() -> str:
        return "first"

    def second() -> str:
        return "second"

    def then(q: str) -> str:
        return "then " + q

    def now() -> str:
        return "now"

    def read(a: Annotated[str, Depends(first)], b: Annotated[str, Depends(second)]) -> None: ...

    overrides = {first: now, second: now}
    journal = journal_of("read", "replayed", overrides={first: then})
    solved = await solve(read, make_scope(**{JOURNAL: journal}), overrides=overrides)
    # The parameter of the override of that time counts as read.
    assert (solved.values, solved.errors) == ({"a": "replayed", "b": "now"}, [])
    # So does one that could not be read.
    failed = Journal([], KeyError("q"), {first: then})
    solved = await solve(read, make_scope(**{JOURNAL: failed}), overrides=overrides)
    assert [error["loc"] for error in solved.errors] == [("query", "q")]


async def test_response_and_tasks_of_the_journal_are_handed_on() -> None:
    def read(response: Response, tasks: BackgroundTasks) -> None: ...

    response, tasks = Response(), BackgroundTasks()
    journal = journal_of(response=response, background_tasks=tasks)
    solved = await solve(read, make_scope(**{JOURNAL: journal}))
    assert solved.values["response"] is solved.response is response
    assert solved.values["tasks"] is solved.background_tasks is tasks


async def test_a_refusal_names_every_error_and_shows_the_body() -> None:
    def read(n: int, token: Annotated[str, Header()]) -> None: ...

    dependant = get_dependant(path="/", call=read)
    route: Any = SimpleNamespace(dependant=dependant, _embed_body_fields=False)
    with pytest.raises(RequestValidationError) as caught:
        await refuse(route, make_scope("n=x"), None, {"sent": 1}, Journal([]))
    assert [error["loc"] for error in caught.value.errors()] == [
        ("query", "n"),
        ("header", "token"),
    ]
    assert caught.value.body == {"sent": 1}


async def test_what_was_read_before_is_given_back_when_nothing_is_wrong_after_all() -> None:
    def read(n: int, m: int) -> None: ...

    dependant = get_dependant(path="/", call=read)
    route: Any = SimpleNamespace(dependant=dependant, _embed_body_fields=False)
    journal = Journal([7, UNREAD], ValueMissing())
    assert await refuse(route, make_scope("n=1&m=2"), None, MISSING, journal) == [7, 2]


async def test_what_else_a_validator_raises_is_raised_as_it_is() -> None:
    def read(n: int, m: int) -> None: ...

    dependant = get_dependant(path="/", call=read)
    route: Any = SimpleNamespace(dependant=dependant, _embed_body_fields=False)
    error = KeyError("of the validator")
    with pytest.raises(KeyError) as caught:
        await refuse(route, make_scope("n=1&m=2"), None, MISSING, Journal([7], error))
    assert caught.value is error


def test_a_model_of_parameters_that_is_wrong_says_what_is_wrong() -> None:
    from pydantic import BaseModel

    class Paging(BaseModel):
        limit: int

    def read(paging: Annotated[Paging, Query()]) -> None: ...

    (field,) = get_dependant(path="/", call=read).query_params
    assert read_model(field, QueryParams("limit=3")) == Paging(limit=3)
    for query, kind in (("", "missing"), ("limit=x", "int_parsing")):
        with pytest.raises(ModelRefused) as caught:
            read_model(field, QueryParams(query))
        assert [(e["loc"], e["type"]) for e in caught.value.errors] == [(("query", "limit"), kind)]


def test_an_endpoint_is_located_by_file_line_and_name() -> None:
    context = endpoint_context(make_scope)
    assert context == {
        "file": __file__,
        "line": make_scope.__code__.co_firstlineno,
        "function": "make_scope",
    }
    context["line"] = 0
    assert endpoint_context(make_scope)["line"] == make_scope.__code__.co_firstlineno


@pytest.mark.parametrize("endpoint", [None, functools.partial(make_scope), len, SimpleNamespace()])
def test_what_cannot_be_located_gives_an_empty_context(endpoint: Any) -> None:
    assert endpoint_context(endpoint) == {}
