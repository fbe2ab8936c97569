"""Each optimisation, on small plans made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from rapide.plan.instrument import instrument
from rapide.plan.operations import (
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
    Provide,
    ReadBody,
    ReadBodyValue,
    ReadModel,
    ReadParameter,
    ReuseDependency,
    SerializeJson,
    Slot,
    ThreadSteps,
    ValidateGroup,
)
from rapide.plan.passes import (
    PASSES,
    drop_override_checks,
    drop_unused_cleanup,
    fold_reused_dependencies,
    join_thread_steps,
    optimise,
    validate_documents,
)

CHECK = CheckOverrides()


def dependency() -> None:
    """A dependency."""
    print()


def nothing() -> None:
    """A dependency that only builds a value."""


def endpoint() -> None:
    """An endpoint."""
    print()


END = CallEndpoint(endpoint, "sync", ())


def slot(index: int) -> Slot:
    return Slot("dep", "d", index)


def call(index: int) -> CallDependency:
    return CallDependency(slot(index), dependency, "sync", ())


def enter(index: int, scope: Any = "request") -> EnterDependency:
    return EnterDependency(slot(index), dependency, "generator", (), scope)


def reuse(index: int, owner: str, *, read: bool = True) -> ReuseDependency:
    return ReuseDependency(slot(index), owner, (Slot("arg", "q", 90),) if read else ())


def group(owner: str, index: int = 90, *, is_builtin: bool = False) -> ValidateGroup:
    into = Slot("arg", "q", index)
    required = Default("required")
    read = ReadParameter(into, "query", ("q",), False, required, None, is_builtin=is_builtin)
    return ValidateGroup(owner, (read,))


def body(validate_document: object = len) -> ValidateGroup:
    """The parameters of a callable: the whole body."""
    into, required = Slot("arg", "item", 80), Default("required")
    read = ReadBodyValue(into, (), required, len, validate_document=validate_document)
    return ValidateGroup("d", (read,))


def joined(*steps: Operation) -> ThreadSteps:
    return ThreadSteps(steps)


def provide(index: int = 91) -> Provide:
    return Provide(Slot("arg", "request", index), "request")


def plan(*operations: Operation) -> Plan:
    return Plan("GET /", "endpoint", operations)


@pytest.mark.parametrize("apply", [*PASSES, optimise])
def test_a_pass_keeps_the_plan_it_was_given_and_its_names(apply: Any) -> None:
    before = plan(
        OpenCleanup("request"), CHECK, call(1), CHECK, call(2), CHECK, group("d"), reuse(1, "d"),
        CallDependency(slot(3), nothing, "sync", ()), ReadBody(), body(), END,
        CloseCleanup("request"),
    )  # fmt: skip
    text = before.describe()
    after = apply(before)
    assert before.describe() == text
    assert after != before
    assert (after.label, after.endpoint) == ("GET /", "endpoint")


@pytest.mark.parametrize("apply", [*PASSES, optimise])
def test_a_pass_leaves_alone_what_is_as_it_should_be(apply: Any) -> None:
    fine = plan(
        OpenCleanup("request", "generator"), group("d"), enter(1), CHECK,
        group("e"), provide(), call(2), group("the endpoint"), END, CloseCleanup("request"),
    )  # fmt: skip
    assert apply(fine) == fine
    assert apply(plan()) == plan()


def again(owner: str, index: int = 92) -> ValidateGroup:
    """The parameters of a callable, without code of users, read once more."""
    return group(owner, index, is_builtin=True)


def test_parameters_read_again_for_a_reused_dependency_are_folded() -> None:
    before = plan(group("d"), call(1), again("d"), reuse(1, "d"), END)
    after = plan(group("d"), call(1), reuse(1, "d"), END)
    assert fold_reused_dependencies(before) == after
    assert fold_reused_dependencies(after) == after


def test_parameters_that_code_of_users_validates_are_validated_at_each_use() -> None:
    before = plan(group("d"), call(1), group("d", 92), reuse(1, "d"), END)
    after = plan(group("d"), call(1), group("d", 92), END)
    assert fold_reused_dependencies(before) == after


def test_parameters_are_read_again_where_the_request_may_have_changed() -> None:
    shown = ExposeRequest()
    before = plan(shown, group("d"), call(1), again("d"), reuse(1, "d"), END)
    assert fold_reused_dependencies(before) == plan(shown, group("d"), call(1), again("d"), END)


def test_what_is_provided_again_for_a_reused_dependency_is_folded() -> None:
    before = plan(
        group("d"), provide(), call(1), again("d"), provide(93), provide(94), reuse(1, "d"), END
    )
    assert fold_reused_dependencies(before) == plan(
        group("d"), provide(), call(1), reuse(1, "d"), END
    )


def test_a_reused_dependency_without_parameters_folds_nothing_else() -> None:
    before = plan(group("other"), call(1), reuse(1, "d", read=False), group("the endpoint"), END)
    after = plan(group("other"), call(1), group("the endpoint"), END)
    assert fold_reused_dependencies(before) == after


def test_parameters_of_another_callable_are_not_folded() -> None:
    before = plan(group("d"), call(1), again("e"), reuse(1, "d", read=False), END)
    assert fold_reused_dependencies(before) == plan(group("d"), call(1), again("e"), END)


def test_a_dependency_called_anew_below_a_reused_one_is_still_called() -> None:
    fresh = [group("fresh", 93), call(3)]
    before = plan(
        group("fresh"), call(1), group("d"), call(2),
        *fresh, CHECK, again("d", 94), reuse(2, "d"), END,
    )  # fmt: skip
    after = plan(group("fresh"), call(1), group("d"), call(2), *fresh, CHECK, reuse(2, "d"), END)
    assert fold_reused_dependencies(before) == after


def test_reused_dependencies_below_a_reused_one_are_folded_with_it() -> None:
    before = plan(
        group("sub"), call(1), group("d"), call(2),
        again("sub", 93), reuse(1, "sub"), again("d", 94), reuse(2, "d"), END,
    )  # fmt: skip
    after = plan(group("sub"), call(1), group("d"), call(2), reuse(1, "sub"), reuse(2, "d"), END)
    assert fold_reused_dependencies(before) == after


def test_exit_stacks_that_nothing_enters_are_dropped() -> None:
    before = plan(
        OpenCleanup("file"), OpenCleanup("request"), OpenCleanup("function"), END,
        CloseCleanup("function"), CloseCleanup("request"), CloseCleanup("file"),
    )  # fmt: skip
    assert drop_unused_cleanup(before) == plan(END)


@pytest.mark.parametrize("entered", ["generator", "async generator"])
def test_exit_stacks_that_something_enters_are_kept(entered: Any) -> None:
    before = plan(
        OpenCleanup("file"), OpenCleanup("request", entered), OpenCleanup("function"),
        enter(1), END,
        CloseCleanup("function"), CloseCleanup("request"), CloseCleanup("file"),
    )  # fmt: skip
    after = plan(OpenCleanup("request", entered), enter(1), END, CloseCleanup("request"))
    assert drop_unused_cleanup(before) == after


def test_a_request_that_user_code_sees_keeps_its_exit_stacks() -> None:
    shown = plan(
        OpenCleanup("file"), OpenCleanup("request"), ExposeRequest(), END,
        CloseCleanup("request"), CloseCleanup("file"),
    )  # fmt: skip
    assert drop_unused_cleanup(shown) == shown


def test_a_check_before_any_call_is_dropped() -> None:
    before = plan(CHECK, group("d"), call(1), END)
    assert drop_override_checks(before) == plan(group("d"), call(1), END)


def test_a_second_check_without_a_call_between_is_dropped() -> None:
    before = plan(call(1), CHECK, group("d"), CHECK, CHECK, call(2), END)
    assert drop_override_checks(before) == plan(call(1), CHECK, group("d"), call(2), END)


@pytest.mark.parametrize("between", [call(2), enter(2)])
def test_a_check_after_a_call_is_kept(between: Operation) -> None:
    checked = plan(call(1), CHECK, between, CHECK, call(3), END)
    assert drop_override_checks(checked) == checked


def test_checks_around_what_was_folded_are_dropped_too() -> None:
    before = plan(
        OpenCleanup("request"), group("d"), call(1), CHECK, again("d"), reuse(1, "d"), CHECK,
        call(2), END, CloseCleanup("request"),
    )  # fmt: skip
    steps = joined(call(1), CHECK, reuse(1, "d"), call(2), END)
    assert optimise(before) == plan(group("d"), steps)


def test_the_only_value_of_a_body_is_made_without_parsing_it() -> None:
    after = validate_documents(plan(ReadBody(), group("e"), body(), END))
    assert after == plan(ReadBody(validate=len), group("e"), body(), END)


@pytest.mark.parametrize(
    "before",
    [
        plan(ReadBody(), body(None), END),
        plan(ReadBody(), body(), body(), END),
        plan(ExposeRequest(True), ReadBody(), body(), END),
        plan(ExposeRequest(False), ReadBody(), body(), END),
    ],
    ids=["its type", "two values", "the request is shown", "there is a request"],
)
def test_a_body_is_parsed_if_others_need_it(before: Plan) -> None:
    assert validate_documents(before) == before


def test_telemetry_has_the_parsed_body() -> None:
    before = plan(ReadBody(validate=len), body(), END)
    assert instrument(before, "/", "f").operations[1] == ReadBody()


def test_optimising_twice_changes_nothing_more() -> None:
    before = plan(
        OpenCleanup("request"),
        CHECK,
        call(1),
        CHECK,
        group("d"),
        reuse(1, "d"),
        CHECK,
        call(2),
        END,
    )
    assert optimise(optimise(before)) == optimise(before)


@pytest.mark.parametrize("between", [(), (CHECK,), (group("d", is_builtin=True),), (provide(),)])
def test_sync_calls_that_follow_each_other_are_joined(between: tuple[Operation, ...]) -> None:
    before = plan(group("first"), call(1), *between, call(2), *between, END, CHECK)
    after = plan(group("first"), joined(call(1), *between, call(2), *between, END), CHECK)
    assert join_thread_steps(before) == after


ASYNC = CallDependency(slot(7), dependency, "async", ())
LIMITED = CallDependency(slot(7), dependency, "sync", (), object())
MODEL = ValidateGroup("d", (ReadModel(slot(7), "query", None),))


@pytest.mark.parametrize("between", [ASYNC, LIMITED, enter(7), group("d"), MODEL])
def test_what_needs_the_event_loop_parts_the_calls(between: Operation) -> None:
    apart = plan(call(1), CHECK, between, CHECK, END)
    assert join_thread_steps(apart) == apart


def test_calls_before_and_after_another_operation_are_joined_apart() -> None:
    before = plan(call(1), CHECK, call(2), CHECK, ASYNC, call(3), END)
    after = plan(joined(call(1), CHECK, call(2)), CHECK, ASYNC, joined(call(3), END))
    assert join_thread_steps(before) == after


@pytest.mark.parametrize("kind", ["async", "generator", "async generator"])
def test_an_endpoint_of_another_kind_is_not_joined(kind: Any) -> None:
    before = plan(call(1), call(2), CallEndpoint(endpoint, kind, ()))
    after = plan(joined(call(1), call(2)), CallEndpoint(endpoint, kind, ()))
    assert join_thread_steps(before) == after


def test_a_call_alone_stays_as_it_is() -> None:
    alone = plan(group("d", is_builtin=True), call(1), group("d", is_builtin=True))
    assert join_thread_steps(alone) == alone


def test_a_joined_step_shows_what_it_consists_of() -> None:
    steps = joined(call(1), group("the endpoint", is_builtin=True), END)
    assert str(steps).splitlines() == [
        "ThreadSteps",
        *(f"  {line}" for step in steps.steps for line in str(step).splitlines()),
    ]
    assert plan(ASYNC, steps).has(CallEndpoint)
    assert list(plan(ASYNC, steps).every) == [ASYNC, *steps.steps]


def test_telemetry_takes_joined_calls_apart() -> None:
    apart = plan(call(1), CHECK, call(2), END, SerializeJson())
    assert instrument(join_thread_steps(apart), "/", "read") == instrument(apart, "/", "read")
