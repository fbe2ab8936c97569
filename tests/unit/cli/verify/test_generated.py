"""Requests that are made from a document."""

import warnings
from pathlib import Path
from typing import Any

import pytest

from rapide import Cookie, FastAPI, Form, Header, UploadFile
from rapide.cli.verify.exchange import Request
from rapide.cli.verify.generated import generate
from rapide.cli.verify.settings import Settings, VerifyError

app = FastAPI()


@app.get("/items/{number}")
def read_item(number: int, q: str, x_token: str = Header(), session: str = Cookie()) -> None: ...


@app.post("/files")
def take_file(file: UploadFile, note: str = Form()) -> None: ...


@app.post("/orders")
def place_order(lines: dict[str, int]) -> None: ...


@app.get("/health")
def check_health() -> None: ...


def make(folder: Path, notes: list[str] | None = None, **options: Any) -> list[Request]:
    settings = Settings(
        **{"examples": 6, "seed": 0, "baselines": 1, "timeout": 1, "start_timeout": 1} | options
    )
    with warnings.catch_warnings(action="ignore"):  # of other people's imports
        return list(generate(app.openapi(), settings, folder, [] if notes is None else notes))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Request]:
    notes: list[str] = []
    requests = make(tmp_path_factory.mktemp("made"), notes)
    assert notes == []
    return requests


def of(requests: list[Request], label: str, kind: str = "valid") -> list[Request]:
    return [each for each in requests if (each.label, each.origin) == (label, f"generated, {kind}")]


def test_every_operation_gets_valid_and_invalid_requests(made: list[Request]) -> None:
    for label in ("GET /items/{number}", "POST /files", "POST /orders"):
        assert len(of(made, label)) in {1, 2, 3}
        assert len(of(made, label, "invalid")) in {1, 2, 3}


def test_an_operation_that_takes_nothing_is_asked_once(made: list[Request]) -> None:
    assert [each.target for each in of(made, "GET /health")] == ["/health"]
    assert of(made, "GET /health", "invalid") == []


def test_parameters_are_where_they_belong(made: list[Request]) -> None:
    for request in of(made, "GET /items/{number}"):
        assert request.path.removeprefix("/items/").removeprefix("-").isdecimal()
        assert "q=" in request.target
        names = {name.lower() for name, _ in request.headers}
        assert {"x-token", "cookie"} <= names
        assert not names & {"user-agent", "x-schemathesis-testcaseid"}


def test_bodies_come_with_their_content_type(made: list[Request]) -> None:
    for label, kind in (
        ("POST /orders", "application/json"),
        ("POST /files", "multipart/form-data"),
    ):
        for request in of(made, label):
            assert dict(request.headers)["Content-Type"].startswith(kind)
            assert request.body


def test_the_same_seed_gives_the_same_requests(made: list[Request], tmp_path: Path) -> None:
    assert make(tmp_path) == made
    assert make(tmp_path, seed=1) != made


def test_only_the_chosen_operations_are_asked(tmp_path: Path) -> None:
    made = make(tmp_path, only=("/orders", "/health"), exclude=("POST *",), examples=1)
    assert [(each.label, each.origin) for each in made] == [("GET /health", "generated, valid")]


def test_a_document_that_is_none_is_told(tmp_path: Path) -> None:
    settings = Settings(examples=1, seed=0, baselines=1, timeout=1, start_timeout=1)
    with pytest.raises(VerifyError, match="Schemathesis cannot read the document: "):
        list(generate({"openapi": "3.1.0", "paths": 3}, settings, tmp_path, []))
