"""Applications that answer errors with pages, as in `rapide dev`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rapide import FastAPI
from rapide.development.install import install_pages
from rapide.testclient import TestClient

Ask = Callable[..., str]


@pytest.fixture
def installed() -> None:
    """Answer with pages until the test ends."""
    install_pages()


@pytest.fixture
def ask(installed: None) -> Ask:
    """Send a request that fails with status 500, and return the page."""

    def ask(app: FastAPI, path: str = "/", accept: str = "*/*", **headers: str) -> str:
        client = TestClient(app, raise_server_exceptions=False)
        answer = client.get(path, headers={"accept": accept, **headers})
        assert answer.status_code == 500
        return answer.text

    return ask
