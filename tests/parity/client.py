"""A direct ASGI client: the exact header bytes, chunks, messages and exceptions of each answer."""

from __future__ import annotations

import contextlib
import json as jsonlib
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlencode

import anyio

from .direct import PATIENCE, send_direct
from .served import Server, can_be_sent, head_of, serving

HTTP_DATE = re.compile(rb"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
BOUNDARY = "parity-boundary"
_UNSET: Any = object()
HeaderItems = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]


@dataclass
class Answer:
    """What one step produced."""

    label: str
    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    raised: Any = None
    #: Whether the server has taken the answer away before it could be read.
    is_lost: bool = False
    log: list[Any] = field(default_factory=list)


@dataclass
class Req:
    """An HTTP request; ``target`` is sent as written (path, then ``?`` and the query string).

    With ``disconnect`` the client leaves before the end of the body; ``body=False`` and
    ``ignored_headers`` leave a part of the answer out of the comparison.
    """

    method: str
    target: str
    headers: HeaderItems = ()
    json: Any = _UNSET
    content: bytes | str | list[bytes] = b""
    form: Any = None
    files: list[tuple[str, str | None, str | None, bytes]] | None = None
    disconnect: bool = False
    scope: dict[str, Any] = field(default_factory=dict)
    body: bool = True
    ignored_headers: tuple[bytes, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.method} {self.target}"

    def content_and_type(self) -> tuple[list[bytes], str | None]:
        """Return the chunks of the body and the content type that they imply."""
        if self.json is not _UNSET:
            return [jsonlib.dumps(self.json).encode()], "application/json"
        if self.form is not None:
            return [urlencode(self.form, doseq=True).encode()], "application/x-www-form-urlencoded"
        if self.files is not None:
            return [multipart(self.files)], f"multipart/form-data; boundary={BOUNDARY}"
        content = self.content.encode() if isinstance(self.content, str) else self.content
        return (content if isinstance(content, list) else [content]), None

    async def send(self, app: Any, state: dict[str, Any], fw: Any) -> Answer:
        """Send the request and collect the answer."""
        answer = Answer(self.label)
        chunks, content_type = self.content_and_type()
        given = encoded(self.headers)
        if content_type and not any(name == b"content-type" for name, _ in given):
            given = [(b"content-type", content_type.encode()), *given]
        if any(chunks) and not any(name == b"content-length" for name, _ in given):
            given.append((b"content-length", str(sum(map(len, chunks))).encode()))
        scope = http_scope(self.target, given, state) | {"method": self.method} | self.scope
        if fw.is_direct and not (self.scope or self.disconnect or self.method == "HEAD"):
            await send_direct(app, scope, chunks, self.disconnect, fw, answer)
            return self.compared(answer)
        if fw.server is not None and await self._send_to(fw.server, given, chunks, answer):
            return self.compared(answer)
        pending = [
            {
                "type": "http.request",
                "body": chunk,
                "more_body": self.disconnect or index + 1 < len(chunks),
            }
            for index, chunk in enumerate(chunks)
        ]
        finished = anyio.Event()

        async def receive() -> dict[str, Any]:
            if pending and not finished.is_set():
                return pending.pop(0)
            if not self.disconnect:
                await finished.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                fw.log.append("<response started>")
                answer.status = message["status"]
                answer.headers = [(bytes(k), bytes(v)) for k, v in message.get("headers", [])]
            elif message["type"] == "http.response.body":
                chunk = bytes(message.get("body", b""))
                if chunk and self.body:
                    answer.chunks.append(chunk)
                if not message.get("more_body", False):
                    fw.log.append("<response ended>")
                    finished.set()
            else:
                answer.messages.append(message)

        await run(app, scope, receive, send, answer)
        return self.compared(answer)

    async def _send_to(
        self, server: Server, given: list[tuple[bytes, bytes]], parts: list[bytes], answer: Answer
    ) -> bool:
        """Send the request over a socket, unless that is impossible."""
        parts = [part.encode() if isinstance(part, str) else part for part in parts]
        size = sum(map(len, parts))
        if self.scope or not can_be_sent(self.method, self.target, given, size):
            return False
        if not any(name == b"host" for name, _ in given):
            given = [(b"host", b"testserver"), *given]
        if self.disconnect:
            # In chunks, the end of which never comes.
            given = [field for field in given if field[0] != b"content-length"]
            given.append((b"transfer-encoding", b"chunked"))
            parts = [b"%x\r\n%b\r\n" % (len(part), part) for part in parts if part]
        head = head_of(self.method, self.target, given)
        await server.send(head, parts, answer, self.disconnect)
        if not self.body:
            answer.chunks = []
        return True

    def compared(self, answer: Answer) -> Answer:
        """Leave out of an answer what is not to be compared."""
        ignored = self.ignored_headers if self.body else (*self.ignored_headers, b"content-length")
        answer.headers = [
            (name, without_the_time(value)) for name, value in answer.headers if name not in ignored
        ]
        if not self.body:
            answer.chunks = []
        return answer


