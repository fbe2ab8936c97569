"""Lines of the access log, which are written without records if nobody can observe those."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from uvicorn.logging import AccessFormatter

from rapide.http11.access_lines import LOGGER, MESSAGE, find_plain_log

from .stage import Stage, request

FORMAT = '%(levelprefix)s %(client_addr)s - "%(request_line)s" %(status_code)s'
CLIENT = "192.0.2.1:50000"
Seen = list[object]


class Log:
    """uvicorn's configuration of the access log, into a file."""

    def __init__(self, stream: Any) -> None:
        self.logger = logging.getLogger(LOGGER)
        self.stream = stream
        self.handler = logging.StreamHandler(stream)
        self.formatter = AccessFormatter(FORMAT, use_colors=False)
        self.handler.setFormatter(self.formatter)
        self.logger.handlers = [self.handler]  # without those of pytest
        self.logger.filters = []
        self.logger.propagate = False
        self.logger.setLevel(logging.INFO)

    def written(self) -> str:
        """Return what the file has, without what is only buffered."""
        return Path(self.stream.name).read_text()

    def is_plain(self) -> bool:
        return find_plain_log(self.logger) is not None


@contextlib.contextmanager
def configured(file: Path) -> Iterator[Log]:
    """Configure the access log, and restore afterwards what is changed in `logging`."""
    logger = logging.getLogger(LOGGER)
    kept, factory = {**vars(logger)}, logging.getLogRecordFactory()
    try:
        with file.open("w") as stream:
            yield Log(stream)
    finally:
        vars(logger).clear()
        vars(logger).update(kept)
        logging.setLogRecordFactory(factory)
        logging.addLevelName(logging.INFO, "INFO")
        logging.disable(logging.NOTSET)  # forgets which levels are enabled, too


@pytest.mark.parametrize("use_colors", [False, True])
def test_a_line_is_that_of_the_formatter_for_every_status(tmp_path: Path, use_colors: bool) -> None:
    with configured(tmp_path / "log") as log:
        log.formatter.use_colors = use_colors
        stage = Stage()
        stage.receive(request("/silent?a=%20b&c"))
        access_log = stage.connection.context.access_log
        expected = []
        for status in range(100, 1000):
            access_log.write(stage.current, CLIENT, status)
            arguments = (CLIENT, "GET", "/silent?a=%20b&c", "1.1", status)
            record = log.logger.makeRecord(LOGGER, logging.INFO, "", 0, MESSAGE, arguments, None)
            expected.append(log.handler.format(record) + "\n")
        stage.loop.run()
        assert log.is_plain()
        assert log.written() == "".join(expected)


def keep(seen: Seen) -> Callable[..., Any]:
    """Return a function that keeps the first lines of what it is called with."""

    def observe(*values: Any, **options: Any) -> bool:
        seen.extend(v.getMessage() for v in values if isinstance(v, logging.LogRecord))
        seen.append(len(values))
        return True

    return observe


class Keeping(logging.Handler):
    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self.seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record.getMessage())


def in_front(owner: Any, name: str, seen: Seen, patch: pytest.MonkeyPatch) -> None:
    """Replace a function, as instrumentation does."""
    original, observe = getattr(owner, name), keep(seen)

    def replacement(*values: Any, **options: Any) -> Any:
        observe(*values)
        return original(*values, **options)

    patch.setattr(owner, name, replacement)


Change = Callable[[Log, Seen, pytest.MonkeyPatch], Any]
CHANGES: dict[str, Change] = {
    "nothing": lambda log, seen, patch: None,
    "a filter of the logger": lambda log, seen, patch: log.logger.addFilter(keep(seen)),
    "a filter of the handler": lambda log, seen, patch: log.handler.addFilter(keep(seen)),
    "another handler": lambda log, seen, patch: log.logger.addHandler(Keeping(seen)),
    "another handler alone": lambda log, seen, patch: setattr(
        log.logger, "handlers", [Keeping(seen)]
    ),
    "a factory": lambda log, seen, patch: logging.setLogRecordFactory(
        lambda *values, **options: (seen.append(values[4]), logging.LogRecord(*values, **options))[
            1
        ]
    ),
    "callHandlers": lambda log, seen, patch: in_front(logging.Logger, "callHandlers", seen, patch),
    "a method of a base": lambda log, seen, patch: in_front(
        logging.Filterer, "filter", seen, patch
    ),
    "emit": lambda log, seen, patch: in_front(logging.StreamHandler, "emit", seen, patch),
    "a format method": lambda log, seen, patch: in_front(
        AccessFormatter, "formatMessage", seen, patch
    ),
    "a method of the logger": lambda log, seen, patch: in_front(log.logger, "info", seen, patch),
    "a method of the handler": lambda log, seen, patch: in_front(
        log.handler, "handle", seen, patch
    ),
    "write": lambda log, seen, patch: in_front(log.stream, "write", seen, patch),
    "flush": lambda log, seen, patch: in_front(log.stream, "flush", seen, patch),
    "another formatter": lambda log, seen, patch: log.handler.setFormatter(
        logging.Formatter("%(name)s %(message)s")
    ),
    "another format": lambda log, seen, patch: setattr(
        log.formatter._style, "_fmt", "%(status_code)s"
    ),
    "colours": lambda log, seen, patch: setattr(log.formatter, "use_colors", True),
    "another end": lambda log, seen, patch: setattr(log.handler, "terminator", "|"),
    "a level": lambda log, seen, patch: log.logger.setLevel(logging.WARNING),
    "a level of the handler": lambda log, seen, patch: log.handler.setLevel(logging.WARNING),
    "all levels disabled": lambda log, seen, patch: logging.disable(logging.INFO),
    "the logger disabled": lambda log, seen, patch: setattr(log.logger, "disabled", True),
    "a name of the level": lambda log, seen, patch: logging.addLevelName(logging.INFO, "NOTE"),
    "another class": lambda log, seen, patch: setattr(
        log.handler, "__class__", type("Own", (logging.StreamHandler,), {"emit": keep(seen)})
    ),
    "another stream": lambda log, seen, patch: (
        seen.append(stream := io.StringIO()),
        log.handler.setStream(stream),
    ),
}


