"""Solve a dependency graph: validate parameters, call dependencies, collect errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import anyio
from starlette.background import BackgroundTasks as StarletteBackgroundTasks
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from rapide import _replaced, concurrency, patches
from rapide.background import BackgroundTasks
from rapide.concurrency import DependencyConcurrency, contextmanager_in_threadpool
from rapide.generic.bodies import solve_body
from rapide.generic.journal import Journal
from rapide.generic.parameters import solve_params
from rapide.runtime.cleanup import GeneratorManager, HeldSemaphore, InThreads, ShieldedExit
from rapide.runtime.lanes import current_lane
from rapide.schema import ModelField, Undefined
from rapide.scope_keys import CLEANUP_SCOPES, FUNCTION_STACK, JOURNAL, REQUEST_STACK
from rapide.signature.callables import (
    is_async_gen_callable,
    is_coroutine_callable,
    is_gen_callable,
)
from rapide.signature.dependencies import NOT_OVERRIDDEN, override_dependency
from rapide.signature.models import Dependant, get_cache_key, get_oauth_scopes
from rapide.types import DependencyCacheKey, Overrides, UserCallable

if TYPE_CHECKING:
    from rapide.runtime.threads import Lane

#: The values that were read, by name, and the errors.
Read = tuple[dict[str, object], list[Any]]


@dataclass
class SolvedDependency:
    """The result of solving a dependency graph."""

    values: dict[str, object]
    errors: list[object]
    background_tasks: StarletteBackgroundTasks | None
    response: Response
    dependency_cache: dict[DependencyCacheKey, object]


async def solve_dependencies(
    *,
    request: Request | WebSocket,
    dependant: Dependant,
    body: object = Undefined,
    background_tasks: StarletteBackgroundTasks | None = None,
    response: Response | None = None,
    dependency_overrides_provider: object = None,
    dependency_cache: dict[DependencyCacheKey, object] | None = None,
    async_exit_stack: AsyncExitStack,
    embed_body_fields: bool,
) -> SolvedDependency:
    """Solve the dependencies of a callable and read its own parameters.

    As in FastAPI 0.165, sub-dependencies come first, in order, each once per cache key. A
    dependency with errors is not called. The exit stacks are those of the request's scope.
    """
    for stack in (REQUEST_STACK, FUNCTION_STACK):
        assert isinstance(request.scope.get(stack), AsyncExitStack), (
            f"{stack} not found in request scope"
        )
    journal: Journal | None = request.scope.pop(JOURNAL, None)
    if journal is not None:
        response = response or journal.response
        background_tasks = background_tasks or journal.background_tasks
    solver = _Solver(
        request=request,
        body=body,
        response=_injected_response() if response is None else response,
        background_tasks=background_tasks,
        provider=dependency_overrides_provider,
        cache={} if dependency_cache is None else dependency_cache,
        embed_body_fields=embed_body_fields,
        journal=journal,
    )
    values, errors = await solver.solve(dependant)
    return SolvedDependency(
        values=values,
        errors=errors,
        background_tasks=solver.background_tasks,
        response=solver.response,
        dependency_cache=solver.cache,
    )


def _injected_response() -> Response:
    """Make the response whose headers and status dependencies and endpoints may set."""
    response = Response()
    del response.headers["content-length"]
    response.status_code = None  # type: ignore[assignment]
    return response


@dataclass(slots=True)
class _Solver:
    """The walk of one request over a dependency graph."""

    request: Request | WebSocket
    body: object
    response: Response
    background_tasks: StarletteBackgroundTasks | None
    provider: object | None
    cache: dict[DependencyCacheKey, object]
    embed_body_fields: bool
    journal: Journal | None

    async def solve(self, dependant: Dependant) -> tuple[dict[str, object], list[object]]:
        values: dict[str, object] = {}
        errors: list[object] = []
        for dependency in dependant.dependencies:
            used = self._apply_override(dependency)
            arguments, found = await self._solve_dependency(used)
            if found:
                errors.extend(found)
                continue
            key = get_cache_key(dependant=dependency)
            if dependency.use_cache and key in self.cache:
                result = self.cache[key]
            else:
                result = await self._call(used, arguments, dependency.scope)
            if dependency.name is not None:
                values[dependency.name] = result
            self.cache.setdefault(key, result)
        errors.extend(await self._read_parameters(dependant, values))
        self._provide(dependant, values)
        return values, errors

    async def _solve_dependency(self, used: Dependant) -> tuple[dict[str, object], list[object]]:
        """Solve what a dependency needs, by the function that a tool has put in place of ours."""
        if not _replaced.current or self.journal is not None:
            return await self.solve(used)
        again = _replaced.replacement("dependencies.utils.solve_dependencies")
        if again is None:
            return await self.solve(used)
        solved: SolvedDependency = await again(
            request=self.request,
            dependant=used,
            body=self.body,
            background_tasks=self.background_tasks,
            response=self.response,
            dependency_overrides_provider=self.provider,
            dependency_cache=self.cache,
            async_exit_stack=self.request.scope[REQUEST_STACK],
            embed_body_fields=self.embed_body_fields,
        )
        self.background_tasks = solved.background_tasks
        return solved.values, solved.errors

    def _apply_override(self, dependency: Dependant) -> Dependant:
        """Return the dependency itself, or its current override."""
        journal = self.journal
        overrides: Overrides | None
        if journal is not None and journal.is_replaying:
            overrides = journal.overrides
        else:
            overrides = getattr(self.provider, "dependency_overrides", None)
        if not overrides:
            return dependency
        call = cast(UserCallable, dependency.call)
        override = overrides.get(call, NOT_OVERRIDDEN)
        if override is NOT_OVERRIDDEN:
            return dependency
        return override_dependency(dependency, override)

    async def _call(
        self, dependency: Dependant, arguments: dict[str, object], scope: str | None
    ) -> object:
        if self.journal is not None and self.journal.remaining:
            return self.journal.next()
        call = cast(UserCallable, dependency.call)
        if is_gen_callable(call) or is_async_gen_callable(call):
            name = FUNCTION_STACK if scope == "function" else REQUEST_STACK
            return await enter_generator(
                call, arguments, self.request.scope[name], self.request, dependency.concurrency
            )
        if dependency.concurrency is None:
            return await _call_function(call, arguments)
        async with dependency.concurrency.get_semaphore():
            return await _call_function(call, arguments)

    async def _read_parameters(
        self, dependant: Dependant, values: dict[str, object]
    ) -> list[object]:
        """Read the callable's own parameters into `values`, and return the errors."""
        request = self.request
        errors: list[object] = []
        for fields, source in (
            (dependant.path_params, "path_params"),
            (dependant.query_params, "query_params"),
            (dependant.header_params, "headers"),
            (dependant.cookie_params, "cookies"),
        ):
            # The request caches what is read first, whatever happens to its scope later.
            received = getattr(request, source)
            if fields or _replaced.current:
                found, wrong = self._read(fields, received)
                values.update(found)
                errors.extend(wrong)
        if dependant.body_params:
            found, wrong = await self._read_body(dependant.body_params)
            values.update(found)
            errors.extend(wrong)
        return errors

    def _read(self, fields: list[ModelField], received: Mapping[str, object]) -> Read:
        if _replaced.current and self.journal is None:
            read = _replaced.replacement("dependencies.utils.request_params_to_args")
            if read is not None:
                return cast(Read, read(fields, received))
        return solve_params(fields, received, self.journal)

    async def _read_body(self, fields: list[ModelField]) -> Read:
        if _replaced.current and self.journal is None:
            read = _replaced.replacement("dependencies.utils.request_body_to_args")
            if read is not None:
                return cast(
                    Read,
                    await read(
                        body_fields=fields,
                        received_body=self.body,
                        embed_body_fields=self.embed_body_fields,
                    ),
                )
        document = None
        if self.body is getattr(self.request, "_json", self):
            document = getattr(self.request, "_body", None)
        return await solve_body(fields, self.body, self.embed_body_fields, self.journal, document)

    def _provide(self, dependant: Dependant, values: dict[str, object]) -> None:
        """Add the parameters that the framework provides instead of the request."""
        request = self.request
        if dependant.http_connection_param_name:
            values[dependant.http_connection_param_name] = request
        if dependant.request_param_name and isinstance(request, Request):
            values[dependant.request_param_name] = request
        elif dependant.websocket_param_name and isinstance(request, WebSocket):
            values[dependant.websocket_param_name] = request
        if dependant.background_tasks_param_name:
            if self.background_tasks is None:
                self.background_tasks = BackgroundTasks()
            values[dependant.background_tasks_param_name] = self.background_tasks
        if dependant.response_param_name:
            values[dependant.response_param_name] = self.response
        if dependant.security_scopes_param_name:
            from rapide.security.oauth2 import SecurityScopes

            values[dependant.security_scopes_param_name] = SecurityScopes(
                scopes=get_oauth_scopes(dependant=dependant)
            )


