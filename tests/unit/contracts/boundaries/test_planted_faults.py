"""Contract tests find a planted fault of each kind, and none in the same application without it."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from rapide import Body, Depends, FastAPI, Header, HTTPException, Path, Query, Response
from rapide.contracts.boundaries.sending import sender_for
from rapide.contracts.boundaries.session import Failure, Session, Settings, cases_of
from rapide.security import HTTPBearer
from rapide.testing import contract_tests, serve


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=2, max_length=5)]
    price: Annotated[float, Field(gt=0, le=100)]
    lines: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=3)] = []


def application(fault: str = "") -> FastAPI:
    app = FastAPI()
    described = {200: {"headers": {"X-Total": {"schema": {"type": "integer"}}}}}
    documented = {"maximum": 10} if fault == "accepted" else None

    @app.get("/items/{number}", responses={404: {"description": "No such item"}, **described})
    def read_item(
        response: Response,
        number: Annotated[int, Path(ge=1, le=1000)],
        page: Annotated[int, Query(ge=1, le=10)] = 1,
        limit: Annotated[int, Query(json_schema_extra=documented)] = 1,
        kind: Annotated[str, Query(pattern="^[a-z]+$")] = "a",
        x_shelf: Annotated[str, Header(max_length=4)] = "a",
    ) -> Item:
        if fault == "error at a boundary" and page == 10:
            raise RuntimeError("page 10")
        if fault == "undeclared status" and page == 10:
            raise HTTPException(410)
        if fault == "rejected" and page == 10:
            raise HTTPException(422)
        if fault != "missing header":
            response.headers["X-Total"] = "many" if fault == "wrong header" else "7"
        if fault == "wrong body":
            return Response('{"name": 1}', media_type="application/json")  # type: ignore[return-value]
        if fault == "wrong content type":
            return Response("x", headers={"X-Total": "7"}, media_type="text/html")  # type: ignore[return-value]
        return Item(name="ab", price=1)

    @app.post("/items", status_code=201)
    def add_item(item: Annotated[Item, Body()]) -> Item:
        if fault == "error in a nested field" and item.lines:
            raise KeyError(item.lines[0])
        return item

    @app.get("/own")
    def own(token: Annotated[object, Depends(HTTPBearer())]) -> None: ...

    return app


def failures_of(app: FastAPI, **options: Any) -> list[Failure]:
    settings = Settings(**options)
    with sender_for(app, settings.url) as sender:
        session = Session(sender, settings)
        return [failure for case in cases_of(app, settings) for failure in session.run(case)]


@pytest.mark.parametrize(
    ("fault", "parameter", "boundary", "expected"),
    [
        ("error at a boundary", "query page", "at le=10", "RuntimeError: page 10"),
        ("undeclared status", "query page", "at le=10", "a status that the document"),
        ("rejected", "query page", "at le=10", "no 422"),
        (
            "accepted",
            "query limit",
            "the document: just outside the maximum 10",
            "agreement: the document does not allow the value, but the validator accepts it",
        ),
        ("missing header", "query page", "at le=10", "the header field X-Total"),
        ("wrong header", "query page", "at le=10", "a header field X-Total"),
        ("wrong body", "query page", "at le=10", "a body that has the declared schema"),
        ("wrong content type", "query page", "at le=10", "a content type that"),
        ("error in a nested field", "body lines", "an item: at ge=1", "KeyError: 1"),
    ],
)
def test_a_planted_fault_is_found(fault: str, parameter: str, boundary: str, expected: str) -> None:
    found = [
        failure
        for failure in failures_of(application(fault))
        if (failure.case.parameter.partition(".")[0], failure.case.boundary)
        == (parameter, boundary)
    ]
    assert any(expected in failure.expected for failure in found)
    assert all("curl -i -X" in str(item) and "httpx.request(" in str(item) for item in found)


def test_an_application_without_faults_passes() -> None:
    headers = {"authorization": "Bearer x"}
    assert failures_of(application(), headers=headers, examples=2) == []


def test_a_server_is_tested_like_an_application() -> None:
    with serve(application("rejected")) as url:
        found = failures_of(application(), url=url, only=["GET /items/*"])
    assert {failure.case.boundary for failure in found} == {"at le=10"}


def test_the_cases_have_all_boundaries_and_are_the_same_for_a_seed() -> None:
    shown = [str(case) for case in cases_of(application(), Settings(examples=3))]
    assert shown == [str(case) for case in cases_of(application(), Settings(examples=3))]
    for wanted in (
        "POST /items [body name: just outside min_length=2]",
        "POST /items [body name: missing]",
        "POST /items [body lines.0: an item: just outside ge=1]",
        "POST /items [body: an extra member]",
        "POST /items [body: a deeply nested list]",
        "GET /items/{number} [path number: just outside le=1000]",
        "GET /items/{number} [query kind: no match of ^[a-z]+$]",
        "GET /items/{number} [header x-shelf: just outside max_length=4]",
    ):
        assert wanted in shown


test_contract: Callable[..., None] = contract_tests(
    application(), exclude=["GET /own"], values={"number": 7}, only=["GET *"]
)
