"""The sockets that a server listens on. They are bound once, before the application is imported.

An address is `host:port`, `[::1]:port`, `unix:/path`, or `fd://3`. A host name, an empty host and
`::` may be several sockets: one for each address. So IPv4 clients never have an address such as
`::ffff:192.0.2.1`, which no list of trusted proxies contains.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rapide.server.options import OptionError, Options

#: The maximal length in bytes of a Unix socket's path on Linux. Other systems allow less.
LONGEST_SOCKET_PATH: Final = 107
#: systemd's first socket; the others follow it.
FIRST_ACTIVATED: Final = 3
#: How often another free port is tried if the one that was found is taken in the other family.
ATTEMPTS: Final = 20

#: The files that were made with sockets, and by which process.
_made: Final[dict[Path, int]] = {}

#: A family of addresses, and the address to bind to.
Place = tuple[int, tuple[str | int | bytes, ...]]

_HOST_AND_PORT: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>\d{1,5}))?")


class ListeningError(OptionError):
    """The server cannot listen as configured; the message gives the reason in one line."""


@dataclass(frozen=True, slots=True)
class Address:
    """Something to listen on: a path, a file descriptor, or a host and its port."""

    path: Path | None = None
    descriptor: int | None = None
    host: str = ""
    port: int = 0

    @property
    def is_any_port(self) -> bool:
        """Whether the system chooses a free port."""
        return self.path is None and self.descriptor is None and self.port == 0

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        if self.descriptor is not None:
            return f"fd://{self.descriptor}"
        return shown(self.host, self.port)


def bind(options: Options) -> list[socket.socket]:
    """Bind the sockets of all addresses, and write the process id. They do not listen yet.

    Raises:
        ListeningError: One of them cannot be bound; the others are closed again.
    """
    bound: list[socket.socket] = []
    wanted = _distinct(addresses(options))
    try:
        for address in wanted:
            bound += _bind_address(address, options)
        if options.pid is not None:
            _write_pid(options.pid)
    except BaseException:
        release(bound, options)
        raise
    return bound


@contextmanager
def listening(options: Options) -> Iterator[list[socket.socket]]:
    """Bind the sockets of all addresses, and close them at the end.

    Raises:
        ListeningError: One of them cannot be bound.
    """
    bound = bind(options)
    try:
        yield bound
    finally:
        release(bound, options)


def release(bound: Iterable[socket.socket], options: Options) -> None:
    """Close sockets. The process that has bound them also removes the files made with them."""
    for sock in bound:
        sock.close()
    for path in files_of(options):
        if _made.pop(path, None) == os.getpid():
            path.unlink(missing_ok=True)


def files_of(options: Options) -> list[Path]:
    """Return the files that have to be removed at the end: Unix sockets, and the process id."""
    paths = [address.path for address in addresses(options)]
    return [path.absolute() for path in (*paths, options.pid) if path is not None]


def addresses(options: Options) -> list[Address]:
    """Return what the options, or systemd, name to listen on."""
    if options.bind:
        return [parse_address(text, options.port) for text in options.bind]
    if options.fd is not None:
        return [Address(descriptor=options.fd)]
    if options.uds is not None:
        return [Address(path=options.uds)]
    activated = activated_sockets()
    if activated:
        return [Address(descriptor=number) for number in activated]
    return [Address(host=options.host, port=options.port)]


def _distinct(given: list[Address]) -> list[Address]:
    """Leave out what is given twice. Port 0 is another free port each time."""
    return [
        address
        for number, address in enumerate(given)
        if address.is_any_port or address not in given[:number]
    ]


def activated_sockets() -> range:
    """Return the file descriptors that systemd has opened for this process (`LISTEN_FDS`)."""
    number = os.environ.get("LISTEN_FDS", "")
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not number.isdecimal():
        return range(0)
    return range(FIRST_ACTIVATED, FIRST_ACTIVATED + int(number))


def parse_address(text: str, port: int) -> Address:
    """Read an address of `--bind`.

    Args:
        text: The address.
        port: The port of an address that has none.

    Raises:
        ListeningError: It is not an address.
    """
    kind, _, rest = text.partition(":")
    if kind == "unix" and rest:
        return Address(path=Path(rest))
    if kind == "fd" and (number := rest.removeprefix("//")).isdecimal():
        return Address(descriptor=int(number))
    found = _HOST_AND_PORT.fullmatch(text)
    if found is None or not text or int(found["port"] or 0) > 65535:
        raise ListeningError(
            f"--bind {text!r} is not an address: write host:port, [::1]:port, unix:/path or fd://3"
        )
    given = found["port"]
    return Address(host=found["host"].strip("[]"), port=port if given is None else int(given))


def describe(bound: Iterable[socket.socket], scheme: str = "http") -> list[str]:
    """Return where sockets listen, as users write it."""
    texts: dict[str, None] = {}
    for sock in bound:
        name = sock.getsockname()
        if isinstance(name, tuple):
            texts[f"{scheme}://{shown(str(name[0]), int(name[1]))}"] = None
        else:
            texts[f"unix:{os.fsdecode(name)}"] = None
    return [*texts]


def shown(host: str, port: int) -> str:
    """Return a host and its port as URLs have them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reason_of(error: Exception) -> str:
    """Return the system's message, as the end of a sentence."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def _bind_address(address: Address, options: Options) -> list[socket.socket]:
    if address.path is not None:
        return [_bind_path(address.path, options.uds_mode)]
    if address.descriptor is not None:
        return [_take_descriptor(address.descriptor)]
    places = _places(address)
    attempts = ATTEMPTS if address.port == 0 and len(places) > 1 else 1
    failures: list[OSError] = []
    for attempt in range(1, attempts + 1):
        bound, failures = _bind_places(places, reuse_port=options.reuse_port)
        if not failures:
            return bound
        for sock in bound:
            sock.close()
        if attempt == attempts or failures[0].errno != errno.EADDRINUSE:
            break
    raise ListeningError(f"cannot listen on {address}: {reason_of(failures[0])}") from failures[0]


def _places(address: Address) -> list[Place]:
    """Return the addresses of a host; those of IPv4 come with `::`, too."""
    host = address.host
    try:
        found = socket.getaddrinfo(
            host or None, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        if host == "::":
            found += socket.getaddrinfo("0.0.0.0", address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ListeningError(f"there is no host {host}: {reason_of(error)}") from error
    places: dict[Place, None] = {}
    for family, _, _, _, place in found:
        places[family, place] = None
    return [*places]


def _bind_places(
    places: list[Place], *, reuse_port: bool
) -> tuple[list[socket.socket], list[OSError]]:
    """Bind a socket for each place, all to the same port.

    A host may have an address that this machine does not have, or of a family that it does not
    have, beside one that it has. Such failures count only if nothing is bound.
    """
    bound: list[socket.socket] = []
    decisive: list[OSError] = []
    others: list[OSError] = []
    for family, (host, asked, *more) in places:
        port = asked or (bound[0].getsockname()[1] if bound else 0)
        try:
            bound.append(_bind_place(family, (host, port, *more), reuse_port=reuse_port))
        except OSError as error:
            is_missing = error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
            (others if is_missing else decisive).append(error)
    return bound, decisive if bound else [*decisive, *others]


def _bind_place(
    family: int, place: tuple[str | int | bytes, ...], *, reuse_port: bool
) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # the option has another meaning on Windows
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(place)
    except BaseException:
        sock.close()
        raise
    return sock


def _bind_path(path: Path, mode: int) -> socket.socket:
    """Bind a Unix socket. One that a crash has left behind is replaced."""
    _check_socket_path(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.exists():
            _check_unused(path)
            path.unlink()
        sock.bind(os.fspath(path))
        _made[path.absolute()] = os.getpid()
        path.chmod(mode)  # nobody can connect before the socket listens
    except OSError as error:
        sock.close()
        raise ListeningError(f"cannot make the socket {path}: {reason_of(error)}") from error
    except BaseException:
        sock.close()
        raise
    return sock


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


def _check_unused(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(os.fspath(path))
        except ConnectionRefusedError:
            return
        except OSError as error:
            problem = reason_of(error)
            raise ListeningError(f"cannot make the socket {path}: {problem}") from error
    raise ListeningError(f"cannot make the socket {path}: another server listens on it")


def _write_pid(path: Path) -> None:
    """Write the process id, unless the file has that of another process which is still there."""
    try:
        text = path.read_text() if path.exists() else ""
        if text.strip().isdecimal() and is_running(int(text)):
            raise ListeningError(f"--pid {path}: the process {text.strip()} is still there")
        path.write_text(f"{os.getpid()}\n")
        _made[path.absolute()] = os.getpid()
    except (OSError, UnicodeDecodeError) as error:
        raise ListeningError(f"--pid: cannot write {path}: {reason_of(error)}") from error


def is_running(pid: int) -> bool:
    """Return whether there is another process with an id, as far as that is known."""
    if pid == os.getpid() or sys.platform == "win32":  # there, os.kill would end it
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _take_descriptor(number: int) -> socket.socket:
    """Return an inherited socket. The descriptor itself stays open, for processes to come."""
    try:
        is_socket = stat.S_ISSOCK(os.fstat(number).st_mode)
        sock = socket.socket(fileno=os.dup(number)) if is_socket else None
    except (OSError, OverflowError) as error:
        problem = reason_of(error)
        raise ListeningError(f"cannot use the file descriptor {number}: {problem}") from error
    if sock is None:
        raise ListeningError(f"cannot use the file descriptor {number}: it is not a socket")
    if sock.type != socket.SOCK_STREAM:
        sock.close()
        raise ListeningError(f"cannot use the file descriptor {number}: it is not a stream socket")
    return sock


def check_port(options: Options) -> None:
    """Check that the port for the server's own paths is free, before anything is started.

    Raises:
        ListeningError: It is not.
    """
    for sock in bind_own_port(options, is_shared=False):
        sock.close()


def bind_own_port(options: Options, *, is_shared: bool = True) -> list[socket.socket]:
    """Bind the sockets of the port for the server's own paths, if there is one.

    Args:
        options: The options of the server.
        is_shared: Whether each worker may bind them.

    Raises:
        ListeningError: They cannot be bound.
    """
    if options.metrics_port is None:
        return []
    address = Address(host=options.host, port=options.metrics_port)
    reuse_port = is_shared and hasattr(socket, "SO_REUSEPORT")
    try:
        return _bind_address(address, replace(options, reuse_port=reuse_port))
    except ListeningError as error:
        raise ListeningError(f"--metrics-port: {error}") from error
