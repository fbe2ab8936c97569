import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from benchmarks.paced import Broken, Generator, Task, complete_length, wire
from benchmarks.works import Request

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@contextmanager
def server(answers: Iterator[bytes], stall_at: int = -1, stall: float = 0) -> Iterator[int]:
    """A server of one connection, which sleeps once before it answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for number, answer in enumerate(answers):
                    if not connection.recv(65536):
                        return
                    if number == stall_at:
                        time.sleep(stall)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def run(port: int) -> Generator:
    """150 requests: 50 to begin with, which are not reported, and 100 in half a second."""
    task = Task(port, wire(Request("/"), port), 200, rate=200, seconds=0.5, connections=1)
    with closing(Generator(task)) as generator:
        generator.run()
        return generator


def repeated(answer: bytes) -> Iterator[bytes]:
    while True:
        yield answer


def test_a_stall_counts_for_every_request_that_was_due_in_it() -> None:
    # 200 a second: about 80 of the 150 are due while nothing is answered, though only one was sent.
    with server(repeated(OK), stall_at=60, stall=0.4) as port:
        latencies = run(port).latencies
    assert len(latencies) == 150
    assert sum(latency > 0.1 for latency in latencies) >= 40


def test_a_wrong_status_is_an_error() -> None:
    answer = b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"
    with server(iter([answer])) as port, pytest.raises(Broken, match="unexpected answer"):
        run(port)


def test_an_answer_of_another_length_is_an_error() -> None:
    answers = iter([OK, OK + b"!"])
    with server(answers) as port, pytest.raises(Broken, match="bytes instead of"):
        run(port)


@pytest.mark.parametrize(
    ("answer", "length"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-le", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", 40),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n", None),
        (b"HTTP/1.1 200 OK\r\n\r\n2\r\nok\r\n0\r\n\r\n", 31),
    ],
)
def test_the_length_of_an_answer_is_known_from_its_head_or_its_end(
    answer: bytes, length: int | None
) -> None:
    assert complete_length(answer) == length


def test_a_request_on_the_wire_has_host_headers_and_length() -> None:
    sent = wire(Request("/x?a=1", "POST", {"x-user": "7"}, b"{}"), 80)
    assert sent == (
        b"POST /x?a=1 HTTP/1.1\r\nhost: 127.0.0.1:80\r\nx-user: 7\r\ncontent-length: 2\r\n\r\n{}"
    )
