"""API routes and WebSocket routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from typing import Any

from starlette import routing
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, compile_path, get_name
from starlette.types import ASGIApp, Receive, Scope, Send

from rapide import params
from rapide._body_limit import validate_max_body_size
from rapide._form_limits import validate_form_limits
from rapide._kinship import starlettes
from rapide._pickling import restore, state_of
from rapide._replaced import used
from rapide.changes import RouteDict, RouteSet, changes
from rapide.generic import seams
from rapide.routing import patch_points
from rapide.routing.base_route import BaseAPIRoute
from rapide.routing.constructed import ConstructedRoute
from rapide.routing.derived import describe
from rapide.routing.keeping import check_keepers, read_keepers
from rapide.routing.lanes import checked_name, may_have_lane
from rapide.routing.patch_points import ROUTE_METHODS, makes_own_handler
from rapide.routing.runner import RouteHandler, Runner
from rapide.routing.settings import RouteSettings
from rapide.runtime.lanes import in_lane
from rapide.scope_keys import APP, EFFECTIVE_ROUTE_CONTEXT, FASTAPI, ROUTE
from rapide.signature.bodies import should_embed_body_fields
from rapide.signature.callables import forget_signature
from rapide.signature.dependencies import get_flat_body_params, read_dependant
from rapide.signature.errors import DeclarationError
from rapide.types import CoroutineOf, UserCallable

CoroutineHandler = Callable[[Request], CoroutineOf[Response]]

#: The included route for which `get_route_handler` is being called.
_effective_route_context_var: ContextVar[Any] = ContextVar("effective_route_context", default=None)

#: Attributes of a WebSocket route that routing reads.
_SOCKET_SETTINGS = frozenset(
    ("app", "endpoint", "handle", "matches", "param_convertors", "path", "path_regex")
)

_PLAIN_OPTIONS = (
    "summary",
    "response_description",
    "deprecated",
    "operation_id",
    "response_model_include",
    "response_model_exclude",
    "response_model_by_alias",
    "response_model_exclude_unset",
    "response_model_exclude_defaults",
    "response_model_exclude_none",
    "include_in_schema",
    "response_class",
    "dependency_overrides_provider",
    "callbacks",
    "openapi_extra",
    "generate_unique_id_function",
    "strict_content_type",
    "max_body_size",
)


@ROUTE_METHODS.of
class APIRoute(ConstructedRoute, BaseAPIRoute, routing.Route):  # type: ignore[override]
    """A path and methods served by an endpoint.

    Raises:
        DeclarationError: The endpoint, or one of its dependencies, cannot be served.
    """

    def _rapide_construct(self, path: str, endpoint: UserCallable, said: dict[str, Any]) -> None:
        """Keep the options, and check the declaration."""
        validate_max_body_size(said["max_body_size"])
        assert callable(endpoint), "An endpoint must be a callable"
        self._rapide_forget()
        methods = ["GET"] if said["methods"] is None else said["methods"]
        status = said["status_code"]
        settings = {name: said[name] for name in _PLAIN_OPTIONS} | {
            "path": path,
            "endpoint": endpoint,
            "form_limits": RouteDict(validate_form_limits(said["form_limits"])),
            "tags": said["tags"] or [],
            "responses": said["responses"] or {},
            "dependencies": list(said["dependencies"] or []),
            "name": get_name(endpoint) if said["name"] is None else said["name"],
            "methods": RouteSet(method.upper() for method in methods),
            "status_code": int(status) if isinstance(status, IntEnum) else status,
            "description": describe(said["description"], endpoint),
        }
        # PERF: startup. Nothing needs to notice assignments while the route is made. A dictionary
        # that is made at once takes half of the memory of one that attributes have filled.
        if type(self) is APIRoute and not self.__dict__:
            self.__dict__ = settings
        else:
            is_ours = type(self).__setattr__ is RouteSettings.__setattr__
            put = object.__setattr__ if is_ours else setattr
            for name, value in settings.items():
                put(self, name, value)
        self._rapide_declared_model = said["response_model"]
        self._rapide_limits, self._rapide_threads = said.get("limits"), said.get("threads")
        self._rapide_keepers = read_keepers(said)
        self._rapide_check()
        self._rapide_handler = self._rapide_make_own_handler()
        self._rapide_runner = Runner(self)  # pyright: ignore[reportArgumentType]

    def _rapide_check(self) -> None:
        """Compute what can be wrong, so that a mistake is reported at the declaration."""
        self.path_regex  # noqa: B018
        checked_name(self._rapide_threads, self)
        try:
            self.dependant  # noqa: B018
        except DeclarationError as error:
            if not error.chain:
                error.in_callable(self.endpoint)
            raise error.in_route(self._rapide_label) from None
        self.unique_id  # noqa: B018
        self.response_fields  # noqa: B018
        self.response_field  # noqa: B018
        self.stream_item_field  # noqa: B018
        check_keepers(self)
        forget_signature(self.endpoint)  # most endpoints serve one route

    def _rapide_make_own_handler(self) -> RouteHandler | None:
        return self.get_route_handler() if makes_own_handler(self) else None

    def get_route_handler(self) -> Callable[[Request], CoroutineOf[Response]]:
        """Return the function that makes a response to a request; subclasses may wrap it.

        A route whose class overrides this takes the generic path.
        """
        context = _effective_route_context_var.get()
        is_included = context is not None and context.original_route is self
        return handler_of(context if is_included else self)  # pyright: ignore[reportArgumentType]

    def _rapide_make_handler(self) -> RouteHandler:
        """Return the handler of the generic path."""
        return self._rapide_own_handler or handler_of(self)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a request by path and method. An included route is matched by its full path."""
        context = _context_in(scope)
        if context is not None and context.original_route is self:
            match, child = context.matches(scope)
        else:
            match, child = starlettes(APIRoute, self).matches(scope)
        if match is not Match.NONE:
            child[ROUTE] = self
        return match, child

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose path has matched.

        Raises:
            HTTPException: 405 inside an application, when the method is not served.
        """
        context = _context_in(scope)
        if context is None or context.original_route is not self:
            await starlettes(APIRoute, self).handle(scope, receive, send)
            return
        served = context
        if served.methods and scope["method"] not in served.methods:
            headers = {"Allow": ", ".join(served.methods)}
            if APP in scope:
                raise HTTPException(status_code=405, headers=headers)
            refusal = PlainTextResponse("Method Not Allowed", 405, headers)
            await refusal(scope, receive, send)
            return
        await served.app(scope, receive, send)


class APIWebSocketRoute(routing.WebSocketRoute):
    """A path served by a WebSocket endpoint with parameters and dependencies.

    Args:
        path: Path with its parameters, as `/rooms/{room}`.
        endpoint: The function that talks to the client.
        name: The name, for `url_path_for`.
        dependencies: Dependencies, as `Depends(…)`, whose values are not used.
        dependency_overrides_provider: Object whose `dependency_overrides` apply; the application.

    Raises:
        DeclarationError: The endpoint, or one of its dependencies, cannot be served.
    """

    def __init__(
        self,
        path: str,
        endpoint: UserCallable,
        *,
        name: str | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        dependency_overrides_provider: Any | None = None,
    ) -> None:
        self.path = path
        self.endpoint = endpoint
        self.name = get_name(endpoint) if name is None else name
        self.dependencies = list(dependencies or [])
        self.path_regex, self.path_format, convertors = used("routing.compile_path", compile_path)(
            path
        )
        self.param_convertors = RouteDict(convertors)
        try:
            self.dependant = read_dependant(self.path_format, endpoint, self.dependencies)
        except DeclarationError as error:
            raise error.in_route(f"WS {path}") from None
        self._embed_body_fields = should_embed_body_fields(get_flat_body_params(self.dependant))
        self._rapide_overrides_provider = dependency_overrides_provider
        self.app = self._rapide_own_app = self._rapide_make_app()

    def _rapide_make_app(self) -> ASGIApp:
        talk = seams.current["get_websocket_app"](
            dependant=self.dependant,
            dependency_overrides_provider=self._rapide_overrides_provider,
            embed_body_fields=self._embed_body_fields,
        )
        app: ASGIApp = seams.current["websocket_session"](talk)
        return app

    def __getstate__(self) -> dict[str, object]:
        own = (
            ("_rapide_own_app", "app") if self.app is self._rapide_own_app else ("_rapide_own_app",)
        )
        return state_of(self, shared=own)

    def __setstate__(self, state: dict[str, object]) -> None:
        restore(self, state)
        if "_rapide_own_app" not in vars(self):
            self._rapide_own_app = self._rapide_make_app()
            vars(self).setdefault("app", self._rapide_own_app)

    def __setattr__(self, name: str, value: object) -> None:
        is_made = "app" in self.__dict__
        object.__setattr__(self, name, value)
        if is_made and name in _SOCKET_SETTINGS:
            changes.bump_routes()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a WebSocket by its path."""
        match, child = starlettes(APIWebSocketRoute, self).matches(scope)
        if match is not Match.NONE:
            child[ROUTE] = self
        return match, child


