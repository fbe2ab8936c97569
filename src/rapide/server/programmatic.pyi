# Made from `programmatic.py` by `scripts/write_stubs.py`: change that, not this.
"""`rapide.run` and `rapide.Server`: serve applications from Python."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Literal

from rapide.server.embedded import EmbeddedServer

def run(
    app: object,
    *,
    env_file: str | PathLike[str] | None = None,
    factory: bool = False,
    host: str = "127.0.0.1",
    port: int = 8000,
    uds: str | PathLike[str] | None = None,
    fd: int | None = None,
    bind: Sequence[str] = (),
    uds_mode: int = 438,
    pid: str | PathLike[str] | None = None,
    reuse_port: bool = False,
    backlog: int = 2048,
    reload: bool = False,
    reload_dir: Sequence[str | PathLike[str]] = (),
    reload_include: Sequence[str] = (),
    reload_exclude: Sequence[str] = (),
    reload_delay: float = 0.05,
    workers: int | None = None,
    root_path: str = "",
    proxy_headers: bool = True,
    forwarded_allow_ips: str | None = None,
    proxy_protocol: bool = False,
    ssl_keyfile: str | PathLike[str] | None = None,
    ssl_certfile: str | PathLike[str] | None = None,
    ssl_keyfile_password: str | None = None,
    ssl_ca_certs: str | PathLike[str] | None = None,
    ssl_cert_reqs: Literal["none", "optional", "required"] = "none",
    ssl_ciphers: str | None = None,
    ssl_minimum_version: Literal["1.2", "1.3"] = "1.2",
    header: Sequence[str] = (),
    server_header: bool = True,
    date_header: bool = True,
    ws_max_size: int = 16777216,
    ws_max_queue: int = 32,
    ws_ping_interval: float = 20,
    ws_ping_timeout: float = 20,
    ws_per_message_deflate: bool = True,
    loop: str = "auto",
    lifespan: Literal["auto", "on", "off"] = "auto",
    access_log: bool = True,
    protocol: Literal["rapide", "asgi"] = "rapide",
    limit_concurrency: int | None = None,
    limit_max_requests: int | None = None,
    limit_max_requests_jitter: int | None = None,
    limit_max_age: float | None = None,
    limit_max_memory: int | None = None,
    preload: bool | None = None,
    timeout_worker_healthcheck: float = 60,
    limit_header_bytes: int = 65536,
    limit_header_fields: int = 100,
    limit_pipelining: int = 16,
    limit_drain: int = 262144,
    limit_body_rate: float = 240.0,
    timeout_header: float = 10.0,
    timeout_tls_handshake: float | None = None,
    timeout_body: float = 30.0,
    timeout_write: float = 60.0,
    timeout_keep_alive: int = 5,
    timeout_graceful_shutdown: int = 30,
    health_path: str | None = None,
    live_path: str | None = None,
    startup_path: str | None = None,
    log_health: bool = False,
    metrics_path: str | None = None,
    metrics_port: int | None = None,
    shutdown_delay: float = 0,
    shutdown_grace: float = 1.0,
    log_config: str | PathLike[str] | None = None,
    log_level: str | None = None,
    log_format: Literal["text", "json"] = "text",
    access_log_format: str | None = None,
    log_slow: float | None = None,
    stall_threshold: int = 0,
    request_id: bool = False,
    request_id_header: str = "x-request-id",
) -> None:
    """Serve an application until the process gets a signal to stop.

    Environment variables such as `RAPIDE_PORT` give the options that are missing here.

    Args:
        app: The application. With `workers` or `reload`, an import string such as "shop.main:app".
        env_file: A file of environment variables; existing variables take precedence.
        factory: The name refers to a function that returns the application.
        host: The address to listen on; 0.0.0.0 is all of them.
        port: The port to listen on.
        uds: A Unix socket to listen on instead of host and port.
        fd: An open socket's file descriptor to listen on.
        bind: An address to listen on instead of host and port: host:port, [::1]:port, unix:/path or fd://3; may be repeated.
        uds_mode: The permissions of Unix sockets.
        pid: A file to write the process id to; it is removed at the end.
        reuse_port: Let several servers listen on the same port (SO_REUSEPORT).
        backlog: Connections that may wait to be accepted.
        reload: Start again when a source file changes.
        reload_dir: A folder to watch instead of this one; may be repeated.
        reload_include: More files to watch, such as *.html; may be repeated.
        reload_exclude: Files or folders not to watch; may be repeated.
        reload_delay: Seconds for which changes are collected before the application starts again.
        workers: The number of worker processes; ignored with --reload.
        root_path: The path prefix that a proxy in front serves the application under.
        proxy_headers: Take the client's address and scheme from X-Forwarded-* headers.
        forwarded_allow_ips: The addresses whose proxy headers are trusted, separated by commas; * trusts all addresses.
        protocol: rapide answers compiled routes straight from the socket; asgi is uvicorn's own HTTP/1.1 protocol.
        proxy_protocol: Read the PROXY protocol header of TCP balancers whose addresses are in --forwarded-allow-ips.
        ssl_keyfile: TLS: the private key.
        ssl_certfile: TLS: the certificates.
        ssl_keyfile_password: TLS: the private key's password.
        ssl_ca_certs: TLS: the authorities of clients' certificates.
        ssl_cert_reqs: TLS: whether clients need a certificate.
        ssl_ciphers: TLS: the ciphers of TLS 1.2, as OpenSSL lists them.
        ssl_minimum_version: TLS: the oldest version that is accepted.
        header: A header field of every response, name:value; may be repeated.
        server_header: Send the header field server.
        date_header: Send the header field date.
        ws_max_size: WebSockets: size of a message in bytes.
        ws_max_queue: WebSockets: messages that may wait, with --protocol asgi.
        ws_ping_interval: WebSockets: seconds between pings; 0 sends none.
        ws_ping_timeout: WebSockets: seconds for the answer to a ping; 0 waits for ever.
        ws_per_message_deflate: WebSockets: compress messages.
        loop: The event loop: auto, asyncio, uvloop, or module:factory.
        lifespan: Whether to run the lifespan of the application.
        access_log: Log each request.
        limit_concurrency: Connections or requests at a time; more are answered with 503.
        limit_max_requests: Replace a worker after this many requests; without --workers, the server ends.
        limit_max_requests_jitter: The largest random number that a worker adds to --limit-max-requests, so that not all workers are replaced at the same time; a tenth by default.
        limit_max_age: Replace a worker after this many seconds.
        limit_max_memory: Replace a worker that uses this many MiB of memory.
        preload: Import the application once, and fork the workers. The default is to do so if it is safe; --preload refuses to start if it is not.
        timeout_worker_healthcheck: If its event loop is blocked for this many seconds, a worker writes its stacks and is replaced; 0 turns this off.
        limit_header_bytes: Size of a request's head (431).
        limit_header_fields: Number of a request's header fields (431).
        limit_pipelining: Requests that may wait on a connection.
        limit_drain: Bytes of an unread body that are read and dropped to keep the connection.
        limit_body_rate: Minimum bytes per second of a body, after the first --timeout-body seconds; 0 sets no minimum (408).
        timeout_header: Seconds for a request's head (408).
        timeout_tls_handshake: Seconds for a TLS handshake; by default, as --timeout-header.
        timeout_body: Longest pause within a body, in seconds (408).
        timeout_write: Seconds after which a client that does not read its response is disconnected; 0 sets no limit.
        timeout_keep_alive: Seconds that an idle connection is kept.
        timeout_graceful_shutdown: Seconds that running requests have to finish; then they are cancelled.
        health_path: A path that the server itself answers: 200 while it is ready, and 503 when it is about to stop.
        live_path: A path that the server answers with 200 as long as it lives.
        startup_path: A path that the server answers with 503 until it is ready for the first time.
        log_health: Log requests for the server's own paths, too.
        metrics_path: A path that the server itself answers with its metrics.
        metrics_port: Another port, which answers the server's own paths only: metrics and health.
        shutdown_delay: Seconds between SIGTERM, when the health path turns to 503, and the shutdown.
        shutdown_grace: Seconds that endless streams and WebSockets have to end at the shutdown.
        log_config: A file that configures logging: JSON, YAML, TOML or ini, by its suffix.
        log_level: The level of the server's log: critical, error, warning, info, debug or trace.
        log_format: Lines of the log as text, or as JSON objects.
        access_log_format: Lines of the access log: %(status)s, %(seconds)s ..., gunicorn's letters, or common or combined.
        log_slow: Warn of requests that take at least this many seconds.
        stall_threshold: Warn when code blocks the event loop for this many milliseconds; 0: never.
        request_id: Give each request an id, for log lines, the response and request.state.
        request_id_header: The header field of the id, which is taken from trusted proxies.

    Raises:
        TypeError: One of the options does not exist.
        ValueError: One of them has a value that the server cannot use.
        SystemExit: The server could not start.
    """

class Server(EmbeddedServer):
    """A server for an application in a running event loop.

    `await server.serve()` serves until a signal or `server.stop()`. `async with server:` serves
    during the block, and leaves signals to the program; `server.url` is the address.

    Args:
        app: The application, or an import string such as "shop.main:app".
        env_file: A file of environment variables; existing variables take precedence.
        factory: The name refers to a function that returns the application.
        host: The address to listen on; 0.0.0.0 is all of them.
        port: The port to listen on.
        uds: A Unix socket to listen on instead of host and port.
        fd: An open socket's file descriptor to listen on.
        bind: An address to listen on instead of host and port: host:port, [::1]:port, unix:/path or fd://3; may be repeated.
        uds_mode: The permissions of Unix sockets.
        pid: A file to write the process id to; it is removed at the end.
        reuse_port: Let several servers listen on the same port (SO_REUSEPORT).
        backlog: Connections that may wait to be accepted.
        root_path: The path prefix that a proxy in front serves the application under.
        proxy_headers: Take the client's address and scheme from X-Forwarded-* headers.
        forwarded_allow_ips: The addresses whose proxy headers are trusted, separated by commas; * trusts all addresses.
        protocol: rapide answers compiled routes straight from the socket; asgi is uvicorn's own HTTP/1.1 protocol.
        proxy_protocol: Read the PROXY protocol header of TCP balancers whose addresses are in --forwarded-allow-ips.
        ssl_keyfile: TLS: the private key.
        ssl_certfile: TLS: the certificates.
        ssl_keyfile_password: TLS: the private key's password.
        ssl_ca_certs: TLS: the authorities of clients' certificates.
        ssl_cert_reqs: TLS: whether clients need a certificate.
        ssl_ciphers: TLS: the ciphers of TLS 1.2, as OpenSSL lists them.
        ssl_minimum_version: TLS: the oldest version that is accepted.
        header: A header field of every response, name:value; may be repeated.
        server_header: Send the header field server.
        date_header: Send the header field date.
        ws_max_size: WebSockets: size of a message in bytes.
        ws_max_queue: WebSockets: messages that may wait, with --protocol asgi.
        ws_ping_interval: WebSockets: seconds between pings; 0 sends none.
        ws_ping_timeout: WebSockets: seconds for the answer to a ping; 0 waits for ever.
        ws_per_message_deflate: WebSockets: compress messages.
        loop: The event loop: auto, asyncio, uvloop, or module:factory.
        lifespan: Whether to run the lifespan of the application.
        access_log: Log each request.
        limit_concurrency: Connections or requests at a time; more are answered with 503.
        limit_max_requests: Replace a worker after this many requests; without --workers, the server ends.
        limit_max_requests_jitter: The largest random number that a worker adds to --limit-max-requests, so that not all workers are replaced at the same time; a tenth by default.
        limit_max_age: Replace a worker after this many seconds.
        limit_max_memory: Replace a worker that uses this many MiB of memory.
        preload: Import the application once, and fork the workers. The default is to do so if it is safe; --preload refuses to start if it is not.
        timeout_worker_healthcheck: If its event loop is blocked for this many seconds, a worker writes its stacks and is replaced; 0 turns this off.
        limit_header_bytes: Size of a request's head (431).
        limit_header_fields: Number of a request's header fields (431).
        limit_pipelining: Requests that may wait on a connection.
        limit_drain: Bytes of an unread body that are read and dropped to keep the connection.
        limit_body_rate: Minimum bytes per second of a body, after the first --timeout-body seconds; 0 sets no minimum (408).
        timeout_header: Seconds for a request's head (408).
        timeout_tls_handshake: Seconds for a TLS handshake; by default, as --timeout-header.
        timeout_body: Longest pause within a body, in seconds (408).
        timeout_write: Seconds after which a client that does not read its response is disconnected; 0 sets no limit.
        timeout_keep_alive: Seconds that an idle connection is kept.
        timeout_graceful_shutdown: Seconds that running requests have to finish; then they are cancelled.
        health_path: A path that the server itself answers: 200 while it is ready, and 503 when it is about to stop.
        live_path: A path that the server answers with 200 as long as it lives.
        startup_path: A path that the server answers with 503 until it is ready for the first time.
        log_health: Log requests for the server's own paths, too.
        metrics_path: A path that the server itself answers with its metrics.
        metrics_port: Another port, which answers the server's own paths only: metrics and health.
        shutdown_delay: Seconds between SIGTERM, when the health path turns to 503, and the shutdown.
        shutdown_grace: Seconds that endless streams and WebSockets have to end at the shutdown.
        log_config: A file that configures logging: JSON, YAML, TOML or ini, by its suffix.
        log_level: The level of the server's log: critical, error, warning, info, debug or trace.
        log_format: Lines of the log as text, or as JSON objects.
        access_log_format: Lines of the access log: %(status)s, %(seconds)s ..., gunicorn's letters, or common or combined.
        log_slow: Warn of requests that take at least this many seconds.
        stall_threshold: Warn when code blocks the event loop for this many milliseconds; 0: never.
        request_id: Give each request an id, for log lines, the response and request.state.
        request_id_header: The header field of the id, which is taken from trusted proxies.

    Raises:
        TypeError: One of the options does not exist.
        ValueError: One of them has a value that the server cannot use.
    """
    def __init__(
        self,
        app: object,
        *,
        env_file: str | PathLike[str] | None = None,
        factory: bool = False,
        host: str = "127.0.0.1",
        port: int = 8000,
        uds: str | PathLike[str] | None = None,
        fd: int | None = None,
        bind: Sequence[str] = (),
        uds_mode: int = 438,
        pid: str | PathLike[str] | None = None,
        reuse_port: bool = False,
        backlog: int = 2048,
        root_path: str = "",
        proxy_headers: bool = True,
        forwarded_allow_ips: str | None = None,
        proxy_protocol: bool = False,
        ssl_keyfile: str | PathLike[str] | None = None,
        ssl_certfile: str | PathLike[str] | None = None,
        ssl_keyfile_password: str | None = None,
        ssl_ca_certs: str | PathLike[str] | None = None,
        ssl_cert_reqs: Literal["none", "optional", "required"] = "none",
        ssl_ciphers: str | None = None,
        ssl_minimum_version: Literal["1.2", "1.3"] = "1.2",
        header: Sequence[str] = (),
        server_header: bool = True,
        date_header: bool = True,
        ws_max_size: int = 16777216,
        ws_max_queue: int = 32,
        ws_ping_interval: float = 20,
        ws_ping_timeout: float = 20,
        ws_per_message_deflate: bool = True,
        loop: str = "auto",
        lifespan: Literal["auto", "on", "off"] = "auto",
        access_log: bool = True,
        protocol: Literal["rapide", "asgi"] = "rapide",
        limit_concurrency: int | None = None,
        limit_max_requests: int | None = None,
        limit_max_requests_jitter: int | None = None,
        limit_max_age: float | None = None,
        limit_max_memory: int | None = None,
        preload: bool | None = None,
        timeout_worker_healthcheck: float = 60,
        limit_header_bytes: int = 65536,
        limit_header_fields: int = 100,
        limit_pipelining: int = 16,
        limit_drain: int = 262144,
        limit_body_rate: float = 240.0,
        timeout_header: float = 10.0,
        timeout_tls_handshake: float | None = None,
        timeout_body: float = 30.0,
        timeout_write: float = 60.0,
        timeout_keep_alive: int = 5,
        timeout_graceful_shutdown: int = 30,
        health_path: str | None = None,
        live_path: str | None = None,
        startup_path: str | None = None,
        log_health: bool = False,
        metrics_path: str | None = None,
        metrics_port: int | None = None,
        shutdown_delay: float = 0,
        shutdown_grace: float = 1.0,
        log_config: str | PathLike[str] | None = None,
        log_level: str | None = None,
        log_format: Literal["text", "json"] = "text",
        access_log_format: str | None = None,
        log_slow: float | None = None,
        stall_threshold: int = 0,
        request_id: bool = False,
        request_id_header: str = "x-request-id",
    ) -> None:
        """Make a server for an application.

        Args:
            app: The application, or an import string such as "shop.main:app".
            env_file: A file of environment variables; existing variables take precedence.
            factory: The name refers to a function that returns the application.
            host: The address to listen on; 0.0.0.0 is all of them.
            port: The port to listen on.
            uds: A Unix socket to listen on instead of host and port.
            fd: An open socket's file descriptor to listen on.
            bind: An address to listen on instead of host and port: host:port, [::1]:port, unix:/path or fd://3; may be repeated.
            uds_mode: The permissions of Unix sockets.
            pid: A file to write the process id to; it is removed at the end.
            reuse_port: Let several servers listen on the same port (SO_REUSEPORT).
            backlog: Connections that may wait to be accepted.
            root_path: The path prefix that a proxy in front serves the application under.
            proxy_headers: Take the client's address and scheme from X-Forwarded-* headers.
            forwarded_allow_ips: The addresses whose proxy headers are trusted, separated by commas; * trusts all addresses.
            protocol: rapide answers compiled routes straight from the socket; asgi is uvicorn's own HTTP/1.1 protocol.
            proxy_protocol: Read the PROXY protocol header of TCP balancers whose addresses are in --forwarded-allow-ips.
            ssl_keyfile: TLS: the private key.
            ssl_certfile: TLS: the certificates.
            ssl_keyfile_password: TLS: the private key's password.
            ssl_ca_certs: TLS: the authorities of clients' certificates.
            ssl_cert_reqs: TLS: whether clients need a certificate.
            ssl_ciphers: TLS: the ciphers of TLS 1.2, as OpenSSL lists them.
            ssl_minimum_version: TLS: the oldest version that is accepted.
            header: A header field of every response, name:value; may be repeated.
            server_header: Send the header field server.
            date_header: Send the header field date.
            ws_max_size: WebSockets: size of a message in bytes.
            ws_max_queue: WebSockets: messages that may wait, with --protocol asgi.
            ws_ping_interval: WebSockets: seconds between pings; 0 sends none.
            ws_ping_timeout: WebSockets: seconds for the answer to a ping; 0 waits for ever.
            ws_per_message_deflate: WebSockets: compress messages.
            loop: The event loop: auto, asyncio, uvloop, or module:factory.
            lifespan: Whether to run the lifespan of the application.
            access_log: Log each request.
            limit_concurrency: Connections or requests at a time; more are answered with 503.
            limit_max_requests: Replace a worker after this many requests; without --workers, the server ends.
            limit_max_requests_jitter: The largest random number that a worker adds to --limit-max-requests, so that not all workers are replaced at the same time; a tenth by default.
            limit_max_age: Replace a worker after this many seconds.
            limit_max_memory: Replace a worker that uses this many MiB of memory.
            preload: Import the application once, and fork the workers. The default is to do so if it is safe; --preload refuses to start if it is not.
            timeout_worker_healthcheck: If its event loop is blocked for this many seconds, a worker writes its stacks and is replaced; 0 turns this off.
            limit_header_bytes: Size of a request's head (431).
            limit_header_fields: Number of a request's header fields (431).
            limit_pipelining: Requests that may wait on a connection.
            limit_drain: Bytes of an unread body that are read and dropped to keep the connection.
            limit_body_rate: Minimum bytes per second of a body, after the first --timeout-body seconds; 0 sets no minimum (408).
            timeout_header: Seconds for a request's head (408).
            timeout_tls_handshake: Seconds for a TLS handshake; by default, as --timeout-header.
            timeout_body: Longest pause within a body, in seconds (408).
            timeout_write: Seconds after which a client that does not read its response is disconnected; 0 sets no limit.
            timeout_keep_alive: Seconds that an idle connection is kept.
            timeout_graceful_shutdown: Seconds that running requests have to finish; then they are cancelled.
            health_path: A path that the server itself answers: 200 while it is ready, and 503 when it is about to stop.
            live_path: A path that the server answers with 200 as long as it lives.
            startup_path: A path that the server answers with 503 until it is ready for the first time.
            log_health: Log requests for the server's own paths, too.
            metrics_path: A path that the server itself answers with its metrics.
            metrics_port: Another port, which answers the server's own paths only: metrics and health.
            shutdown_delay: Seconds between SIGTERM, when the health path turns to 503, and the shutdown.
            shutdown_grace: Seconds that endless streams and WebSockets have to end at the shutdown.
            log_config: A file that configures logging: JSON, YAML, TOML or ini, by its suffix.
            log_level: The level of the server's log: critical, error, warning, info, debug or trace.
            log_format: Lines of the log as text, or as JSON objects.
            access_log_format: Lines of the access log: %(status)s, %(seconds)s ..., gunicorn's letters, or common or combined.
            log_slow: Warn of requests that take at least this many seconds.
            stall_threshold: Warn when code blocks the event loop for this many milliseconds; 0: never.
            request_id: Give each request an id, for log lines, the response and request.state.
            request_id_header: The header field of the id, which is taken from trusted proxies.

        Raises:
            TypeError: One of the options does not exist.
            ValueError: One of them has a value that the server cannot use.
        """
