"""The plugins, and what is to be known to run them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Suite:
    """Tests that a plugin's source package brings."""

    #: Arguments for pytest: which of them concern FastAPI, and what they need.
    arguments: tuple[str, ...] = ("tests",)
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plugin:
    """A package of PyPI; its application is `applications/<name with underscores>.py`."""

    name: str
    suite: Suite | None = None
    note: str = ""

    @property
    def application(self) -> str:
        return self.name.replace("-", "_")


PLUGINS = (
    Plugin("slowapi"),
    Plugin("prometheus-fastapi-instrumentator"),
    Plugin(
        "fastapi-pagination",
        # the rest needs database servers
        Suite(("tests", "--ignore-glob=tests/ext/test_[!s]*.py", "-k=not postgres")),
        note="own tests: those that need no database server",
    ),
    Plugin("fastapi-users", Suite()),
    Plugin("fastapi-cache2"),
    Plugin("sqladmin"),
    Plugin("strawberry-graphql"),
    Plugin("sqlmodel", Suite(("tests/test_tutorial/test_fastapi",)), note="own tests: FastAPI's"),
    Plugin(
        "sentry-sdk",
        Suite(tuple(f"tests/integrations/{name}" for name in ("fastapi", "starlette", "asgi"))),
        note="own tests: FastAPI's, Starlette's and ASGI's",
    ),
    Plugin(
        "logfire", Suite(("tests/otel_integrations/test_fastapi.py",)), note="own tests: FastAPI's"
    ),
    Plugin("opentelemetry-instrumentation-fastapi", Suite()),
    Plugin("starlette-context"),
    Plugin("asgi-correlation-id"),
    Plugin("fastapi-restful", note="class-based views, as in fastapi-utils"),
    # its fixtures are anyio's: pytest-asyncio must not take them
    Plugin("fastapi-mcp", Suite(("tests", "-o", "asyncio_mode=strict"))),
    Plugin("ray", note="Serve, without a cluster: a pickled application, methods as endpoints"),
)
