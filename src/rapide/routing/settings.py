"""The settings of a route, declared or included: attributes whose assignment is noticed."""

from __future__ import annotations

from enum import Enum
from re import Pattern
from typing import TYPE_CHECKING, Any

from starlette.convertors import Convertor
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from rapide import params
from rapide._form_limits import FormLimits
from rapide._pickling import Shared, restore
from rapide.changes import changes
from rapide.datastructures import DefaultPlaceholder
from rapide.limits import RequestLimits
from rapide.routing.options import MakesId, Responses
from rapide.routing.patch_points import ROUTE_METHODS
from rapide.schema import ModelField
from rapide.types import IncEx, UserCallable

if TYPE_CHECKING:
    from rapide.distributed.answers.keeper import Guard, Keeper
    from rapide.routing.runner import RouteHandler, Runner
    from rapide.runtime.admission import Admission
    from rapide.runtime.threads import Lane

#: A function or another callable that serves a route.
Endpoint = UserCallable
#: The convertors of a path's parameters, by name.
Convertors = dict[str, Convertor[Any]]

#: Attributes that FastAPI's routes have too. Assigning one changes the route.
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
#: Attributes that follow from other settings. They are computed when they are first read.
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


if TYPE_CHECKING:
    shown = property
else:

    class shown:
        """A property that people read. An attribute that an application assigns takes its place."""

        def __init__(self, get):
            self._get = get
            self.__doc__ = get.__doc__

        def __get__(self, instance, owner=None):
            """Return the value for a route."""
            return self if instance is None else self._get(instance)


class RouteSettings:
    """The settings of a route and what belongs to them. Assignments to settings are noticed.

    COMPAT: FastAPI 0.165 makes the handler of a route when the route is declared or included, and
    the handler keeps the settings of that moment. Later assignments change the document and later
    inclusions, but not how requests are served. Routing always reads the present path, methods and
    `app`. Therefore the first assignment to a setting computes everything that follows from the
    previous settings, and the runner keeps them.

    Names that FastAPI's routes do not have begin with `_rapide_`, so that subclasses may use any
    other name. The exceptions are those that people read (`shown`), which nothing else reads.
    """

    # These are not settings, so `vars` does not show them.
    __slots__ = (
        "_rapide_app",
        "_rapide_declared_model",
        "_rapide_dependencies",
        "_rapide_flat_body_params",
        "_rapide_form_limits",
        "_rapide_handler",
        "_rapide_keepers",
        "_rapide_kept_lane",
        "_rapide_limits",
        "_rapide_made_admission",
        "_rapide_made_app",
        "_rapide_made_guard",
        "_rapide_path_and_pattern",
        "_rapide_runner",
        "_rapide_threads",
    )

    _rapide_made_admission: Admission | None
    #: The application that was assigned instead of the route's own; None if there is none.
    _rapide_app: ASGIApp | None
    _rapide_flat_body_params: list[ModelField]
    _rapide_declared_model: object
    #: The declared dependencies. Later changes of the list do not affect them.
    _rapide_dependencies: tuple[params.Depends, ...]
    _rapide_form_limits: FormLimits
    #: The limits of time and of concurrent requests. FastAPI does not have them.
    _rapide_limits: RequestLimits | None
    #: What keeps the answers of the route: `cache` and `idempotency`. FastAPI does not have them.
    _rapide_keepers: tuple[Keeper, ...]
    _rapide_made_guard: Guard
    #: The name of the lane in whose threads `def` functions run. FastAPI does not have it.
    _rapide_threads: str | None
    _rapide_kept_lane: Lane | None
    #: The handler that a subclass made when the route was declared or included.
    _rapide_handler: RouteHandler | None
    _rapide_path_and_pattern: tuple[str, Pattern[str]]
    _rapide_runner: Runner

    path: str
    endpoint: Endpoint
    methods: Any
    name: str
    max_body_size: int | None
    dependencies: list[params.Depends]
    responses: Responses
    response_class: type[Response] | DefaultPlaceholder
    response_model_include: IncEx | None
    response_model_exclude: IncEx | None
    response_model_by_alias: bool
    response_model_exclude_unset: bool
    response_model_exclude_defaults: bool
    response_model_exclude_none: bool
    status_code: int | None
    operation_id: str | None
    generate_unique_id_function: MakesId | DefaultPlaceholder
    callbacks: list[BaseRoute] | None
    dependency_overrides_provider: object
    tags: list[str | Enum]
    description: str
    deprecated: bool | None
    strict_content_type: bool | DefaultPlaceholder
    #: The limits of the forms that the route reads.
    form_limits: FormLimits

    def __setattr__(self, name: str, value: object) -> None:
        is_made = hasattr(self, "_rapide_runner")
        if is_made and name in SETTINGS:
            self._rapide_settle()
        object.__setattr__(self, name, value)
        if is_made and (name in SETTINGS or name in ROUTE_METHODS.names):
            changes.bump_routes()

    def _rapide_forget(self) -> None:
        """Remove everything that an earlier call of `__init__` has set."""
        for name in RouteSettings.__slots__:
            if hasattr(self, name):
                object.__delattr__(self, name)
        for name in DERIVED:
            self.__dict__.pop(name, None)
        self._rapide_app = self._rapide_handler = None

    def _rapide_settle(self) -> None:
        """Compute what follows from the present settings, before one of them changes."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, object]:
        inner = {
            name: getattr(self, name) for name in RouteSettings.__slots__ if hasattr(self, name)
        }
        for name in ("_rapide_made_admission", "_rapide_made_guard", "_rapide_kept_lane"):
            inner.pop(name, None)
        for name in ("_rapide_handler", "_rapide_made_app"):
            # They are made again, because they refer to objects of this process.
            if inner.get(name) is not None:
                inner[name] = Shared(inner[name])
        return {**vars(self), **inner}

    def __setstate__(self, state: dict[str, object]) -> None:
        inner = {name: state.pop(name) for name in RouteSettings.__slots__ if name in state}
        restore(self, state)
        for name, value in inner.items():
            if not isinstance(value, Shared):
                object.__setattr__(self, name, value)
            elif value.value is not None:
                object.__setattr__(self, name, value.value)