@dataclass
class WS:
    """A WebSocket session: the texts, bytes and messages the client sends, then it disconnects."""

    target: str
    script: list[Any] = field(default_factory=list)
    headers: HeaderItems = ()
    scope: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"WS {self.target}"

    async def send(self, app: Any, state: dict[str, Any], fw: Any) -> Answer:
        """Play the script and collect every message of the application."""
        answer = Answer(self.label)
        scope = http_scope(self.target, encoded(self.headers), state) | {
            "type": "websocket",
            "scheme": "ws",
            "subprotocols": [],
            "extensions": {"websocket.http.response": {}},
        }
        pending = [{"type": "websocket.connect"}, *map(websocket_message, self.script)]
        pending.append({"type": "websocket.disconnect", "code": 1001, "reason": ""})

        async def receive() -> dict[str, Any]:
            if not pending:
                await anyio.sleep_forever()
            return pending.pop(0)

        async def send(message: dict[str, Any]) -> None:
            answer.messages.append(message)

        await run(app, scope | self.scope, receive, send, answer)
        return answer


Step = Req | WS


@dataclass
class Change:
    """A change made to the running application between two requests."""

    apply: Callable[[Any, Any], Any]


def to_steps(given: Any) -> list[Step | Change]:
    """Read the short forms of a test: requests in a string, or a function of (fw, app).

    The words of a string are targets to GET; a method in front of a target is the method instead:
    ``"/items /items/3 DELETE /items/3"``.
    """
    if not isinstance(given, str):
        return [Change(given) if callable(given) else given]
    steps: list[Step | Change] = []
    method = "GET"
    for word in given.split():
        if word.startswith("/"):
            steps.append(Req(method, word))
        method = "GET" if word.startswith("/") else word
    return steps


def GET(target: str, **options: Any) -> Req:
    return Req("GET", target, **options)


def document(target: str, **options: Any) -> Req:
    """GET an OpenAPI document, which Rapide sends with an entity tag."""
    return Req("GET", target, ignored_headers=(b"etag",), **options)


def POST(target: str, json: Any = _UNSET, **options: Any) -> Req:
    return Req("POST", target, json=json, **options)


def PUT(target: str, json: Any = _UNSET, **options: Any) -> Req:
    return Req("PUT", target, json=json, **options)


def raw(target: str, content: Any, content_type: str | None = "application/json") -> Req:
    """POST these exact bytes."""
    headers = {} if content_type is None else {"content-type": content_type}
    return Req("POST", target, content=content, headers=headers)


def multipart(parts: list[tuple[str, str | None, str | None, bytes]]) -> bytes:
    """Encode (name, file name, content type, content) parts."""
    lines: list[bytes] = []
    for name, filename, content_type, content in parts:
        disposition = f'form-data; name="{name}"'
        if filename is not None:
            disposition += f'; filename="{filename}"'
        lines += [f"--{BOUNDARY}".encode(), f"Content-Disposition: {disposition}".encode()]
        if content_type:
            lines.append(f"Content-Type: {content_type}".encode())
        lines += [b"", content]
    return b"\r\n".join([*lines, f"--{BOUNDARY}--".encode(), b""])


