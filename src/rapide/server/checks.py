"""Check what the type and the range of one option alone do not say."""

from __future__ import annotations

import re
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Final

from uvicorn.importer import ImportFromStringError, import_from_string

from rapide.server.options import OptionError, Options, Protocol, declared, has_metrics
from rapide.server.sockets import Address, addresses

#: SPEC: RFC 9110 section 5.6.2.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PATH: Final = re.compile(r"(?:(?![?#])[!-~])+")
_OWN_PATHS: Final = ("health_path", "live_path", "startup_path", "metrics_path")
_FIELD_VALUE: Final = re.compile(r"[\t -~\x80-\xff]*")
_LOOPS: Final = ("auto", "asyncio", "uvloop")
#: The options that uvicorn's own protocol cannot serve.
_OF_RAPIDE: Final = frozenset(
    {
        *("health_path", "live_path", "startup_path", "log_health", "shutdown_delay"),
        *("metrics_path", "metrics_port"),
        *("access_log_format", "log_slow", "request_id", "request_id_header"),
        "proxy_protocol",
    }
)


def check_options(options: Options) -> None:
    """Check what the range of one option alone does not say.

    Raises:
        OptionError: An option has a value that the server cannot use.
    """
    _check_ranges(options)
    _check_texts(options)
    _check_needs(options)
    if options.protocol is not Protocol.RAPIDE:
        for option in declared():
            if option.name in _OF_RAPIDE and getattr(options, option.name) != option.default:
                raise OptionError(f"{option.flag} is of --protocol rapide")


def _check_needs(options: Options) -> None:
    """Check what options need beside them."""
    if has_metrics(options) and find_spec("prometheus_client") is None:
        flag = "--metrics-path" if options.metrics_path is not None else "--metrics-port"
        raise OptionError(
            f'{flag} needs the package prometheus-client: pip install "rapide[metrics]"'
        )
    port = options.metrics_port
    if port is not None and Address(host=options.host, port=port) in addresses(options):
        raise OptionError(f"--metrics-port {port} is --port, too")
    if options.loop == "uvloop" and find_spec("uvloop") is None:
        raise OptionError("--loop uvloop needs uvloop: pip install uvloop")
    if options.loop not in _LOOPS:
        try:
            import_from_string(options.loop)
        except ImportFromStringError as error:
            raise OptionError(f"--loop {options.loop}: {error}") from error
    if options.proxy_protocol and not options.proxy_headers:
        raise OptionError("--proxy-protocol needs --proxy-headers, which trusts balancers")


def _check_texts(options: Options) -> None:
    header_fields(options)
    _check_own_paths(options)
    if _TOKEN.fullmatch(options.request_id_header) is None:
        raise OptionError(f"--request-id-header {options.request_id_header} is not a field's name")
    loop = options.loop
    if loop not in _LOOPS and re.fullmatch(r"[\w.]+:[\w.]+", loop) is None:
        raise OptionError(f"--loop {loop} has to be {', '.join(_LOOPS)} or module:factory")
    for text in (options.forwarded_allow_ips or "").split(","):
        _check_network(text.strip())


def _check_own_paths(options: Options) -> None:
    """Check the paths that the server itself answers."""
    taken: dict[str, str] = {}
    for name in _OWN_PATHS:
        flag, path = f"--{name.replace('_', '-')}", getattr(options, name)
        if path is None:
            continue
        if not path.startswith("/"):
            raise OptionError(f"{flag} {path} has to begin with a slash")
        if _PATH.fullmatch(path) is None:
            raise OptionError(f"{flag} {path!r} is not a path such as /ready")
        if path in taken:
            raise OptionError(f"{flag} {path} is the path of {taken[path]}, too")
        taken[path] = flag


def _check_network(text: str) -> None:
    """Check a network of trusted addresses; uvicorn trusts none if it is wrong."""
    if "/" in text:
        try:
            ip_network(text)
        except ValueError as error:
            raise OptionError(f"--forwarded-allow-ips: {error}") from error


def header_fields(options: Options) -> list[tuple[str, str]]:
    """Return the names and values of `--header`.

    Raises:
        OptionError: One of them is not a header field.
    """
    found = []
    for text in options.header:
        name, colon, value = text.partition(":")
        value = value.strip(" \t")
        if not colon or not _TOKEN.fullmatch(name) or not _FIELD_VALUE.fullmatch(value):
            raise OptionError(f"--header {text!r} is not a header field: write name:value")
        found.append((name, value))
    return found


def _check_ranges(options: Options) -> None:
    for option in declared():
        value = getattr(options, option.name)
        if isinstance(value, int | float):
            try:
                option.check_range(value)
            except OptionError as error:
                raise OptionError(f"{option.flag} {error}") from None
