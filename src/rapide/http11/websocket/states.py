"""The states of a WebSocket, in the form of those of HTTP (`http11/states.py`)."""

from __future__ import annotations

from typing import Final

from rapide.http11.states import Transitions

#: The application has not answered the request yet.
ASKED: Final = 0
#: The application has begun to deny the WebSocket by a response of its own.
DENYING: Final = 1
#: The response of the application was sent, and the connection is closed.
DENIED: Final = 2
#: Messages go both ways.
OPEN: Final = 3
#: The client has closed, or the server stops. Nothing can be sent, and the transport is closing, or
#: closes when the client has answered.
LEFT: Final = 4
#: The server has closed: the application, or because of an error of the client.
ENDED: Final = 5
#: The connection is gone.
LOST: Final = 6

SOCKET: Final = Transitions(
    "state",
    ("asked", "denying", "denied", "open", "left", "ended", "lost"),
    {
        (ASKED, DENYING): ("_begin_denial",),
        (ASKED, OPEN): ("_accept",),
        (ASKED, ENDED): ("_refuse", "_connect"),
        (ASKED, LOST): ("connection_lost",),
        (DENYING, DENIED): ("_send_denial",),
        (DENYING, LOST): ("connection_lost",),
        (DENIED, LOST): ("connection_lost",),
        (OPEN, LEFT): ("_on_close", "_refuse_text", "shutdown"),
        (OPEN, ENDED): ("_close", "_fail", "_on_silence"),
        (OPEN, LOST): ("connection_lost",),
        (LEFT, LOST): ("connection_lost",),
        (ENDED, LOST): ("connection_lost",),
    },
)
