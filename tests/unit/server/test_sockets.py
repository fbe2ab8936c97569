"""The sockets of a server are bound to all addresses that its options name."""

import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rapide.server.checks import check_options
from rapide.server.options import Options
from rapide.server.sockets import (
    ListeningError,
    bind,
    bind_own_port,
    check_port,
    describe,
    listening,
)


@pytest.fixture
def bound() -> Iterator[Any]:
    """Bind the sockets of options, and close them at the end."""
    kept: list[socket.socket] = []

    def bound(**options: Any) -> list[socket.socket]:
        sockets = bind(Options(**{"host": "127.0.0.1", "port": 0, **options}))
        kept.extend(sockets)
        return sockets

    yield bound
    for sock in kept:
        sock.close()


def addresses(sockets: list[socket.socket]) -> list[tuple[str, bool]]:
    """Return the hosts of sockets, and whether all have the same port."""
    port = sockets[0].getsockname()[1]
    return sorted((sock.getsockname()[0], sock.getsockname()[1] == port) for sock in sockets)


@pytest.mark.skipif(not socket.has_ipv6, reason="a machine without IPv6")
@pytest.mark.parametrize(
    ("host", "hosts"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("0.0.0.0", ["0.0.0.0"]),
        ("::1", ["::1"]),
        ("::", ["0.0.0.0", "::"]),
        ("", ["0.0.0.0", "::"]),
    ],
)
def test_a_host_that_means_both_families_has_a_socket_for_each(
    bound: Any, host: str, hosts: list[str]
) -> None:
    assert addresses(bound(host=host)) == [(name, True) for name in hosts]
    assert addresses(bound(bind=(f"[{host}]:0",) if ":" in host else (f"{host}:0",))) == [
        (name, True) for name in hosts
    ]


def test_several_addresses_are_bound_instead_of_host_and_port(bound: Any, tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with closing(socket.socket()) as open_socket:
        open_socket.bind(("127.0.0.1", 0))
        sockets = bound(
            host="nowhere.invalid",
            bind=("127.0.0.1:0", "127.0.0.1", f"unix:{path}", f"fd://{open_socket.fileno()}"),
        )
        assert sockets[3].getsockname() == open_socket.getsockname()
    assert len({sock.getsockname() for sock in sockets}) == 4
    assert describe(sockets, "https")[1:3] == [
        f"https://127.0.0.1:{sockets[1].getsockname()[1]}",
        f"unix:{path}",
    ]


def test_nothing_stays_bound_if_one_address_cannot_be(bound: Any) -> None:
    (taken,) = bound()
    taken.listen()
    port = taken.getsockname()[1]
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        free = other.getsockname()[1]
    with pytest.raises(ListeningError, match=f"cannot listen on 127.0.0.1:{port}: address already"):
        bound(bind=(f"127.0.0.1:{free}", f"127.0.0.1:{port}"))
    bound(port=free)


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="a system without SO_REUSEPORT")
def test_servers_may_share_a_port(bound: Any) -> None:
    (first,) = bound(reuse_port=True)
    first.listen()
    (second,) = bound(reuse_port=True, port=first.getsockname()[1])
    assert first.getsockname() == second.getsockname()


def test_a_unix_socket_has_the_permissions_asked_for_and_is_removed(
    bound: Any, tmp_path: Path
) -> None:
    path = tmp_path / "app.sock"
    for mode in (0o600, 0o666):  # the first one is left behind, as by a crash
        (sock,) = bound(uds=path, uds_mode=mode)
        assert stat.S_IMODE(path.stat().st_mode) == mode
        sock.close()
    with listening(Options(uds=path)):
        assert path.exists()
    assert not path.exists()


def test_a_unix_socket_that_is_served_is_not_taken_over(bound: Any, tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    (sock,) = bound(uds=path)
    sock.listen()
    with pytest.raises(ListeningError, match=r"app\.sock: another server listens on it"):
        bound(bind=(f"unix:{path}",))


def test_a_socket_is_removed_if_the_process_id_cannot_be_written(
    bound: Any, tmp_path: Path
) -> None:
    path, pid = tmp_path / "app.sock", tmp_path / "app.pid"
    pid.write_text(f"{os.getppid()}\n")
    with pytest.raises(ListeningError, match="is still there"):
        bound(uds=path, pid=pid)
    assert (path.exists(), pid.exists()) == (False, True)


def test_the_servers_own_port_is_bound_as_its_host_says() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListeningError, match=rf"--metrics-port: .* 127\.0\.0\.1:{port}: addr"):
            check_port(Options(host="127.0.0.1", metrics_port=port))
    with contextlib.ExitStack() as stack:
        sockets = bind_own_port(Options(host="::" if socket.has_ipv6 else "", metrics_port=0))
        for sock in sockets:
            stack.enter_context(closing(sock))
        assert "0.0.0.0" in [host for host, _ in addresses(sockets)]
    check_options(Options(fd=0, metrics_port=8000))  # nothing listens on the default port


def test_sockets_of_systemd_are_used_instead_of_host_and_port(
    bound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.socket()) as given:
        given.bind(("127.0.0.1", 0))
        monkeypatch.setattr("rapide.server.sockets.FIRST_ACTIVATED", given.fileno())
        monkeypatch.setenv("LISTEN_FDS", "1")
        monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
        (sock,) = bound()
        assert sock.getsockname() == given.getsockname()
        monkeypatch.setenv("LISTEN_PID", "1")
        (sock,) = bound()
        assert sock.getsockname() != given.getsockname()
