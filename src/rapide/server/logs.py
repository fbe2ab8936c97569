"""The configuration of `logging` for a server.

It is made before the application is imported, so that what the application configures stays.
"""

from __future__ import annotations

import copy
import importlib
import json
import logging
import logging.config
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

from uvicorn.config import LOG_LEVELS, LOGGING_CONFIG

from rapide.server.log_formats import JsonFormatter, UnknownField, compile_format
from rapide.server.options import LogFormat, OptionError, Options
from rapide.server.request_ids import mark_records
from rapide.server.sockets import reason_of

_FORMATS: Final = "rapide.server.log_formats"
_WITH_ID: Final = "[%(request_id)s] "
_OWN_LOGGERS: Final = ("uvicorn.error", "uvicorn.access", "uvicorn.asgi")
_SUFFIXES: Final = ".json, .yaml, .yml, .toml, .ini, .cfg or .conf"


def configure_logging(options: Options) -> None:
    """Configure the loggers of the server.

    Raises:
        OptionError: An option cannot be used.
    """
    logging.addLevelName(LOG_LEVELS["trace"], "TRACE")
    if options.request_id:
        mark_records()
    if options.log_config is None:
        config: Any = config_of(options)
        with _keeping(config["loggers"]):
            logging.config.dictConfig(config)
        _format_last_resort(options)
    else:
        _configure_by_file(options.log_config)
    if options.log_level is not None:
        for name in _OWN_LOGGERS:
            logging.getLogger(name).setLevel(LOG_LEVELS[options.log_level])
    if not options.access_log:
        access = logging.getLogger("uvicorn.access")
        access.handlers, access.propagate = [], False


#: The handlers that were made here. Others are the application's.
_made: Final[WeakSet[logging.Handler]] = WeakSet()


def _configure_by_file(path: Path) -> None:
    config = _read_config(path)
    try:
        if isinstance(config, str):
            # SPEC: the format of `logging.config.fileConfig`.
            logging.config.fileConfig(config, disable_existing_loggers=False)
        else:
            logging.config.dictConfig(config)
    except Exception as error:  # each class that the file names has errors of its own
        raise OptionError(_cannot_be_used(path, error)) from error


@contextmanager
def _keeping(names: Iterable[str]) -> Iterator[None]:
    """Leave the handlers and levels that a program has configured before it serves its application.

    As these handlers are in the place of ours, the loggers propagate as little as with ours.
    """
    kept = []
    loggers = [logging.getLogger(name) for name in names]
    for logger in loggers:
        if any(handler not in _made for handler in logger.handlers):
            kept.append((logger, [*logger.handlers], logger.level))
    yield
    for logger in loggers:
        _made.update(logger.handlers)
    for logger, handlers, level in kept:
        logger.handlers = handlers
        if level != logging.NOTSET:
            logger.setLevel(level)


def _format_last_resort(options: Options) -> None:
    """Format the lines of loggers that nobody has configured.

    `logging` writes their warnings to the standard error. That is no handler of the root logger's,
    so the application can still configure that, for example with `logging.basicConfig`.
    """
    if logging.lastResort is None:
        return
    if options.log_format is LogFormat.JSON:
        logging.lastResort.setFormatter(JsonFormatter())
    elif options.request_id:
        logging.lastResort.setFormatter(logging.Formatter(_WITH_ID + "%(message)s"))


def check_logs(options: Options) -> None:
    """Check the options of the log.

    Raises:
        OptionError: An option cannot be used.
    """
    level = options.log_level
    if level is not None and level not in LOG_LEVELS:
        raise OptionError(f"--log-level {level} is not one of {', '.join(LOG_LEVELS)}")
    if options.log_config is not None:
        _check_alone(options)
        config_of(options)
    if options.access_log_format is not None:
        try:
            compile_format(options.access_log_format)
        except UnknownField as error:
            raise OptionError(f"--access-log-format: {error}") from error


def _check_alone(options: Options) -> None:
    for flag, value in (
        ("--log-format", options.log_format is not LogFormat.TEXT),
        ("--access-log-format", options.access_log_format is not None),
    ):
        if value:
            raise OptionError(f"{flag} has no effect with --log-config, whose file has formatters")


def config_of(options: Options) -> dict[str, Any] | str:
    """Return a configuration for `dictConfig`, or the path of a file for `fileConfig`.

    Raises:
        OptionError: The file of `--log-config` cannot be read.
    """
    if options.log_config is not None:
        return _read_config(options.log_config)
    config = copy.deepcopy(LOGGING_CONFIG)
    formatters = config["formatters"]
    if options.log_format is LogFormat.JSON:
        formatters["default"] = formatters["access"] = {"()": f"{_FORMATS}.JsonFormatter"}
        return config
    if options.request_id:
        for formatter in formatters.values():
            formatter["fmt"] = formatter["fmt"].replace(" ", " " + _WITH_ID, 1)
    if options.access_log_format is not None:
        formatters["access"] = {
            "()": f"{_FORMATS}.AccessFormatter",
            "format": options.access_log_format,
        }
    return config


def _read_config(path: Path) -> dict[str, Any] | str:
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES.replace(" or", ",").split(", "):
        raise OptionError(f"--log-config {path} has to end with {_SUFFIXES}")
    try:
        text = path.read_text("utf-8")
        if suffix in (".ini", ".cfg", ".conf"):
            return str(path)
        config = _parse(suffix, text)
    except OptionError:
        raise
    except OSError as error:
        raise OptionError(f"--log-config: cannot read {path}: {reason_of(error)}") from error
    except Exception as error:  # each parser has errors of its own
        raise OptionError(_cannot_be_used(path, error)) from error
    if not isinstance(config, dict):
        raise OptionError(f"--log-config {path} has to contain a mapping")
    config.setdefault("version", 1)
    config.setdefault("disable_existing_loggers", False)
    return config


def _parse(suffix: str, text: str) -> Any:
    if suffix == ".json":
        return json.loads(text)
    if suffix == ".toml":
        return tomllib.loads(text)
    try:
        yaml: Any = importlib.import_module("yaml")
    except ImportError:
        raise OptionError("--log-config: YAML needs the package PyYAML") from None
    return yaml.safe_load(text)


def _cannot_be_used(path: Path, error: Exception) -> str:
    told = " ".join(str(error.__cause__ or error).split())
    if error.__cause__ is not None:
        told = f"{' '.join(str(error).split())}: {told}"
    return f"--log-config {path} cannot be used: {told}"
