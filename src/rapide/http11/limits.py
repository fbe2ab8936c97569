"""The limits for clients of our HTTP/1.1 protocol."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a connection and its requests.

    Args:
        header_bytes: Request line and header fields together, in bytes; more is answered with 431.
        header_fields: Number of header fields, and of trailer fields; more is answered with 431.
        header_seconds: Time for a request's head, from the first byte (or from the connection's
            opening); then the connection is closed, with 408 if something has come.
        body_idle_seconds: Longest pause within a request's body; then it is answered with 408.
            A body has this time in any case, and more as it comes.
        body_rate: The bytes of a body that give it one more second; 0 for no minimum. So after the
            first `body_idle_seconds`, a body must come at this rate on average.
        write_idle_seconds: How long a client may take none of what was written for it; then the
            connection is aborted. 0 for no limit.
        pipelining_depth: Requests that wait for their turn on a connection; more are not read
            until then.
        drain_bytes: How much of a body that nobody has read is read and dropped, in bytes, to keep
            the connection; with more to come the response is the connection's last.
        linger_seconds: Longest pause of a client that still sends after the last response. What it
            sends is read and dropped meanwhile, so that it can read the response.
        linger_limit_seconds: How long this goes on, whatever comes.
        shutdown_grace_seconds: How long streams and WebSockets have to end when the server stops.
    """

    header_bytes: int = 64 * 1024
    header_fields: int = 100
    header_seconds: float = 10.0
    body_idle_seconds: float = 30.0
    body_rate: float = 240.0
    write_idle_seconds: float = 60.0
    pipelining_depth: int = 16
    drain_bytes: int = 256 * 1024
    linger_seconds: float = 2.0
    linger_limit_seconds: float = 30.0
    shutdown_grace_seconds: float = 1.0

    @property
    def seconds_per_byte(self) -> float:
        """The time that each byte of a body gives it."""
        return 1 / self.body_rate if self.body_rate else inf
