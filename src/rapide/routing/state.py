"""What is known of a route, wherever it stands: declared, or included under a prefix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from rapide import params
from rapide._once import cached_property
from rapide._pickling import restore, state_of
from rapide.datastructures import DefaultPlaceholder
from rapide.exceptions import FastAPIError, PydanticV1NotSupportedError
from rapide.limits import RequestLimits
from rapide.routing.execution import Runner
from rapide.schema import ModelField, create_model_field
from rapide.schema.annotations import lenient_issubclass
from rapide.schema.errors import unusable_type_message
from rapide.signature.bodies import get_body_field, should_embed_body_fields
from rapide.signature.callables import (
    get_stream_item_type,
    get_typed_return_annotation,
    is_async_gen_callable,
    is_gen_callable,
)
from rapide.signature.dependencies import (
    get_dependant,
    get_flat_body_params,
    get_parameterless_sub_dependant,
)
from rapide.signature.errors import InvalidResponseTypeError, UnwantedResponseTypeError
from rapide.signature.models import Dependant
from rapide.utils import is_body_allowed_for_status_code

if TYPE_CHECKING:
    from rapide.runtime.admission import Admission


class RouteState:
    """Everything that follows from a route's options; worked out when first asked for.

    The declaration of a route asks for what can be wrong; the OpenAPI document for the rest.
    """

    path: str
    path_format: str
    endpoint: Callable[..., Any]
    methods: Any
    name: str
    max_body_size: int | None
    limits: RequestLimits | None
    dependencies: list[params.Depends]
    responses: dict[int | str, dict[str, Any]]
    response_class: type[Response] | DefaultPlaceholder
    status_code: int | None
    operation_id: str | None
    generate_unique_id_function: Callable[[Any], str] | DefaultPlaceholder
    callbacks: list[BaseRoute] | None
    declared_response_model: Any
    _read: tuple[Any, ...]

    def __getstate__(self) -> dict[str, Any]:
        return state_of(
            self,
            left_out=("runner", "admission"),
            # Handlers are made again: they hold what belongs to this process.
            shared=("handler", "_own_handler"),
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        restore(self, state)

    def make_handler(self) -> Callable[[Request], Awaitable[Response]]:
        """The generic handler."""
        raise NotImplementedError

    @cached_property
    def unique_id(self) -> str:
        """The operation id, given or generated."""
        generate: Any = self.generate_unique_id_function
        if isinstance(generate, DefaultPlaceholder):
            generate = generate.value
        unique_id: str = self.operation_id or generate(self)
        return unique_id

    @cached_property
    def dependant(self) -> Dependant:
        """The endpoint's parameters and dependencies, those of routers and route first."""
        self._read = self._readable
        return read_dependant(self.path_format, self.endpoint, self.dependencies)

    @property
    def is_changed(self) -> bool:
        """Whether the endpoint, its signature or the dependencies were replaced since.

        COMPAT: FastAPI 0.165 reads them again when a route is included, and class-based views
        (fastapi-utils, fastapi-restful) change them in between.
        """
        return self._read != self._readable

    @property
    def _readable(self) -> tuple[Any, ...]:
        return self.endpoint, getattr(self.endpoint, "__signature__", None), [*self.dependencies]

    @cached_property
    def body_params(self) -> list[ModelField]:
        """Body parameters of the endpoint and all its dependencies."""
        return get_flat_body_params(self.dependant)

    @cached_property
    def _embed_body_fields(self) -> bool:
        return should_embed_body_fields(self.body_params)

    @cached_property
    def body_field(self) -> ModelField | None:
        """The body as the document describes it; several parameters together as one model."""
        return get_body_field(
            body_params=self.body_params,
            name=self.unique_id,
            embed_body_fields=self._embed_body_fields,
        )

    @property
    def reads_form(self) -> bool:
        """Whether the body is a form."""
        return any(isinstance(item.field_info, params.Form) for item in self.body_params)

    @cached_property
    def is_generator(self) -> bool:
        """Whether the endpoint yields its answer."""
        call = self.dependant.call
        return is_async_gen_callable(call) or is_gen_callable(call)

    @property
    def is_sse_stream(self) -> bool:
        """Whether the answer is a stream of Server-Sent Events."""
        return self.is_generator and _is_event_stream(self.response_class)

    @property
    def is_json_stream(self) -> bool:
        """Whether the answer is a stream of JSON Lines."""
        return self.is_generator and isinstance(self.response_class, DefaultPlaceholder)

    @cached_property
    def _answer_types(self) -> tuple[Any, Any]:
        """The response model and the type of streamed items."""
        declared = self.declared_response_model
        if not isinstance(declared, DefaultPlaceholder):
            return declared, None
        annotation = get_typed_return_annotation(self.endpoint)
        if lenient_issubclass(annotation, Response):
            return None, None
        item = get_stream_item_type(annotation)
        if item is None or not self.is_generator:
            return annotation, None
        streams_items = self.is_json_stream or _is_event_stream(self.response_class)
        return None, item if streams_items and not _is_event(item) else None

    @property
    def response_model(self) -> Any:
        """The type of the answer, declared or annotated."""
        return self._answer_types[0]

    @property
    def stream_item_type(self) -> Any:
        """The type of each item of a streamed answer."""
        return self._answer_types[1]

    @cached_property
    def response_field(self) -> ModelField | None:
        """The field that validates and serializes the answer."""
        model = self.response_model
        if not model:
            return None
        self._check_body_allowed(self.status_code)
        return self._answer_field("Response_", model)

    @cached_property
    def stream_item_field(self) -> ModelField | None:
        """The field that validates and serializes each streamed item."""
        item = self.stream_item_type
        return self._answer_field("StreamItem_", item) if item else None

    @cached_property
    def response_fields(self) -> dict[int | str, ModelField]:
        """Fields of the additional responses that have a model, by status."""
        found: dict[int | str, ModelField] = {}
        for status, response in self.responses.items():
            assert isinstance(response, dict), "An additional response must be a dict"
            model = response.get("model")
            if model:
                self._check_body_allowed(status)
                found[status] = self._answer_field(f"Response_{status}_", model)
        return found

    def _check_body_allowed(self, status: int | str | None) -> None:
        if not is_body_allowed_for_status_code(status):
            error = UnwantedResponseTypeError(
                f"Status code {status} must not have a response body",
                instead="response_model=None, no return type, or another status",
            )
            error.in_callable(self.endpoint)
            raise error.in_route(self.label)

    def _answer_field(self, prefix: str, model: Any) -> ModelField:
        try:
            return create_model_field(prefix + self.unique_id, model, mode="serialization")
        except PydanticV1NotSupportedError:
            raise
        except FastAPIError:
            error = InvalidResponseTypeError(
                unusable_type_message(model),
                instead="a type that Pydantic supports, or response_model=None",
            )
            error.in_callable(self.endpoint)
            raise error.in_route(self.label) from None

    @cached_property
    def runner(self) -> Runner:
        """Runs requests of this route."""
        return Runner(self)

    @cached_property
    def all_limits(self) -> list[RequestLimits]:
        """The limits of requests, of the route first, then of the application."""
        provider = getattr(self, "dependency_overrides_provider", None)
        return [item for item in (self.limits, getattr(provider, "limits", None)) if item]

    @cached_property
    def admission(self) -> Admission | None:
        """What holds requests to their limits; None where there are none."""
        if not self.all_limits:
            return None
        # PERF: import; most applications have no limits.
        from rapide.runtime.admission import Admission, Gate

        gates = [] if self.limits is None else [Gate(self.limits)]
        provider: Any = getattr(self, "dependency_overrides_provider", None)
        if getattr(provider, "limits", None) is not None:
            gates.append(provider._gate)
        return Admission(self.all_limits, gates)

    @property
    def fallback_reason(self) -> str | None:
        """Why requests take the generic path; None when the route is compiled."""
        return self.runner.fallback_reason

    @property
    def source(self) -> str | None:
        """The generated source of the handler; None on the generic path."""
        compiled = self.runner.inspect()
        return compiled.source if compiled else None

    @property
    def direct_source(self) -> str | None:
        """The same for our own HTTP/1.1 transport."""
        compiled = self.runner.inspect()
        return compiled.direct_source if compiled else None

    @property
    def plan(self) -> Any:
        """What each request needs, step by step; None on the generic path."""
        compiled = self.runner.inspect()
        return compiled.plan if compiled else None

    @property
    def label(self) -> str:
        """`GET /items/{item_id}`, for messages."""
        return f"{','.join(sorted(self.methods))} {self.path}"


def read_dependant(
    path: str, endpoint: Callable[..., Any], dependencies: Sequence[params.Depends]
) -> Dependant:
    """Read an endpoint, with dependencies that are only called put before its own."""
    dependant = get_dependant(path=path, call=endpoint, scope="function")
    return with_dependencies(dependant, path, dependencies)


def with_dependencies(
    dependant: Dependant, path: str, dependencies: Sequence[params.Depends]
) -> Dependant:
    """A dependant under another path, with more dependencies before its own."""
    called = [get_parameterless_sub_dependant(depends=item, path=path) for item in dependencies]
    return replace(dependant, path=path, dependencies=[*called, *dependant.dependencies])


def _is_event_stream(response_class: Any) -> bool:
    from rapide.sse import EventSourceResponse

    return lenient_issubclass(response_class, EventSourceResponse)


def _is_event(item: Any) -> bool:
    from rapide.sse import ServerSentEvent

    return lenient_issubclass(item, ServerSentEvent)
