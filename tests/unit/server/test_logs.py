"""The configuration of logging by options."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rapide.server.logs import check_logs, configure_logging
from rapide.server.options import LogFormat, OptionError, Options

LINES = {
    "formatters": {"mine": {"format": "mine %(name)s %(message)s"}},
    "handlers": {
        "out": {
            "class": "logging.StreamHandler",
            "formatter": "mine",
            "stream": "ext://sys.stdout",
        }
    },
    "loggers": {"uvicorn": {"handlers": ["out"], "level": "WARNING", "propagate": False}},
}
YAML = """
formatters: {mine: {format: "mine %(name)s %(message)s"}}
handlers: {out: {class: logging.StreamHandler, formatter: mine, stream: "ext://sys.stdout"}}
loggers: {uvicorn: {handlers: [out], level: WARNING, propagate: false}}
"""
TOML = """
[formatters.mine]
format = "mine %(name)s %(message)s"
[handlers.out]
class = "logging.StreamHandler"
formatter = "mine"
stream = "ext://sys.stdout"
[loggers.uvicorn]
handlers = ["out"]
level = "WARNING"
propagate = false
"""
INI = """
[loggers]
keys=root,uvicorn
[handlers]
keys=out
[formatters]
keys=mine
[logger_root]
handlers=
[logger_uvicorn]
qualname=uvicorn
handlers=out
level=WARNING
propagate=0
[handler_out]
class=StreamHandler
args=(sys.stdout,)
formatter=mine
[formatter_mine]
format=mine %(name)s %(message)s
"""
PROGRAM = """
import logging, sys
from pathlib import Path
from rapide.server.logs import configure_logging
from rapide.server.options import *
before = logging.getLogger("imported.before")
configure_logging(eval(sys.argv[1]))
logging.getLogger("uvicorn.error").info("info")
logging.getLogger("uvicorn.error").warning("warning")
before.warning("of the application")
"""


def printed(options: str) -> str:
    """Return what a process prints that configures logging; it keeps this one as it is."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize(
    ("suffix", "text"),
    [(".json", json.dumps(LINES)), (".yaml", YAML), (".toml", TOML), (".ini", INI)],
)
def test_a_file_configures_logging_by_its_suffix(tmp_path: Path, suffix: str, text: str) -> None:
    file = tmp_path / f"log{suffix}"
    file.write_text(text)
    lines = printed(f"Options(log_config=Path({str(file)!r}))").splitlines()
    assert sorted(lines) == ["mine uvicorn.error warning", "of the application"]


def test_a_level_and_ids_apply_to_the_lines_of_text() -> None:
    lines = printed("Options(log_level='warning', request_id=True)").splitlines()
    assert sorted(lines) == ["WARNING:  [-] warning", "[-] of the application"]


def test_json_is_also_the_format_of_loggers_that_nobody_has_configured() -> None:
    lines = [
        json.loads(line) for line in printed("Options(log_format=LogFormat.JSON)").splitlines()
    ]
    assert [(line["logger"], line["message"]) for line in lines] == [
        ("uvicorn.error", "info"),
        ("uvicorn.error", "warning"),
        ("imported.before", "of the application"),
    ]


def test_loggers_that_a_program_has_configured_before_stay_and_ours_are_renewed() -> None:
    program = """
import logging, sys
handler = logging.StreamHandler()
handler.setFormatter(logging.Formatter("mine %(message)s"))
logging.getLogger("uvicorn.access").handlers = [handler]
from rapide.server.logs import configure_logging
from rapide.server.options import *
configure_logging(Options())
configure_logging(Options(log_format=LogFormat.JSON))
logging.getLogger("uvicorn.access").warning("access")
logging.getLogger("uvicorn.error").warning("error")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    first, second = done.stderr.splitlines()
    assert first == "mine access"
    assert json.loads(second)["message"] == "error"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"log_level": "loud"}, "--log-level loud is not one of critical, error,"),
        ({"access_log_format": "%(stauts)s"}, "--access-log-format: there is no field 'stauts';"),
        ({"log_config": Path("log.xml")}, "--log-config log.xml has to end with .json, .yaml,"),
        (
            {"log_config": Path("no.json")},
            "--log-config: cannot read no.json: no such file or directory",
        ),
        (
            {"log_config": Path("log.json"), "log_format": LogFormat.JSON},
            "--log-format has no effect with --log-config",
        ),
    ],
)
def test_a_wrong_option_is_told_in_one_line(options: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError) as failed:
        check_logs(Options(**options))
    assert str(failed.value).startswith(told)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    ("name", "text", "told", "call"),
    [
        ("log.json", "{", "cannot be used: Expecting property name", check_logs),
        ("log.toml", "a = ", "cannot be used: Invalid value", check_logs),
        ("log.yaml", "[1]", "has to contain a mapping", check_logs),
        ("log.yaml", "a: [", "cannot be used: while parsing a flow", check_logs),
        (
            *("log.json", '{"handlers": {"x": {"class": "no.Such"}}}'),
            *("cannot be used: Unable to configure handler 'x'", configure_logging),
        ),
        ("log.ini", "x", "cannot be used:", configure_logging),
    ],
)
def test_a_wrong_file_is_told_in_one_line(
    tmp_path: Path, name: str, text: str, told: str, call: Callable[[Options], None]
) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(OptionError) as failed:
        call(Options(log_config=file))
    assert str(failed.value).startswith(f"--log-config {file} {told}")
    assert "\n" not in str(failed.value)
