"""The states of a connection and of its requests, with one table of legal transitions for each.

A state is a small integer in an attribute, which costs as little as a flag. Only the methods that
the tables name change it. Nothing checks this while requests are served: the tests watch the
attributes, and raise when a change is not in the table.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Transitions(NamedTuple):
    """The legal changes of one attribute."""

    attribute: str
    names: tuple[str, ...]
    """The names of the states, in the order of their numbers."""
    rows: dict[tuple[int, int], tuple[str, ...]]
    """From a state to another: the methods that make this change."""


# The request of an exchange: how much has come, and who has read it.

#: Parts of the body are still to come. Whoever waits is given each of them.
RECEIVING: Final = 0
#: Parts are still to come, and somebody waits for all of them together.
COLLECTING: Final = 1
#: All of the body has come.
RECEIVED: Final = 2
#: The last part has been given to an ASGI application.
DELIVERED: Final = 3
#: Compiled code has taken the whole body.
TAKEN: Final = 4

REQUEST: Final = Transitions(
    "request_state",
    ("receiving", "collecting", "received", "delivered", "taken"),
    {
        (RECEIVING, COLLECTING): ("has_whole_body",),
        (RECEIVING, RECEIVED): ("complete_request", "complete_with"),
        (COLLECTING, RECEIVED): ("complete_request",),
        (RECEIVED, DELIVERED): ("_next_part",),
        (RECEIVED, TAKEN): ("take_body",),
        (DELIVERED, TAKEN): ("take_body",),
    },
)

# The response of an exchange.

#: Nothing has been sent.
EXPECTED: Final = 0
#: The head is on its way.
STARTED: Final = 1
#: The whole response is on its way.
COMPLETE: Final = 2

RESPONSE: Final = Transitions(
    "response_state",
    ("expected", "started", "complete"),
    {
        (EXPECTED, STARTED): ("_start_response",),
        (STARTED, COMPLETE): ("_complete_response",),
    },
)

# Who answers an exchange.

#: The application answers.
ADMITTED: Final = 0
#: The server answers with 503 because it has too much to do.
DECLINED: Final = 1
#: The server has answered in its own name. The application does not know of that.
REFUSED: Final = 2

VERDICT: Final = Transitions(
    "verdict",
    ("admitted", "declined", "refused"),
    {
        (ADMITTED, DECLINED): ("decline",),
        (ADMITTED, REFUSED): ("refuse",),
        (DECLINED, REFUSED): ("refuse",),
    },
)

# Where a request is on its way through the innermost middleware.

#: It is at the routes, or nothing is around them.
AT_ROUTES: Final = 0
#: A function around the routes has it. Its scope does not yet say what routing found.
AROUND_ROUTES: Final = 1
#: The innermost middleware has the response of the routes, or its beginning.
ANSWERED: Final = 2

PLACE: Final = Transitions(
    "place",
    ("at the routes", "around the routes", "answered"),
    {
        (AT_ROUTES, AROUND_ROUTES): ("stay_around_routes",),
        (AROUND_ROUTES, AT_ROUTES): ("enter_routes",),
        (AT_ROUTES, ANSWERED): ("mark_answered",),
        (AROUND_ROUTES, ANSWERED): ("mark_answered",),
    },
)

# The parser of a connection.

#: No message has begun, or what comes belongs to a message that is not wanted.
BETWEEN: Final = 0
#: A head has begun.
HEAD: Final = 1
#: The body of a request is read by llhttp.
BODY: Final = 2
#: The body of a request is read by its length.
COUNTED: Final = 3
#: The head asks for another protocol. llhttp stops behind it.
UPGRADING: Final = 4
#: A second parser reads a head that was made for it; see `parser.py`.
ECHO: Final = 5

PARSER: Final = Transitions(
    "state",
    ("between messages", "head", "body", "counted body", "upgrade", "echo"),
    {
        (BETWEEN, HEAD): ("on_message_begin",),
        (BETWEEN, COUNTED): ("_begin_counted",),
        (HEAD, BETWEEN): ("on_headers_complete", "abandon"),
        (HEAD, BODY): ("on_headers_complete",),
        (HEAD, UPGRADING): ("_begin_upgrade",),
        (BODY, BETWEEN): ("on_message_complete", "abandon"),
        (COUNTED, BETWEEN): ("on_message_complete", "abandon"),
        (UPGRADING, BETWEEN): ("_pass_upgrade",),
        (UPGRADING, ECHO): ("_read_past_upgrade",),
        (ECHO, BODY): ("_read_past_upgrade",),
        (ECHO, BETWEEN): ("on_message_complete",),
    },
)

# A connection.

#: Requests are read.
OPEN: Final = 0
#: Requests are read, and each is the last of the connection: the server stops.
STOPPING: Final = 1
#: Input could not be read. The answer to it follows those to the requests before.
REFUSING: Final = 2
#: A WebSocket takes over when the requests before have been answered.
SWITCHING: Final = 3
#: A WebSocket has taken over.
SWITCHED: Final = 4
#: Everything has been sent. What the client still sends is read and dropped.
LINGERING: Final = 5
#: The transport is closed, or closes when it has sent everything.
CLOSED: Final = 6

CONNECTION: Final = Transitions(
    "state",
    ("open", "stopping", "refusing", "switching", "switched", "lingering", "closed"),
    {
        (OPEN, STOPPING): ("shutdown", "end_after_answer"),
        (OPEN, REFUSING): ("refuse",),
        (OPEN, SWITCHING): ("switch_to_websocket",),
        (OPEN, LINGERING): ("_linger",),
        (OPEN, CLOSED): ("close", "_close_transport", "connection_lost"),
        (STOPPING, REFUSING): ("refuse",),
        (STOPPING, SWITCHING): ("switch_to_websocket",),
        (STOPPING, LINGERING): ("_linger",),
        (STOPPING, CLOSED): ("close", "_close_transport", "connection_lost"),
        (REFUSING, LINGERING): ("_linger",),
        (REFUSING, CLOSED): ("close", "_close_transport", "connection_lost"),
        (SWITCHING, SWITCHED): ("_switch",),
        (SWITCHING, CLOSED): ("close", "_close_transport", "connection_lost"),
        (LINGERING, CLOSED): ("close", "_close_transport", "connection_lost", "on_expired"),
    },
)

# How the body of a response is framed; see `framing.py`. It is chosen with the head.

#: There is no body.
NO_BODY: Final = 0
#: The head has announced its length.
BY_LENGTH: Final = 1
#: The body is sent in chunks.
CHUNKED: Final = 2
#: The connection is closed behind the body.
UNTIL_CLOSE: Final = 3
