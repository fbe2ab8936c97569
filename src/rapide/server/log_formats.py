"""Formatters of log lines: JSON, and the access log in a format of the operator's."""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from rapide.server.log_lines import time_text
from rapide.server.request_ids import KEY, NOBODY, REQUEST_ID

#: The attributes of every record, and those that are not for readers.
_USUAL: Final = frozenset(
    {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "color_message"}
)
#: The attribute with the header fields of a request.
HEADERS: Final = "request_headers"
_NOT_SHOWN: Final = _USUAL | {HEADERS, KEY}
#: Formats that have a name of their own.
NAMED_FORMATS: Final = {
    "common": '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s',
    "combined": '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"',
}
_FIELD: Final = re.compile(r"%(?:(%)|\(([^()]*)\)s)")
_HEADER: Final = re.compile(r"\{([!#$%&'*+.^_`|~0-9A-Za-z-]+)\}i")
#: What would end a line, a quotation, or hide what stands before it.
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f-\x9f"\\\u2028\u2029]')


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message, and what else a record has.

    `exception` and `stack` are texts. Attributes that code has given with `extra` are keys of the
    same names. Lines of the access log have the keys of `AccessFormatter`.
    """

    def __init__(self) -> None:
        super().__init__()

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line: dict[str, Any] = {
            "time": time_text(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage().rstrip("\n"),
            "pid": record.process,
        }
        request_id = getattr(record, KEY, NOBODY)
        if request_id == NOBODY:
            request_id = REQUEST_ID.get() or NOBODY
        if request_id != NOBODY:
            line[KEY] = request_id
        for name, value in vars(record).items():
            if name not in _NOT_SHOWN:
                line.setdefault(name, value)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        elif record.exc_text:
            line["exception"] = record.exc_text
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        return _as_json(line)


def _as_json(line: dict[str, Any]) -> str:
    try:
        return json.dumps(line, default=str, ensure_ascii=False)
    except (TypeError, ValueError):  # keys that are no texts, or objects that contain themselves
        return json.dumps({name: str(value) for name, value in line.items()}, ensure_ascii=False)


class UnknownField(ValueError):
    """A format has a field that there is not."""


class AccessFormatter(logging.Formatter):
    """Lines of the access log in a format such as `%(client)s "%(r)s" %(status)s %(seconds)s`.

    Args:
        format: The format, or the name of one.

    Raises:
        UnknownField: The format has a field that there is not.
    """

    def __init__(self, format: str) -> None:
        super().__init__()
        self._template, self._fields = compile_format(format)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record; of a record without a request its message."""
        if not hasattr(record, "status"):
            return record.getMessage()
        return self._template % tuple(_safe(field(record)) for field in self._fields)


def compile_format(format: str) -> tuple[str, list[Callable[[Any], object]]]:
    """Return a template for the `%` operator, and the functions that fill it.

    Raises:
        UnknownField: The format has a field that there is not.
    """
    fields = []
    template, start = [], 0
    format = NAMED_FORMATS.get(format, format)
    for match in _FIELD.finditer(format):
        template.append(_literal(format[start : match.start()]))
        start = match.end()
        if match[1]:
            template.append("%%")
        else:
            template.append("%s")
            fields.append(_field(match[2]))
    template.append(_literal(format[start:]))
    return "".join(template), fields


def _literal(text: str) -> str:
    if "%" in text:
        raise UnknownField(f"{text[text.index('%') :][:20]!r} is not a field: %(status)s is one")
    return text


def _field(name: str) -> Callable[[Any], object]:
    if (header := _HEADER.fullmatch(name)) is not None:
        return _header(header[1])
    found = FIELDS.get(name)
    if found is None:
        names = ", ".join(sorted(key for key in FIELDS if len(key) > 1))
        raise UnknownField(f"there is no field {name!r}; there are {names}, {{header}}i")
    return found


def _safe(value: object) -> str:
    text = str(value)
    if _UNSAFE.search(text) is None:
        return text
    return _UNSAFE.sub(lambda match: "\\" + _escaped(match[0]), text)


def _escaped(character: str) -> str:
    if character in '"\\':
        return character
    code = ord(character)
    return f"x{code:02x}" if code < 0x100 else f"u{code:04x}"


def _header(name: str) -> Callable[[Any], object]:
    """Return what reads a header field of the request."""
    wanted = name.lower().encode("ascii")

    def read(record: Any) -> str:
        fields = getattr(record, HEADERS, ())
        values = [value.decode("latin-1") for key, value in fields if key == wanted]
        return ", ".join(values) or "-"

    return read


def _attribute(name: str) -> Callable[[Any], object]:
    def read(record: Any) -> object:
        value = getattr(record, name, None)
        return "-" if value is None or value == "" else value

    return read


def _local_time(record: Any) -> str:
    return time.strftime("[%d/%b/%Y:%H:%M:%S %z]", time.localtime(record.created))


def _request_line(record: Any) -> str:
    return f"{record.method} {_target(record)} HTTP/{record.http_version}"


def _target(record: Any) -> str:
    return f"{record.path}?{record.query}" if record.query else str(record.path)


def _reason(record: Any) -> str:
    try:
        return HTTPStatus(int(record.status)).phrase
    except ValueError:
        return "-"


def _host(record: Any) -> str:
    client = str(record.client or "")
    return client.rpartition(":")[0] or client or "-"


#: The fields of a format. Those of one letter are gunicorn's.
FIELDS: Final[dict[str, Callable[[Any], object]]] = {
    "client": _attribute("client"),
    "method": _attribute("method"),
    "path": _attribute("path"),
    "query": _attribute("query"),
    "target": _target,
    "http_version": _attribute("http_version"),
    "status": _attribute("status"),
    "reason": _reason,
    "seconds": lambda record: f"{record.seconds:.6f}",
    "bytes": _attribute("bytes"),
    "request_id": lambda record: getattr(record, KEY, NOBODY),
    "user_agent": _header("user-agent"),
    "referer": _header("referer"),
    "route": _attribute("route"),
    "time": lambda record: time_text(record.created),
    "pid": lambda record: os.getpid(),
    "h": _host,
    "l": lambda record: "-",
    "u": lambda record: "-",
    "t": _local_time,
    "r": _request_line,
    "m": _attribute("method"),
    "U": _attribute("path"),
    "q": lambda record: record.query,
    "H": lambda record: f"HTTP/{record.http_version}",
    "s": _attribute("status"),
    "B": _attribute("bytes"),
    "b": lambda record: record.bytes or "-",
    "f": _header("referer"),
    "a": _header("user-agent"),
    "T": lambda record: int(record.seconds),
    "M": lambda record: int(record.seconds * 1e3),
    "D": lambda record: int(record.seconds * 1e6),
    "L": lambda record: f"{record.seconds:.6f}",
    "p": lambda record: f"<{os.getpid()}>",
}
