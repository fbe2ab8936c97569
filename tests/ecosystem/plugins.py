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


#: Its tests of databases need servers; these run in SQLite.
PAGINATION = Suite(("tests", "--ignore-glob=tests/ext/test_[!s]*.py", "-k=not postgres"))

PLUGINS = (
    Plugin("slowapi"),
    Plugin("prometheus-fastapi-instrumentator"),
    Plugin("fastapi-pagination", PAGINATION),
    Plugin("sqladmin"),
    Plugin("fastapi-users", Suite()),
    Plugin("fastapi-cache2"),
    Plugin("strawberry-graphql"),
    Plugin("sqlmodel"),
    Plugin("starlette-context"),
    Plugin("asgi-correlation-id"),
    Plugin("fastapi-restful"),
)
