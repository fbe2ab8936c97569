"""What the coroutines of a WebSocket need of its connection."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from starlette.types import Message, Scope

from rapide.http11.flow import Flow
from rapide.http11.shutdown import Shutdown
from rapide.http11.websocket.inbox import Inbox


class Session(Protocol):
    """A connection whose request was asked to the application."""

    app: Any
    scope: Scope
    logger: logging.Logger
    flow: Flow
    inbox: Inbox
    stopping: Shutdown

    def send_message(self, message: Message) -> None:
        """Send what the application sends."""

    def answer_500(self) -> None:
        """Answer a request that the application has not answered."""

    def settle(self, result: object) -> None:
        """Log what the application has not done, or has returned."""

    def leave(self) -> None:
        """Close the connection, unless it still waits for the client."""
