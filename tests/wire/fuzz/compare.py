"""Our compiled path against the same protocol forced through ASGI, on the same bytes."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack
from itertools import zip_longest
from types import TracebackType

from tests.wire.client import DATE, Conversation, converse
from tests.wire.server import OURS, LoopThread, Running, serving

from .application import build
from .grammar import Script, generate

STATUS = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) ")
BODY = re.compile(rb"content-length|transfer-encoding", re.IGNORECASE)
CHUNKED = re.compile(rb"transfer-encoding: *chunked", re.IGNORECASE)
CLOSE = b"connection: close\r\n"
#: The end of a connection: a refusal by the protocol itself.
REFUSED = re.compile(rb"4[0-9]{2} .*connection: close\r\n\r\n", re.DOTALL)
#: Statuses above 500 that the protocol itself may give.
OWN = {501, 505}
WINDOW = 400


class Comparison:
    """Two servers, and the account of what they were asked."""

    def __init__(self, thread: LoopThread) -> None:
        self.thread = thread
        self.stack = ExitStack()
        self.connections = self.requests = 0
        self.statuses: Counter[int] = Counter()
        self.calls = 0
        #: Scripts whose answers depend on when the server met an error, see `is_race`.
        self.races = 0

    def __enter__(self) -> Comparison:
        # A client whose last request is incomplete is not waited for long.
        limits = {"header_seconds": 0.4, "body_idle_seconds": 0.4}
        options = {"limits": limits, "timeout_keep_alive": 0.4, "log_level": "warning"}
        self.servers = [
            self.stack.enter_context(serving(self.thread, transport, build, **options))
            for transport in OURS
        ]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stack.__exit__(kind, error, _)

    def run(self, count: int, seed: int) -> None:
        """Compare a number of generated connections."""
        scripts = generate(count, seed)
        for begin in range(0, len(scripts), WINDOW):
            self.compare(scripts[begin : begin + WINDOW])

    def compare(self, scripts: list[Script]) -> None:
        """Compare some connections, held at once.

        Raises:
            AssertionError: The servers differ, or one did what it must not.
        """
        first, second = (self._ask(server, scripts) for server in self.servers)
        one, other = (Counter(server.log) for server in self.servers)
        for script, answer, expected in zip(scripts, first, second, strict=True):
            if answer != expected or one != other:
                self._compare_again(script)
        self.connections += len(scripts)
        self.requests += sum(script.requests for script in scripts)

    def _ask(self, server: Running, scripts: list[Script]) -> list[bytes]:
        server.log.clear()
        conversations = [Conversation(script.parts) for script in scripts]
        converse(server.port, conversations, self.thread.settle, half_close=False, window=WINDOW)
        server.wait_for(lambda: server.tasks == 0, "the end of all tasks")
        answers = [DATE.sub(b"", bytes(talk.received)) for talk in conversations]
        finals = 0
        for script, answer in zip(scripts, answers, strict=True):
            for text in STATUS.findall(answer):
                status = int(text)
                assert status < 500 or status in OWN, (server.transport, script, answer)
                finals += status >= 200
                self.statuses[status] += 1
            assert b"<the server never closed>" not in answer, (server.transport, script, answer)
        # Each call of a handler is one answer, and no answer has two.
        assert len(server.log) <= finals, (server.transport, server.log)
        self.calls += len(server.log)
        troubles = server.troubles()
        assert not troubles, (server.transport, troubles, scripts if len(scripts) == 1 else "")
        return answers

    def _compare_again(self, script: Script) -> None:
        """A busy machine may have met a deadline in between: what differs must do so always."""
        outcomes = []
        for _ in range(3):
            one, other = (self._ask(server, [script])[0] for server in self.servers)
            calls = [list(server.log) for server in self.servers]
            if one == other and calls[0] == calls[1]:
                return
            outcomes.append((one, other, calls))
        if all(is_race(script, one, other) for one, other, _ in outcomes):
            self.races += 1
            return
        raise AssertionError(f"{script}\n{outcomes[-1]}")

    def table(self, seed: int) -> str:
        """The account, as Markdown."""
        statuses = ", ".join(f"{status}: {n:,}" for status, n in sorted(self.statuses.items()))
        return f"""\
# Fuzzing

Generated connections, sent to the compiled path and to the same protocol forced through ASGI
(`make fuzz`, seed {seed}). Any difference, traceback or unexpected 5xx ends the run.

| what | number |
|---|---|
| connections | {self.connections:,} |
| requests that were meant | {self.requests:,} |
| calls of handlers, both servers | {self.calls:,} |
| the rest of a body seen before or after an answer that did not need it | {self.races:,} |
| different answers otherwise | 0 |
| different calls of handlers | 0 |
| tracebacks and errors in the log | 0 |
| 5xx other than 501 and 505 | 0 |

Answers of both servers by status: {statuses}.
"""


def is_race(script: Script, one: bytes, other: bytes) -> bool:
    """Whether answers differ only in when the rest of a body was seen.

    A handler that does not read its request's body may have begun to answer before the rest of
    the body has come. If that cannot be read, the connection ends there either way. If it is in
    chunks, of which any number may come, the answer says that the connection ends.
    """
    if one == other or not BODY.search(script.data):
        return False
    first, second = one.split(b"HTTP/1.1 "), other.split(b"HTTP/1.1 ")
    at = next(n for n, pair in enumerate(zip_longest(first, second)) if pair[0] != pair[1])
    closing = [
        answers
        for answers, others in ((first, second), (second, first))
        if len(answers) == at + 1 < len(others)
        and CLOSE in answers[at]
        and answers[at].replace(CLOSE, b"") == others[at]
    ]
    if closing and CHUNKED.search(script.data):
        return True
    refusals = [
        answers[at:]
        for answers in (first, second)
        if len(answers) == at + 1 and REFUSED.match(answers[at])
    ]
    longest = max(len(first), len(second))
    return bool(refusals) and longest <= at + 2
