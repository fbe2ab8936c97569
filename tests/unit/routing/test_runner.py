"""What a route says of itself where it cannot be prepared."""

from typing import Annotated

import pytest

from rapide import Depends, FastAPI, Query
from rapide.compiler import forcing_generic
from rapide.signature.errors import DefaultInAnnotatedError


def guard() -> str:
    return "guard"


def misdeclared(page: Annotated[int, Query(1)]) -> str:
    return "misdeclared"


def test_a_route_that_cannot_be_prepared_says_so_each_time() -> None:
    app = FastAPI()

    @app.get("/")
    def read(name: Annotated[str, Depends(guard)]) -> str:
        return name

    route = app.routes[-1]
    assert route.fallback_reason is None
    app.dependency_overrides[guard] = misdeclared
    for _ in range(2):
        with pytest.raises(DefaultInAnnotatedError):
            route._rapide_runner.prepare()
    for _ in range(2):
        with pytest.raises(DefaultInAnnotatedError):
            _ = route.fallback_reason
    app.dependency_overrides.clear()
    assert route.fallback_reason is None


def test_a_runner_shows_its_route_and_how_it_is_served() -> None:
    app = FastAPI()

    @app.get("/items/{n}")
    def read(n: int) -> int:
        return n

    runner = app.routes[-1]._rapide_runner
    assert repr(runner) == "<Runner of GET /items/{n}: looks again at the next request>"
    runner.prepare()
    assert repr(runner) == "<Runner of GET /items/{n}: compiled>"
    with forcing_generic():
        runner.prepare()
        assert repr(runner) == "<Runner of GET /items/{n}: generic: the generic path is forced>"
