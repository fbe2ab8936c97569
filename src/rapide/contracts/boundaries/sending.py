"""Send the requests of contract tests: in this process, or to a server."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import anyio
from starlette.testclient import TestClient

from rapide.contracts.boundaries.answers import Answer
from rapide.contracts.boundaries.requests import Request

#: The seconds that an answer has; a stream is read as long, and then cut.
SECONDS = 10.0


class Sender(Protocol):
    """What sends requests."""

    base: str

    def __call__(self, request: Request) -> Answer:
        """Send a request and return its answer."""
        ...


class _InProcess:
    """Call an application, whose lifespan has started."""

    #: Where `rapide run` serves it, for those who repeat a request.
    base = "http://127.0.0.1:8000"

    def __init__(self, app: Any, client: TestClient, seconds: float) -> None:
        self.app = app
        self.client = client
        self.seconds = seconds

    def __call__(self, request: Request) -> Answer:
        assert self.client.portal is not None
        return self.client.portal.call(self._exchange, request)

    async def _exchange(self, request: Request) -> Answer:
        sent: list[Any] = []
        asked = [{"type": "http.request", "body": request.body, "more_body": False}]

        async def receive() -> Any:
            if asked:
                return asked.pop()
            await anyio.sleep_forever()

        async def send(message: Any) -> None:
            sent.append(message)

        error = ""
        with anyio.move_on_after(self.seconds) as scope:
            try:
                await self.app(self._scope(request), receive, send)
            except Exception as raised:  # of the application: it is what the test reports
                error = f"{type(raised).__name__}: {raised}"
        head = next((item for item in sent if item["type"] == "http.response.start"), None)
        if head is None:
            waited = f"no answer within {self.seconds:g} seconds"
            return Answer(0, {}, error=error or (waited if scope.cancel_called else "no answer"))
        bodies = [item.get("body", b"") for item in sent if item["type"] == "http.response.body"]
        headers = {name.decode().lower(): text.decode("latin-1") for name, text in head["headers"]}
        return Answer(head["status"], headers, b"".join(bodies), not scope.cancel_called, error)

    def _scope(self, request: Request) -> dict[str, Any]:
        path, _, query = request.target.partition("?")
        fields = [("host", "testserver"), *request.headers]
        if request.body:
            fields.append(("content-length", str(len(request.body))))
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), text.encode("latin-1")) for name, text in fields],
            "client": ("testclient", 50000),
            "server": ("testserver", 80),
            "state": self.client.app_state.copy(),
        }


class _ToServer:
    """Send requests to a server."""

    def __init__(self, url: str, seconds: float) -> None:
        self.base = url.rstrip("/")
        self.seconds = seconds

    def __call__(self, request: Request) -> Answer:
        parts = urlsplit(self.base)
        is_tls = parts.scheme == "https"
        kind = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.seconds)
        try:
            target = parts.path + request.target
            connection.request(request.method, target, request.body, dict(request.headers))
            response = connection.getresponse()
            headers = {name.lower(): text for name, text in response.getheaders()}
            return self._read(response, headers)
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, {}, error=f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def _read(self, response: http.client.HTTPResponse, headers: dict[str, str]) -> Answer:
        try:
            return Answer(response.status, headers, response.read())
        except TimeoutError:  # a stream that goes on
            return Answer(response.status, headers, is_whole=False)


@contextmanager
def sender_for(app: Any, url: str | None, seconds: float = SECONDS) -> Iterator[Sender]:
    """Return what sends requests to a server, or to the application in this process."""
    if url is not None:
        yield _ToServer(url, seconds)
        return
    with TestClient(app) as client:
        yield _InProcess(app, client, seconds)
