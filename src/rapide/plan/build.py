"""Build the plan of a route's requests from the signatures of its callables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from rapide import params
from rapide._inspection import is_plain_value
from rapide.datastructures import DefaultPlaceholder
from rapide.plan.answer import plan_answer
from rapide.plan.facts import NotCompilableError, RouteFacts
from rapide.plan.operations import (
    ENDPOINT,
    Arguments,
    CallDependency,
    CallEndpoint,
    CallKind,
    CheckOverrides,
    CloseCleanup,
    EnterDependency,
    ExposeRequest,
    OpenCleanup,
    Operation,
    Plan,
    PrepareBackground,
    PrepareResponse,
    Provide,
    Provided,
    Read,
    ReadBody,
    ReadBodyValue,
    ReadCredentials,
    ReadForm,
    ReadModel,
    ReadParameter,
    ReadValues,
    ReuseDependency,
    Scope,
    ShowParameters,
    Slot,
    Source,
    StreamItems,
    ValidateGroup,
    callable_name,
)
from rapide.plan.passes import optimise
from rapide.plan.pure import is_plain_type, model_without_user_code
from rapide.plan.values import (
    default_of,
    document_validator_of,
    validator_of,
    validator_unless_identity,
)
from rapide.schema import ModelField
from rapide.schema.annotations import field_annotation_is_sequence
from rapide.signature.bodies import should_embed_body_fields
from rapide.signature.callables import (
    is_async_gen_callable,
    is_coroutine_callable,
    is_gen_callable,
)
from rapide.signature.dependencies import NOT_OVERRIDDEN, override_dependency
from rapide.signature.forms import (
    form_input,
    get_form_models,
    get_param_aliases,
    get_param_model,
    is_json_field,
)
from rapide.signature.models import Dependant, get_cache_key, get_oauth_scopes
from rapide.types import DependencyCacheKey, Overrides, UserCallable


@dataclass(frozen=True, slots=True)
class BuiltPlan:
    """A plan, and the overrides that were looked up for it. It is valid while they are the same."""

    plan: Plan
    consulted: tuple[tuple[UserCallable, UserCallable], ...]


def build_plan(route: RouteFacts, overrides: Overrides) -> BuiltPlan:
    """Decide what each request to a route needs.

    Raises:
        NotCompilableError: The route needs the generic path.
    """
    builder = _Builder(route, overrides)
    operations = builder.build()
    methods = ",".join(sorted(route.methods))
    plan = Plan(
        label=f"{methods} {route.path}",
        endpoint=callable_name(route.dependant.call),
        operations=tuple(operations),
    )
    plan = optimise(plan)
    if route._rapide_lane is not None and (route._rapide_lane.is_named or plan.uses_threads):
        plan = replace(plan, lane=str(route._rapide_lane))
    return BuiltPlan(plan, tuple(builder.consulted.items()))


@dataclass(slots=True)
class _Builder:
    """A single walk over the dependency graph, in the order in which a request is solved."""

    route: RouteFacts
    overrides: Overrides
    operations: list[Operation] = field(default_factory=list)
    consulted: dict[UserCallable, UserCallable] = field(default_factory=dict)
    solved: dict[DependencyCacheKey, Slot] = field(default_factory=dict)
    #: The parameters of each dependency called so far, by the key of its result.
    own_reads: dict[object, tuple[Slot, ...]] = field(default_factory=dict)
    #: Parts of the request that are indexed before the first call.
    sources: set[tuple[Source, bool]] = field(default_factory=set)
    #: Parts indexed since a dependency last received the request; None before the first one does.
    indexed: set[tuple[Source, bool]] | None = None
    provided: set[Provided] = field(default_factory=set)
    entered: dict[Scope, CallKind | Literal["form"]] = field(default_factory=dict)
    shows_request: bool = False
    #: The function that makes the value of the body from JSON, if the body has its own decoder.
    decode: object = None
    slots: int = 0
    calls: int = 0

    def build(self) -> list[Operation]:
        route = self.route
        if self._is_form:
            self.entered["file"] = "form"
        arguments = self._solve(route.dependant, ENDPOINT)
        call = cast(UserCallable, route.dependant.call)
        kind, (*answer, send) = plan_answer(route, call)
        if any(isinstance(step, StreamItems) and step.form == "events" for step in answer):
            # The task that produces the items ends with the request.
            self.entered.setdefault("request", "generator")
        if self.entered.get("function") == "async generator" and "request" in self.entered:
            # The scope that shields the exits of async generators must enclose both stacks.
            self.entered["request"] = "async generator"
        steps = [*self.operations, CallEndpoint(call, kind, arguments)]
        head: list[Operation] = []
        scopes: tuple[Scope, ...] = ("file", "request", "function")
        head.extend(OpenCleanup(scope, self.entered.get(scope)) for scope in scopes)
        read_body = self._read_body()
        is_shown_early = self.shows_request and read_body is not None
        if "request" in self.provided:
            head.append(ExposeRequest(self.shows_request, is_shown_early))
        if "response" in self.provided:
            head.append(PrepareResponse())
        if "background tasks" in self.provided:
            head.append(PrepareBackground())
        if read_body is not None:
            head.append(read_body)
        if is_shown_early:
            head.append(ShowParameters())
        head.extend(ReadValues(source, many) for source, many in sorted(self.sources))
        foot = [CloseCleanup("function"), send, CloseCleanup("request"), CloseCleanup("file")]
        return [*head, *steps, *answer, *foot]

    def _read_body(self) -> Operation | None:
        route = self.route
        if self._is_form:
            return ReadForm(tuple(route.form_limits.items()))
        if not route._rapide_body_params:
            return None
        said = route.strict_content_type
        strict = said.value if isinstance(said, DefaultPlaceholder) else said
        return ReadBody(strict, self.decode)

    @property
    def _is_form(self) -> bool:
        body = self.route.body_field
        return body is not None and isinstance(body.field_info, params.Form)

    def _solve(self, dependant: Dependant, owner: str) -> Arguments:
        """Add the operations that produce the arguments of a callable."""
        arguments: dict[str, Slot] = {}
        for dependency in dependant.dependencies:
            slot = self._solve_dependency(dependency)
            if dependency.name is not None:
                arguments[dependency.name] = slot
        reads: list[Read] = []
        for source, fields in (
            ("path", dependant.path_params),
            ("query", dependant.query_params),
            ("header", dependant.header_params),
            ("cookie", dependant.cookie_params),
        ):
            reads.extend(self._read(cast(Source, source), item) for item in fields)
        reads.extend(self._body_reads(dependant.body_params))
        if reads:
            self._index(reads)
            self.operations.append(ValidateGroup(owner, tuple(reads)))
            arguments.update((read.into.name, read.into) for read in reads)
        for name, what, scopes in self._provisions(dependant):
            slot = self._slot("arg", name)
            self.operations.append(Provide(slot, what, scopes))
            arguments[name] = slot
        return tuple(arguments.items())

    def _solve_dependency(self, dependency: Dependant) -> Slot:
        if self.calls:
            self.operations.append(CheckOverrides())
        used = self._apply_override(dependency)
        call = cast(UserCallable, used.call)
        owner = callable_name(call)
        source = _read_by_scheme(used)
        arguments = () if source else self._solve(used, owner)
        key = get_cache_key(dependant=dependency)
        if dependency.use_cache and key in self.solved:
            slot = self.solved[key]
            self.operations.append(ReuseDependency(slot, owner, self.own_reads[key]))
            return slot
        name = dependency.name or str(getattr(call, "__name__", "dependency"))
        slot = self._slot("dep", name)
        self.solved.setdefault(key, slot)
        self.own_reads.setdefault(key, self._reads_just_made(owner))
        if source is not None:
            self.operations.append(
                ReadCredentials(slot, owner, source, cast(Any, call)._rapide_check)
            )
            return slot
        self.calls += 1
        self.operations.append(self._call(used, call, slot, arguments, dependency.scope))
        if self._is_given_request(used):
            self.indexed = set()
        return slot

    def _reads_just_made(self, owner: str) -> tuple[Slot, ...]:
        """Return the parameters of the callable whose arguments were added last."""
        for operation in reversed(self.operations):
            if isinstance(operation, ValidateGroup) and operation.owner == owner:
                return tuple(read.into for read in operation.reads)
            if not isinstance(operation, Provide):
                break
        return ()

    def _is_given_request(self, used: Dependant) -> bool:
        """Return whether a dependency gets the request and so can change it for later ones."""
        name = used.request_param_name or used.http_connection_param_name
        return name is not None and not _is_own_scheme(used.call)

    def _index(self, reads: list[Read]) -> None:
        """Index the parts of the request that these parameters are read from."""
        parts: set[tuple[Source, bool]] = {
            (read.source, read.many)
            for read in reads
            if isinstance(read, ReadParameter) and read.source != "form"
        }
        if self.indexed is None:
            self.sources.update(parts)
            return
        self.operations.extend(ReadValues(*part) for part in sorted(parts - self.indexed))
        self.indexed |= parts

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
        kind = "async" if is_coroutine_callable(call) else "sync"
        return CallDependency(slot, call, kind, arguments, used.concurrency)

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

    def _read(self, source: Source, item: ModelField) -> Read:
        slot = self._slot("arg", item.name)
        if get_param_model(item) is not None:
            return ReadModel(slot, source, item)
        many = (
            source in ("query", "header")
            and not is_json_field(item)
            and field_annotation_is_sequence(item.field_info.annotation)
        )
        if source == "cookie" and field_annotation_is_sequence(item.field_info.annotation):
            raise NotCompilableError(
                f"the cookie parameter {item.name} is a sequence",
                "declare a single value, as a cookie has only one",
            )
        keys = tuple(key for _, key in get_param_aliases(item))
        validate, default = validator_unless_identity(item, source), default_of(item)
        is_builtin = default.kind in ("required", "constant") and (
            validate is None or item.types.is_builtin
        )
        is_plain = is_plain_type(item.field_info.annotation) and (
            default.kind == "required" or is_plain_value(default.value)
        )
        return ReadParameter(
            *(slot, source, keys, many, default, validate),
            is_builtin=is_builtin,
            is_plain=is_plain,
        )

    def _body_reads(self, fields: list[ModelField]) -> list[Read]:
        if not fields:
            return []
        whole = (
            len(fields) == 1
            and not self.route._embed_body_fields
            and not should_embed_body_fields(fields)
            and not get_form_models(fields[0])
        )
        if self._is_form:
            return [self._form_read(item, whole) for item in fields]
        if (
            whole
            and len(self.route._rapide_body_params) == 1
            and fields[0].types.decode is not None
        ):
            self.decode = fields[0].types.decode
            slot = self._slot("arg", fields[0].name)
            return [ReadBodyValue(slot, (), default_of(fields[0]), None)]
        return [
            ReadBodyValue(
                self._slot("arg", item.name),
                () if whole else tuple(alias for alias, _ in get_param_aliases(item)),
                default_of(item),
                validator_of(item),
                model=model_without_user_code(item),
                validate_document=document_validator_of(item) if whole else None,
            )
            for item in fields
        ]

    def _form_read(self, item: ModelField, whole: bool) -> Read:
        slot = self._slot("arg", item.name)
        keys, many, contents, is_odd = form_input(item)
        if whole or is_odd or get_form_models(item):
            return ReadModel(slot, "form", item)
        self.sources.add(("form", many))
        validate = validator_of(item)
        return ReadParameter(slot, "form", keys, many, default_of(item), validate, contents)

    def _provisions(self, dependant: Dependant) -> list[tuple[str, Provided, tuple[str, ...]]]:
        found: list[tuple[str, Provided, tuple[str, ...]]] = []
        names: tuple[tuple[str | None, Provided], ...] = (
            (dependant.http_connection_param_name, "request"),
            (dependant.request_param_name, "request"),
            (dependant.background_tasks_param_name, "background tasks"),
            (dependant.response_param_name, "response"),
        )
        for name, what in names:
            if name:
                self.provided.add(what)
                if what == "request" and not _is_own_scheme(dependant.call):
                    self.shows_request = True
                found.append((name, what, ()))
        if dependant.security_scopes_param_name:
            scopes = tuple(get_oauth_scopes(dependant=dependant))
            found.append((dependant.security_scopes_param_name, "security scopes", scopes))
        return found

    def _slot(self, role: Literal["arg", "dep"], name: str) -> Slot:
        self.slots += 1
        return Slot(role, name, self.slots)


def _read_by_scheme(used: Dependant) -> Source | None:
    """Return the part of the request that a security scheme of exactly our class reads."""
    if used.concurrency is not None or not _is_own_scheme(used.call):
        return None
    return cast(Any, type(used.call))._rapide_part_to_check()  # type: ignore[no-any-return]


def _is_own_scheme(call: object) -> bool:
    """Return whether a dependency is one of Rapide's security schemes, which only read headers."""
    return type(call).__module__.startswith("rapide.security.")
