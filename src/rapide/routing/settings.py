"""The settings of a route, declared or included: attributes whose assignment is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from rapide import params
from rapide._pickling import Shared, restore
from rapide.changes import changes
from rapide.datastructures import DefaultPlaceholder
from rapide.limits import RequestLimits
from rapide.routing.patch_points import ROUTE_METHODS
from rapide.schema import ModelField

if TYPE_CHECKING:
    from rapide.routing.runner import Runner
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


class RouteSettings:
    """The settings of a route, and what is kept beside them. Assigning a setting is noticed.

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
        if is_made and (name in SETTINGS or name in ROUTE_METHODS.names):
            changes.bump_routes()

    def _forget(self) -> None:
        """Begin to be made, perhaps not for the first time."""
        for name in RouteSettings.__slots__:
            if hasattr(self, name):
                object.__delattr__(self, name)
        for name in DERIVED:
            self.__dict__.pop(name, None)
        self._app = self._handler = None

    def _settle(self) -> None:
        """Work out what follows from the present settings, before one of them changes."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        inner = {
            name: getattr(self, name) for name in RouteSettings.__slots__ if hasattr(self, name)
        }
        inner.pop("_admission", None)
        for name in ("_handler", "_made_app"):
            # They are made again: they hold what belongs to this process.
            if inner.get(name) is not None:
                inner[name] = Shared(inner[name])
        return {**vars(self), **inner}

    def __setstate__(self, state: dict[str, Any]) -> None:
        inner = {name: state.pop(name) for name in RouteSettings.__slots__ if name in state}
        restore(self, state)
        for name, value in inner.items():
            if not isinstance(value, Shared):
                object.__setattr__(self, name, value)
            elif value.value is not None:
                object.__setattr__(self, name, value.value)
