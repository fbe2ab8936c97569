"""The event that says that the server stops."""

from __future__ import annotations

import asyncio

import pytest

from rapide import shutdown
from rapide.shutdown import ShutdownEvent, shutdown_event


def test_those_who_wait_are_woken_and_closed_event_loops_do_no_harm() -> None:
    event = ShutdownEvent()
    other = asyncio.new_event_loop()
    left = other.create_task(event.wait())
    other.call_soon(other.stop)
    other.run_forever()
    other.close()

    async def wait() -> None:
        waits = asyncio.create_task(event.wait())
        await asyncio.sleep(0)
        event.set()
        await asyncio.wait_for(waits, 10)

    asyncio.run(wait())
    assert event.is_set()
    assert not left.done()
    left._log_destroy_pending = False  # type: ignore[attr-defined]


def test_servers_that_have_ended_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    servers: set[ShutdownEvent] = set()
    monkeypatch.setattr(shutdown, "events_of_servers", servers)
    ended, running = ShutdownEvent(), ShutdownEvent()
    servers.add(ended)
    assert shutdown_event() is ended
    ended.set()
    assert shutdown_event() is ended
    servers.add(running)
    assert shutdown_event() is running
    running.set()
    assert shutdown_event().is_set()
    servers |= {ShutdownEvent(), ShutdownEvent()}
    assert shutdown_event() not in servers
