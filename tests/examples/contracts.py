"""Runs the contract tests of a bookshop with the rights of its staff."""

import json
from typing import Any

from rapide.contracts.boundaries.requests import Request
from rapide.contracts.boundaries.sending import sender_for
from rapide.contracts.boundaries.session import Failure, Session, Settings, cases_of

from .server import PASSWORD, STAFF


def run_contracts(app: Any, **options: Any) -> tuple[Session, list[Failure]]:
    """Test a bookshop whose staff has our password; the options are those of `Settings`."""
    form = (("content-type", "application/x-www-form-urlencoded"),)
    log_in = Request("POST", "/token", form, f"username={STAFF}&password={PASSWORD}".encode())
    with sender_for(app, None) as send:
        token = json.loads(send(log_in).body)["access_token"]
        settings = Settings(headers={"authorization": f"Bearer {token}"}, **options)
        session = Session(send, settings)
        return session, [found for case in cases_of(app, settings) for found in session.run(case)]
