"""A connection's deadlines: for heads, for bodies, and for idle connections.

A body has some seconds in any case, and one more for each `body_rate` bytes that come. So a client
cannot keep a connection busy for long by sending a byte from time to time.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from typing import Final

from rapide.http11.deadlines import Deadline
from rapide.http11.exchange import Http11Exchange
from rapide.http11.limits import Limits
from rapide.http11.parser import RequestParser, RequestSink
from rapide.http11.states import BETWEEN, CLOSED, EXPECTED, HEAD, LINGERING, OPEN, STOPPING

#: After which time a connection is closed whose client was just sending, in seconds.
LAST_LOOK: Final = 0.05


class TimedConnection(RequestSink):
    """A connection that ends when its client takes too long.

    Attributes:
        state: What becomes of input; see `states.py`.
        current: The exchange that is being answered.
        queue: The exchanges that wait for their turn.
    """

    limits: Limits
    deadline: Deadline
    parser: RequestParser
    state: int
    current: Http11Exchange | None
    queue: deque[Http11Exchange]
    #: Whether the time for the head has begun that is being read, and that for the body.
    is_head_timed: bool
    is_body_timed: bool
    #: The time until which the body being read must have come; more input moves it.
    body_until: float

    @abstractmethod
    def _close_transport(self) -> None:
        """Close the transport when what is written has been sent."""

    def watch(self) -> None:
        """Set the deadline for what the connection waits for, after some input."""
        if self.state >= LINGERING or self.flow.read_paused:
            return
        if (incoming := self.parser.incoming) is not None:
            self.is_head_timed = False
            if incoming.is_waiting():
                self.is_body_timed = False
                self.deadline.lift()
            else:
                self._watch_body()
        elif self.current is None and not self.is_head_timed:
            # The time for a head is counted from its beginning.
            self.is_head_timed = True
            self.deadline.set(self.limits.header_seconds)

    def watch_input(self, size: int) -> None:
        """Set the deadline after this number of bytes has come."""
        if self.is_body_timed:
            self.body_until += size * self.limits.seconds_per_byte
        self.watch()

    def _watch_body(self) -> None:
        at = self.deadline.set(self.limits.body_idle_seconds)
        if not self.is_body_timed:
            self.is_body_timed = True
            self.body_until = at
        elif at > self.body_until:
            self.deadline.bring_forward(self.body_until)

    def on_expired(self) -> None:
        """End the connection, or refuse what has not come: the client took too long."""
        if self.state >= LINGERING:
            self.state = CLOSED
            self.flow.transport.abort()
        elif self.parser.state != BETWEEN:
            self.on_parse_error(self.parser.abandon(), 408)
        else:
            self._close_unless_read()

    def end_after_answer(self) -> None:
        """Let the next answer that begins be the last one: the server is about to stop."""
        if self.state == OPEN:
            self.state = STOPPING
        last = self.queue[-1] if self.queue else self.current
        if last is not None and last.response_state == EXPECTED:
            last.close_afterwards()

    def close_if_idle(self) -> None:
        """Close unless something has been asked for, or the connection ends already."""
        is_idle = self.current is None and not self.queue and self.parser.state != HEAD
        if is_idle and self.state <= STOPPING:
            self._close_unless_read()

    def _close_unless_read(self) -> None:
        """Close, unless the next request has come and was not read yet."""
        if self.current is None and self.state <= STOPPING and self.flow.has_input():
            self.loop.call_later(LAST_LOOK, self.close_if_idle)
        else:
            self.close()
