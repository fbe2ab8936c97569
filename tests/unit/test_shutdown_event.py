"""The event that says that the server stops."""

from __future__ import annotations

import asyncio

import pytest

from rapide import shutdown
from rapide.shutdown import ShutdownEvent, shutdown_event


@pytest.mark.anyio
async def test_those_who_wait_are_woken_and_closed_event_loops_do_no_harm() -> None:
    event = ShutdownEvent()
    other = asyncio.new_event_loop()
    left = event.wait()
    waits = asyncio.create_task(event.wait())
    await asyncio.sleep(0)

    def wait_and_close() -> None:
        task = other.create_task(left)
        other.call_soon(other.stop)
        other.run_forever()
        assert not task.done()
        other.close()

    await asyncio.to_thread(wait_and_close)
    event.set()
    await asyncio.wait_for(waits, 10)
    assert event.is_set()
    left.close()


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
