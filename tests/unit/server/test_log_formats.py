"""Lines of the log as JSON, and lines of the access log in formats of the operator's."""

import json
import logging
import sys
from typing import Any

import pytest

from rapide.server.log_formats import FIELDS, AccessFormatter, JsonFormatter, UnknownField
from rapide.server.log_lines import Facts, line_of

REQUEST = {
    "client": "192.0.2.1:5",
    "method": "GET",
    "path": "/a",
    "query": "b=1",
    "http_version": "1.1",
    "status": 200,
    "seconds": 1.25,
    "bytes": 0,
    "route": "/{x}",
    "request_headers": [(b"user-agent", b'curl "8"\x1b'), (b"x-a", b"1"), (b"x-a", b"2")],
}


def record(message: str = "m", *arguments: object, **attributes: Any) -> logging.LogRecord:
    made = logging.LogRecord("shop", logging.INFO, "f.py", 1, message, arguments, None)
    vars(made).update(attributes)
    return made


@pytest.mark.parametrize(
    ("format", "line"),
    [
        ('%(h)s %(l)s "%(r)s" %(s)s %(b)s', '192.0.2.1 - "GET /a?b=1 HTTP/1.1" 200 -'),
        (
            "%(client)s %(method)s %(target)s %(status)s %(reason)s",
            "192.0.2.1:5 GET /a?b=1 200 OK",
        ),
        ("%(T)s %(M)s %(D)s %(L)s %(seconds)s", "1 1250 1250000 1.250000 1.250000"),
        ("%({X-A}i)s %({x-b}i)s %(a)s", '1, 2 - curl \\"8\\"\\x1b'),
        ("100%% %(route)s %(request_id)s", "100% /{x} -"),
        ("no field", "no field"),
    ],
)
def test_a_format_has_fields_of_gunicorn_and_readable_ones(format: str, line: str) -> None:
    assert AccessFormatter(format).format(record(**REQUEST)) == line


def test_every_field_has_a_value_for_every_request() -> None:
    format = " ".join(f"%({name})s" for name in FIELDS)
    assert AccessFormatter(format).format(record(**REQUEST))
    bare = REQUEST | {"client": "", "route": None, "query": "", "status": 799}
    assert AccessFormatter(format).format(record(**bare))
    assert AccessFormatter("combined").format(record(**bare)).startswith("- - - [")


def test_a_record_without_a_request_is_its_message() -> None:
    assert AccessFormatter("%(s)s").format(record('"WebSocket /" [%s]', "open")) == (
        '"WebSocket /" [open]'
    )


@pytest.mark.parametrize("format", ["%(stauts)s", "%s", "100%", "%(status)d", "%({a}o)s"])
def test_an_unknown_field_is_an_error(format: str) -> None:
    with pytest.raises(UnknownField, match="field"):
        AccessFormatter(format)


def test_a_json_line_has_the_extras_of_a_record_and_texts_of_exceptions() -> None:
    try:
        raise ValueError("no\nbooks")
    except ValueError:
        made = record("two\nlines %d\n", 7, exc_info=sys.exc_info(), request_id="r", book={1})
    text = JsonFormatter().format(made)
    line = json.loads(text)
    assert "\n" not in text
    assert (line["message"], line["request_id"], line["book"]) == ("two\nlines 7", "r", "{1}")
    assert line["exception"].endswith("ValueError: no\nbooks")
    assert (line["level"], line["logger"], line["pid"]) == ("INFO", "shop", made.process)
    assert JsonFormatter().format(record("m", odd={(1, 2): 3})).endswith('{(1, 2): 3}"}')


def test_lines_about_processes_look_like_those_of_the_log() -> None:
    made = record("up", created=0.5, event="ready")
    made.name = "rapide.supervisor"
    logged = json.loads(JsonFormatter().format(made))
    facts: Facts = {"event": "ready"}
    line = line_of(True, 0.5, "INFO", made.name, "up", facts)
    assert json.loads(line) == logged
    assert logged["time"] == "1970-01-01T00:00:00.500Z"
    assert line_of(False, 0.5, "INFO", made.name, "up", facts) == "INFO:     up"
