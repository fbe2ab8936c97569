"""Optimisations: small functions that each turn a plan into a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rapide.plan.operations import (
    CallDependency,
    CallEndpoint,
    CheckOverrides,
    CloseCleanup,
    EnterDependency,
    ExposeRequest,
    OpenCleanup,
    Operation,
    Plan,
    Provide,
    ReadBody,
    ReadBodyValue,
    ReadParameter,
    ReuseDependency,
    ThreadSteps,
    ValidateGroup,
)
from rapide.plan.pure import mark_pure_calls

Pass = Callable[[Plan], Plan]


def fold_reused_dependencies(plan: Plan) -> Plan:
    """Drop the repeated reading of parameters for a dependency that was already called.

    A parameter is dropped only if nobody can observe it: no user code validates it, and no code
    could change the request in between. Then a second reading gives the same values. Only errors
    would be reported twice, and the generic path reports the errors.
    """
    is_shown = _shows_request(plan)
    kept: list[Operation] = []
    for operation in plan.operations:
        if not isinstance(operation, ReuseDependency):
            kept.append(operation)
            continue
        while kept and isinstance(kept[-1], Provide):
            kept.pop()
        if not operation.first:
            continue
        group = kept[-1]
        if isinstance(group, ValidateGroup):
            if is_shown or not _is_builtin(group):
                continue
            kept.pop()
        kept.append(operation)
    return replace(plan, operations=tuple(kept))


def drop_unused_cleanup(plan: Plan) -> Plan:
    """Drop exit stacks that nothing enters.

    A route whose user code gets the request keeps them: the code may look for them in its scope.
    """
    if _shows_request(plan):
        return plan
    unused = {
        operation.scope
        for operation in plan.operations
        if isinstance(operation, OpenCleanup) and operation.entered is None
    }
    return _without(
        plan,
        lambda operation: (
            isinstance(operation, OpenCleanup | CloseCleanup) and operation.scope in unused
        ),
    )


def drop_override_checks(plan: Plan) -> Plan:
    """Drop each check that no call of user code separates from the previous check."""
    kept: list[Operation] = []
    called = False
    for operation in plan.operations:
        if isinstance(operation, CheckOverrides):
            if not called:
                continue
            called = False
        elif isinstance(operation, CallDependency | EnterDependency | ThreadSteps):
            called = called or not (isinstance(operation, CallDependency) and operation.is_pure)
        kept.append(operation)
    return replace(plan, operations=tuple(kept))


def validate_documents(plan: Plan) -> Plan:
    """Make the value of the only body parameter from the bytes of the body, without parsing it.

    This comes before the dependencies, so it must run no code of the application's. Nobody may have
    the request either, because the parsed body is kept in it.
    """
    reads = [
        read
        for group in plan.every
        if isinstance(group, ValidateGroup)
        for read in group.reads
        if isinstance(read, ReadBodyValue)
    ]
    if len(reads) != 1 or reads[0].validate_document is None or plan.has(ExposeRequest):
        return plan
    validate = reads[0].validate_document
    return replace(
        plan,
        operations=tuple(
            replace(step, validate=validate) if isinstance(step, ReadBody) else step
            for step in plan.operations
        ),
    )


def join_thread_steps(plan: Plan) -> Plan:
    """Join successive calls of sync functions, so that they need one trip to a worker thread.

    The steps between them must not need the event loop, and users must not be able to observe that
    these steps run in a thread.
    """
    done: list[Operation] = []
    joined: list[Operation] = []
    between: list[Operation] = []

    def end() -> None:
        calls = [step for step in joined if _is_thread_call(step)]
        done.extend([ThreadSteps(tuple(joined))] if len(calls) > 1 else joined)
        done.extend(between)
        joined.clear()
        between.clear()

    for operation in plan.operations:
        if _is_thread_call(operation):
            joined.extend([*between, operation])
            between.clear()
        elif joined and _fits_between(operation):
            between.append(operation)
        else:
            end()
            done.append(operation)
    end()
    return replace(plan, operations=tuple(done))


PASSES: tuple[Pass, ...] = (
    fold_reused_dependencies,
    drop_unused_cleanup,
    mark_pure_calls,
    drop_override_checks,
    validate_documents,
    join_thread_steps,
)


def drop_all_override_checks(plan: Plan) -> Plan:
    """Drop the checks of the overrides: a job uses those that it has begun with."""
    return _without(plan, lambda operation: isinstance(operation, CheckOverrides))


#: The passes for jobs, which cannot be handed over to the generic path.
JOB_PASSES: tuple[Pass, ...] = (
    fold_reused_dependencies,
    drop_unused_cleanup,
    drop_all_override_checks,
)


def optimise(plan: Plan, passes: tuple[Pass, ...] = PASSES) -> Plan:
    """Apply every pass, in order."""
    for apply in passes:
        plan = apply(plan)
    return plan


def _without(plan: Plan, unwanted: Callable[[Operation], bool]) -> Plan:
    kept = tuple(operation for operation in plan.operations if not unwanted(operation))
    return replace(plan, operations=kept)


def _is_thread_call(operation: Operation) -> bool:
    if isinstance(operation, CallDependency):
        # The wait for a semaphore happens in the event loop.
        return operation.kind == "sync" and operation.limit is None and not operation.is_pure
    return (
        isinstance(operation, CallEndpoint) and operation.kind == "sync" and not operation.is_pure
    )


def _fits_between(operation: Operation) -> bool:
    if isinstance(operation, ValidateGroup):
        # Users' validators run in the event loop.
        return _is_builtin(operation)
    return isinstance(operation, Provide | CheckOverrides | ReuseDependency)


def _is_builtin(group: ValidateGroup) -> bool:
    """Return whether reading and validating the parameters runs no user code."""
    return all(isinstance(read, ReadParameter) and read.is_builtin for read in group.reads)


def _shows_request(plan: Plan) -> bool:
    """Return whether user code gets the request."""
    return any(isinstance(item, ExposeRequest) and item.to_user_code for item in plan.operations)
