"""The bookshop keeps its contract at the boundaries that it declares."""

import json
from pathlib import Path

import pytest

from rapide.contracts.boundaries.requests import Request
from rapide.contracts.boundaries.sending import sender_for
from rapide.contracts.boundaries.session import Session, Settings, cases_of

from .server import PASSWORD, STAFF

TESTED = ("POST /books", "GET /authors", "PUT /stock/{slug}")


def test_the_bookshop_keeps_its_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOOKSHOP_STAFF_PASSWORD", PASSWORD)
    from examples.bookshop.main import app

    form = (("content-type", "application/x-www-form-urlencoded"),)
    log_in = Request("POST", "/token", form, f"username={STAFF}&password={PASSWORD}".encode())
    with sender_for(app, None) as send:
        token = json.loads(send(log_in).body)["access_token"]
        settings = Settings(
            headers={"authorization": f"Bearer {token}"},
            values={"POST /books": {"authors": ["jane-austen"]}},
            only=TESTED,
        )
        session = Session(send, settings)
        failures = [found for case in cases_of(app, settings) for found in session.run(case)]
    assert [str(failure) for failure in failures] == []
    assert session.unreached == {}
