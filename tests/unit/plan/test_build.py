"""The plans of typical routes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import FrozenInstanceError
from datetime import date
from typing import Annotated, Any

import pytest

from rapide import (
    BackgroundTasks,
    Body,
    Cookie,
    Depends,
    FastAPI,
    Header,
    Query,
    Request,
    Response,
    Security,
)
from rapide.plan.build import build_plan
from rapide.plan.operations import (
    BuildResponse,
    CallDependency,
    CallEndpoint,
    CheckOverrides,
    CloseCleanup,
    Default,
    EnterDependency,
    ExposeRequest,
    OpenCleanup,
    Operation,
    Plan,
    PrepareBackground,
    PrepareHead,
    PrepareResponse,
    Provide,
    ReadBody,
    ReadBodyValue,
    ReadModel,
    ReadValues,
    RenderContent,
    SendContent,
    SendResponse,
    SerializeData,
    SerializeJson,
    SerializeModel,
    Slot,
)
from rapide.plan.values import default_of
from rapide.responses import HTMLResponse, JSONResponse, PlainTextResponse
from rapide.security import SecurityScopes
from rapide.signature.dependencies import NOT_OVERRIDDEN

from .plans import Item, Paging, find, kinds, plan_of, reads, route_of


class Shouting(PlainTextResponse):
    def render(self, content: Any) -> bytes:
        return str(content).upper().encode()


def test_a_route_without_parameters_calls_serializes_and_sends() -> None:
    async def ping(): ...

    assert plan_of(ping) == Plan(
        "GET /",
        f"{__name__}.{ping.__qualname__}",
        (
            CallEndpoint(ping, "async", (), is_pure=True),
            SerializeJson(),
            PrepareHead(200, "application/json"),
            SendContent(200),
        ),
    )


def test_plans_are_equal_when_their_parts_are() -> None:
    def read(q: str = "x", n: int = 1) -> Any: ...

    route = route_of(read)
    first, second = (build_plan(route, {}) for _ in range(2))
    assert first.plan == second.plan
    assert first.plan is not second.plan
    assert first == second
    assert plan_of(read, "/other") != first.plan


def test_operations_cannot_be_changed() -> None:
    for operation in (
        CheckOverrides(),
        SendContent(200),
        Plan("GET /", "e", ()),
        Slot("arg", "a", 1),
    ):
        with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
            operation.label = "other"  # type: ignore[union-attr]


def test_a_plan_prints_one_operation_a_line() -> None:
    def user(token: Annotated[str, Header()]) -> str:
        return token.upper()

    def read(
        item_id: int,
        who: Annotated[str, Depends(user)],
        tag: Annotated[list[str], Query()],
        q: str = "all",
    ):
        return who.lower()

    name = f"{__name__}.test_a_plan_prints_one_operation_a_line.<locals>"
    arguments = "(who=dep who#2, item_id=arg item_id#3, tag=arg tag#4, q=arg q#5)"
    plan = plan_of(read, "/items/{item_id}")
    assert str(plan) == plan.describe()
    assert plan.describe().splitlines() == [
        f"GET /items/{{item_id}} -> {name}.read",
        "  1. ReadValues header",
        "  2. ReadValues path",
        "  3. ReadValues query",
        "  4. ReadValues query many",
        f"  5. ValidateGroup of {name}.user",
        "       ReadParameter arg token#1 header token required",
        "  6. ThreadSteps",
        f"       CallDependency dep who#2 {name}.user sync (token=arg token#1)",
        "       ValidateGroup of the endpoint",
        "         ReadParameter arg item_id#3 path item_id required",
        "         ReadParameter arg tag#4 query tag many required",
        "         ReadParameter arg q#5 query q else 'all'",
        f"       CallEndpoint {name}.read sync {arguments}",
        "  7. SerializeJson",
        "  8. PrepareHead 200 application/json",
        "  9. SendContent 200",
    ]


def test_each_part_of_the_request_is_indexed_once_and_only_when_asked_for() -> None:
    def read(
        a: str,
        b: list[int] = Query([]),
        c: str = Query(""),
        d: str = Query(""),
        e: list[str] = Header([]),
        f: str = Cookie(""),
    ) -> Any: ...

    plan = plan_of(read, "/{a}")
    assert [o for o in plan.every if isinstance(o, ReadValues)] == [
        ReadValues("cookie", False),
        ReadValues("header", True),
        ReadValues("path", False),
        ReadValues("query", False),
        ReadValues("query", True),
    ]


def test_parameters_say_where_they_are_read_and_under_which_names() -> None:
    def read(
        plain: str,
        x_token: Annotated[str, Header()],
        as_it_is: Annotated[str, Header(convert_underscores=False)],
        other: Annotated[int, Query(alias="o-ther")],
        many: Annotated[list[int], Query()],
    ) -> Any: ...

    found = {read.into.name: (read.source, read.keys, read.many) for read in reads(plan_of(read))}
    assert found == {
        "plain": ("query", ("plain",), False),
        "x_token": ("header", ("x-token",), False),
        "as_it_is": ("header", ("as_it_is",), False),
        "other": ("query", ("o-ther",), False),
        "many": ("query", ("many",), True),
    }


def test_text_that_is_not_constrained_is_not_validated_except_in_paths() -> None:
    def read(
        p: str, q: str, n: int, c: Annotated[str, Query(max_length=3)], o: str | None = None
    ) -> Any: ...

    validated = {r.into.name: r.validator is not None for r in reads(plan_of(read, "/{p}"))}
    assert {name for name, is_validated in validated.items() if is_validated} >= {"p", "n", "c"}
    assert not validated["q"]


def test_a_model_of_parameters_is_read_as_a_group() -> None:
    def read(paging: Annotated[Paging, Query()]) -> Any: ...

    (read_model,) = reads(plan_of(read))
    assert isinstance(read_model, ReadModel)
    assert (read_model.into.name, read_model.source) == ("paging", "query")
    assert not plan_of(read).has(ReadValues)


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        (Query(), Default("required")),
        (Query("x"), Default("constant", "x")),
        (Query(None), Default("constant", None)),
        (Query(date(2024, 2, 29)), Default("constant", date(2024, 2, 29))),
        (Query([1]), Default("copied", [1])),
        (Query({"a": 1}), Default("copied", {"a": 1})),
    ],
)
def test_defaults_are_shared_only_when_nobody_can_change_them(
    declaration: Any, expected: Default
) -> None:
    def read(q: Any = declaration) -> Any: ...

    (parameter,) = reads(plan_of(read))
    assert parameter.default == expected


def test_a_default_that_may_see_its_copies_is_made_as_often_as_fastapi_makes_it() -> None:
    given = ("a", ["b"])

    def read(q: Any = Query(given)) -> Any: ...

    default = default_of(route_of(read).dependant.query_params[0])
    assert default.kind == "made"
    assert default.value() == given
    assert default.value()[1] is not given[1]


def test_a_default_factory_is_called_for_each_request() -> None:
    def read(q: Annotated[list[int], Query(default_factory=list)]) -> Any: ...

    default = default_of(route_of(read).dependant.query_params[0])
    assert default.kind == "made"
    assert default.value() == []
    assert default.value() is not default.value()


def test_a_default_that_is_validated_is_made_by_the_validator() -> None:
    def read(q: Annotated[int, Query(validate_default=True)] = "7") -> Any: ...  # type: ignore[assignment]

    default = default_of(route_of(read).dependant.query_params[0])
    assert default.kind == "made"
    assert default.value() == 7


def test_one_body_parameter_is_the_whole_body_and_several_are_members() -> None:
    def one(item: Item) -> Any: ...

    def embedded(item: Annotated[Item, Body(embed=True)]) -> Any: ...

    def two(item: Item, other: Annotated[int, Body(alias="o")]) -> Any: ...

    for endpoint, keys in (
        (one, [()]),
        (embedded, [("item",)]),
        (two, [("item",), ("o",)]),
    ):
        plan = plan_of(endpoint, method="POST")
        assert kinds(plan)[0] is ReadBody
        assert [read.keys for read in reads(plan)] == keys
        assert all(isinstance(read, ReadBodyValue) for read in reads(plan))


def test_the_body_of_a_dependency_makes_members_of_both() -> None:
    def dependency(other: Annotated[int, Body()]) -> int: ...

    def read(item: Item, d: Annotated[int, Depends(dependency)]) -> Any: ...

    plan = plan_of(read, method="POST")
    assert [reads(plan, number)[0].keys for number in range(2)] == [("other",), ("item",)]


@pytest.mark.parametrize("strict", [True, False])
def test_strictness_about_content_types_is_in_the_plan(strict: bool) -> None:
    def read(item: Item) -> Any: ...

    app = FastAPI(strict_content_type=strict)
    app.post("/")(read)
    assert find(build_plan(app.routes[-1], {}).plan, ReadBody).strict_content_type is strict


def test_what_the_framework_provides_is_prepared_before_it_is_handed_over() -> None:
    def read(request: Request, response: Response, tasks: BackgroundTasks) -> Any: ...

    plan = plan_of(read)
    order = [
        kind
        for kind in kinds(plan)
        if kind in (ExposeRequest, PrepareResponse, PrepareBackground, Provide)
    ]
    assert order == [ExposeRequest, PrepareResponse, PrepareBackground, Provide, Provide, Provide]
    # Code may look for the exit stacks in the request's scope.
    assert plan.has(OpenCleanup)
    assert plan.has(CloseCleanup)


def test_security_scopes_are_collected_from_above() -> None:
    def check(scopes: SecurityScopes) -> None: ...

    def outer(_: Annotated[None, Security(check, scopes=["b"])]) -> None: ...

    def read(_: Annotated[None, Security(outer, scopes=["a", "b"])]) -> Any: ...

    assert find(plan_of(read), Provide).scopes == ("a", "b")


def shared() -> int: ...


def test_a_dependency_is_called_once_and_again_only_without_its_cache() -> None:
    def left(s: Annotated[int, Depends(shared)]) -> int: ...

    def right(s: Annotated[int, Depends(shared, use_cache=False)]) -> int: ...

    def cached(a: Annotated[int, Depends(left)], b: Annotated[int, Depends(shared)]) -> Any: ...

    def fresh(a: Annotated[int, Depends(left)], b: Annotated[int, Depends(right)]) -> Any: ...

    for endpoint, expected in ((cached, [shared, left]), (fresh, [shared, left, shared, right])):
        plan = plan_of(endpoint)
        assert [o.call for o in plan.every if isinstance(o, CallDependency)] == expected


def test_a_reused_dependency_hands_on_the_slot_of_its_first_call() -> None:
    def left(s: Annotated[int, Depends(shared)]) -> int: ...

    def read(a: Annotated[int, Depends(left)], b: Annotated[int, Depends(shared)]) -> Any: ...

    plan = plan_of(read)
    arguments = dict(find(plan, CallEndpoint).arguments)
    assert arguments["b"] == find(plan, CallDependency, 0).into
    assert arguments["a"] == find(plan, CallDependency, 1).into


def test_overrides_are_checked_before_each_dependency_but_the_first() -> None:
    def first() -> int:
        return len("x")

    def second() -> int: ...

    def read(a: Annotated[int, Depends(first)], b: Annotated[int, Depends(second)]) -> Any: ...

    assert kinds(plan_of(read))[:3] == [CallDependency, CheckOverrides, CallDependency]


async def agen() -> AsyncIterator[int]:
    yield 1


def gen() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("call", "declared", "kind", "scope"),
    [
        (agen, None, "async generator", "request"),
        (gen, None, "generator", "request"),
        (agen, "function", "async generator", "function"),
        (gen, "function", "generator", "function"),
    ],
)
def test_dependencies_with_yield_are_entered_in_their_scope(
    call: Any, declared: Any, kind: Any, scope: Any
) -> None:
    def read(d: Annotated[int, Depends(call, scope=declared)]) -> Any: ...

    plan = plan_of(read)
    operation = find(plan, EnterDependency)
    assert (operation.call, operation.kind, operation.scope) == (call, kind, scope)
    opened = [o for o in plan.every if isinstance(o, OpenCleanup | CloseCleanup)]
    assert opened == [OpenCleanup(scope, kind), CloseCleanup(scope)]


def test_scope_function_ends_before_the_response_is_sent_and_scope_request_after() -> None:
    def read(
        a: Annotated[int, Depends(agen)], b: Annotated[int, Depends(gen, scope="function")]
    ) -> Any: ...

    plan = plan_of(read)
    tail = [o for o in plan.every if isinstance(o, CloseCleanup | SendContent | CallEndpoint)]
    assert tail[1:] == [CloseCleanup("function"), SendContent(200), CloseCleanup("request")]


def test_the_override_of_a_dependency_is_planned_in_its_place() -> None:
    def fake(header: Annotated[str, Header()]) -> int: ...

    def other() -> int: ...

    def read(s: Annotated[int, Depends(shared)], o: Annotated[int, Depends(other)]) -> Any: ...

    route = route_of(read)
    built = build_plan(route, {shared: fake})
    assert find(built.plan, CallDependency).call is fake
    assert reads(built.plan)[0].source == "header"
    assert built.consulted == ((shared, fake), (other, NOT_OVERRIDDEN))
    assert build_plan(route, {}).consulted == ((shared, NOT_OVERRIDDEN), (other, NOT_OVERRIDDEN))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [SerializeModel, PrepareHead, SendContent]),
        ({"status_code": 201}, [SerializeModel, PrepareHead, SendContent]),
        (
            {"status_code": 204, "response_model": None},
            [SerializeData, BuildResponse, SendResponse],
        ),
        ({"response_model": None}, [SerializeJson, PrepareHead, SendContent]),
        (
            {"response_model": None, "response_class": JSONResponse},
            [SerializeJson, PrepareHead, SendContent],
        ),
        (
            {"response_model": None, "response_class": HTMLResponse},
            [SerializeData, RenderContent, PrepareHead, SendContent],
        ),
        (
            {"response_class": HTMLResponse},
            [SerializeModel, RenderContent, PrepareHead, SendContent],
        ),
        (
            {"response_class": JSONResponse},
            [SerializeModel, RenderContent, PrepareHead, SendContent],
        ),
        ({"response_class": Shouting}, [SerializeModel, BuildResponse, SendResponse]),
    ],
)
def test_how_an_answer_becomes_a_response(options: Any, expected: list[type[Operation]]) -> None:
    def read() -> Item: ...

    plan = plan_of(read, **options)
    assert kinds(plan)[1:] == expected
    if plan.has(SerializeModel):
        is_default = "response_class" not in options
        assert find(plan, SerializeModel).to_bytes is is_default
    if plan.has(SendContent):
        assert find(plan, SendContent).status == options.get("status_code", 200)


def test_only_options_of_the_response_model_that_change_something_are_planned() -> None:
    async def read() -> Item: ...

    def read_sync() -> Item:
        return Item(name="x")

    assert find(plan_of(read), SerializeModel).options == (("by_alias", True),)
    options = {
        "response_model_by_alias": False,
        "response_model_exclude_none": True,
        "response_model_include": {"name"},
    }
    assert dict(find(plan_of(read, **options), SerializeModel).options) == {
        "include": {"name"},
        "by_alias": False,
        "exclude_none": True,
    }
    assert not find(plan_of(read), SerializeModel).in_thread
    assert find(plan_of(read_sync), SerializeModel).in_thread
