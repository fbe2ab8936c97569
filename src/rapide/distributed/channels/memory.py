"""Channels within one process."""

from __future__ import annotations

from rapide.distributed.channels.contract import Channels, Receiver


class MemoryChannels(Channels):
    """Channels for an application that runs in one process."""

    def __init__(self) -> None:
        self.receivers: dict[str, list[Receiver]] = {}

    async def publish(self, channel: str, message: bytes) -> None:
        """Call the receivers of the channel."""
        for receive in list(self.receivers.get(channel, ())):
            receive(message)

    async def subscribe(self, channel: str, receive: Receiver) -> None:
        """Remember the function."""
        receivers = self.receivers.setdefault(channel, [])
        if receive not in receivers:
            receivers.append(receive)

    async def unsubscribe(self, channel: str, receive: Receiver) -> None:
        """Forget the function."""
        receivers = self.receivers.get(channel, [])
        if receive in receivers:
            receivers.remove(receive)
        if not receivers:
            self.receivers.pop(channel, None)

    async def close(self) -> None:
        """Forget all functions."""
        self.receivers.clear()