def outcome(file: Path, change: Change, write: Callable[[Log], Callable[[], None]]) -> Any:
    """Return what is observed and written if something changes between two lines."""
    seen: Seen = []
    with configured(file) as log, pytest.MonkeyPatch.context() as patch:
        write_one = write(log)
        write_one()
        change(log, seen, patch)
        write_one()
        patch.undo()
        written = log.written()
    return [s.getvalue() if isinstance(s, io.StringIO) else s for s in seen], written


@pytest.mark.parametrize("name", CHANGES)
def test_whoever_can_observe_a_record_does_from_the_next_line_on(name: str, tmp_path: Path) -> None:
    def ours(log: Log) -> Callable[[], None]:
        assert log.is_plain()
        stage = Stage()
        return lambda: stage.receive(request("/hello"))

    def expected(log: Log) -> Callable[[], None]:
        return lambda: log.logger.info(MESSAGE, CLIENT, "GET", "/hello", "1.1", 200)

    change = CHANGES[name]
    assert outcome(tmp_path / "log", change, ours) == outcome(tmp_path / "log", change, expected)


def test_the_lines_of_one_turn_leave_together_and_in_their_order(tmp_path: Path) -> None:
    with configured(tmp_path / "log") as log:
        stage = Stage()
        stage.connection.data_received(request("/static"))
        log.stream.write("printed\n")
        stage.connection.data_received(request("/static?2"))
        assert log.written() == ""
        stage.loop.run()
        first, printed, second = log.written().splitlines()
        assert (printed, first[-31:], second[-7:]) == (
            "printed",
            '- "GET /static HTTP/1.1" 200 OK',
            " 200 OK",
        )
        stage.connection.data_received(request("/static"))
        log.logger.warning(MESSAGE, CLIENT, "GET", "/warned", "1.1", 400)
        assert len(log.written().splitlines()) == 5
        for _ in range(100):
            stage.connection.data_received(request("/static"))
        assert len(log.written()) > 4096  # few enough at once for a pipe
        stage.connection.shutdown()
        assert len(log.written().splitlines()) == 105


def test_each_line_leaves_at_once_if_the_other_streams_go_to_the_same_file(tmp_path: Path) -> None:
    with configured(tmp_path / "log") as log, os.fdopen(os.dup(2), "w") as stream:
        log.handler.setStream(stream)
        found = find_plain_log(log.logger)
        assert found is not None
        assert not found.is_batched


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_does_not_repeat_lines(tmp_path: Path) -> None:
    with configured(tmp_path / "log") as log:
        stage = Stage()
        stage.connection.data_received(request("/static"))
        child = os.fork()
        if not child:
            log.stream.flush()
            os._exit(0)
        os.waitpid(child, 0)
        stage.loop.run()
        assert len(log.written().splitlines()) == 1


def test_a_line_that_cannot_be_encoded_or_written_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with configured(tmp_path / "log") as log:

        def reports() -> list[str]:
            lines = capsys.readouterr().err.splitlines()
            return [
                line for line in lines if line.startswith(("Arguments", "UnicodeEnc", "BrokenPipe"))
            ]

        stage = Stage()
        stage.receive(request("/hello"))
        log.stream.reconfigure(encoding="ascii")
        stage.receive(request("/silent"))
        access_log = stage.connection.context.access_log
        access_log.write(stage.current, "\xe9", 200)
        assert [report.partition(" ")[0] for report in reports()] == [
            "UnicodeEncodeError:",
            "Arguments:",
        ]

        reading, writing = os.pipe()
        os.close(reading)
        with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "w") as stream:
            log.handler.setStream(stream)
            for status in (200, 201):
                access_log.write(stage.current, "a", status)
            stage.loop.run()
            access_log.write(stage.current, "a", 202)
            arguments = [f"Arguments: ('a', 'GET', '/silent', '1.1', {n})" for n in (200, 201, 202)]
            assert reports() == [
                line for n in arguments for line in ("BrokenPipeError: [Errno 32] Broken pipe", n)
            ]
