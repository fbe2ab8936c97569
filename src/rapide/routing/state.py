"""What is known of a route, wherever it stands: declared, or included under a prefix."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, compile_path

from rapide import params
from rapide._body_limit import wrap_app_with_body_limit
from rapide._once import cached_property, making
from rapide._pickling import Shared, restore
from rapide.changes import RouteDict, clock
from rapide.datastructures import DefaultPlaceholder
from rapide.exceptions import FastAPIError, PydanticV1NotSupportedError
from rapide.generic import seams
from rapide.limits import RequestLimits
from rapide.routing.runner import Runner
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


#: Attributes of a route that FastAPI's have too: assigning one is a change.
SETTINGS = frozenset(
    {
        "_embed_body_fields",
        "body_field",
        "callbacks",
        "dependant",
        "dependencies",
        "dependency_overrides_provider",
        "deprecated",
        "description",
        "endpoint",
        "form_limits",
        "generate_unique_id_function",
        "include_in_schema",
        "is_json_stream",
        "is_sse_stream",
        "limits",
        "max_body_size",
        "methods",
        "name",
        "openapi_extra",
        "operation_id",
        "param_convertors",
        "path",
        "path_format",
        "path_regex",
        "response_class",
        "response_description",
        "response_field",
        "response_fields",
        "response_model",
        "response_model_by_alias",
        "response_model_exclude",
        "response_model_exclude_defaults",
        "response_model_exclude_none",
        "response_model_exclude_unset",
        "response_model_include",
        "responses",
        "status_code",
        "stream_item_field",
        "stream_item_type",
        "strict_content_type",
        "summary",
        "tags",
        "unique_id",
    }
)
#: Methods that may be replaced on a route itself.
_METHODS = frozenset(("get_route_handler", "handle", "matches"))
#: What follows from other settings, and is worked out when it is first asked for.
DERIVED = (
    "unique_id",
    "path_regex",
    "path_format",
    "param_convertors",
    "response_fields",
    "dependant",
    "_embed_body_fields",
    "body_field",
    "is_sse_stream",
    "is_json_stream",
    "response_model",
    "stream_item_type",
    "response_field",
    "stream_item_field",
)


class RouteState:
    """A route's settings, and everything that follows from them, worked out when first asked for.

    The declaration of a route asks for what can be wrong; the OpenAPI document for the rest.

    COMPAT: FastAPI 0.165 makes the handler of a route when the route is declared or included, and
    the handler keeps the settings of that moment: what is assigned later is seen by the document
    and by later inclusions, but not by requests. What routing looks at (paths, methods, `app`) is
    always that of now. Assigning a setting therefore works out all that follows from the former
    ones, and lets the runner keep them.
    """

    # Not among the settings, which `vars` shows.
    __slots__ = (
        "_admission",
        "_app",
        "_body_params",
        "_declared_model",
        "_dependencies",
        "_form_limits",
        "_handler",
        "_limits",
        "_made_app",
        "_path_and_pattern",
        "_runner",
    )

    _admission: Admission | None
    #: Application in place of the route's own; None while nobody has put one there.
    _app: Any
    _body_params: list[ModelField]
    _declared_model: Any
    #: The dependencies that were declared, whatever becomes of the list.
    _dependencies: tuple[params.Depends, ...]
    _form_limits: Any
    _limits: RequestLimits | None
    #: The handler that a subclass has made for the route when it was declared or included.
    _handler: Any
    _path_and_pattern: tuple[str, Any]
    _runner: Runner

    path: str
    endpoint: Callable[..., Any]
    methods: Any
    name: str
    max_body_size: int | None
    dependencies: list[params.Depends]
    responses: dict[int | str, dict[str, Any]]
    response_class: type[Response] | DefaultPlaceholder
    response_model_include: Any
    response_model_exclude: Any
    response_model_by_alias: bool
    response_model_exclude_unset: bool
    response_model_exclude_defaults: bool
    response_model_exclude_none: bool
    status_code: int | None
    operation_id: str | None
    generate_unique_id_function: Callable[[Any], str] | DefaultPlaceholder
    callbacks: list[BaseRoute] | None
    tags: list[Any]
    description: str
    deprecated: bool | None
    strict_content_type: bool | DefaultPlaceholder
    #: Limits of the forms that the route reads.
    form_limits: Any
    #: Time, and how many requests run at once. Not in FastAPI.
    limits: RequestLimits | None

    def __setattr__(self, name: str, value: Any) -> None:
        is_made = hasattr(self, "_runner")
        if is_made and name in SETTINGS:
            self._settle()
        object.__setattr__(self, name, value)
        if is_made and (name in SETTINGS or name in _METHODS):
            clock.advance_routes()

    def _forget(self) -> None:
        """Begin to be made, perhaps not for the first time."""
        for name in RouteState.__slots__:
            if hasattr(self, name):
                object.__delattr__(self, name)
        for name in DERIVED:
            self.__dict__.pop(name, None)
        self._app = self._handler = None

    def _settle(self) -> None:
        """Work out what follows from the present settings, before one of them changes."""
        self.settle()
        if self._runner.route is self:
            self._runner.keep(self._snapshot())

    def settle(self) -> None:
        """Work out all that follows from the settings."""
        with making:
            for name in DERIVED:
                getattr(self, name)

    def _snapshot(self) -> RouteState:
        """The route as it is now, for the requests to come."""
        kept: RouteState = object.__new__(type(self))
        kept.__dict__.update(self.__dict__)
        for name in RouteState.__slots__:
            if hasattr(self, name):
                object.__setattr__(kept, name, getattr(self, name))
        return kept

    def __getstate__(self) -> dict[str, Any]:
        inner = {name: getattr(self, name) for name in RouteState.__slots__ if hasattr(self, name)}
        inner.pop("_admission", None)
        for name in ("_handler", "_made_app"):
            # They are made again: they hold what belongs to this process.
            if inner.get(name) is not None:
                inner[name] = Shared(inner[name])
        return {**vars(self), **inner}

    def __setstate__(self, state: dict[str, Any]) -> None:
        inner = {name: state.pop(name) for name in RouteState.__slots__ if name in state}
        restore(self, state)
        for name, value in inner.items():
            if not isinstance(value, Shared):
                object.__setattr__(self, name, value)
            elif value.value is not None:
                object.__setattr__(self, name, value.value)

    def make_handler(self) -> Callable[[Request], Awaitable[Response]]:
        """The generic handler."""
        raise NotImplementedError

    @property
    def runner(self) -> Runner:
        """Runs requests of this route."""
        return self._runner

    @property
    def app(self) -> Any:
        """The route as an ASGI application, with exception handlers of its own scope.

        Another application can be put in its place.
        """
        if getattr(self, "_app", None) is not None or not hasattr(self, "_runner"):
            return getattr(self, "_app", None)
        with making:
            if not hasattr(self, "_made_app"):
                served = self._runner.route
                handle = seams.current["request_response"](served.make_handler())
                self._made_app = wrap_app_with_body_limit(handle, served.max_body_size)
        return self._made_app

    @app.setter
    def app(self, app: Any) -> None:
        self._app = None if app is getattr(self, "_made_app", None) else app
        if hasattr(self, "_runner"):
            clock.advance_routes()

    @property
    def own_handler(self) -> Any:
        """The handler that a subclass or a tool has made of the route; None without one."""
        if not hasattr(self, "_handler"):  # it was left out of a pickle
            with making:
                self._handler = self._make_own_handler()
        return self._handler

    def _make_own_handler(self) -> Any:
        raise NotImplementedError

    @property
    def own_handler_reason(self) -> str | None:
        """Why a subclass or a wrapper keeps this route on the generic path."""
        if self.own_handler is None:
            return None
        cls = type(getattr(self, "original_route", self))
        return f"{cls.__qualname__} overrides get_route_handler"

    @cached_property
    def unique_id(self) -> str:
        """The operation id, given or generated."""
        generate: Any = self.generate_unique_id_function
        if isinstance(generate, DefaultPlaceholder):
            generate = generate.value
        unique_id: str = self.operation_id or generate(self)
        return unique_id

    @cached_property
    def path_regex(self) -> Any:
        """Pattern of the path."""
        return self._compile_path()[0]

    @cached_property
    def path_format(self) -> str:
        """The path, without convertors."""
        # PERF: thousand-routes; there are no convertors to take out, as a rule.
        return self.path if "{" not in self.path else str(self._compile_path()[1])

    @cached_property
    def param_convertors(self) -> dict[str, Any]:
        """Convertors of the path's parameters."""
        return RouteDict(self._compile_path()[2])

    def _compile_path(self) -> tuple[Any, str, dict[str, Any]]:
        pattern, path_format, convertors = compile_path(self.path)
        self._path_and_pattern = self.path, pattern
        values = self.__dict__
        values.setdefault("path_regex", pattern)
        values.setdefault("path_format", path_format)
        values.setdefault("param_convertors", RouteDict(convertors))
        return pattern, path_format, convertors

    @cached_property
    def dependant(self) -> Dependant:
        """The endpoint's parameters and dependencies, those of routers and route first."""
        dependencies = getattr(self, "_dependencies", self.dependencies)
        dependant = read_dependant(self.path_format, self.endpoint, dependencies)
        self._body_params = get_flat_body_params(dependant)
        return dependant

    @property
    def body_params(self) -> list[ModelField]:
        """Body parameters of the endpoint and its dependencies, as they were declared."""
        self.dependant  # noqa: B018
        return self._body_params

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

    @property
    def is_generator(self) -> bool:
        """Whether the endpoint yields its answer."""
        return is_async_gen_callable(self.endpoint) or is_gen_callable(self.endpoint)

    @cached_property
    def is_sse_stream(self) -> bool:
        """Whether the answer is a stream of Server-Sent Events."""
        return self.is_generator and _is_event_stream(self.response_class)

    @cached_property
    def is_json_stream(self) -> bool:
        """Whether the answer is a stream of JSON Lines."""
        return self.is_generator and isinstance(self.response_class, DefaultPlaceholder)

    def _find_answer_types(self) -> tuple[Any, Any]:
        """The response model and the type of streamed items."""
        declared = self._declared_model
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

    @cached_property
    def response_model(self) -> Any:
        """The type of the answer, declared or annotated."""
        model, self.__dict__["stream_item_type"] = self._find_answer_types()
        return model

    @cached_property
    def stream_item_type(self) -> Any:
        """The type of each item of a streamed answer."""
        self.__dict__["response_model"], item = self._find_answer_types()
        return item

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

    @property
    def all_limits(self) -> list[RequestLimits]:
        """The limits of requests, of the route first, then of the application."""
        provider = getattr(self, "dependency_overrides_provider", None)
        return [item for item in (self.limits, getattr(provider, "limits", None)) if item]

    @property
    def admission(self) -> Admission | None:
        """What holds requests to their limits; None where there are none."""
        with making:
            if not hasattr(self, "_admission"):
                self._admission = self._make_admission()
        return self._admission

    def _make_admission(self) -> Admission | None:
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
        return self._runner.fallback_reason

    @property
    def source(self) -> str | None:
        """The generated source of the handler; None on the generic path."""
        compiled = self._runner.inspect()
        return compiled.source if compiled else None

    @property
    def direct_source(self) -> str | None:
        """The same for our own HTTP/1.1 transport."""
        compiled = self._runner.inspect()
        return compiled.direct_source if compiled else None

    @property
    def plan(self) -> Any:
        """What each request needs, step by step; None on the generic path."""
        compiled = self._runner.inspect()
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
    called = [get_parameterless_sub_dependant(depends=item, path=path) for item in dependencies]
    dependant.dependencies[:0] = called
    return dependant


def describe(description: str | None, endpoint: Callable[..., Any]) -> str:
    """The text of a route in the document: its description, else its endpoint's docstring."""
    text = description or inspect.cleandoc(endpoint.__doc__ or "")
    # What comes after a form feed is not for the document.
    return text.split("\f")[0].strip()


def _is_event_stream(response_class: Any) -> bool:
    from rapide.sse import EventSourceResponse

    return lenient_issubclass(response_class, EventSourceResponse)


def _is_event(item: Any) -> bool:
    from rapide.sse import ServerSentEvent

    return lenient_issubclass(item, ServerSentEvent)
