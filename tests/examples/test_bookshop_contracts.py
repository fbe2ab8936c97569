"""The bookshop keeps its contract at the boundaries that it declares."""

from pathlib import Path

import pytest

from .contracts import run_contracts
from .server import PASSWORD

TESTED = ("POST /books", "GET /authors", "PUT /stock/{slug}")


def test_the_bookshop_keeps_its_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOOKSHOP_STAFF_PASSWORD", PASSWORD)
    from examples.bookshop.main import app

    session, failures = run_contracts(
        app, values={"POST /books": {"authors": ["jane-austen"]}}, only=TESTED
    )
    assert [str(failure) for failure in failures] == []
    assert session.unreached == {}
