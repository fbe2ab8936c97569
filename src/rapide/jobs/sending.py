"""Send a message later, in the way that its broker offers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from taskiq import InMemoryBroker, ScheduleSource
from taskiq.kicker import AsyncKicker

from rapide.jobs.brokers import DELAY, delays_by_label

#: The messages that wait in this process.
_waiting: set[asyncio.Task[None]] = set()


async def send_later(
    kicker: AsyncKicker[Any, Any],
    seconds: float,
    arguments: Mapping[str, object],
    schedules: ScheduleSource | None,
) -> bool:
    """Send a message after some time. Return False if there is no way to do that."""
    if schedules is not None:
        time = datetime.now(UTC) + timedelta(seconds=seconds)
        await kicker.schedule_by_time(schedules, time, **arguments)
    elif isinstance(kicker.broker, InMemoryBroker):
        task = asyncio.ensure_future(_send_after(kicker, seconds, arguments))
        _waiting.add(task)
        task.add_done_callback(_waiting.discard)
    elif delays_by_label(kicker.broker):
        await kicker.with_labels(**{DELAY: seconds}).kiq(**arguments)
    else:
        return False
    return True


async def _send_after(
    kicker: AsyncKicker[Any, Any], seconds: float, arguments: Mapping[str, object]
) -> None:
    await asyncio.sleep(seconds)
    await kicker.kiq(**arguments)
