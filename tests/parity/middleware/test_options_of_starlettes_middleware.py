"""Options of the middleware of Starlette."""

from ..client import GET, Req
from ..harness import parity


@parity(
    Req(
        "OPTIONS",
        "/",
        headers={
            "origin": "https://a.example.org",
            "access-control-request-method": "GET",
            "access-control-request-private-network": "true",
        },
    ),
    GET("/long", headers={"accept-encoding": "gzip"}),
    GET("/plain", headers={"accept-encoding": "gzip"}),
    openapi=False,
)
def test_newer_middleware_options_of_starlette(fw):
    """Starlette 1.10: private networks in CORS, excluded types in GZip."""
    app = fw.FastAPI()
    app.add_middleware(
        fw.module("middleware.cors").CORSMiddleware,
        allow_origin_regex=r"https://.*\.example\.org",
        allow_private_network=True,
    )
    app.add_middleware(
        fw.module("middleware.gzip").GZipMiddleware,
        minimum_size=10,
        exclude_content_types=("text/plain",),
    )

    @app.get("/long")
    def long():
        return fw.responses.HTMLResponse("x" * 100)

    @app.get("/plain")
    def plain():
        return fw.responses.PlainTextResponse("x" * 100)

    return app
