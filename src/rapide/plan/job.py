"""Build the plan of a job: that of a route without the steps of HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from rapide.plan.answer import call_kind
from rapide.plan.graph import GraphBuilder, Provision
from rapide.plan.operations import (
    ENDPOINT,
    CallEndpoint,
    CloseCleanup,
    ExposeConnection,
    OpenCleanup,
    Operation,
    Plan,
    PrepareBackground,
    Provide,
    Read,
    ReadParameter,
    ReturnResult,
    RunBackground,
    Scope,
    Slot,
    callable_name,
)
from rapide.plan.passes import JOB_PASSES, optimise
from rapide.plan.values import default_of, validator_of
from rapide.schema import ModelField
from rapide.signature.forms import get_param_aliases
from rapide.signature.jobs import check_needs_no_request, is_of_request, is_scheme
from rapide.signature.models import Dependant, get_oauth_scopes
from rapide.types import Overrides, UserCallable


@dataclass(frozen=True, slots=True)
class BuiltJob:
    """The plan of a job, the overrides that were looked up for it, and the job's arguments."""

    plan: Plan
    consulted: tuple[tuple[UserCallable, UserCallable], ...]
    #: The parameters that are read from the arguments, in the order in which they are read.
    fields: tuple[ModelField, ...]


def build_job_plan(name: str, dependant: Dependant, overrides: Overrides) -> BuiltJob:
    """Decide what each run of a job needs.

    Raises:
        NotCompilableError: A part of the dependency graph cannot be compiled.
        NeedsRequestError: An override needs a request.
    """
    builder = _JobBuilder(dependant=dependant, overrides=overrides)
    operations = builder.build()
    plan = Plan(f"job {name}", callable_name(dependant.call), tuple(operations))
    consulted = tuple(builder.consulted.items())
    return BuiltJob(optimise(plan, JOB_PASSES), consulted, tuple(builder.fields))


@dataclass(slots=True, kw_only=True)
class _JobBuilder(GraphBuilder):
    """The walk over the dependency graph of a job, whose parameters come from its arguments."""

    fields: list[ModelField] = field(default_factory=list)

    def build(self) -> list[Operation]:
        arguments = self.solve(self.dependant, ENDPOINT)
        call = cast(Callable[..., object], self.dependant.call)
        self.settle_shield()
        scopes: tuple[Scope, ...] = ("request", "function")
        head: list[Operation] = [OpenCleanup(scope, self.entered.get(scope)) for scope in scopes]
        end: list[Operation] = [CloseCleanup("function")]
        if "connection" in self.provided:
            head.append(ExposeConnection())
        if "background tasks" in self.provided:
            head.append(PrepareBackground())
            end.append(RunBackground())
        end.extend([CloseCleanup("request"), ReturnResult()])
        endpoint = CallEndpoint(call, call_kind(call), arguments)
        return [*head, *self.operations, endpoint, *end]

    def reads_of(self, dependant: Dependant) -> list[Read]:
        found = [
            *(dependant.path_params + dependant.query_params),
            *(dependant.header_params + dependant.cookie_params),
            *dependant.body_params,
        ]
        return [self._read(item) for item in found]

    def _read(self, item: ModelField) -> Read:
        slot, default = self.slot("arg", item.name), default_of(item)
        if is_of_request(item):
            return ReadParameter(slot, "argument", (), False, default, None)
        self.fields.append(item)
        keys = tuple(key for _, key in get_param_aliases(item, convert_underscores=False))
        is_builtin = default.kind in ("required", "constant") and item.types.is_builtin
        return ReadParameter(
            *(slot, "argument", keys, False, default, validator_of(item)), is_builtin=is_builtin
        )

    def provisions_of(self, dependant: Dependant) -> list[Provision]:
        found: list[Provision] = []
        if dependant.http_connection_param_name:
            found.append((dependant.http_connection_param_name, "connection", ()))
        if dependant.background_tasks_param_name:
            found.append((dependant.background_tasks_param_name, "background tasks", ()))
        if dependant.security_scopes_param_name:
            scopes = tuple(get_oauth_scopes(dependant=dependant))
            found.append((dependant.security_scopes_param_name, "security scopes", scopes))
        return found

    def is_read(self, used: Dependant) -> bool:
        check_needs_no_request(used)
        return is_scheme(used.call)

    def read_scheme(self, used: Dependant, slot: Slot, owner: str) -> Operation:
        return Provide(slot, "no credentials")
