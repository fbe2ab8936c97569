"""The methods of applications and routers that add routes with the options of `options.py`.

Editors do not list the options behind `**options`. Instead of this module, they read `verbs.pyi`,
which has them one by one. `scripts/write_stubs.py` makes it of this module and `options.py`.
"""

from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Annotated, ForwardRef, TypeVar, Unpack

from typing_extensions import Doc

from rapide.routing.options import (
    ADD_ROUTE_OPTIONS,
    API_ROUTE_OPTIONS,
    APP_INCLUSION_OPTIONS,
    APP_ROUTE_OPTIONS,
    INCLUSION_OPTIONS,
    VERB_OPTIONS,
    AddRouteOptions,
    ApiRouteOptions,
    Endpoint,
    InclusionOptions,
    RouteOptions,
    RoutePath,
    options_of_verb,
)
from rapide.types import DecoratedCallable, Decorator
from rapide.types import IncEx as IncEx  # a type that refers to itself is evaluated here

if TYPE_CHECKING:
    from rapide.routing.contract import RouterLike as APIRouter
else:
    # The class is made of a class of this module.
    APIRouter = ForwardRef("APIRouter", module="rapide.routing")

_C = TypeVar("_C", bound=type)
IncludedRouter = Annotated[
    APIRouter, Doc("Router whose routes are served, with those that it gets later.")
]


def with_verbs(verbs: type) -> Callable[[_C], _C]:
    """Return a decorator that puts the methods of `verbs` into a class.

    COMPAT: FastAPI's classes have them in their own dictionaries, and no further base.
    """

    def decorator(cls: _C) -> _C:
        for name, method in vars(verbs).items():
            if isinstance(method, FunctionType):
                method.__qualname__ = f"{cls.__qualname__}.{name}"
                setattr(cls, name, method)
        return cls

    return decorator


