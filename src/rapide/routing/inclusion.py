"""An inclusion: the options that the routes of an included router inherit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, cast

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from rapide import params
from rapide._body_limit import validate_max_body_size
from rapide._form_limits import FormLimits, validate_form_limits
from rapide.changes import RouteDict
from rapide.datastructures import Default, DefaultPlaceholder
from rapide.routing.inheritance import NAMES_ABOVE, inherit, innermost, said_by
from rapide.routing.lanes import checked_name
from rapide.routing.options import MakesId, Responses
from rapide.signature.dependencies import list_dependencies
from rapide.utils import generate_unique_id

if TYPE_CHECKING:
    from rapide.routing.contract import RouterLike

#: What `include_router` may be told as None, and what is empty of its kind.
_COLLECTIONS = {"tags": list, "dependencies": list, "callbacks": list, "responses": dict}


class _HasPath(Protocol):
    @property
    def path(self) -> str: ...


@dataclass
class _RouterIncludeContext:
    """The options that the routes of an included router inherit from all levels above."""

    included_router: RouterLike
    prefix: str = ""
    tags: list[str | Enum] = field(default_factory=list)
    dependencies: list[params.Depends] = field(default_factory=list)
    default_response_class: type[Response] | DefaultPlaceholder = field(
        default_factory=lambda: Default(JSONResponse)
    )
    responses: Responses = field(default_factory=dict)
    callbacks: list[BaseRoute] = field(default_factory=list)
    deprecated: bool | None = None
    include_in_schema: bool = True
    generate_unique_id_function: MakesId | DefaultPlaceholder = field(
        default_factory=lambda: Default(generate_unique_id)
    )
    strict_content_type: bool | DefaultPlaceholder = field(default_factory=lambda: Default(True))
    dependency_overrides_provider: object = None
    max_body_size: int | None = None
    form_limits: FormLimits = field(default_factory=FormLimits)

    # It is not a field, because FastAPI does not have it.
    if TYPE_CHECKING:
        _rapide_threads: str | None = None
    else:
        _rapide_threads = None

    @classmethod
    def for_include(
        cls,
        *,
        parent_router: RouterLike,
        included_router: RouterLike,
        form_limits: FormLimits | None = None,
        max_body_size: int | None = None,
        threads: str | None = None,
        **said: Any,
    ) -> _RouterIncludeContext:
        """Combine the options of `include_router` with those of the router that includes."""
        validate_max_body_size(max_body_size)
        said |= {name: said.get(name) or kind() for name, kind in _COLLECTIONS.items()}
        limits = RouteDict(validate_form_limits(form_limits) | included_router.form_limits)
        own = cls(
            included_router,
            form_limits=cast(FormLimits, limits),
            max_body_size=innermost(max_body_size, included_router.max_body_size),
            strict_content_type=parent_router.strict_content_type,
            **said,
        )
        place = f"include_router(…, prefix={own.prefix!r})"
        lane = innermost(checked_name(threads, place), included_router._rapide_threads)
        if lane is not None:
            own._rapide_threads = lane
        own.dependencies = list_dependencies(own.dependencies, unpacked=True)
        combined = inherit(said_by(parent_router), said_by(own))
        # COMPAT: if both are false, FastAPI 0.165 takes the outer one here.
        combined["include_in_schema"] = parent_router.include_in_schema and own.include_in_schema
        return own._with(combined)

    def combine(self, child: _RouterIncludeContext) -> _RouterIncludeContext:
        """Combine this inclusion with one below it, for everything below both."""
        combined = inherit(said_by(self), said_by(child))
        # COMPAT: if both are false, FastAPI 0.165 takes the inner value of `deprecated` here, and
        # the outer one of `include_in_schema`.
        combined["deprecated"] = self.deprecated or child.deprecated
        combined["include_in_schema"] = self.include_in_schema and child.include_in_schema
        return child._with(combined)

    def _with(self, said: Mapping[str, Any]) -> _RouterIncludeContext:
        """Return this inclusion with other options, given by the names of a route's options."""
        values = {NAMES_ABOVE.get(name, name): value for name, value in said.items()}
        threads = values.pop("threads")
        made = _RouterIncludeContext(self.included_router, form_limits=self.form_limits, **values)
        if threads is not None:
            made._rapide_threads = threads
        return made

    def said_to_routes(self) -> dict[str, Any]:
        """Return what the routes of the included router inherit, by the names of their options.

        COMPAT: only here, FastAPI 0.165 prefers the router's defaults to those of the inclusion.
        """
        router = self.included_router
        of_router = {
            "response_class": router.default_response_class,
            "generate_unique_id_function": router.generate_unique_id_function,
            "strict_content_type": router.strict_content_type,
        }
        said = said_by(self)
        return said | inherit(said, of_router)

    def path_for(self, route: _HasPath) -> str:
        """Return the path of a route under all prefixes."""
        return self.prefix + route.path


#: The name in our own code. COMPAT: the class has FastAPI 0.165's name, which its repr shows.
Inclusion = _RouterIncludeContext
