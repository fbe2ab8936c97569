"""Whatever comes, the server goes on, says nothing odd in its log, and serves the others."""

import random
import re
import threading

import pytest

from .application import build
from .cases import CASES
from .client import Connection, Conversation, converse
from .requests import SECOND, get


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes_leave_no_trace_in_the_log(serve_ours, seed):
    running = serve_ours(build, log_level="warning")
    chance = random.Random(seed)
    samples = [case.data for case in CASES if len(case.data) < 2000]
    conversations = [
        Conversation([disturb(chance, chance.choice(samples)), SECOND]) for _ in range(300)
    ]
    conversations += [Conversation([chance.randbytes(chance.randrange(1, 300))]) for _ in range(50)]
    converse(running.port, conversations, running.thread.settle)
    for conversation in conversations:
        for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", conversation.received):
            assert int(status) < 500 or status in (b"501", b"505"), conversation
    running.wait_for(lambda: running.connections == 0 and running.tasks == 0)
    assert running.troubles() == []


def disturb(chance, data):
    """Change a few bytes."""
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(changed))
        match chance.randrange(4):
            case 0:
                changed[place] = chance.randrange(256)
            case 1:
                del changed[place : place + chance.randrange(1, 10)]
            case 2:
                changed[place:place] = chance.choice([b"\r\n", b"\x00", b" ", b"\n", b":", b","])
            case _:
                piece = bytes(changed[place : place + chance.randrange(1, 30)])
                changed[place:place] = piece
        changed = changed or bytearray(b"x")
    return bytes(changed)


def test_a_connection_that_pipelines_without_end_does_not_starve_others(serve_ours):
    running = serve_ours(build, log_level="warning")
    running.log.clear()
    requests = 30_000
    with Connection(running.port) as greedy:
        sender = threading.Thread(target=greedy.send, args=(get() * requests,), daemon=True)
        reader = threading.Thread(target=drain, args=(greedy,), daemon=True)
        sender.start()
        reader.start()
        running.wait_for(lambda: len(running.log) > 100)
        with Connection(running.port) as modest:
            for _ in range(20):
                assert modest.get("/second").status == 200
        # The modest client was served while most of the greedy one's requests still waited.
        assert running.log.count("first") < requests
        greedy.reset()
        sender.join(10)
        reader.join(10)
    running.wait_for(lambda: running.connections == 0)


def drain(client):
    try:
        while client.socket.recv(262144):
            pass
    except OSError:
        pass


def test_many_connections_that_say_nothing_do_not_disturb(serve_ours):
    running = serve_ours(build)
    silent = [Connection(running.port) for _ in range(300)]
    with Connection(running.port) as client:
        assert client.get("/second").status == 200
    for connection in silent:
        connection.close()
    running.wait_for(lambda: running.connections == 0)
