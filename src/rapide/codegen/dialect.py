"""What differs between transports: how a request is read and how a response leaves.

A dialect is a table of expressions. The emitters are the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass


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
    #: Arguments for helpers that need the whole connection.
    connection: tuple[str, ...]
    #: A mark that the response's head is on its way.
    started: str
    #: Statements that send `head`, with `{status}` filled in, and `content`.
    send_head: str
    send_body: str


ASGI = Dialect(
    parameters="scope, receive, send",
    path='scope["path_params"]',
    query='scope["query_string"]',
    headers='scope["headers"]',
    body="await read_body(receive)",
    connection=("scope", "receive", "send"),
    started='scope["rapide.response_started"] = True',
    send_head='await send({{"type": "http.response.start", "status": {status}, "headers": head}})',
    send_body='await send({"type": "http.response.body", "body": content})',
)
