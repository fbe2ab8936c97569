"""`FastAPI`: the application."""

import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import deprecated

from rapide import params, patches, routing
from rapide._documented import documented
from rapide._form_limits import FormLimits
from rapide._imported_names import add_imported_names
from rapide._job_methods import JobMethods
from rapide._kinship import starlettes
from rapide._once import cached_property, making
from rapide._pickling import Portable, restore, state_of
from rapide.changes import WatchedDict, changes
from rapide.datastructures import Default
from rapide.exception_handlers import default_handlers
from rapide.exceptions import FastAPIDeprecationWarning
from rapide.limits import RequestLimits
from rapide.routing import APIRoute, APIRouter
from rapide.routing.frontend_paths import must_directory_exist
from rapide.routing.lifespan import ON_EVENT_IS_DEPRECATED
from rapide.routing.pages import ROOT_PATH_IS_DEPRECATED, DocumentPages
from rapide.routing.router import bare_dispatcher
from rapide.routing.verbs import ApplicationVerbs, with_verbs
from rapide.runtime.lanes import Lanes
from rapide.runtime.requests import release_request
from rapide.scope_keys import APP
from rapide.stack.build import build_stack, read_console, read_problems
from rapide.stack.originals import STARLETTES_CALL
from rapide.types import DecoratedCallable, Decorator, JsonObject, UserCallable
from rapide.utils import generate_unique_id

if TYPE_CHECKING:
    from rapide.direct.entry import Direct
    from rapide.problems import ProblemDetails
    from rapide.runtime.admission import Gate
    from rapide.telemetry import TelemetryConfig
    from rapide.telemetry.application import ApplicationTelemetry
    from rapide.telemetry.config import CompleteConfig

    class _Starlette(ApplicationVerbs, JobMethods, Starlette):
        """The base of applications, with the methods that a decorator adds."""

else:
    _Starlette = Starlette

AppType = TypeVar("AppType", bound="FastAPI")
EventHandler = Callable[[], Any]
Overrides = dict[UserCallable, UserCallable]

#: Held while middleware is built. It is not `making`, as middleware can send requests meanwhile.
_building = RLock()

#: The package that every provider of telemetry is made with.
_OPENTELEMETRY = "opentelemetry"