def without_the_time(value: bytes) -> bytes:
    """Write moments of the last minutes, such as a deleted cookie's ``expires``, as a word.

    The same answer of the other framework came a moment earlier or later.
    """

    def name(match: re.Match[bytes]) -> bytes:
        age = time.time() - parsedate_to_datetime(match[0].decode()).timestamp()
        return b"<now>" if 0 <= age < 600 else match[0]

    return HTTP_DATE.sub(name, value)


def encoded(headers: HeaderItems) -> list[tuple[bytes, bytes]]:
    """Return header pairs as a server gives them: bytes, names in lower case."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    as_bytes = [
        [p if isinstance(p, bytes) else p.encode("latin-1") for p in pair] for pair in pairs
    ]
    return [(name.lower(), value) for name, value in as_bytes]


def http_scope(
    target: str, headers: list[tuple[bytes, bytes]], state: dict[str, Any]
) -> dict[str, Any]:
    """Return an HTTP scope as uvicorn builds it."""
    path, _, query = target.partition("?")
    if not any(name == b"host" for name, _ in headers):
        headers = [(b"host", b"testserver"), *headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
        "state": state.copy(),
    }


def websocket_message(item: Any) -> dict[str, Any]:
    if isinstance(item, dict):
        return item
    kind = "bytes" if isinstance(item, bytes) else "text"
    return {"type": "websocket.receive", kind: item}


async def run(app: Any, scope: Any, receive: Any, send: Any, answer: Answer) -> None:
    """Call the application in a task of its own, as servers do; keep what it raises."""
    # A lifespan takes as long as all requests together.
    patience = None if scope["type"] == "lifespan" else PATIENCE.get()

    async def call() -> None:
        try:
            with anyio.fail_after(patience):
                await app(scope, receive, send)
        except Exception as error:
            answer.raised = error

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)


class Lifespan:
    """The lifespan of an application, started before the requests and stopped after them."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.state: dict[str, Any] = {}
        self.answer = Answer("lifespan")
        self.started, self.stopping = anyio.Event(), anyio.Event()

    async def receive(self) -> dict[str, Any]:
        if not self.started.is_set():
            return {"type": "lifespan.startup"}
        await self.stopping.wait()
        return {"type": "lifespan.shutdown"}

    async def send(self, message: dict[str, Any]) -> None:
        # The message of a failure is a traceback: only its kind can be the same.
        self.answer.messages.append(message["type"])
        self.started.set()

    async def run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        await run(self.app, scope, self.receive, self.send, self.answer)
        self.started.set()


@contextlib.asynccontextmanager
async def served(app: Any, state: dict[str, Any], fw: Any) -> AsyncIterator[None]:
    """Serve the application on a socket, where that is how its requests are to come."""
    if not fw.is_served:
        yield
        return
    async with serving(app, state, fw.is_ours) as fw.server:
        yield
    fw.server = None


async def send_steps(app: Any, steps: list[Any], state: dict[str, Any], fw: Any) -> list[Answer]:
    """Take a running application through the steps."""
    answers = []
    for step in steps:
        if isinstance(step, Change):
            step.apply(fw, app)
            continue
        before = len(fw.log)
        answer = await step.send(app, state, fw)
        answer.log = fw.log[before:]
        answers.append(answer)
    return answers


def drive(
    app: Any, steps: list[Any], fw: Any, backend: str, describe: Callable[[BaseException], Any]
) -> list[Answer]:
    """Run the lifespan and the steps on a fresh event loop, and return the answers in order."""

    async def main() -> list[Answer]:
        lifespan = Lifespan(app)
        answers: list[Answer] = []
        before = len(fw.log)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lifespan.run)
            await lifespan.started.wait()
            lifespan.answer.log = fw.log[before:]
            if lifespan.answer.messages == ["lifespan.startup.complete"]:
                async with served(app, lifespan.state, fw):
                    answers = await send_steps(app, steps, lifespan.state, fw)
            before = len(fw.log)
            lifespan.stopping.set()
        lifespan.answer.log += fw.log[before:]
        return [*answers, lifespan.answer]

    answers = anyio.run(main, backend=backend)
    for answer in answers:
        if answer.raised is not None:
            answer.raised = describe(answer.raised)
    return answers
