"""What plugins change: a declared route before its router is included, layers of Starlette."""

import contextlib
import inspect

from starlette.middleware import Middleware

from ..client import GET
from ..harness import parity


@parity("/books/list", GET("/books/list", headers={"x-reader": "Dorothea"}), "/v1/books/list")
def test_another_signature_of_the_endpoint_counts_from_the_inclusion_on(fw):
    """Packages for class-based views set `__signature__`, the path and the name."""
    app = fw.FastAPI()
    router = fw.APIRouter(prefix="/books")
    included = fw.APIRouter()

    class View:
        def __init__(self, x_reader: str = fw.Header("nobody")):
            self.reader = x_reader

        @router.get("/list")
        def list_books(self, page: int = 1):
            return [self.reader, page]

    route = router.routes.pop()
    signature = inspect.signature(route.endpoint)
    first, *others = signature.parameters.values()
    first = first.replace(default=fw.Depends(View), kind=inspect.Parameter.KEYWORD_ONLY)
    others = [other.replace(kind=inspect.Parameter.KEYWORD_ONLY) for other in others]
    route.endpoint.__signature__ = signature.replace(parameters=[first, *others])
    route.path = route.path.removeprefix(router.prefix)
    route.name = f"View.{route.name}"
    included.routes.append(route)
    router.include_router(included)
    app.include_router(router)
    app.include_router(router, prefix="/v1")
    return app


@parity("/books", "/books?page=3")
def test_dependencies_added_to_a_declared_route_count_from_the_inclusion_on(fw):
    app = fw.FastAPI()
    router = fw.APIRouter()

    @router.get("/books")
    def list_books():
        return "books"

    def check_page(page: int):
        fw.log.append(page)

    router.routes[0].dependencies.append(fw.Depends(check_page))
    app.include_router(router)
    return app


@parity("/emma /v1/emma /v1/emma/3 /emma/x")
def test_another_path_of_a_declared_route_counts_from_the_inclusion_on(fw):
    app = fw.FastAPI()
    router = fw.APIRouter()

    @router.get("/{name}")
    def read(name: str):
        return name

    @router.get("/{name}/{number:int}")
    def count(name: str, number: int):
        return number

    for route in router.routes:
        route.path = "/v1" + route.path
    app.include_router(router)
    return app


@contextlib.contextmanager
def watched_layers(log):
    """As Sentry does it: every middleware that is made is wrapped."""
    original = Middleware.__init__

    def patched(self, cls, *args, **kwargs):
        def make(app, *args, **kwargs):
            inner = cls(app, *args, **kwargs)

            async def layer(scope, receive, send):
                log.append(cls.__name__)
                await inner(scope, receive, send)

            return layer

        original(self, make, *args, **kwargs)

    Middleware.__init__ = patched
    try:
        yield
    finally:
        Middleware.__init__ = original


@parity("/books /refused /fails /handled /nowhere", compiled=False)
def test_tools_that_wrap_all_middleware_see_the_layers_around_the_routes(fw):
    """Sentry replaces `starlette.middleware.Middleware.__init__`."""
    layers = []
    with watched_layers(layers):
        app = fw.FastAPI()
        app.add_middleware(fw.module("middleware.gzip").GZipMiddleware)

        @app.get("/books")
        def list_books():
            # COMPAT: one of FastAPI's layers is for its telemetry, which is elsewhere in Rapide.
            return [layer for layer in layers if "Telemetry" not in layer]

        @app.get("/refused")
        def refuse():
            raise fw.HTTPException(403)

        @app.get("/fails")
        def fail():
            raise ZeroDivisionError

        @app.get("/handled")
        def handled():
            raise KeyError("handled")

        @app.exception_handler(KeyError)
        def explain(request, error):
            return fw.responses.JSONResponse({"missing": error.args}, 409)

        app.middleware_stack = app.build_middleware_stack()
    return app