@documented
@with_verbs(ApplicationVerbs)
@with_verbs(JobMethods)
class FastAPI(_Starlette):
    """An application: routes, their document, middleware and exception handlers.

    Args:
        telemetry: Configuration of OpenTelemetry. Nothing is observed until a provider is set.
        debug: Whether clients see the traceback of an unhandled error. Never set it in production.
        routes: Routes to start with. Deprecated.
        title: Title of the API in the document and on its pages; not empty.
        summary: Short text about the API in the document (OpenAPI 3.1 section 4.8.2).
        description: Text about the API in the document and on its pages (CommonMark).
        version: Version of your API in the document, not of OpenAPI; not empty.
        openapi_url: Path of the document. None disables the document and its pages.
        openapi_tags: Tag Objects in the order of the document (OpenAPI 3.1 section 4.8.22).
        servers: Server Objects, each with a `url` (OpenAPI 3.1 section 4.8.5).
        dependencies: Dependencies, as `Depends(…)`, that every route calls before its own.
        default_response_class: Class of the responses of routes that set none.
        redirect_slashes: Whether 307 redirects `/items/` to `/items`, or back, if only that exists.
        docs_url: Path of Swagger UI. None disables it.
        redoc_url: Path of ReDoc. None disables it.
        swagger_ui_oauth2_redirect_url: Path to which OAuth2 servers redirect Swagger UI.
        swagger_ui_init_oauth: Arguments of Swagger UI's `initOAuth`. Clients can read them.
        middleware: Middleware, the outermost first, as `Middleware(Class, option=…)`.
        exception_handlers: Handlers by exception class or status. Each returns a response.
        on_startup: Functions that are called at the start. Deprecated: use `lifespan`.
        on_shutdown: Functions that are called at the end. Deprecated: use `lifespan`.
        lifespan: Async context manager around serving; a mapping that it yields is `request.state`.
        terms_of_service: URL of the terms of service in the document.
        contact: Contact Object: `name`, `url`, `email` (OpenAPI 3.1 section 4.8.3).
        license_info: License Object: `name`, `identifier` or `url` (OpenAPI 3.1 section 4.8.4).
        root_path: Path prefix that a proxy removes. Deprecated: pass it to the server.
        root_path_in_servers: Whether the document lists the root path as a server.
        responses: Further responses of every route in the document, by status or range.
        callbacks: Routes that describe callbacks of every route (OpenAPI 3.1 section 4.8.18).
        webhooks: Router whose routes describe webhooks in the document. They serve nothing.
        deprecated: Whether the document marks every route as deprecated.
        include_in_schema: Whether the routes are in the document. They are served in either case.
        swagger_ui_parameters: Options of Swagger UI, which prevail over the defaults.
        generate_unique_id_function: Takes a route and returns the id of its operation.
        separate_input_output_schemas: Whether a model has two schemas if input and output differ.
        openapi_external_docs: External Documentation Object (OpenAPI 3.1 section 4.8.11).
        strict_content_type: Whether a body is JSON only if its `Content-Type` says so.
        max_body_size: Largest request body in bytes; 413 answers a larger one. None: no limit.
        limits: Time limit of requests, and how many run at once. Off by default. Not in FastAPI.
        document_errors: Whether the document has the errors that the code raises. Not in FastAPI.
        problem_details: Whether, or how, errors are problem documents (RFC 9457). Not in FastAPI.
        console: Whether `/-/dev` shows requests, by default in `rapide dev` only. Not in FastAPI.
        threads: Number of threads of each lane by its name, as `{"reports": 4}`. Not in FastAPI.
        form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes.

    Raises:
        AssertionError: `title` or `version` is empty, although there is a document.
        ValueError: A limit is out of its range.
    """

    router: APIRouter

    def __init__(
        self,
        *,
        telemetry: "TelemetryConfig | None" = None,
        debug: bool = False,
        routes: list[BaseRoute] | None = None,
        title: str = "FastAPI",
        summary: str | None = None,
        description: str = "",
        version: str = "0.1.0",
        openapi_url: str | None = "/openapi.json",
        openapi_tags: list[JsonObject] | None = None,
        servers: list[dict[str, str | Any]] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        default_response_class: type[Response] = Default(JSONResponse),
        redirect_slashes: bool = True,
        docs_url: str | None = "/docs",
        redoc_url: str | None = "/redoc",
        swagger_ui_oauth2_redirect_url: str | None = "/docs/oauth2-redirect",
        swagger_ui_init_oauth: JsonObject | None = None,
        middleware: Sequence[Middleware] | None = None,
        exception_handlers: dict[int | type[Exception], Callable[[Request, Any], Any]]
        | None = None,
        on_startup: Sequence[EventHandler] | None = None,
        on_shutdown: Sequence[EventHandler] | None = None,
        lifespan: Any | None = None,
        terms_of_service: str | None = None,
        contact: dict[str, str | Any] | None = None,
        license_info: dict[str, str | Any] | None = None,
        root_path: str = "",
        root_path_in_servers: bool = True,
        responses: dict[int | str, JsonObject] | None = None,
        callbacks: list[BaseRoute] | None = None,
        webhooks: APIRouter | None = None,
        deprecated: bool | None = None,
        include_in_schema: bool = True,
        swagger_ui_parameters: JsonObject | None = None,
        generate_unique_id_function: Callable[[APIRoute], str] = Default(generate_unique_id),  # pyright: ignore[reportArgumentType]
        separate_input_output_schemas: bool = True,
        openapi_external_docs: JsonObject | None = None,
        strict_content_type: bool = True,
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        limits: RequestLimits | None = None,
        threads: Mapping[str, int] | None = None,
        document_errors: bool = False,
        problem_details: "bool | ProblemDetails" = False,
        console: bool | None = None,
    ) -> None:
        self._rapide_document_errors, self._rapide_console = document_errors, read_console(console)
        self._rapide_lanes = Lanes(threads)
        self.debug = debug
        self.title = title
        self.summary = summary
        self.description = description
        self.version = version
        self.terms_of_service = terms_of_service
        self.contact = contact
        self.license_info = license_info
        self.openapi_url = openapi_url
        self.openapi_tags = openapi_tags
        self.root_path_in_servers = root_path_in_servers
        self.docs_url = docs_url
        self.redoc_url = redoc_url
        self.swagger_ui_oauth2_redirect_url = swagger_ui_oauth2_redirect_url
        self.swagger_ui_init_oauth = swagger_ui_init_oauth
        self.swagger_ui_parameters = swagger_ui_parameters
        self.servers = servers or []
        self.separate_input_output_schemas = separate_input_output_schemas
        self.openapi_external_docs = openapi_external_docs
        self.openapi_version = "3.1.0"
        self.openapi_schema: JsonObject | None = None
        self._openapi_routes_version: int | None = None
        self._rapide_check_document()
        # COMPAT: a class that a tool put into the public module in place of this one is used.
        self.webhooks = webhooks or routing.APIRouter()
        if root_path:
            warnings.warn(ROOT_PATH_IS_DEPRECATED, FastAPIDeprecationWarning, stacklevel=2)
        self.root_path = root_path
        self.state = State()
        self.max_body_size = max_body_size
        self._rapide_limits = limits
        self.dependency_overrides = WatchedDict()
        self.router = routing.APIRouter(
            routes=routes,
            redirect_slashes=redirect_slashes,
            dependency_overrides_provider=self,
            on_startup=on_startup,
            on_shutdown=on_shutdown,
            lifespan=lifespan,
            default_response_class=default_response_class,
            dependencies=dependencies,
            callbacks=callbacks,
            deprecated=deprecated,
            include_in_schema=include_in_schema,
            responses=responses,
            generate_unique_id_function=generate_unique_id_function,
            strict_content_type=strict_content_type,
            max_body_size=max_body_size,
            form_limits=form_limits,
        )
        self.exception_handlers = dict(exception_handlers or {})
        self._rapide_problems = read_problems(problem_details)
        for exception, handler in default_handlers(globals(), self._rapide_problems).items():
            self.exception_handlers.setdefault(exception, handler)
        self._rapide_said_of_telemetry = _read_telemetry(telemetry)
        self.user_middleware = list(middleware or [])
        self.middleware_stack: ASGIApp | None = None
        self.setup()

    @property
    def dependency_overrides(self) -> Overrides:
        """The dependencies to call instead of others. They can be changed at any time."""
        return cast(Overrides, vars(self)["dependency_overrides"])  # `mock` looks for it there

    @dependency_overrides.setter
    def dependency_overrides(self, overrides: Overrides) -> None:
        self.__dict__["dependency_overrides"] = overrides
        changes.bump_overrides()

    def __getstate__(self) -> dict[str, object]:
        of_this_process = ("_rapide_direct", "_rapide_gate", "_rapide_jobs", "_native_telemetry")
        state = state_of(self, left_out=of_this_process)
        if type(self.state) is State:
            state["state"] = Portable(self.state)
        return state

    def __setstate__(self, state: dict[str, object]) -> None:
        restore(self, state)

    # Serving

    def build_middleware_stack(self) -> ASGIApp:
        """Put middleware around the routes. This is called once, before the first request."""
        return build_stack(
            self.router,
            bare_dispatcher(self.router),
            self.user_middleware,
            self.exception_handlers,  # pyright: ignore[reportArgumentType]
            debug=self.debug,
            max_body_size=self.max_body_size,
            problems=self._rapide_problems,
            has_console=self._rapide_console is True,
        )

    def _rapide_build_stack_once(self) -> ASGIApp:
        """Build the middleware if it is not built, only once even if several threads need it."""
        with _building:
            if self.middleware_stack is None:
                self.middleware_stack = self.build_middleware_stack()
            return self.middleware_stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection: HTTP, WebSocket or lifespan (ASGI 3)."""
        if self.root_path:
            scope["root_path"] = self.root_path
        scope[APP] = self
        stack = self.middleware_stack
        if stack is None:
            stack = self._rapide_build_stack_once()
        if patches.has_changed():
            patches.look()
        if patches.found and Starlette.__call__ is not STARLETTES_CALL:
            # A tool watches all applications of Starlette, as Sentry does.
            stack = starlettes(FastAPI, self).__call__
        # PERF: small-json. Telemetry is not configured as long as OpenTelemetry is not loaded.
        if _OPENTELEMETRY in sys.modules or scope["type"] == "lifespan":
            if scope["type"] == "lifespan" and "_rapide_jobs" in vars(self):
                stack = vars(self)["_rapide_jobs"].around(stack)
            await self._native_telemetry.serve(stack, scope, receive, send)
        else:
            await stack(scope, receive, send)
        release_request(scope)

    @cached_property
    def _rapide_gate(self) -> "Gate":
        """The gate that all requests of an application with limits pass."""
        from rapide.runtime.admission import Gate

        assert self._rapide_limits is not None
        return Gate(self._rapide_limits)

    @cached_property
    def _rapide_direct(self) -> "Direct":
        """The entry for our own HTTP/1.1 transport."""
        from rapide.direct.entry import Direct

        return Direct(self, _CALL, _BUILD_LAYERS)

    @cached_property
    def _native_telemetry(self) -> "ApplicationTelemetry":
        """The configuration of telemetry, and the layer that observes connections."""
        from rapide.telemetry.application import ApplicationTelemetry

        return ApplicationTelemetry(self._rapide_said_of_telemetry)

    @property
    def _telemetry(self) -> "CompleteConfig":
        """The configuration of telemetry. COMPAT: FastAPI 0.165's name."""
        return self._native_telemetry.config

    # The document

    def _rapide_check_document(self) -> None:
        if self.openapi_url:
            assert self.title, "A title must be provided for OpenAPI, e.g.: 'My API'"
            assert self.version, "A version must be provided for OpenAPI, e.g.: '2.1.0'"

    def openapi(self) -> JsonObject:
        """Return the OpenAPI document; made at the first call and when routes have changed."""
        version, schema = self._openapi_routes_version, self.openapi_schema
        if schema and version == self.router._get_routes_version():
            return schema
        from rapide.openapi.document import make_document

        with making:
            version = self.router._get_routes_version()
            if not self.openapi_schema or self._openapi_routes_version != version:
                self.openapi_schema = make_document(self, sys.modules[__name__].get_openapi)
                self._openapi_routes_version = version
            return self.openapi_schema

    def setup(self) -> None:
        """Add the routes of the document and its pages."""
        DocumentPages(self, __name__).add_routes()

    # Adding routes

    @documented
    def add_api_websocket_route(
        self,
        path: str,
        endpoint: UserCallable,
        name: str | None = None,
        *,
        dependencies: Sequence[params.Depends] | None = None,
    ) -> None:
        """Add a WebSocket route with parameters and dependencies.

        Args:
            path: Path below the prefixes, from its first slash on, with parameters as `{name}`.
            endpoint: Function that serves a connection. Its parameters say what it reads.
            name: Name for `url_path_for`. Defaults to the endpoint's name.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used.

        Raises:
            DeclarationError: The endpoint, or one of its dependencies, cannot be served.
        """
        self.router.add_api_websocket_route(path, endpoint, name=name, dependencies=dependencies)

    @documented
    def websocket(
        self,
        path: str,
        name: str | None = None,
        *,
        dependencies: Sequence[params.Depends] | None = None,
    ) -> Decorator:
        """Add the decorated function as a WebSocket route.

        Args:
            path: Path below the prefixes, from its first slash on, with parameters as `{name}`.
            name: Name for `url_path_for`. Defaults to the function's name.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used.

        Raises:
            DeclarationError: The function, or one of its dependencies, cannot be served.
        """

        def decorator(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.add_api_websocket_route(path, endpoint, name=name, dependencies=dependencies)
            return endpoint

        return decorator

    @documented
    def websocket_route(self, path: str, name: str | None = None) -> Decorator:
        """Add the decorated function as a plain Starlette WebSocket route.

        Args:
            path: Path below the prefixes, from its first slash on, with parameters as `{name}`.
            name: Name for `url_path_for`. Defaults to the function's name.
        """

        def decorator(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.router.add_websocket_route(path, endpoint, name=name)
            return endpoint

        return decorator

    @documented
    def frontend(
        self,
        path: str,
        *,
        directory: str | os.PathLike[str],
        fallback: Literal["auto", "index.html", "404.html"] | None = "auto",
        check_dir: bool | Literal["auto"] = "auto",
    ) -> None:
        """Serve a built frontend below `path`, after all routes.

        Args:
            path: Path in front of the paths of the files; it begins with `/`.
            directory: Folder of the built files. Every file in it can be downloaded.
            fallback: File for missing paths; `auto`: `404.html`, else `index.html` for navigation.
            check_dir: Whether the folder must exist now; `auto`: it warns in development.

        Raises:
            RuntimeError: The folder or the fallback file does not exist.
        """
        check_dir = must_directory_exist(directory, check_dir)
        self.router.frontend(path, directory=directory, fallback=fallback, check_dir=check_dir)

    # Middleware, errors, events

    @documented
    def middleware(self, middleware_type: str) -> Decorator:
        """Put the decorated `async def (request, call_next)` around every request.

        Args:
            middleware_type: `"http"`, the only type. WebSocket connections pass by.
        """
        # PERF: import. Most applications have none of these.
        from rapide.middleware.http import BaseHTTPMiddleware

        def decorator(function: DecoratedCallable) -> DecoratedCallable:
            self.add_middleware(BaseHTTPMiddleware, dispatch=function)
            return function

        return decorator

    @documented
    def exception_handler(self, exc_class_or_status_code: int | type[Exception]) -> Decorator:
        """Add the decorated function, which returns a response, as an exception handler.

        Args:
            exc_class_or_status_code: Exception class, with its subclasses, or a status of errors.
        """

        def decorator(function: DecoratedCallable) -> DecoratedCallable:
            self.add_exception_handler(exc_class_or_status_code, function)
            return function

        return decorator

    @documented
    @deprecated(ON_EVENT_IS_DEPRECATED)
    def on_event(self, event_type: str) -> Decorator:
        """Call the decorated function at the start or at the end. Deprecated: use `lifespan`.

        Args:
            event_type: `"startup"`, before the first request, or `"shutdown"`, after the last one.
        """
        return self.router.on_event(event_type)


def _read_telemetry(given: "TelemetryConfig | None") -> dict[str, Any]:
    """Read the settings of telemetry now: later changes of the environment have no effect."""
    automatic = os.getenv("FASTAPI_OTEL_AUTO_CONFIGURE", "").lower() == "true"
    said = {"auto_configure": automatic, **({} if given is None else given)}
    return {**said, "known_methods": os.getenv("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "")}


#: The method that serves a connection, unless a tool or a subclass has replaced it.
_CALL = FastAPI.__call__
#: What puts layers around the routes, likewise.
_BUILD_LAYERS = FastAPI.build_middleware_stack

__all__ = ["AppType", "FastAPI"]

add_imported_names(__name__)
