"""The options of the server. Each is declared here, once.

The command line (`--limit-drain`) and the environment (`RAPIDE_LIMIT_DRAIN`) take them by these
names, with the same types, ranges and defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Final, get_args, get_type_hints

from rapide.http11.limits import Limits
from rapide.server.option_kinds import (
    ClientCertificates,
    Lifespan,
    TlsVersion,
    read_client_certificates,
    read_permissions,
    read_root_path,
)
from rapide.server.option_kinds import Declared as Declared
from rapide.server.option_kinds import LogFormat as LogFormat
from rapide.server.option_kinds import Option as Option
from rapide.server.option_kinds import OptionError as OptionError
from rapide.server.option_kinds import Protocol as Protocol

_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How an application is served.

    COMPAT: names and defaults that uvicorn or FastAPI 0.165's command line has, too, are theirs.
    """

    env_file: Annotated[
        Path | None,
        Option(
            help="A file of environment variables; existing variables take precedence.",
            is_for_dev=True,
        ),
    ] = None
    factory: Annotated[
        bool,
        Option(help="The name refers to a function that returns the application.", is_for_dev=True),
    ] = False
    app_dir: Annotated[
        Path | None,
        Option(
            help="The folder to import the application from instead of this one.",
            is_folder=True,
            is_for_dev=True,
        ),
    ] = None
    host: Annotated[
        str, Option(help="The address to listen on; 0.0.0.0 is all of them.", is_for_dev=True)
    ] = "0.0.0.0"
    port: Annotated[
        int,
        Option(
            help="The port to listen on.",
            minimum=0,
            maximum=65535,
            variables=("PORT",),
            is_for_dev=True,
        ),
    ] = 8000
    uds: Annotated[
        Path | None, Option(help="A Unix socket to listen on instead of host and port.")
    ] = None
    fd: Annotated[
        int | None, Option(help="An open socket's file descriptor to listen on.", minimum=0)
    ] = None
    bind: Annotated[
        tuple[str, ...],
        Option(
            help="An address to listen on instead of host and port: host:port, [::1]:port, "
            "unix:/path or fd://3; may be repeated.",
        ),
    ] = ()
    uds_mode: Annotated[
        int,
        Option(
            help="The permissions of Unix sockets.",
            minimum=0,
            maximum=0o777,
            parse=read_permissions,
            metavar="660",
            shown="666",
        ),
    ] = 0o666
    pid: Annotated[
        Path | None, Option(help="A file to write the process id to; it is removed at the end.")
    ] = None
    reuse_port: Annotated[
        bool, Option(help="Let several servers listen on the same port (SO_REUSEPORT).")
    ] = False
    backlog: Annotated[int, Option(help="Connections that may wait to be accepted.", minimum=0)] = (
        2048
    )
    reload: Annotated[
        bool, Option(help="Start again when a source file changes.", is_for_dev=True)
    ] = False
    reload_dir: Annotated[
        tuple[Path, ...],
        Option(
            help="A folder to watch instead of this one; may be repeated.",
            is_folder=True,
            is_for_dev=True,
        ),
    ] = ()
    reload_include: Annotated[
        tuple[str, ...],
        Option(help="More files to watch, such as *.html; may be repeated.", is_for_dev=True),
    ] = ()
    reload_exclude: Annotated[
        tuple[str, ...],
        Option(help="Files or folders not to watch; may be repeated.", is_for_dev=True),
    ] = ()
    reload_delay: Annotated[
        float,
        Option(
            help="Seconds for which changes are collected before the application starts again.",
            is_for_dev=True,
        ),
    ] = 0.05
    workers: Annotated[
        int | None,
        Option(
            help="The number of worker processes; ignored with --reload.",
            minimum=0,
            maximum=1000,
            variables=("WEB_CONCURRENCY",),
        ),
    ] = None
    root_path: Annotated[
        str,
        Option(
            help="The path prefix that a proxy in front serves the application under.",
            parse=read_root_path,
            metavar="/path",
            is_for_dev=True,
        ),
    ] = ""
    proxy_headers: Annotated[
        bool,
        Option(
            help="Take the client's address and scheme from X-Forwarded-* headers.",
            is_for_dev=True,
        ),
    ] = True
    forwarded_allow_ips: Annotated[
        str | None,
        Option(
            help="The addresses whose proxy headers are trusted, separated by commas; * trusts "
            "all addresses.",
            variables=("FORWARDED_ALLOW_IPS",),
            is_for_dev=True,
        ),
    ] = None
    proxy_protocol: Annotated[
        bool,
        Option(
            help="Read the PROXY protocol header of TCP balancers whose addresses are in "
            "--forwarded-allow-ips.",
            is_for_dev=True,
        ),
    ] = False
    ssl_keyfile: Annotated[Path | None, Option(help="TLS: the private key.")] = None
    ssl_certfile: Annotated[Path | None, Option(help="TLS: the certificates.")] = None
    ssl_keyfile_password: Annotated[str | None, Option(help="TLS: the private key's password.")] = (
        field(default=None, repr=False)
    )
    ssl_ca_certs: Annotated[
        Path | None, Option(help="TLS: the authorities of clients' certificates.")
    ] = None
    ssl_cert_reqs: Annotated[
        ClientCertificates,
        Option(
            help="TLS: whether clients need a certificate.",
            parse=read_client_certificates,
            metavar="none|optional|required",
            shown="none",
        ),
    ] = ClientCertificates.NONE
    ssl_ciphers: Annotated[
        str | None, Option(help="TLS: the ciphers of TLS 1.2, as OpenSSL lists them.")
    ] = None
    ssl_minimum_version: Annotated[
        TlsVersion, Option(help="TLS: the oldest version that is accepted.")
    ] = TlsVersion.V1_2
    header: Annotated[
        tuple[str, ...],
        Option(
            help="A header field of every response, name:value; may be repeated.", is_for_dev=True
        ),
    ] = ()
    server_header: Annotated[
        bool, Option(help="Send the header field server.", is_for_dev=True)
    ] = True
    date_header: Annotated[bool, Option(help="Send the header field date.", is_for_dev=True)] = True
    ws_max_size: Annotated[
        int, Option(help="WebSockets: size of a message in bytes.", minimum=1, is_for_dev=True)
    ] = 16 * 1024 * 1024
    ws_max_queue: Annotated[
        int,
        Option(
            help="WebSockets: messages that may wait, with --protocol asgi.",
            minimum=1,
            is_for_dev=True,
        ),
    ] = 32
    ws_ping_interval: Annotated[
        float,
        Option(help="WebSockets: seconds between pings; 0 sends none.", is_for_dev=True),
    ] = 20
    ws_ping_timeout: Annotated[
        float,
        Option(
            help="WebSockets: seconds for the answer to a ping; 0 waits for ever.", is_for_dev=True
        ),
    ] = 20
    ws_per_message_deflate: Annotated[
        bool, Option(help="WebSockets: compress messages.", is_for_dev=True)
    ] = True
    loop: Annotated[
        str,
        Option(help="The event loop: auto, asyncio, uvloop, or module:factory.", is_for_dev=True),
    ] = "auto"
    lifespan: Annotated[
        Lifespan, Option(help="Whether to run the lifespan of the application.", is_for_dev=True)
    ] = Lifespan.AUTO
    access_log: Annotated[bool, Option(help="Log each request.", is_for_dev=True)] = True
    protocol: Annotated[
        Protocol,
        Option(
            help="rapide answers compiled routes straight from the socket; asgi is uvicorn's own "
            "HTTP/1.1 protocol.",
            is_for_dev=True,
        ),
    ] = Protocol.RAPIDE
    limit_concurrency: Annotated[
        int | None,
        Option(help="Connections or requests at a time; more are answered with 503.", minimum=1),
    ] = None
    limit_max_requests: Annotated[
        int | None,
        Option(
            help="Replace a worker after this many requests; without --workers, the server ends.",
            minimum=1,
        ),
    ] = None
    limit_max_requests_jitter: Annotated[
        int | None,
        Option(
            help="The largest random number that a worker adds to --limit-max-requests, so that "
            "not all workers are replaced at the same time; a tenth by default.",
            minimum=0,
        ),
    ] = None
    limit_max_age: Annotated[
        float | None, Option(help="Replace a worker after this many seconds.", minimum=1)
    ] = None
    limit_max_memory: Annotated[
        int | None, Option(help="Replace a worker that uses this many MiB of memory.", minimum=1)
    ] = None
    preload: Annotated[
        bool | None,
        Option(
            help="Import the application once, and fork the workers. The default is to do so if it "
            "is safe; --preload refuses to start if it is not.",
        ),
    ] = None
    timeout_worker_healthcheck: Annotated[
        float,
        Option(
            help="If its event loop is blocked for this many seconds, a worker writes its stacks "
            "and is replaced; 0 turns this off.",
            minimum=0,
        ),
    ] = 60
    limit_header_bytes: Annotated[
        int, Option(help="Size of a request's head (431).", minimum=0)
    ] = _LIMITS.header_bytes
    limit_header_fields: Annotated[
        int, Option(help="Number of a request's header fields (431).", minimum=0)
    ] = _LIMITS.header_fields
    limit_pipelining: Annotated[
        int, Option(help="Requests that may wait on a connection.", minimum=1)
    ] = _LIMITS.pipelining_depth
    limit_drain: Annotated[
        int,
        Option(
            help="Bytes of an unread body that are read and dropped to keep the connection.",
            minimum=0,
        ),
    ] = _LIMITS.drain_bytes
    limit_body_rate: Annotated[
        float,
        Option(
            help="Minimum bytes per second of a body, after the first --timeout-body seconds; "
            "0 sets no minimum (408).",
            minimum=0,
        ),
    ] = _LIMITS.body_rate
    timeout_header: Annotated[
        float, Option(help="Seconds for a request's head (408).", minimum=0)
    ] = _LIMITS.header_seconds
    timeout_tls_handshake: Annotated[
        float | None,
        Option(help="Seconds for a TLS handshake; by default, as --timeout-header.", minimum=0),
    ] = None
    timeout_body: Annotated[
        float, Option(help="Longest pause within a body, in seconds (408).", minimum=0)
    ] = _LIMITS.body_idle_seconds
    timeout_write: Annotated[
        float,
        Option(
            help="Seconds after which a client that does not read its response is disconnected; "
            "0 sets no limit.",
            minimum=0,
        ),
    ] = _LIMITS.write_idle_seconds
    timeout_keep_alive: Annotated[
        int, Option(help="Seconds that an idle connection is kept.", minimum=0)
    ] = 5
    timeout_graceful_shutdown: Annotated[
        int,
        Option(
            help="Seconds that running requests have to finish; then they are cancelled.",
            minimum=0,
        ),
    ] = 30
    health_path: Annotated[
        str | None,
        Option(
            help="A path that the server itself answers: 200 while it is ready, and 503 when it is "
            "about to stop."
        ),
    ] = None
    live_path: Annotated[
        str | None, Option(help="A path that the server answers with 200 as long as it lives.")
    ] = None
    startup_path: Annotated[
        str | None,
        Option(
            help="A path that the server answers with 503 until it is ready for the first time."
        ),
    ] = None
    log_health: Annotated[bool, Option(help="Log requests for the server's own paths, too.")] = (
        False
    )
    metrics_path: Annotated[
        str | None, Option(help="A path that the server itself answers with its metrics.")
    ] = None
    metrics_port: Annotated[
        int | None,
        Option(
            help="Another port, which answers the server's own paths only: metrics and health.",
            minimum=1,
            maximum=65535,
        ),
    ] = None
    shutdown_delay: Annotated[
        float,
        Option(
            help="Seconds between SIGTERM, when the health path turns to 503, and the shutdown.",
            minimum=0,
        ),
    ] = 0
    shutdown_grace: Annotated[
        float,
        Option(
            help="Seconds that endless streams and WebSockets have to end at the shutdown.",
            minimum=0,
        ),
    ] = _LIMITS.shutdown_grace_seconds
    log_config: Annotated[
        Path | None,
        Option(
            help="A file that configures logging: JSON, YAML, TOML or ini, by its suffix.",
            is_for_dev=True,
        ),
    ] = None
    log_level: Annotated[
        str | None,
        Option(
            help="The level of the server's log: critical, error, warning, info, debug or trace.",
            is_for_dev=True,
        ),
    ] = None
    log_format: Annotated[
        LogFormat, Option(help="Lines of the log as text, or as JSON objects.", is_for_dev=True)
    ] = LogFormat.TEXT
    access_log_format: Annotated[
        str | None,
        Option(
            help="Lines of the access log: %(status)s, %(seconds)s ..., gunicorn's letters, or "
            "common or combined.",
            is_for_dev=True,
        ),
    ] = None
    log_slow: Annotated[
        float | None,
        Option(
            help="Warn of requests that take at least this many seconds.",
            minimum=0,
            is_for_dev=True,
        ),
    ] = None
    stall_threshold: Annotated[
        int,
        Option(
            help="Warn when code blocks the event loop for this many milliseconds; 0: never.",
            minimum=0,
            is_for_dev=True,
        ),
    ] = 0
    request_id: Annotated[
        bool,
        Option(
            help="Give each request an id, for log lines, the response and request.state.",
            is_for_dev=True,
        ),
    ] = False
    request_id_header: Annotated[
        str,
        Option(
            help="The header field of the id, which is taken from trusted proxies.",
            is_for_dev=True,
        ),
    ] = "x-request-id"

    @property
    def handshake_seconds(self) -> float:
        """The time for a TLS handshake. asyncio takes no time at all for a mistake."""
        chosen = self.timeout_tls_handshake
        return max(self.timeout_header if chosen is None else chosen, 0.001)

    def limits(self) -> Limits:
        """Return what clients may ask for."""
        return Limits(
            header_bytes=self.limit_header_bytes,
            header_fields=self.limit_header_fields,
            header_seconds=self.timeout_header,
            body_idle_seconds=self.timeout_body,
            body_rate=self.limit_body_rate,
            write_idle_seconds=self.timeout_write,
            pipelining_depth=self.limit_pipelining,
            drain_bytes=self.limit_drain,
            shutdown_grace_seconds=self.shutdown_grace,
        )


#: What is different in `rapide dev`. Requests have 2 seconds to end there when the server restarts.
DEV_DEFAULTS: Final[dict[str, object]] = {
    "host": "127.0.0.1",
    "reload": True,
    "timeout_graceful_shutdown": 2,
    "shutdown_grace": 0,
    "stall_threshold": 100,
}


@cache
def declared() -> tuple[Declared, ...]:
    """Return the fields of `Options`, in their order."""
    hints = get_type_hints(Options, include_extras=True)
    return tuple(
        Declared(item.name, *_without(hints[item.name], item.default)) for item in fields(Options)
    )


def _without(annotated: object, default: object) -> tuple[object, object, Option]:
    type_, about = get_args(annotated)
    return type_, default, about


def has_metrics(options: Options) -> bool:
    """Return whether requests are counted."""
    return options.metrics_path is not None or options.metrics_port is not None