async def _call_function(call: UserCallable, arguments: dict[str, object]) -> object:
    if is_coroutine_callable(call):
        return await call(**arguments)
    run = _replaced.used("dependencies.utils.run_in_threadpool", run_in_threadpool)
    return await run(call, **arguments)


async def run_in_threadpool(
    function: Callable[..., object], *args: object, **kwargs: object
) -> Any:
    """Call a function in a worker thread of the route's lane."""
    lane = _lane()
    if lane is not None:
        return await lane.run_in_thread(function, *args, **kwargs)
    if patches.found:
        return await concurrency.run_in_threadpool(function, *args, **kwargs)
    # PERF: import time. The threads' module needs parts of anyio that others do not need.
    from rapide.runtime.threads import run_in_thread

    return await run_in_thread(function, *args, **kwargs)


def _lane() -> Lane | None:
    """Return the lane of the route. If a tool has replaced something, a health check has none."""
    lane = current_lane.get()
    return lane if lane is None or lane.is_named or not patches.found else None


async def enter_generator(
    call: UserCallable,
    arguments: dict[str, object],
    stack: AsyncExitStack,
    request: Request | WebSocket,
    concurrency: DependencyConcurrency | None,
) -> object:
    """Enter a dependency with `yield` on an exit stack, and return the yielded value."""
    manager: object
    if is_async_gen_callable(call):
        manager = ShieldedExit(GeneratorManager(call(**arguments)), _cleanup_scope(request))
    else:
        enter_in_thread = _replaced.used(
            "dependencies.utils.contextmanager_in_threadpool", contextmanager_in_threadpool
        )
        manager = contextmanager(call)(**arguments)
        lane = _lane()
        if lane is not None and enter_in_thread is contextmanager_in_threadpool:
            manager = InThreads(manager, lane.run_in_thread)
        else:
            manager = enter_in_thread(manager)
    if concurrency is not None:
        manager = HeldSemaphore(manager, concurrency.get_semaphore())
    return await stack.enter_async_context(manager)


def _cleanup_scope(request: Request | WebSocket) -> anyio.CancelScope:
    """Return the cancel scope that shields the exits of this request's async generators.

    It is entered on the request's stack before the first generator, so that it encloses all exits.
    """
    scopes: dict[AsyncExitStack, anyio.CancelScope] = request.scope.setdefault(CLEANUP_SCOPES, {})
    stack: AsyncExitStack = request.scope[REQUEST_STACK]
    scope = scopes.get(stack)
    if scope is None:
        scope = scopes[stack] = stack.enter_context(anyio.CancelScope())
        stack.callback(scopes.pop, stack)
    return scope