class RouterVerbs:
    """The methods of `APIRouter` that add routes."""

    if TYPE_CHECKING:
        _rapide_add: Callable[..., None]
        _rapide_include: Callable[..., None]

    @ADD_ROUTE_OPTIONS.shown
    def add_api_route(
        self, path: RoutePath, endpoint: Endpoint, **options: Unpack[AddRouteOptions]
    ) -> None:
        """Add a route.

        Raises:
            DeclarationError: The endpoint, or one of its dependencies, cannot be served.
        """
        said = ADD_ROUTE_OPTIONS.complete(options, "APIRouter.add_api_route")
        self._rapide_add(path, endpoint, said)

    @API_ROUTE_OPTIONS.shown
    def api_route(self, path: RoutePath, **options: Unpack[ApiRouteOptions]) -> Decorator:
        """Add the decorated function as a route for any methods.

        Raises:
            DeclarationError: The function, or one of its dependencies, cannot be served.
        """
        said = API_ROUTE_OPTIONS.complete(options, "APIRouter.api_route")

        def decorator(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.add_api_route(path, endpoint, **said)
            return endpoint

        return decorator

    @VERB_OPTIONS.shown
    def get(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for GET."""
        return self.api_route(path=path, **options_of_verb(options, "APIRouter", "GET"))

    @VERB_OPTIONS.shown
    def put(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for PUT."""
        return self.api_route(path=path, **options_of_verb(options, "APIRouter", "PUT"))

    @VERB_OPTIONS.shown
    def post(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for POST."""
        return self.api_route(path=path, **options_of_verb(options, "APIRouter", "POST"))

    @VERB_OPTIONS.shown
    def delete(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for DELETE."""
        return self.api_route(path=path, **options_of_verb(options, "APIRouter", "DELETE"))

    @VERB_OPTIONS.shown
    def options(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for OPTIONS."""
        return self.api_route(path=path, **options_of_verb(options, "APIRouter", "OPTIONS"))

    @VERB_OPTIONS.shown
    def head(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for HEAD."""
        return self.api_route(path=path, **options_of_verb(options, "APIRouter", "HEAD"))

    @VERB_OPTIONS.shown
    def patch(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for PATCH."""
        return self.api_route(path=path, **options_of_verb(options, "APIRouter", "PATCH"))

    @VERB_OPTIONS.shown
    def trace(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for TRACE."""
        return self.api_route(path=path, **options_of_verb(options, "APIRouter", "TRACE"))

    @INCLUSION_OPTIONS.shown
    def include_router(self, router: IncludedRouter, **options: Unpack[InclusionOptions]) -> None:
        """Serve the routes of another router here, including routes that it gets later.

        Raises:
            NotARouterError: The object is not a router. It may be an application.
            AssertionError: The prefix is malformed, or the router would contain itself.
            FastAPIError: A route would have neither prefix nor path.
        """
        self._rapide_include(
            router, INCLUSION_OPTIONS.complete(options, "APIRouter.include_router")
        )


class ApplicationVerbs:
    """The methods of `FastAPI` that add routes."""

    if TYPE_CHECKING:
        router: RouterVerbs

    @APP_ROUTE_OPTIONS.shown
    def add_api_route(
        self, path: RoutePath, endpoint: Endpoint, **options: Unpack[ApiRouteOptions]
    ) -> None:
        """Add a route.

        Raises:
            DeclarationError: The endpoint, or one of its dependencies, cannot be served.
        """
        said = APP_ROUTE_OPTIONS.complete(options, "FastAPI.add_api_route")
        self.router.add_api_route(path, endpoint=endpoint, **said)

    @APP_ROUTE_OPTIONS.shown
    def api_route(self, path: RoutePath, **options: Unpack[ApiRouteOptions]) -> Decorator:
        """Add the decorated function as a route for any methods.

        Raises:
            DeclarationError: The function, or one of its dependencies, cannot be served.
        """
        said = APP_ROUTE_OPTIONS.complete(options, "FastAPI.api_route")

        def decorator(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.router.add_api_route(path, endpoint, **said)
            return endpoint

        return decorator

    @VERB_OPTIONS.shown
    def get(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for GET."""
        return self.router.get(path, **VERB_OPTIONS.complete(options, "FastAPI.get"))

    @VERB_OPTIONS.shown
    def put(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for PUT."""
        return self.router.put(path, **VERB_OPTIONS.complete(options, "FastAPI.put"))

    @VERB_OPTIONS.shown
    def post(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for POST."""
        return self.router.post(path, **VERB_OPTIONS.complete(options, "FastAPI.post"))

    @VERB_OPTIONS.shown
    def delete(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for DELETE."""
        return self.router.delete(path, **VERB_OPTIONS.complete(options, "FastAPI.delete"))

    @VERB_OPTIONS.shown
    def options(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for OPTIONS."""
        return self.router.options(path, **VERB_OPTIONS.complete(options, "FastAPI.options"))

    @VERB_OPTIONS.shown
    def head(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for HEAD."""
        return self.router.head(path, **VERB_OPTIONS.complete(options, "FastAPI.head"))

    @VERB_OPTIONS.shown
    def patch(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for PATCH."""
        return self.router.patch(path, **VERB_OPTIONS.complete(options, "FastAPI.patch"))

    @VERB_OPTIONS.shown
    def trace(self, path: RoutePath, **options: Unpack[RouteOptions]) -> Decorator:
        """Add the decorated function as a route for TRACE."""
        return self.router.trace(path, **VERB_OPTIONS.complete(options, "FastAPI.trace"))

    @APP_INCLUSION_OPTIONS.shown
    def include_router(self, router: IncludedRouter, **options: Unpack[InclusionOptions]) -> None:
        """Serve the routes of a router, including routes that it gets later.

        Raises:
            NotARouterError: The object is not a router. It may be an application.
            AssertionError: The prefix is malformed.
            FastAPIError: A route would have neither prefix nor path.
        """
        said = APP_INCLUSION_OPTIONS.complete(options, "FastAPI.include_router")
        self.router.include_router(router, **said)
