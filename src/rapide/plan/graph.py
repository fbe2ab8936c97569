"""Walk the dependency graph of a callable: what routes and jobs have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, cast

from rapide.plan.answer import call_kind
from rapide.plan.facts import NotCompilableError
from rapide.plan.operations import (
    Arguments,
    CallDependency,
    CallKind,
    CheckOverrides,
    EnterDependency,
    Operation,
    Provide,
    Provided,
    Read,
    ReuseDependency,
    Scope,
    Slot,
    ValidateGroup,
    callable_name,
)
from rapide.signature.callables import is_async_gen_callable, is_gen_callable
from rapide.signature.dependencies import NOT_OVERRIDDEN, override_dependency
from rapide.signature.models import Dependant, get_cache_key
from rapide.types import DependencyCacheKey, Overrides, UserCallable

#: The name of a parameter, the object that it gets, and the scopes if that is what it gets.
Provision = tuple[str, Provided, tuple[str, ...]]


@dataclass(slots=True, kw_only=True)
class GraphBuilder:
    """A single walk over a dependency graph, in the order in which it is solved.

    A subclass says where parameters come from and which objects the framework provides.
    """

    dependant: Dependant
    overrides: Overrides
    operations: list[Operation] = field(default_factory=list)
    consulted: dict[UserCallable, UserCallable] = field(default_factory=dict)
    solved: dict[DependencyCacheKey, Slot] = field(default_factory=dict)
    #: The parameters of each dependency called so far, by the key of its result.
    own_reads: dict[object, tuple[Slot, ...]] = field(default_factory=dict)
    provided: set[Provided] = field(default_factory=set)
    entered: dict[Scope, CallKind | Literal["form"]] = field(default_factory=dict)
    slots: int = 0
    calls: int = 0

    def reads_of(self, dependant: Dependant) -> list[Read]:
        """Return how the parameters of one callable are read."""
        raise NotImplementedError

    def prepare(self, reads: list[Read]) -> None:
        """Add the operations that must precede these reads."""

    def provisions_of(self, dependant: Dependant) -> list[Provision]:
        """Return the objects of the framework that a callable gets."""
        raise NotImplementedError

    def is_read(self, used: Dependant) -> bool:
        """Return whether a dependency is a security scheme that is read instead of called."""
        raise NotImplementedError

    def read_scheme(self, used: Dependant, slot: Slot, owner: str) -> Operation:
        """Return the operation that reads such a scheme."""
        raise NotImplementedError

    def note_call(self, used: Dependant) -> None:
        """Note that a dependency has been called."""

    def settle_shield(self) -> None:
        """Let the scope that shields the exits of async generators enclose both stacks."""
        if self.entered.get("function") == "async generator" and "request" in self.entered:
            self.entered["request"] = "async generator"

    def solve(self, dependant: Dependant, owner: str) -> Arguments:
        """Add the operations that produce the arguments of a callable."""
        arguments: dict[str, Slot] = {}
        for dependency in dependant.dependencies:
            slot = self._solve_dependency(dependency)
            if dependency.name is not None:
                arguments[dependency.name] = slot
        reads = self.reads_of(dependant)
        if reads:
            self.prepare(reads)
            self.operations.append(ValidateGroup(owner, tuple(reads)))
            arguments.update((read.into.name, read.into) for read in reads)
        for name, what, scopes in self.provisions_of(dependant):
            slot = self.slot("arg", name)
            self.provided.add(what)
            self.operations.append(Provide(slot, what, scopes))
            arguments[name] = slot
        return tuple(arguments.items())

    def _solve_dependency(self, dependency: Dependant) -> Slot:
        if self.calls:
            self.operations.append(CheckOverrides())
        used = self._apply_override(dependency)
        call = cast(UserCallable, used.call)
        owner = callable_name(call)
        is_called = not self.is_read(used)
        arguments = self.solve(used, owner) if is_called else ()
        key = get_cache_key(dependant=dependency)
        if dependency.use_cache and key in self.solved:
            slot = self.solved[key]
            self.operations.append(ReuseDependency(slot, owner, self.own_reads[key]))
            return slot
        name = dependency.name or str(getattr(call, "__name__", "dependency"))
        slot = self.slot("dep", name)
        self.solved.setdefault(key, slot)
        self.own_reads.setdefault(key, self._reads_just_made(owner))
        if not is_called:
            self.operations.append(self.read_scheme(used, slot, owner))
            return slot
        self.calls += 1
        self.operations.append(self._call(used, call, slot, arguments, dependency.scope))
        self.note_call(used)
        return slot

    def _reads_just_made(self, owner: str) -> tuple[Slot, ...]:
        """Return the parameters of the callable whose arguments were added last."""
        for operation in reversed(self.operations):
            if isinstance(operation, ValidateGroup) and operation.owner == owner:
                return tuple(read.into for read in operation.reads)
            if not isinstance(operation, Provide):
                break
        return ()

    def _call(
        self,
        used: Dependant,
        call: Callable[..., object],
        slot: Slot,
        arguments: Arguments,
        declared_scope: object,
    ) -> Operation:
        is_async_generator = is_async_gen_callable(call)
        if is_async_generator or is_gen_callable(call):
            scope: Scope = "function" if declared_scope == "function" else "request"
            kind: CallKind = "async generator" if is_async_generator else "generator"
            if self.entered.get(scope) != "async generator":
                self.entered[scope] = kind
            return EnterDependency(slot, call, kind, arguments, scope, used.concurrency)
        return CallDependency(slot, call, call_kind(call), arguments, used.concurrency)

    def _apply_override(self, dependency: Dependant) -> Dependant:
        call = cast(UserCallable, dependency.call)
        try:
            override = self.overrides.get(call, NOT_OVERRIDDEN)
        except TypeError:
            raise NotCompilableError(
                f"{callable_name(call)} cannot be hashed",
                "make it hashable, as it is the key for its override: a class that defines __eq__"
                " needs __hash__",
            ) from None
        self.consulted[call] = override
        if override is NOT_OVERRIDDEN:
            return dependency
        try:
            return override_dependency(dependency, override)
        except (TypeError, ValueError) as error:
            # It cannot be called, or has no signature. A request finds that in its turn.
            raise NotCompilableError(
                f"the override {override!r} cannot be read: {error}",
                "override the dependency with a function",
            ) from None

    def slot(self, role: Literal["arg", "dep"], name: str) -> Slot:
        """Return the place of a new value."""
        self.slots += 1
        return Slot(role, name, self.slots)
