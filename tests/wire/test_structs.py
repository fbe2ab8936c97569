"""Structs as bodies, parameters and answers, on each path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, nullcontext
from http.client import HTTPConnection
from typing import Any

import pytest

from rapide.compiler import forcing_generic
from rapide.exceptions import ResponseValidationError
from rapide.testclient import TestClient

from .conftest import Serve
from .structs import CASES, build_structs, request_of


@pytest.fixture(params=["compiled", "generic"])
def path(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each way in which routes are executed."""
    with forcing_generic() if request.param == "generic" else nullcontext():
        yield request.param


def test_structs_are_read_and_answered_over_sockets(path: str, serve_ours: Serve) -> None:
    served = serve_ours(build_structs)
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=20)) as connection:
        for case in CASES:
            name, sent, status, expected = case
            method, target, headers, body = request_of(name, sent)
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            found = answer.status, json.loads(answer.read())
            assert found == (status, expected), case


def test_structs_are_read_and_answered_in_the_test_client(path: str) -> None:
    client = TestClient(build_structs())
    for case in CASES:
        name, sent, status, expected = case
        method, target, headers, body = request_of(name, sent)
        answer = client.request(method, target, content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (status, expected), case


def test_a_result_that_does_not_fit_its_struct_is_an_error(path: str) -> None:
    with pytest.raises(ResponseValidationError) as caught:
        TestClient(build_structs()).get("/wrong")
    error: Any = caught.value
    assert error.errors() == [
        {
            "type": "missing",
            "loc": ("response", "fullName"),
            "msg": "Field required",
            "input": {"full": "Ada"},
        }
    ]


def test_structs_are_lines_of_a_stream(path: str) -> None:
    lines = TestClient(build_structs()).get("/lines").text.splitlines()
    assert [json.loads(line)["fullName"] for line in lines] == ["Ada", "Bob"]


def test_every_route_with_structs_is_compiled() -> None:
    app = build_structs()
    for route in app.routes[4:]:
        source: str = route.source  # type: ignore[attr-defined]
        assert "async def handle_request" in source, route
