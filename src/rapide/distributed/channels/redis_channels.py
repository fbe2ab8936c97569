"""Channels over Redis Pub/Sub.

Theory of operation. A process has one connection that listens, for all its channels and receivers;
what is published goes through the shared connections. If the listening connection is lost, a new
one is opened and subscribes to the same channels. Messages that are published in between are lost:
Pub/Sub does not keep any. Code that needs all messages reads a log, as streams do.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from rapide.distributed.channels.connection import (
    LOST,
    RedisError,
    attempt,
    connect,
    connect_for_listening,
)
from rapide.distributed.channels.contract import PATIENCE, Channels, Receiver, Unavailable

_logger: Final = logging.getLogger("rapide.distributed")
#: After this time without a message, the connection is tried, in seconds.
_SILENCE: Final = 5.0
#: The pause before another attempt to connect, in seconds.
_PAUSE: Final = 0.2
#: A channel without messages: a connection that listens needs one.
_IDLE: Final = "rapide:idle"


class RedisChannels(Channels):
    """Channels of a Redis server, over one listening connection for each process."""

    def __init__(self, url: str) -> None:
        self.client = connect(url)
        self.url = url
        self.receivers: dict[str, list[Receiver]] = {}
        #: The channels that the server has confirmed on the present connection.
        self.confirmed: set[str] = set()
        self.waiting: dict[str, asyncio.Future[None]] = {}
        self.listening: asyncio.Task[None] | None = None
        self.pubsub: Any = None
        #: Only one task writes to the listening connection at a time.
        self.writing = asyncio.Lock()

    async def publish(self, channel: str, message: bytes) -> None:
        """Publish a message. A message may arrive twice if the connection is lost meanwhile."""
        await attempt(self.client.publish, channel, message)

    async def subscribe(self, channel: str, receive: Receiver) -> None:
        """Subscribe, and wait until the server has confirmed it."""
        if self.listening is None or self.listening.done():
            self.listening = asyncio.create_task(self._listen())
        receivers = self.receivers.setdefault(channel, [])
        if receive not in receivers:
            receivers.append(receive)
        if channel in self.confirmed:
            return
        waiter = self.waiting.get(channel)
        if waiter is None:
            waiter = self.waiting[channel] = asyncio.get_running_loop().create_future()
            await self._write("subscribe", channel)
        try:
            await asyncio.wait_for(asyncio.shield(waiter), PATIENCE)
        except TimeoutError:
            raise Unavailable("Redis does not confirm a subscription") from None

    async def unsubscribe(self, channel: str, receive: Receiver) -> None:
        """Unsubscribe when the last receiver of the channel has gone."""
        if self._forget(channel, receive):
            await self._write("unsubscribe", channel)

    def _forget(self, channel: str, receive: Receiver) -> bool:
        """Forget a receiver, and return whether the channel has none any more."""
        receivers = self.receivers.get(channel)
        if receivers is None:
            return False
        if receive in receivers:
            receivers.remove(receive)
        if receivers:
            return False
        del self.receivers[channel]
        self.confirmed.discard(channel)
        self.waiting.pop(channel, None)
        return True

    async def _write(self, command: str, *names: str) -> None:
        """Send a command on the listening connection.

        If that fails, the task that listens connects again, and subscribes to what is needed then.
        """
        async with self.writing:
            pubsub = self.pubsub
            if pubsub is None:
                return
            # The channel may have got a receiver, or lost it, while this waited.
            names = tuple(n for n in names if (n in self.receivers) == (command == "subscribe"))
            try:
                if names:
                    await getattr(pubsub, command)(*names)
            except (*LOST, RedisError, RuntimeError) as error:
                _logger.debug("the listening connection is lost: %s", error)

    async def _listen(self) -> None:
        """Receive messages, over a new connection whenever one is lost."""
        is_lost = False
        while True:
            client = connect_for_listening(self.url)
            pubsub = client.pubsub()
            try:
                await pubsub.subscribe(_IDLE, *self.receivers)
                self.pubsub = pubsub
                await self._resubscribe(pubsub)
                if is_lost:
                    _logger.warning("Redis can be reached again")
                is_lost = False
                await self._receive(pubsub)
            except (*LOST, RedisError) as error:
                if not is_lost:
                    _logger.warning("Redis cannot be reached, trying again: %s", error)
                is_lost = True
            finally:
                self.pubsub = None
                self.confirmed.clear()
                await _leave(pubsub, client)
            await asyncio.sleep(_PAUSE)

    async def _resubscribe(self, pubsub: Any) -> None:
        """Subscribe to the channels that got a receiver while the connection was opened."""
        async with self.writing:
            late = [name for name in self.receivers if name.encode() not in pubsub.channels]
            if late:
                await pubsub.subscribe(*late)

    async def _receive(self, pubsub: Any) -> None:
        """Receive messages until the connection is lost.

        Raises:
            TimeoutError: The server does not answer.
        """
        is_asked = False
        while True:
            message = await pubsub.get_message(timeout=_SILENCE)
            if message is not None:
                is_asked = False
                self._take(message)
            elif is_asked:
                raise TimeoutError("the server does not answer")
            else:
                is_asked = True
                async with self.writing:
                    await pubsub.ping()

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "message":
            for receive in list(self.receivers.get(message["channel"].decode(), ())):
                receive(message["data"])
        elif kind == "subscribe":
            channel = message["channel"].decode()
            if channel in self.receivers:
                self.confirmed.add(channel)
            waiter = self.waiting.pop(channel, None)
            if waiter is not None and not waiter.done():
                waiter.set_result(None)
        elif kind == "unsubscribe":
            self.confirmed.discard(message["channel"].decode())

    async def close(self) -> None:
        """End the task that listens, and close all connections."""
        if self.listening is not None:
            self.listening.cancel()
            await asyncio.wait([self.listening])
            self.listening = None
        self.receivers.clear()
        self.waiting.clear()
        await self.client.aclose()


async def _leave(pubsub: Any, client: Any) -> None:
    """Close a connection that may be lost already."""
    try:
        await pubsub.aclose()
        await client.aclose()
    except (*LOST, RedisError) as error:
        _logger.debug("the listening connection was lost: %s", error)
