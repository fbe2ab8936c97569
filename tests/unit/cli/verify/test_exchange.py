"""Sending a request over a socket, to servers that behave and servers that do not."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from rapide.cli.verify.exchange import Answer, Request, send

Asked = Callable[..., tuple[Answer, list[bytes]]]


@contextmanager
def server(*pieces: bytes, hold: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """Answer one connection with these pieces, whatever it sends; then close, or hold it open."""
    received: list[bytes] = []
    done = threading.Event()

    def answer() -> None:
        with listener, suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                received.append(connection.recv(65536))
                for piece in pieces:
                    connection.sendall(piece)
                if hold:
                    done.wait(10)

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], received
    finally:
        done.set()
        thread.join(10)


@pytest.fixture
def asked() -> Iterator[Asked]:
    """Send a request to a server that answers with these pieces."""
    with ExitStack() as stack:

        def asked(
            *pieces: bytes,
            request: Request = Request("GET", "/"),
            timeout: float = 5,
            hold: bool = False,
        ) -> tuple[Answer, list[bytes]]:
            port, received = stack.enter_context(server(*pieces, hold=hold))
            return send(port, request, timeout), received

        yield asked


def test_status_headers_and_body_come_back(
    asked: Asked,
) -> None:
    answer, _ = asked(b"HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\nab")
    headers = (("x-a", "1"), ("x-a", "2"), ("content-length", "2"))
    assert answer == Answer(201, headers, b"ab")


def test_the_request_is_sent_as_it_is(asked: Asked) -> None:
    headers = (("X-A", "1"), ("x-a", "é"), ("Content-Length", "99"), ("X-C", "中"))
    _, received = asked(
        b"HTTP/1.1 204 No Content\r\n\r\n", request=Request("QUERY", "/a%20b?c", headers, b"body")
    )
    head, _, rest = received[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"QUERY /a%20b?c HTTP/1.1",
        b"Host: localhost",
        b"X-A: 1",
        b"x-a: \xe9",
        "X-C: 中".encode(),
        b"Content-Length: 4",
    ]
    assert rest in {b"", b"body"}


def test_a_host_that_is_given_is_sent(asked: Asked) -> None:
    request = Request("GET", "/", (("host", "example.org"),))
    _, received = asked(b"HTTP/1.1 204 No Content\r\n\r\n", request=request)
    assert received[0].lower().count(b"host:") == 1


def test_a_server_that_never_answers_is_left(
    asked: Asked,
) -> None:
    answer, _ = asked(hold=True, timeout=0.2)
    assert answer == Answer(None, failure="no answer within 0.2 s")


def test_a_body_without_an_end_is_unfinished(
    asked: Asked,
) -> None:
    answer, _ = asked(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", hold=True, timeout=0.2)
    assert (answer.body, answer.unfinished, answer.failure) == (b"ab", True, "")


def test_an_event_stream_is_read_for_a_short_time(
    asked: Asked,
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    answer, _ = asked(head + b"data: 1\n\n", hold=True, timeout=60)
    assert (answer.body, answer.unfinished) == (b"data: 1\n\n", True)


def test_a_connection_that_closes_gives_no_answer(
    asked: Asked,
) -> None:
    answer, _ = asked()
    assert answer == Answer(None, failure="no answer: RemoteDisconnected")


def test_a_body_that_breaks_off_is_told(asked: Asked) -> None:
    answer, _ = asked(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
    assert answer.status == 200
    assert answer.failure.startswith("the body breaks off: ")


def test_nobody_at_the_port_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert send(port, Request("GET", "/"), 1).failure == "no answer: ConnectionRefusedError"


def test_what_http_cannot_say_is_not_sent(
    asked: Asked,
) -> None:
    answer, _ = asked(request=Request("GET", "/", (("x", "a\r\nb"),)))
    assert answer.failure.startswith("cannot be sent: ")


def test_a_slow_server_does_not_prolong_the_deadline() -> None:
    """Each piece comes in time, and the whole does not."""
    done = threading.Event()

    def trickle() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
            while not done.is_set():
                connection.sendall(b"x")
                time.sleep(0.01)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        answer = send(listener.getsockname()[1], Request("GET", "/"), 0.2)
        done.set()
        thread.join(10)
    assert answer.unfinished


class TestVariables:
    def test_values_of_earlier_answers_are_filled_in(self) -> None:
        request = Request(
            "POST", "/a/${id}?b=${id}", (("X", "Bearer ${token}"),), b'{"a": "${id}"}'
        )
        filled = request.filled({"id": "a/b", "token": "t"})
        assert filled.target == "/a/a%2Fb?b=a%2Fb"
        assert filled.headers == (("X", "Bearer t"),)
        assert filled.body == b'{"a": "a/b"}'

    def test_what_has_no_value_stays(self) -> None:
        request = Request("GET", "/${a}", (), b"\xff${b}")
        assert request.filled({"c": "1"}) == request

    @pytest.mark.parametrize(
        ("place", "value"),
        [("a.1.b", "x"), ("n", "1"), ("a.9", None), ("a.b", None), ("n.x", None), ("", None)],
    )
    def test_a_place_in_a_json_answer_has_a_value(self, place: str, value: str | None) -> None:
        answer = Answer(200, (), b'{"a": [0, {"b": "x"}], "n": 1}')
        assert answer.value_at(place) == value

    def test_an_answer_that_is_no_json_has_no_value(self) -> None:
        assert Answer(200, (), b"<html>").value_at("a") is None


def test_headers_take_the_place_of_those_of_the_same_name() -> None:
    request = Request("GET", "/", (("Accept", "a"), ("X", "1")))
    assert request.with_headers([("accept", "b"), ("accept", "c")]).headers == (
        ("X", "1"),
        ("accept", "b"),
        ("accept", "c"),
    )
