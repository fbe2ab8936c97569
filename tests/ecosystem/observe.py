"""Let an application answer its own scenario, and write down everything it said.

    python observe.py APPLICATION FILE                             on FastAPI
    python -m rapide.as_fastapi observe.py APPLICATION FILE        on Rapide

An application is a module of `applications/` that imports `fastapi` alone. Its `talk(client)` makes
the requests; a fresh process runs it once, and the runner compares what two processes wrote.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient


class Client:
    """A test client that remembers every answer."""

    def __init__(self, app: Any, scrubs: dict[str, str]) -> None:
        self.http = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
        self.seen: list[dict[str, Any]] = []
        self._scrubs = scrubs

    def request(self, method: str, url: str, **options: Any) -> Any:
        """Send a request; status, headers in their order, and the body are compared."""
        response = self.http.request(method, url, **options)
        self._remember(
            request=f"{method} {url}",
            status=response.status_code,
            headers=[f"{k.decode()}: {v.decode('latin-1')}" for k, v in response.headers.raw],
            body=response.text,
        )
        return response

    def get(self, url: str, **options: Any) -> Any:
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> Any:
        return self.request("POST", url, **options)

    def patch(self, url: str, **options: Any) -> Any:
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> Any:
        return self.request("DELETE", url, **options)

    def document(self, url: str = "/openapi.json") -> None:
        """Compare the OpenAPI document without its headers: Rapide adds an `ETag` on purpose."""
        response = self.http.get(url)
        self._remember(request=f"GET {url}", status=response.status_code, body=response.text)

    def note(self, name: str, value: Any) -> None:
        """Compare something that no answer shows: spans, events, what was logged."""
        self._remember(note=name, value=value)

    def _remember(self, **entry: Any) -> None:
        self.seen.append(json.loads(json.dumps(self._scrubbed(entry), default=self._as_text)))

    def _scrubbed(self, value: Any) -> Any:
        """Put a word in the place of what differs from run to run."""
        if isinstance(value, dict):
            return {key: self._scrubbed(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._scrubbed(item) for item in value]
        return self._as_text(value) if isinstance(value, str) else value

    def _as_text(self, value: object) -> str:
        text = str(value)
        for pattern, word in self._scrubs.items():
            text = re.sub(pattern, word, text)
        return text


def observe(name: str) -> dict[str, Any]:
    """What the application of this name answers."""
    application = import_module(f"applications.{name}")
    talk: Callable[[Client], None] = application.talk
    client = Client(application.app, getattr(application, "SCRUBS", {}))
    with client.http:
        talk(client)
    framework = sys.modules["fastapi"].FastAPI.__module__.partition(".")[0]
    return {"framework": framework, "seen": client.seen}


if __name__ == "__main__":
    application, file = sys.argv[1:]
    Path(file).write_text(json.dumps(observe(application)), encoding="utf-8")
