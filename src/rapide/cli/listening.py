"""Check that the server can listen as configured, before it starts.

The server would notice too, but later, in its log, and sometimes with a traceback.
"""

import errno
import os
import socket
import ssl
import stat
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from rapide.server.options import Options

#: The maximal length in bytes of a Unix socket's path on Linux. Other systems allow less.
LONGEST_SOCKET_PATH = 107


class ListeningError(Exception):
    """The server cannot listen as configured; the message gives the reason in one line."""


def check_listening(options: Options) -> None:
    """Try the address or socket that a server will use, and load its certificate.

    Raises:
        ListeningError: One of them cannot be used.
    """
    _check_certificate(options.ssl_certfile, options.ssl_keyfile, options.ssl_keyfile_password)
    if options.fd is not None:
        _check_descriptor(options.fd)
    elif options.uds:
        _check_socket_path(options.uds)
    else:
        _check_address(options.host, options.port)


def _check_address(host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise ListeningError(f"there is no host {host}: {_reason(error)}") from error
    attempts = [_failure_of(kind, address) for *kind, address in found]
    failures = [attempt for attempt in attempts if attempt is not None]
    # A host name may have an address that this machine does not have, beside one that it has.
    decisive = [error for error in failures if error.errno != errno.EADDRNOTAVAIL]
    if decisive or len(failures) == len(found):
        reason = _reason([*decisive, *failures][0])
        raise ListeningError(f"cannot listen on {_shown(host, port)}: {reason}")


def _failure_of(kind: list[Any], address: Any) -> OSError | None:
    """Return why an address cannot be bound to; None if it can."""
    family, type_, protocol, _ = kind
    try:
        with closing(socket.socket(family, type_, protocol)) as sock:
            if sys.platform != "win32":  # as servers do; the option has another meaning on Windows
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:  # the server has another socket for IPv4
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(address)
    except OSError as error:
        return error
    return None


def _check_socket_path(path: Path) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise ListeningError(f"cannot make the socket {path}: there is no folder {folder}")
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        problem = f"a socket's path has at most {LONGEST_SOCKET_PATH} bytes"
        raise ListeningError(f"cannot make the socket {path}: {problem}")
    if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
        raise ListeningError(f"cannot make the socket {path}: something else is there")
    if not os.access(folder, os.W_OK):
        raise ListeningError(f"cannot make the socket {path}: {folder} cannot be written to")


def _check_descriptor(number: int) -> None:
    try:
        is_socket = stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError as error:
        problem = _reason(error)
        raise ListeningError(f"cannot use the file descriptor {number}: {problem}") from error
    if not is_socket:
        raise ListeningError(f"cannot use the file descriptor {number}: it is not a socket")


def _check_certificate(certificate: Path | None, key: Path | None, password: str | None) -> None:
    if certificate is None:
        if key is not None:
            raise ListeningError(f"--ssl-keyfile {key} needs --ssl-certfile")
        return
    for path, option in ((certificate, "--ssl-certfile"), (key, "--ssl-keyfile")):
        if path is not None:
            _check_readable(path, option)
    asked = []

    def get_password() -> str:
        asked.append(True)
        return password or ""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, get_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        if not asked:
            raise ListeningError(_certificate_problem(certificate, key, error)) from error
        if password is not None:
            problem = "--ssl-keyfile-password is not its password"
        elif sys.stdin is not None and sys.stdin.isatty():
            return  # the server asks for it
        else:
            problem = "it has a password: --ssl-keyfile-password"
        raise ListeningError(f"cannot use the key {key or certificate}: {problem}") from error


def _check_readable(path: Path, option: str) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise ListeningError(f"{option}: cannot read {path}: {_reason(error)}") from error


def _certificate_problem(certificate: Path, key: Path | None, error: Exception) -> str:
    reason = getattr(error, "reason", None) or ""
    if "MISMATCH" in reason:
        return f"the key {key or certificate} is not that of the certificate {certificate}"
    if key is None:
        return f"{certificate} does not hold a certificate and its key (see --ssl-keyfile)"
    return f"{certificate} and {key} are not a certificate and its key in PEM form"


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
