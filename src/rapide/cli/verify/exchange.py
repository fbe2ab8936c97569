"""Send requests over a socket and read the answers."""

import base64
import http.client
import json
import re
import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import quote

MAX_BODY = 16 * 1024 * 1024
"""The maximal size in bytes of an answer; the rest is not read."""
STREAM_SECONDS = 1.0
"""The time in seconds for which an event stream, which may be endless, is read."""

_TIMED_OUT = "no answer within"
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Request:
    """A request, in which variables may have to be replaced."""

    method: str
    target: str
    """The path and query, percent-encoded."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    origin: str = ""
    """The origin of the request: `line 3 of login.jsonl`."""
    label: str = ""
    """The operation that it was generated for, `GET /items/{id}`."""
    keep: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The names of variables, and the places of their values in the JSON answer: `items.0.id`."""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> "Request":
        """Return the request with these headers instead of those of the same names."""
        added = tuple(headers)
        names = {name.lower() for name, _ in added}
        kept = tuple(header for header in self.headers if header[0].lower() not in names)
        return replace(self, headers=(*kept, *added))

    def filled(self, values: Mapping[str, str]) -> "Request":
        """Return the request with `${name}` replaced by the known values."""
        if not values:
            return self

        def text(template: str) -> str:
            return _VARIABLE.sub(lambda name: values.get(name[1], name[0]), template)

        body = self.body
        if body is not None and b"${" in body:
            body = text(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        quoted = {name: quote(value, safe="") for name, value in values.items()}
        return replace(
            self,
            target=_VARIABLE.sub(lambda name: quoted.get(name[1], name[0]), self.target),
            headers=tuple((name, text(value)) for name, value in self.headers),
            body=body,
        )

    def as_line(self) -> dict[str, object]:
        """Return the request in the form of a line of a file for `--requests`."""
        line: dict[str, object] = {"method": self.method, "path": self.target}
        if self.headers:
            line["headers"] = [list(header) for header in self.headers]
        if self.body is not None:
            try:
                line["body"] = self.body.decode()
            except UnicodeDecodeError:
                line["base64"] = base64.b64encode(self.body).decode()
        if self.keep:
            line["keep"] = dict(self.keep)
        return line


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer: a status, or the reason why there is none."""

    status: int | None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    failure: str = ""
    unfinished: bool = False
    """Whether reading stopped before the body ended, because it took too long or is too large."""

    @property
    def timed_out(self) -> bool:
        """Whether no answer came in time."""
        return self.status is None and self.failure.startswith(_TIMED_OUT)

    def header(self, name: str) -> str:
        """Return the value of the first header with this lower-case name, or an empty string."""
        return next((value for own, value in self.headers if own == name), "")

    def value_at(self, place: str) -> str | None:
        """Return the value of the JSON body at a place such as `items.0.id`, as text."""
        try:
            value = json.loads(self.body)
            for key in place.split("."):
                value = value[int(key)] if isinstance(value, list) else value[key]
        except (ValueError, KeyError, IndexError, TypeError):
            return None
        return value if isinstance(value, str) else json.dumps(value)


def send(port: int, request: Request, timeout: float) -> Answer:
    """Send a request to a port of this machine, on a new connection.

    The timeout is for the whole exchange, in seconds.
    """
    try:
        with _Connection(port, timeout) as connection:
            connection.write(request)
            return connection.answer()
    except TimeoutError:
        return Answer(None, failure=f"{_TIMED_OUT} {timeout:g} s")
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, failure=f"no answer: {type(error).__name__}")
    except ValueError as error:
        return Answer(None, failure=f"cannot be sent: {error}")


class _Connection:
    """A connection for a single exchange, with a deadline for the whole exchange."""

    def __init__(self, port: int, timeout: float) -> None:
        self._deadline = time.monotonic() + timeout
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self._http.connect()
        # `_http` forgets the socket if the server closes it after the answer.
        self._socket: socket.socket = self._http.sock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()
        self._socket.close()

    def write(self, request: Request) -> None:
        names = {name.lower() for name, _ in request.headers}
        self._http.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        if "host" not in names:
            self._http.putheader("Host", "localhost")
        for name, value in request.headers:
            if name.lower() not in _FRAMING:
                self._http.putheader(name, _encoded(value))
        if request.body is not None or "content-length" in names:
            self._http.putheader("Content-Length", str(len(request.body or b"")))
        # The server may answer and stop reading before the whole body was sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._http.endheaders(request.body)

    def answer(self) -> Answer:
        self._wait_until_deadline()
        response = self._http.getresponse()
        headers = tuple((name.lower(), value) for name, value in response.getheaders())
        answer = Answer(response.status, headers)
        if answer.header("content-type").startswith("text/event-stream"):
            self._deadline = min(self._deadline, time.monotonic() + STREAM_SECONDS)
        body = bytearray()
        failure = ""
        unfinished = False
        try:
            while not unfinished and (piece := self._piece(response)):
                body += piece
                unfinished = len(body) > MAX_BODY
        except TimeoutError:
            unfinished = True
        except (OSError, http.client.HTTPException) as error:
            failure = f"the body breaks off: {type(error).__name__}"
        return replace(answer, body=bytes(body), failure=failure, unfinished=unfinished)

    def _piece(self, response: http.client.HTTPResponse) -> bytes:
        self._wait_until_deadline()
        return response.read1(65536)

    def _wait_until_deadline(self) -> None:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._socket.settimeout(remaining)


def _encoded(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()
