"""What OpenTelemetry is told of, and what is left out or switched off."""

import pytest
from opentelemetry import trace

from ..client import GET, Req
from ..observed import observed, quiet

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}


@observed("/a /health /sub/health", compiled=("/a",))
def test_excluded_requests_are_left_out(fw, telemetry):
    """The configuration has `exclude(scope)`."""

    def exclude(scope):
        return scope["path"].endswith("/health")

    app = fw.FastAPI(telemetry={**telemetry, "exclude": exclude})
    sub = fw.FastAPI(telemetry=telemetry)
    sub.get("/health")(lambda: "ok")
    app.mount("/sub", sub)

    @app.get("/a")
    async def a(q: int = 0):
        return 1

    @app.get("/health")
    def health():
        return fw.telemetry.get_telemetry_data() is None

    return app


@pytest.mark.parametrize("off", ["operation_spans", "tracing", "metrics", "logs"])
def test_each_kind_of_signal_can_be_switched_off(off):
    """Providers and signals are keys of the configuration."""

    @observed("/a/1 /a/x /boom", modes=("compiled",), compiled=("/a/{n}",))
    def test(fw, telemetry):
        app = fw.FastAPI(telemetry={**telemetry, off: False})

        @app.get("/a/{n}")
        async def a(n: int):
            return n

        @app.get("/boom")
        def boom():
            raise ValueError

        return app

    test("compiled")


@observed(
    GET("/?sig=secret&a=1&b=", headers={"host": "shop.example:8443", **TRACEPARENT}),
    GET("/", headers={"host": "user@bad/"}),
    GET("/", headers={"host": "a:port"}),
    GET("/", headers=[("baggage", "a=1"), ("baggage", "b=2")]),
    Req("GET", "/", scope={"scheme": "https", "http_version": "2"}),
    Req("get", "/"),
    # Our server refuses the wrong hosts itself.
    served=False,
)
def test_the_server_span_has_what_the_request_says(fw, telemetry):
    """Hosts, queries with secrets, the caller's trace and unknown methods are sent."""
    app = fw.FastAPI(telemetry=telemetry)

    @app.get("/")
    async def read():
        from opentelemetry import baggage

        context = trace.get_current_span().get_span_context()
        return [trace.format_trace_id(context.trace_id) == TRACE, dict(baggage.get_all())]

    return app


class OpenTelemetryMiddleware:
    """Looks like that of OpenTelemetry's contrib package."""

    __module__ = "opentelemetry.instrumentation.asgi"

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


@observed("/a/1 /a/x", modes=("compiled",))
@quiet
def test_the_middleware_of_contrib_switches_it_off(fw, telemetry):
    app = fw.FastAPI(telemetry=telemetry)
    app.add_middleware(OpenTelemetryMiddleware)

    @app.get("/a/{n}")
    async def a(n: int):
        return n

    return app


@observed("/", compiled=())
def test_requests_made_inside_of_a_request_belong_to_their_own_application(fw, telemetry):
    """Such a request has the context of its caller."""
    import httpx

    inner = fw.FastAPI(telemetry={**telemetry, "exclude": lambda scope: scope["path"] == "/quiet"})

    @inner.get("/quiet")
    async def quiet_one(n: int = 1) -> int:
        return n

    @inner.get("/told/{n}")
    async def told(n: int) -> int:
        return n

    app = fw.FastAPI(telemetry=telemetry)

    @app.get("/")
    async def read():
        transport = httpx.ASGITransport(inner)
        async with httpx.AsyncClient(transport=transport, base_url="http://inner") as client:
            paths = ("/quiet", "/quiet?n=x", "/told/1", "/told/x")
            return [(await client.get(path)).status_code for path in paths]

    return app
