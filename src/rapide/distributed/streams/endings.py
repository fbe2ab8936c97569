"""Why a stream has ended."""

from __future__ import annotations

from enum import StrEnum


class Ending(StrEnum):
    """Why a stream has ended. Clients get it in the last event, unless the stream is complete."""

    #: The endpoint has yielded everything.
    COMPLETE = "complete"
    #: The endpoint has raised an exception.
    FAILED = "failed"
    #: Nobody has listened for some time, so the endpoint was cancelled.
    ABANDONED = "abandoned"
    #: The server that ran the endpoint was stopped, and its time to stop was over.
    STOPPED = "stopped"
    #: The process that ran the endpoint has died or cannot be reached.
    LOST = "lost"
    #: The events after the client's position are no longer kept, or the stream is unknown.
    FORGOTTEN = "forgotten"
