"""Conversations over TLS, where a half of a connection cannot be closed alone."""

import ssl

import pytest

from tests.examples.deployed import make_certificate

from .application import build
from .client import Connection, parse_answers
from .requests import SECOND, chunked, get, post


@pytest.fixture
def secure(serve_ours, tmp_path):
    """Serve with a certificate, and connect to it."""
    make_certificate(tmp_path, "localhost")
    files = {
        "ssl_keyfile": str(tmp_path / "key.pem"),
        "ssl_certfile": str(tmp_path / "certificate.pem"),
    }
    running = serve_ours(build, **files, timeout_keep_alive=600)
    trusting = ssl.create_default_context(cafile=tmp_path / "certificate.pem")

    def connect():
        client = Connection(running.port)
        client.socket = trusting.wrap_socket(client.socket, server_hostname="localhost")
        return client

    return running, connect


def test_requests_are_answered_in_order_and_the_scheme_is_known(secure):
    running, connect = secure
    with connect() as client:
        client.send(get(target=b"/slow") + get(target=b"/where") + SECOND)
        answers = parse_answers(client.rest())
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert answers[1].body == b'["https://a/where","a"]'
    assert running.log == ["slow", "where", "second"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\xff garbage\r\n\r\n", 400),
        (chunked(b"z\r\n"), 400),
        (get(b"X: " + b"a" * 70_000), 431),
        (post(b"Content-Length: 1000000", target=b"/unread"), 200),
    ],
    ids=["garbage", "chunk", "431", "unread"],
)
def test_the_last_answer_is_readable_though_input_is_unread(secure, data, status):
    _, connect = secure
    with connect() as client:
        client.send(data)
        client.send(b"a" * 100_000)
        assert client.answer().status == status


def test_who_does_not_speak_tls_is_closed_and_others_are_served(secure):
    running, connect = secure
    with Connection(running.port) as plain:
        plain.send(get())
        assert b"HTTP/1.1" not in plain.rest()
    with connect() as client:
        client.send(SECOND)
        assert client.answer().status == 200
    running.wait_for(lambda: running.connections == 0)


def test_clients_may_leave_without_a_farewell(secure):
    running, connect = secure
    with connect() as client:
        client.send(get(target=b"/slow"))
        client.reset()
    running.wait_for(lambda: running.connections == 0 and running.tasks == 0)


def test_a_connection_that_idles_is_closed_at_shutdown(secure):
    running, connect = secure
    with connect() as client:
        client.send(get())
        assert client.answer().status == 200
        running.begin_shutdown()
        assert client.rest() == b""
    running.ended.result(10)
