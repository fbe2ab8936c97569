"""Differences that were planted, one of each kind, are found; nothing else is."""

from typing import Any

import pytest

from .conftest import Verified, verify, write_requests

APPLICATION = """
import time
import uuid

import fastapi
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

ON = "Rapide" if fastapi.APIRouter.__module__.startswith("rapide") else "FastAPI"
app = FastAPI()
visits = []


class Item(BaseModel):
    name: str
    price: float = 1


@app.get("/status")
def planted_status(response: Response):
    response.status_code = 200 if ON == "FastAPI" else 202
    return {}


@app.get("/header")
def planted_header(response: Response):
    response.headers["x-on"] = ON
    return {}


@app.post("/body")
def planted_body(item: Item):
    return {"items": [item, {"on": ON}]}


@app.get("/document", description=f"On {ON}")
def planted_document():
    return {}


@app.get("/crash")
def planted_crash():
    if ON == "Rapide":
        raise RuntimeError("planted crash")
    return {}


@app.get("/same/{number}")
def same(number: int, q: str | None = None):
    if number % 2:
        raise HTTPException(404)
    visits.append(number)
    return {"n": number, "q": q, "id": uuid.uuid4(), "at": time.time(), "visits": len(visits)}
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    folder = tmp_path_factory.mktemp("planted")
    (folder / "main.py").write_text(APPLICATION)
    write_requests(folder, {"path": "/same/2?q=x"}, {"path": "/same/1"})
    return verify(folder, "--examples", "6", "--requests", "requests.jsonl")


def found_in(planted: Verified, operation: str) -> list[dict[str, Any]]:
    """Return the differences that each request of an operation showed."""
    answers = planted.report["answers"]
    return [
        each
        for answer in answers
        if answer["operation"] == operation
        for each in answer["differences"]
    ]


def test_differences_are_told_by_the_exit_status(planted: Verified) -> None:
    assert planted.status == 1
    assert planted.report["differs"] is True


def test_another_status_is_found(planted: Verified) -> None:
    assert found_in(planted, "GET /status") == [
        {"kind": "status", "place": "", "fastapi": "200", "rapide": "202"}
    ]
    assert (
        "GET /status (generated, valid)\n    status: FastAPI 200 | Rapide 202\n" in planted.output
    )


def test_another_header_is_found(planted: Verified) -> None:
    assert found_in(planted, "GET /header") == [
        {"kind": "header", "place": "x-on", "fastapi": "FastAPI", "rapide": "Rapide"}
    ]
    assert "    header x-on: FastAPI FastAPI | Rapide Rapide\n" in planted.output


def test_another_body_is_found_by_its_path(planted: Verified) -> None:
    differences = found_in(planted, "POST /body")
    assert {each["place"] for each in differences} == {"items[1].on"}
    assert "    body items[1].on: FastAPI FastAPI | Rapide Rapide\n" in planted.output


def test_requests_that_differ_alike_are_shown_once(planted: Verified) -> None:
    alike = len(found_in(planted, "POST /body")) - 1
    assert alike > 0
    assert f"… and {alike} more of POST /body like it (--show-all)" in planted.output
    assert planted.output.count("POST /body (generated, valid)") == 1


def test_another_document_is_found_by_its_path(planted: Verified) -> None:
    place = "paths./document.get.description".replace("./document", '["/document"]')
    assert planted.report["document"] == [
        {"kind": "document", "place": place, "fastapi": "On FastAPI", "rapide": "On Rapide"}
    ]
    assert f"    {place}: FastAPI On FastAPI | Rapide On Rapide\n" in planted.output


def test_an_error_on_rapide_comes_with_what_was_logged(planted: Verified) -> None:
    (crash,) = (each for each in planted.report["answers"] if each["operation"] == "GET /crash")
    assert crash["rapide"]["status"] == 500
    assert crash["log"].endswith("RuntimeError: planted crash")
    assert "        RuntimeError: planted crash\n" in planted.output


def test_nothing_is_found_where_nothing_was_planted(planted: Verified) -> None:
    assert found_in(planted, "GET /same/{number}") == []
    assert found_in(planted, "GET /document") == []
    assert planted.report["statuses"].keys() == {"200", "404", "422"}


def test_what_differs_every_time_is_not_held_against_rapide(planted: Verified) -> None:
    assert planted.report["not_comparable"].keys() >= {
        "GET /same/2: body id",
        "GET /same/2: body at",
    }
    assert "    GET /same/2: body id\n" in planted.output
