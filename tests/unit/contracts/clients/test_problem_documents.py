"""Clients read errors that are problem documents, with the types that the document has."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from rapide import FastAPI, HTTPException
from rapide.testing import serve

from .calls import Call
from .made import called, called_by_node, compiled, imported, make_both, typed

app = FastAPI(problem_details=True, document_errors=True)


class Item(BaseModel):
    a: int


@app.post("/items/{number}")
async def make_item(number: int, item: Item) -> Item:
    if number == 1:
        raise HTTPException(404, "There is none.")
    if number == 2:
        raise HTTPException(409, {"type": "urn:credit", "balance": 3})
    return item


CALLS = [Call("make_item", {"number": number, "body": {"a": 1}}) for number in (0, 1, 2)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("problems")
    make_both(app, "problems", folder)
    return folder


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve(app) as address:
        yield address


def check(found: list[Any]) -> None:
    assert found[0] == {"result": {"a": 1}}
    assert [item["error"] for item in found[1:]] == [404, 409]
    assert found[1]["body"]["detail"] == "There is none."
    assert (found[2]["body"]["type"], found[2]["body"]["balance"]) == ("urn:credit", 3)


def test_the_python_client_reads_problems_into_models(folder: Path, address: str) -> None:
    module = imported(folder / "problems_client.py")
    check(called(module, address, CALLS, lambda made: None))
    with module.Client(address) as client:
        with pytest.raises(module.ApiError) as missing:
            client.make_item(number=1, body=module.Item(a=1))
        with pytest.raises(module.ApiError) as invalid:
            client.make_item(number="x", body=module.Item(a=1))
    assert type(missing.value.body) is module.ProblemDetails
    assert type(invalid.value.body) is module.ValidationProblem
    assert invalid.value.body.errors[0].loc == ["path", "number"]
    assert typed(folder, "problems_client.py") == ""


def test_the_typescript_client_reads_problems(folder: Path, address: str) -> None:
    assert compiled(folder, "problems_client.ts") == ""
    check(called_by_node(folder / "problems_client.js", address, CALLS, {}))