patch_points.classes["APIWebSocketRoute"] = APIWebSocketRoute


@contextmanager
def making_handler_for(context: BaseAPIRoute) -> Iterator[None]:
    """Tell `get_route_handler`, which has no parameters, for which included route it is called."""
    token = _effective_route_context_var.set(context)
    try:
        yield
    finally:
        _effective_route_context_var.reset(token)


def handler_of(route: BaseAPIRoute) -> CoroutineHandler:
    """Make the handler of the generic path for a declared or an included route."""
    make: Callable[..., CoroutineHandler] = seams.current["get_request_handler"]
    handler = make(
        dependant=route.dependant,
        body_field=route.body_field,
        status_code=route.status_code,
        response_class=route.response_class,
        response_field=route.response_field,
        response_model_include=route.response_model_include,
        response_model_exclude=route.response_model_exclude,
        response_model_by_alias=route.response_model_by_alias,
        response_model_exclude_unset=route.response_model_exclude_unset,
        response_model_exclude_defaults=route.response_model_exclude_defaults,
        response_model_exclude_none=route.response_model_exclude_none,
        dependency_overrides_provider=route.dependency_overrides_provider,
        embed_body_fields=route._embed_body_fields,
        strict_content_type=route.strict_content_type,
        stream_item_field=route.stream_item_field,
        is_json_stream=route.is_json_stream,
        form_limits=route.form_limits,
    )
    return in_lane(lambda: route._rapide_lane, handler) if may_have_lane(route) else handler


def _context_in(scope: Scope) -> Any:
    return scope.get(FASTAPI, {}).get(EFFECTIVE_ROUTE_CONTEXT)


__all__ = ["APIRoute", "APIWebSocketRoute", "handler_of", "making_handler_for"]
