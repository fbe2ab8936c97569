"""Build the plan of a route's requests from the signatures of its callables."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

from rapide import params
from rapide._inspection import is_plain_value
from rapide.datastructures import DefaultPlaceholder
from rapide.plan.answer import plan_answer
from rapide.plan.facts import NotCompilableError, RouteFacts
from rapide.plan.graph import GraphBuilder, Provision
from rapide.plan.operations import (
    ENDPOINT,
    CallEndpoint,
    CloseCleanup,
    ExposeRequest,
    OpenCleanup,
    Operation,
    Plan,
    PrepareBackground,
    PrepareResponse,
    Provided,
    Read,
    ReadBody,
    ReadBodyValue,
    ReadCredentials,
    ReadForm,
    ReadModel,
    ReadParameter,
    ReadValues,
    RecallAnswer,
    Scope,
    ShowParameters,
    Slot,
    Source,
    StreamItems,
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
from rapide.signature.forms import (
    form_input,
    get_form_models,
    get_param_aliases,
    get_param_model,
    is_json_field,
)
from rapide.signature.models import Dependant, get_oauth_scopes
from rapide.types import Overrides, UserCallable


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
    builder = _RouteBuilder(dependant=route.dependant, overrides=overrides, route=route)
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


@dataclass(slots=True, kw_only=True)
class _RouteBuilder(GraphBuilder):
    """The walk over the dependency graph of a route, whose parameters come from a request."""

    route: RouteFacts
    #: Parts of the request that are indexed before the first call.
    sources: set[tuple[Source, bool]] = field(default_factory=set)
    #: Parts indexed since a dependency last received the request; None before the first one does.
    indexed: set[tuple[Source, bool]] | None = None
    shows_request: bool = False
    #: The function that makes the value of the body from JSON, if the body has its own decoder.
    decode: object = None

    def build(self) -> list[Operation]:
        route = self.route
        if self._is_form:
            self.entered["file"] = "form"
        arguments = self.solve(route.dependant, ENDPOINT)
        call = cast(UserCallable, route.dependant.call)
        kind, (*answer, send) = plan_answer(route, call)
        if any(isinstance(step, StreamItems) and step.form == "events" for step in answer):
            # The task that produces the items ends with the request.
            self.entered.setdefault("request", "generator")
        self.settle_shield()
        steps: list[Operation] = [*self.operations]
        if route._rapide_kept:
            steps.append(RecallAnswer(route._rapide_kept, arguments))
        steps.append(CallEndpoint(call, kind, arguments))
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

    def reads_of(self, dependant: Dependant) -> list[Read]:
        reads: list[Read] = []
        for source, fields in (
            ("path", dependant.path_params),
            ("query", dependant.query_params),
            ("header", dependant.header_params),
            ("cookie", dependant.cookie_params),
        ):
            reads.extend(self._read(cast(Source, source), item) for item in fields)
        reads.extend(self._body_reads(dependant.body_params))
        return reads

    def is_read(self, used: Dependant) -> bool:
        return _read_by_scheme(used) is not None

    def read_scheme(self, used: Dependant, slot: Slot, owner: str) -> Operation:
        source = cast(Source, _read_by_scheme(used))
        return ReadCredentials(slot, owner, source, cast(Any, used.call)._rapide_check)

    def note_call(self, used: Dependant) -> None:
        if self._is_given_request(used):
            self.indexed = set()

    def _is_given_request(self, used: Dependant) -> bool:
        """Return whether a dependency gets the request and so can change it for later ones."""
        name = used.request_param_name or used.http_connection_param_name
        return name is not None and not _is_own_scheme(used.call)

    def prepare(self, reads: list[Read]) -> None:
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

    def _read(self, source: Source, item: ModelField) -> Read:
        slot = self.slot("arg", item.name)
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
            slot = self.slot("arg", fields[0].name)
            return [ReadBodyValue(slot, (), default_of(fields[0]), None)]
        return [
            ReadBodyValue(
                self.slot("arg", item.name),
                () if whole else tuple(alias for alias, _ in get_param_aliases(item)),
                default_of(item),
                validator_of(item),
                model=model_without_user_code(item),
                validate_document=document_validator_of(item) if whole else None,
            )
            for item in fields
        ]

    def _form_read(self, item: ModelField, whole: bool) -> Read:
        slot = self.slot("arg", item.name)
        keys, many, contents, is_odd = form_input(item)
        if whole or is_odd or get_form_models(item):
            return ReadModel(slot, "form", item)
        self.sources.add(("form", many))
        validate = validator_of(item)
        return ReadParameter(slot, "form", keys, many, default_of(item), validate, contents)

    def provisions_of(self, dependant: Dependant) -> list[Provision]:
        found: list[Provision] = []
        names: tuple[tuple[str | None, Provided], ...] = (
            (dependant.http_connection_param_name, "request"),
            (dependant.request_param_name, "request"),
            (dependant.background_tasks_param_name, "background tasks"),
            (dependant.response_param_name, "response"),
        )
        for name, what in names:
            if name:
                if what == "request" and not _is_own_scheme(dependant.call):
                    self.shows_request = True
                found.append((name, what, ()))
        if dependant.security_scopes_param_name:
            scopes = tuple(get_oauth_scopes(dependant=dependant))
            found.append((dependant.security_scopes_param_name, "security scopes", scopes))
        return found


def _read_by_scheme(used: Dependant) -> Source | None:
    """Return the part of the request that a security scheme of exactly our class reads."""
    if used.concurrency is not None or not _is_own_scheme(used.call):
        return None
    return cast(Any, type(used.call))._rapide_part_to_check()  # type: ignore[no-any-return]


def _is_own_scheme(call: object) -> bool:
    """Return whether a dependency is one of Rapide's security schemes, which only read headers."""
    return type(call).__module__.startswith("rapide.security.")
