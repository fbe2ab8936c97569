"""The smallest JSON answer behind CORS and a function that adds a header, or three functions."""

from typing import Any

from starlette.middleware.cors import CORSMiddleware

from benchmarks.apps import framework

web = framework()


def create_app() -> Any:
    app = web.FastAPI()

    @app.middleware("http")
    async def name_server(request, call_next):  # type: ignore[no-untyped-def]
        response = await call_next(request)
        response.headers["x-served-by"] = "benchmark"
        return response

    app.add_middleware(CORSMiddleware, allow_origins=["https://example.com"], allow_methods=["*"])

    @app.get("/")
    async def root():  # type: ignore[no-untyped-def]  # as most applications write it
        return {"message": "Hello World"}

    return app


def create_three_app() -> Any:
    """Build an application with three functions around each request."""
    app = web.FastAPI()

    @app.middleware("http")
    async def name_server(request, call_next):  # type: ignore[no-untyped-def]
        response = await call_next(request)
        response.headers["x-served-by"] = "benchmark"
        return response

    @app.middleware("http")
    async def repeat_id(request, call_next):  # type: ignore[no-untyped-def]
        response = await call_next(request)
        response.headers["x-request-id"] = request.headers.get("x-request-id", "none")
        return response

    @app.middleware("http")
    async def remember_path(request, call_next):  # type: ignore[no-untyped-def]
        request.state.path = request.url.path
        return await call_next(request)

    @app.get("/")
    async def root():  # type: ignore[no-untyped-def]  # as most applications write it
        return {"message": "Hello World"}

    return app
