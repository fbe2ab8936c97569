"""What rooms and streams need of the messages between processes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

#: Takes a message. It is called in the event loop and must not wait.
Receiver = Callable[[bytes], None]

#: How long a caller waits for a server that cannot be reached, in seconds.
PATIENCE: Final = 5.0


class Unavailable(ConnectionError):
    """The server behind rooms or streams cannot be reached."""


class Channels(ABC):
    """Named channels: each message reaches the receivers of a channel in every process."""

    @abstractmethod
    async def publish(self, channel: str, message: bytes) -> None:
        """Send a message to all receivers of a channel.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def subscribe(self, channel: str, receive: Receiver) -> None:
        """Call a function for each message from now on.

        The caller unsubscribes in the end, also after an error. A function that receives already
        is not added again.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def unsubscribe(self, channel: str, receive: Receiver) -> None:
        """Stop calling the function. A function that does not receive is ignored."""

    @abstractmethod
    async def close(self) -> None:
        """End connections and tasks."""
