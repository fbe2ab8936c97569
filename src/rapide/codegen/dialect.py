"""What differs between transports: how a request is read and how a response leaves.

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
    #: Arguments for helpers that need the whole connection, as ASGI has it; the first is the scope.
    connection: tuple[str, str, str]
    #: Where what was read of the body is kept for exception handlers.
    kept_body: str
    #: Statements that send `head` and `content` with a status that is only known then.
    send: tuple[str, ...]
    #: The function that sends `content` by a status line and another line, where the rest of the
    #: head is the transport's affair; None where it is not.
    send_plain: str | None
    #: The function that sends a response object, and its arguments after object and background.
    send_object: str
    send_object_arguments: tuple[str, ...]

    @property
    def scope(self) -> str:
        """The ASGI scope."""
        return self.connection[0]

    @property
    def carrier(self) -> str:
        """The parameter that the scope is found by."""
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
)

#: Our own transport: the handler is called with an exchange and answers in one write.
HTTP11 = Dialect(
    parameters="exchange",
    path="exchange.path_params",
    query="exchange.query_string",
    headers="exchange.headers",
    # PERF: models. Most bodies have come as a whole, and waiting for none takes time too.
    body="exchange.take_body() if exchange.has_whole_body() else await exchange.read_body()",
    connection=("exchange.scope", "exchange.receive", "exchange.send"),
    kept_body="exchange.kept_body",
    send=("exchange.respond({status}, head, content)",),
    send_plain="exchange.answer",
    send_object="exchange.send_response",
    send_object_arguments=(),
)
