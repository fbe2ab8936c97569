"""The parts of the soak. Each gives rows for the table, and says whether it held."""

import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.soak.clients import (
    Load,
    connect,
    fetch,
    percentile,
    probe,
    request,
    reset,
    slow_readers,
    slow_senders,
)
from tests.wire.process import Process

APP = "benchmarks.soak.app:build"
ITEM = b'{"name": "Emma", "price": 3.5}'
JSON = "Content-Type: application/json"

MIX = [
    request("/json") * 8,
    request("/items/7?q=3") * 4,
    request("/items", JSON, method="POST", body=ITEM) * 4,
    request("/sync"),
    request("/json"),
]


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    part: str
    what: str
    value: str
    #: Whether it is as it must be; `None` where nothing is demanded.
    holds: bool | None = None


def many_requests(transport: str, total: int) -> Iterator[Row]:
    """A load for a long time: nothing is lost, and the memory does not grow."""
    with running(transport) as server:
        samples: list[tuple[int, int]] = []
        load = Load(server.port, MIX)
        began = time.monotonic()
        load.run(
            total,
            lambda count: samples.append((count, server.memory())),
            every=max(1, total // 40),
        )
        seconds = time.monotonic() - began
        slope = growth(samples[len(samples) // 4 :])
        yield Row("load", "requests", f"{load.sent:,} in {seconds:.0f} s")
        lost = load.sent - load.answered
        yield Row("load", "lost", str(lost), lost == 0)
        yield Row("load", "answers other than 200", str(load.wrong), load.wrong == 0)
        yield Row(
            "load",
            "memory",
            f"{samples[0][1] / 1024:.1f} MiB, at the end {samples[-1][1] / 1024:.1f} MiB",
        )
        # A leak of one small object per request would be 50,000 KiB and more per million.
        yield Row("load", "growth per million requests", f"{slope * 1e6:,.0f} KiB", slope < 0.005)
        yield clean("load", server)


def growth(samples: list[tuple[int, int]]) -> float:
    """The slope of a straight line through samples, in KiB per request."""
    if len(samples) < 2:
        return 0.0
    middle = sum(x for x, _ in samples) / len(samples)
    mean = sum(y for _, y in samples) / len(samples)
    square = sum((x - middle) ** 2 for x, _ in samples)
    return sum((x - middle) * (y - mean) for x, y in samples) / square


#: What a client has sent when it leaves, and how much of an answer it has waited for.
LEAVING = {
    "after connecting": (b"", 0),
    "in the first line": (b"GET /js", 0),
    "in a header": (request("/json")[:-6], 0),
    "in a body": (request("/items", JSON, "Content-Length: 100", method="POST") + b'{"na', 0),
    "in a chunk": (
        request("/items", JSON, "Transfer-Encoding: chunked", method="POST") + b'20\r\n{"na',
        0,
    ),
    "while a handler waits": (request("/wait?seconds=0.05"), 0),
    "while a thread works": (request("/block?seconds=0.002"), 0),
    "before the answer": (request("/json"), 0),
    "in a stream": (request("/stream"), 1000),
    "in a big answer": (request("/big"), 1000),
    "with more requests queued": (request("/wait?seconds=0.02") + request("/big") * 5, 0),
    "after an error": (request("/boom") + b"\xff\xff", 10),
    "after an answer": (request("/json"), 10),
}


def disconnects(transport: str, total: int) -> Iterator[Row]:
    """Clients that leave at every phase: nothing of them stays."""
    with running(transport) as server:
        for _ in range(50):
            fetch(server.port, "/sync")
        before, memory = fetch(server.port, "/state"), server.memory()
        ways = itertools.cycle(itertools.product(LEAVING.values(), (True, False)))
        for (data, awaited), by_reset in itertools.islice(ways, total):
            connection = connect(server.port)
            try:
                connection.sendall(data)
                if awaited:
                    connection.recv(awaited)
            except OSError:
                pass
            (reset if by_reset else type(connection).close)(connection)
        after = settled(server, before)
        yield Row("disconnects", "clients that left", f"{total:,} at {len(LEAVING)} phases")
        for what in ("tasks", "files", "threads"):
            left = after[what] - before[what]
            # anyio's and our worker threads stay for the next request.
            holds = left <= (40 if what == "threads" else 0)
            yield Row("disconnects", f"{what} left", str(max(0, left)), holds)
        grown = server.memory() - memory
        yield Row("disconnects", "memory", f"+{grown / 1024:.1f} MiB", grown < 50_000)
        yield clean("disconnects", server, "ValueError: boom")


def settled(server: Process, wanted: dict[str, int]) -> dict[str, int]:
    """What is left once all has had time to end."""
    state: dict[str, int] = {}
    for _ in range(100):
        state = fetch(server.port, "/state")
        if state["tasks"] <= wanted["tasks"] and state["files"] <= wanted["files"]:
            break
        time.sleep(0.1)
    return state


def shutdowns(transport: str, times: int) -> Iterator[Row]:
    """SIGTERM under load: what has been begun is answered."""
    begun = answered = unanswered = behind = 0
    statuses = set()
    for number in range(times):
        server = Process(transport, APP, log_level="error", access_log=False)
        fetch(server.port, "/state")  # It serves.
        pipelined = request("/work") * (1 + number % 3)
        load = Load(server.port, [pipelined, request("/json")], connections=40, stops=True)
        timer = threading.Timer(0.2 + 0.01 * (number % 10), server.terminate)
        timer.start()
        load.run(10_000_000)
        timer.join()
        statuses.add(server.stop())
        begun += int(server.log().partition("begun=")[2].split()[0])
        answered, behind = answered + load.answered, behind + load.behind_close
        unanswered += load.unanswered
        server.output.close()
    yield Row("SIGTERM", "shutdowns under load", f"{times}, exit status {sorted(statuses)}")
    yield Row("SIGTERM", "requests answered", f"{answered:,}")
    yield Row("SIGTERM", "begun and not answered", str(begun - answered), begun == answered)
    yield Row("SIGTERM", "closed without an answer or a word", str(unanswered), unanswered == 0)
    # SPEC: RFC 9112, 9.6: what follows an answer with `Connection: close` may be sent again.
    yield Row("SIGTERM", "pipelined behind an answer that said close", str(behind))


def slow_clients(transport: str, count: int) -> Iterator[Row]:
    """Slow senders and readers: the others do not wait, and the memory stays."""
    requests = 2000
    with running(transport) as server:
        alone = percentile(probe(server.port, "/json", requests), 0.99)
        before = server.memory()
        with slow_senders(server.port, count) as senders, slow_readers(server.port, count) as rest:
            ended = threading.Event()

            def creep() -> None:
                while not ended.wait(0.1):
                    senders.step()
                    rest.step()

            thread = threading.Thread(target=creep)
            thread.start()
            among = percentile(probe(server.port, "/json", requests), 0.99)
            time.sleep(2)
            memory = server.memory() - before
            ended.set()
            thread.join()
        yield Row("slow clients", "senders and readers", f"{count} each")
        yield Row("slow clients", "p99 of others, alone", f"{alone:.2f} ms")
        yield Row("slow clients", "p99 of others, among them", f"{among:.2f} ms")
        each = memory / (2 * count)
        yield Row("slow clients", "memory per slow client", f"{each:.0f} KiB", each < 300)
        state = settled(server, {"tasks": 5, "files": 20})
        yield Row("slow clients", "tasks left", str(state["tasks"]), state["tasks"] <= 5)
        yield clean("slow clients", server)


def exceptions(transport: str, count: int) -> Iterator[Row]:
    """A storm of unhandled exceptions."""
    with running(transport) as server:
        storm = Load(server.port, [request("/boom") * 4], expected=b"HTTP/1.1 500 ")
        storm.run(count // 4)
        before = server.memory()
        samples: list[tuple[int, int]] = []
        storm.run(count, lambda n: samples.append((n, server.memory())), every=count // 20)
        time.sleep(1)  # The log's line follows the answer.
        logged = server.log().count("ValueError: boom")
        yield Row("exceptions", "requests that raise", f"{storm.sent:,}")
        lost = storm.sent - storm.answered
        yield Row("exceptions", "lost", str(lost), lost == 0)
        yield Row("exceptions", "answers other than 500", str(storm.wrong), storm.wrong == 0)
        yield Row("exceptions", "not logged", str(storm.sent - logged), storm.sent == logged)
        grown = server.memory() - before
        yield Row("exceptions", "memory", f"+{grown / 1024:.1f} MiB", grown < 20_000)


def threads(transport: str, count: int) -> Iterator[Row]:
    """More blocking calls than there are worker threads."""
    with running(transport) as server:
        alone = percentile(probe(server.port, "/json", 500), 0.99)
        blocking = Load(server.port, [request("/block?seconds=0.1")], connections=count)
        worker = threading.Thread(target=blocking.run, args=(count * 4,))
        worker.start()
        among = percentile(probe(server.port, "/json", 500), 0.99)
        most = server.threads()
        worker.join()
        yield Row("threads", "blocking calls at once", str(count))
        lost = blocking.sent - blocking.answered
        yield Row("threads", "lost", str(lost), lost == 0)
        yield Row("threads", "threads of the process", str(most), most < 60)
        yield Row("threads", "p99 of others, alone", f"{alone:.2f} ms")
        yield Row("threads", "p99 of others, meanwhile", f"{among:.2f} ms")
        yield clean("threads", server)


class running:
    """A server for the length of a block."""

    def __init__(self, transport: str) -> None:
        self.server = Process(transport, APP, log_level="warning", access_log=False)

    def __enter__(self) -> Process:
        return self.server

    def __exit__(self, *_: object) -> None:
        self.server.close()


def clean(part: str, server: Process, expected: str = "") -> Row:
    """Whether the log has no other traceback than those expected."""
    log = server.log()
    count = log.count("Traceback (most recent call last)")
    if expected:
        count -= log.count(expected)
    return Row(part, "unexpected tracebacks", str(count), count == 0)
