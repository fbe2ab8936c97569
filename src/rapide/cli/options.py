"""The options of the commands."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rapide.cli.failures import one_line_failure


class Protocol(StrEnum):
    """The implementation of HTTP/1.1."""

    RAPIDE = "rapide"
    ASGI = "asgi"


def _as_before_command(context: typer.Context, value: bool) -> bool:
    """Make `rapide --verbose run` equivalent to `rapide run --verbose`."""
    return value or bool(context.obj)


def _stand_in_for_fastapi(value: bool) -> bool:
    """Stand in for FastAPI before the application is imported."""
    from rapide.as_fastapi import FastAPIAlreadyImported, as_fastapi, is_wanted

    if value or is_wanted():
        with one_line_failure(FastAPIAlreadyImported, verbose=False):
            as_fastapi()
    return value


Where = Annotated[
    str | None,
    typer.Argument(
        metavar="PATH",
        help="A Python file, a package folder, or module:app. Without it: entrypoint of "
        "[tool.rapide] or [tool.fastapi] in pyproject.toml, else main.py, app.py or api.py, "
        "here or in app/.",
        show_default=False,
    ),
]
AppName = Annotated[
    str | None,
    typer.Option("--app", help="The variable that holds the application, if not app or api."),
]
Entrypoint = Annotated[
    str | None,
    typer.Option("--entrypoint", "-e", help="The application as an import string, module:app."),
]
AsFastAPI = Annotated[
    bool,
    typer.Option(
        "--as-fastapi",
        help="Let `import fastapi` give Rapide, as RAPIDE_AS_FASTAPI=1 does.",
        callback=_stand_in_for_fastapi,
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Say how the application was found, and show tracebacks.",
        callback=_as_before_command,
    ),
]
Host = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is all of them.")]
Port = Annotated[int, typer.Option(help="The port to listen on.", envvar="PORT", min=0, max=65535)]
Reload = Annotated[bool, typer.Option(help="Start again when a source file changes.")]
ReloadDirs = Annotated[
    list[Path] | None,
    typer.Option(
        "--reload-dir",
        help="A folder to watch instead of this one; may be repeated.",
        exists=True,
        file_okay=False,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(help="The number of worker processes; not together with --reload.", min=0),
]
RootPath = Annotated[
    str, typer.Option(help="The path prefix that a proxy in front serves the application under.")
]
ProxyHeaders = Annotated[
    bool, typer.Option(help="Take the client's address and scheme from X-Forwarded-* headers.")
]
TrustedProxies = Annotated[
    str | None,
    typer.Option(
        "--forwarded-allow-ips",
        help="The addresses whose proxy headers are trusted, separated by commas; * is every one.",
    ),
]
AccessLog = Annotated[bool, typer.Option(help="Log each request.")]

# Options of our own protocol.
ByProtocol = Annotated[
    Protocol,
    typer.Option(
        "--protocol",
        help="rapide answers compiled routes straight from the socket; asgi is uvicorn's own "
        "HTTP/1.1 protocol.",
    ),
]
UnixSocket = Annotated[
    Path | None, typer.Option("--uds", help="A Unix socket to listen on instead of host and port.")
]
FileDescriptor = Annotated[
    int | None, typer.Option("--fd", help="An open socket's file descriptor to listen on.", min=0)
]
Backlog = Annotated[int, typer.Option(help="Connections that may wait to be accepted.", min=0)]
KeyFile = Annotated[Path | None, typer.Option("--ssl-keyfile", help="TLS: the private key.")]
CertFile = Annotated[Path | None, typer.Option("--ssl-certfile", help="TLS: the certificates.")]
KeyPassword = Annotated[
    str | None, typer.Option("--ssl-keyfile-password", help="TLS: the private key's password.")
]
LimitConcurrency = Annotated[
    int | None,
    typer.Option(help="Connections or requests at a time; more are answered with 503.", min=1),
]
LimitMaxRequests = Annotated[
    int | None, typer.Option(help="End a process after this many requests.", min=1)
]
KeepAlive = Annotated[
    int,
    typer.Option("--timeout-keep-alive", help="Seconds that an idle connection is kept.", min=0),
]
GracefulShutdown = Annotated[
    int,
    typer.Option(
        "--timeout-graceful-shutdown",
        help="Seconds that running requests have at the end; then they are cancelled.",
        min=0,
    ),
]
HeaderBytes = Annotated[
    int, typer.Option("--limit-header-bytes", help="Size of a request's head (431).", min=0)
]
HeaderFields = Annotated[
    int,
    typer.Option("--limit-header-fields", help="Number of a request's header fields (431).", min=0),
]
HeaderSeconds = Annotated[
    float, typer.Option("--timeout-header", help="Seconds for a request's head (408).", min=0)
]
BodySeconds = Annotated[
    float,
    typer.Option("--timeout-body", help="Longest pause within a body, in seconds (408).", min=0),
]
PipeliningDepth = Annotated[
    int, typer.Option("--limit-pipelining", help="Requests that may wait on a connection.", min=1)
]
DrainBytes = Annotated[
    int,
    typer.Option(
        "--limit-drain",
        help="Bytes of an unread body that are read and dropped to keep the connection.",
        min=0,
    ),
]
HealthPath = Annotated[
    str | None,
    typer.Option(
        "--health-path",
        help="A path that the server itself answers: 200, and 503 once it is to stop.",
    ),
]
HealthLog = Annotated[
    bool, typer.Option("--log-health", help="Log requests for the health path, too.")
]
DrainSeconds = Annotated[
    float,
    typer.Option(
        "--shutdown-delay",
        help="Seconds between SIGTERM, when the health path turns to 503, and the shutdown.",
        min=0,
    ),
]
