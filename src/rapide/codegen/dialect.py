"""The differences between transports: how a request is read and how a response is sent.

A dialect is a table of expressions. The emitters are the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass

from rapide.scope_keys import KEPT_BODY, PATH_PARAMS, RESPONSE_STARTED


@dataclass(frozen=True, slots=True)
class Dialect:
    """Expressions over the parameters of a generated handler."""

    #: Parameters of the handler.
    parameters: str
    #: Parts of the request.
    path: str
    query: str
    headers: str
    body: str
    #: Arguments for helpers that need the whole ASGI connection; the first is the scope.
    connection: tuple[str, ...]
    #: The place that keeps the body for exception handlers.
    kept_body: str
    #: Statements that send `head` and `content` with a status that is known only at that time.
    send: tuple[str, ...]
    #: The function that sends `content` with a status line and one header line, if the transport
    #: adds the rest of the head; None if it does not.
    send_plain: str | None
    #: The function that sends a response object, and its arguments after response and background.
    send_object: str
    send_object_arguments: tuple[str, ...]
    #: The condition under which no shield for the exits of dependencies is needed, if there is one.
    runs_alone: str | None
    #: The statement that moves a request to a task, if the transport may have begun without one.
    ensure_task: str | None
    #: The condition that a body which is not valid was answered, if the transport can do that.
    is_refused: str | None

    @property
    def scope(self) -> str:
        """The ASGI scope."""
        return self.connection[0]

    @property
    def carrier(self) -> str:
        """The parameter through which the scope is found."""
        return self.parameters.partition(",")[0]


ASGI = Dialect(
    parameters="scope, receive, send",
    path=f'scope["{PATH_PARAMS}"]',
    query='scope["query_string"]',
    headers='scope["headers"]',
    body="await read_body(receive)",
    connection=("scope", "receive", "send"),
    kept_body=f'scope["{KEPT_BODY}"]',
    send=(
        f'scope["{RESPONSE_STARTED}"] = True',
        'await send({{"type": "http.response.start", "status": {status}, "headers": head}})',
        'await send({{"type": "http.response.body", "body": content}})',
    ),
    send_plain=None,
    send_object="send_response",
    send_object_arguments=("scope", "receive", "send"),
    runs_alone=None,
    ensure_task=None,
    is_refused=None,
)

#: Our own transport: the handler gets an exchange and responds with one write.
HTTP11 = Dialect(
    parameters="exchange",
    path="exchange.path_params",
    query="exchange.query_string",
    headers="exchange.headers",
    # PERF: models. Most bodies have arrived completely, and an `await` costs time even then.
    body="exchange.take_body() if exchange.has_whole_body() else await exchange.read_body()",
    connection=("exchange.scope", "exchange.receive", "exchange.send"),
    kept_body="exchange.kept_body",
    send=("exchange.respond({status}, head, content)",),
    send_plain="exchange.answer",
    send_object="exchange.send_response",
    send_object_arguments=(),
    runs_alone="exchange.runs_alone()",
    ensure_task="await ensure_task(exchange)",
    is_refused="refuse_body(exchange, body, failed)",
)

#: No transport: the handler gets the arguments of a job, and what belongs to the run.
JOB = Dialect(
    parameters="arguments, run",
    path="",
    query="",
    headers="",
    body="",
    connection=("arguments", "run"),
    kept_body="",
    send=(),
    send_plain=None,
    send_object="",
    send_object_arguments=(),
    runs_alone=None,
    ensure_task=None,
    is_refused=None,
)
