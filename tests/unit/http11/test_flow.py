"""Output and flow control of a connection, with a transport that keeps what is written."""

from rapide.http11.flow import Flow

from .stage import Loop, Transport


def made() -> tuple[Loop, Transport, Flow]:
    loop, transport = Loop(), Transport()
    flow = Flow(loop)
    flow.attach(transport)
    return loop, transport, flow


def test_a_head_leaves_with_what_follows_in_the_same_turn():
    loop, transport, flow = made()
    flow.buffer_head(b"head ")
    flow.write(b"body")
    loop.run()
    assert transport.writes == [b"head body"]


def test_a_head_leaves_alone_if_nothing_follows():
    loop, transport, flow = made()
    flow.buffer_head(b"head")
    assert transport.writes == []
    loop.run()
    assert transport.writes == [b"head"]


def test_a_dropped_head_is_not_sent():
    loop, transport, flow = made()
    flow.buffer_head(b"head")
    flow.drop()
    loop.run()
    assert transport.writes == []


def test_writers_wait_until_the_client_has_read():
    loop, _, flow = made()
    flow.pause_writing()
    waiters = [flow.drained(), flow.drained()]
    waiters[0].cancel()
    loop.run()
    assert flow.write_paused
    assert not waiters[1].done()
    flow.resume_writing()
    assert waiters[1].done()
    assert not flow.write_paused


def test_reading_is_paused_and_resumed_once():
    _, transport, flow = made()
    asked = []
    transport.pause_reading = lambda: asked.append("pause")
    transport.resume_reading = lambda: asked.append("resume")
    for step in (flow.resume_reading, *[flow.pause_reading] * 2, *[flow.resume_reading] * 2):
        step()
    assert asked == ["pause", "resume"]
    flow.pause_reading()
    transport.close()
    flow.resume_reading()
    flow.pause_reading()
    assert asked == ["pause", "resume", "pause"]
