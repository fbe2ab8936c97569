"""Who a client is, on sockets of both families, behind balancers, and with certificates."""

import json
import socket
import ssl
import struct
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import rapide.testing
from rapide import FastAPI, Request, WebSocket
from rapide.server.proxy_header import SIGNATURE
from tests.examples.deployed import make_certificate

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def say(request: Request) -> list[Any]:
        assert request.client is not None
        return [request.client.host, request.scope["server"][0], request.url.scheme]

    @app.websocket("/ws")
    async def say_there(socket: WebSocket) -> None:
        await socket.accept()
        assert socket.client is not None
        await socket.send_text(socket.client.host)
        await socket.close()

    return app


def ask(url: str, data: bytes = HEAD + b"\r\n", *, host: str = "127.0.0.1") -> bytes:
    """Send bytes to the port of a server, and return what it answers."""
    with closing(socket.create_connection((host, port_of(url)), 30)) as client:
        client.sendall(data)
        return rest(client)


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def rest(client: socket.socket) -> bytes:
    answer = b""
    try:
        while part := client.recv(65536):
            answer += part
    except ConnectionResetError:
        pass
    return answer


def body(answer: bytes) -> Any:
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    return json.loads(answer.partition(b"\r\n\r\n")[2])


needs_ipv6 = pytest.mark.skipif(not socket.has_ipv6, reason="a machine without IPv6")


@needs_ipv6
@pytest.mark.parametrize("protocol", ["rapide", "asgi"])
def test_both_families_are_served_and_a_proxy_is_trusted_in_both(protocol: Any) -> None:
    with rapide.testing.serve(make_app(), host="::", protocol=protocol) as url:
        assert url.startswith("http://[::]:")
        for host in ("127.0.0.1", "::1"):
            assert body(ask(url, host=host)) == [host, host, "http"]
            forwarded = HEAD + b"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n"
            assert body(ask(url, forwarded, host=host)) == ["192.0.2.7", host, "https"]


@needs_ipv6
def test_an_address_of_ipv4_is_written_so_on_a_given_socket_of_both_families() -> None:
    with (
        closing(
            socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        ) as given,
        rapide.testing.serve(make_app(), fd=given.fileno()) as url,
    ):
        assert body(ask(url)) == ["127.0.0.1", "127.0.0.1", "http"]
        forwarded = HEAD + b"X-Forwarded-For: 192.0.2.7\r\n\r\n"
        assert body(ask(url, forwarded))[0] == "192.0.2.7"


LINE = b"PROXY TCP4 192.0.2.7 198.51.100.1 4000 443\r\n"
BINARY = (
    SIGNATURE
    + struct.pack("!BBH", 0x21, 0x11, 12)
    + bytes([192, 0, 2, 7, 198, 51, 100, 1, 15, 160, 1, 187])
)
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_balancer_says_whose_connection_it_passes_on(loop: str) -> None:
    with rapide.testing.serve(make_app(), proxy_protocol=True, loop=loop) as url:
        for header in (LINE, BINARY):
            assert body(ask(url, header + HEAD + b"\r\n")) == ["192.0.2.7", "198.51.100.1", "http"]
            with closing(socket.create_connection(("127.0.0.1", port_of(url)), 30)) as client:
                client.sendall(header + UPGRADE)
                answer = b""
                while b"\x81\x09192.0.2.7" not in answer:
                    part = client.recv(4096)
                    assert part, answer
                    answer += part
        local = SIGNATURE + struct.pack("!BBH", 0x20, 0, 0)
        assert body(ask(url, local + HEAD + b"\r\n"))[0] == "127.0.0.1"
        assert ask(url) == b""  # a trusted balancer always sends the header
        assert ask(url, b"PROXY TCP4 192.0.2.7\r\n" + HEAD) == b""


def test_others_cannot_say_whose_connection_it_is() -> None:
    options: Any = {"proxy_protocol": True, "forwarded_allow_ips": "192.0.2.1"}
    with rapide.testing.serve(make_app(), **options) as url:
        assert body(ask(url))[0] == "127.0.0.1"
        assert ask(url, LINE + HEAD + b"\r\n").startswith(b"HTTP/1.1 400 ")


def test_a_balancer_that_sends_no_header_is_not_waited_for() -> None:
    with rapide.testing.serve(make_app(), proxy_protocol=True, timeout_header=0.01) as url:
        assert ask(url, b"PROXY ") == b""


def test_a_connection_whose_header_is_awaited_is_not_counted_as_a_websocket() -> None:
    options: Any = {"proxy_protocol": True, "metrics_path": "/metrics"}
    with (
        rapide.testing.serve(make_app(), **options) as url,
        closing(socket.create_connection(("127.0.0.1", port_of(url)), 30)),
    ):
        answer = ask(url, LINE + HEAD.replace(b"/ ", b"/metrics ") + b"\r\n")
    assert b'rapide_connections{protocol="http"} 2.0' in answer, answer
    assert b'rapide_connections{protocol="websocket"} 0.0' in answer


@pytest.fixture
def secure(tmp_path: Path) -> dict[str, Any]:
    """The options of a server with a certificate."""
    make_certificate(tmp_path, "localhost")
    return {
        "ssl_keyfile": tmp_path / "key.pem",
        "ssl_certfile": tmp_path / "certificate.pem",
    }


def connect(url: str, context: ssl.SSLContext, before: bytes = b"") -> ssl.SSLSocket:
    """Begin TLS with a server, after some bytes without it."""
    client = socket.create_connection(("127.0.0.1", port_of(url)), 30)
    client.sendall(before)
    return context.wrap_socket(client, server_hostname="localhost")


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_balancer_says_it_before_tls(secure: dict[str, Any], loop: str) -> None:
    trusting = ssl.create_default_context(cafile=secure["ssl_certfile"])
    with rapide.testing.serve(make_app(), proxy_protocol=True, loop=loop, **secure) as url:
        assert url.startswith("https://")
        for header in (LINE, BINARY):
            with connect(url, trusting, header) as client:
                client.sendall(HEAD + b"\r\n")
                assert body(rest(client)) == ["192.0.2.7", "198.51.100.1", "https"]


def test_the_time_for_the_header_does_not_count_for_tls(secure: dict[str, Any]) -> None:
    trusting = ssl.create_default_context(cafile=secure["ssl_certfile"])
    options: Any = {"timeout_header": 0.01, "timeout_tls_handshake": 30, **secure}
    with closing(socket.create_server(("127.0.0.1", 0))) as given:
        client = socket.create_connection(given.getsockname(), 30)
        client.sendall(LINE)
        with rapide.testing.serve(
            make_app(), proxy_protocol=True, fd=given.fileno(), **options
        ) as url:
            assert ask(url, b"PROXY ") == b""  # the time for the first header is over, too
            with trusting.wrap_socket(client, server_hostname="localhost") as encrypted:
                assert encrypted.version()


def test_a_certificate_is_read_again_when_its_files_change(
    secure: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rapide.server.server.LOOKS_AT_CERTIFICATES", 1)
    folder = tmp_path / "new"
    folder.mkdir()
    make_certificate(folder, "localhost")
    with rapide.testing.serve(make_app(), **secure) as url:
        old = ssl.create_default_context(cafile=secure["ssl_certfile"])
        with connect(url, old) as client:
            before = client.getpeercert(binary_form=True)
            secure["ssl_certfile"].write_text("broken")
            client.sendall(HEAD.replace(b"close", b"keep-alive") + b"\r\n")
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
            for name in ("key.pem", "certificate.pem"):
                (folder / name).rename(tmp_path / name)
            new = ssl.create_default_context(cafile=secure["ssl_certfile"])
            while True:  # at most until the server looks at the files again
                try:
                    with connect(url, new) as other:
                        assert other.getpeercert(binary_form=True) != before
                        break
                except ssl.SSLError:
                    continue
            client.sendall(HEAD + b"\r\n")
            assert body(rest(client))[2] == "https"


@pytest.mark.parametrize("reqs", ["optional", "required"])
def test_clients_have_a_certificate_if_that_is_asked_for(
    secure: dict[str, Any], tmp_path: Path, reqs: Any
) -> None:
    folder = tmp_path / "client"
    folder.mkdir()
    make_certificate(folder, "client")
    secure |= {"ssl_ca_certs": folder / "certificate.pem", "ssl_cert_reqs": reqs}
    nameless = ssl.create_default_context(cafile=secure["ssl_certfile"])
    known = ssl.create_default_context(cafile=secure["ssl_certfile"])
    known.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    with rapide.testing.serve(make_app(), **secure) as url:
        address = f"https://localhost:{port_of(url)}/"
        with urllib.request.urlopen(address, context=known, timeout=30) as response:
            assert response.status == 200
        if reqs == "optional":
            with urllib.request.urlopen(address, context=nameless, timeout=30) as response:
                assert response.status == 200
        else:
            with pytest.raises(OSError, match=r"certificate|reset|EOF|closed"):
                urllib.request.urlopen(address, context=nameless, timeout=30)


def test_an_old_version_of_tls_is_refused(secure: dict[str, Any]) -> None:
    old = ssl.create_default_context(cafile=secure["ssl_certfile"])
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        rapide.testing.serve(make_app(), **secure, ssl_ciphers="ECDHE+AESGCM") as url,
        connect(url, old) as client,
    ):
        assert "GCM" in client.cipher()[0]  # type: ignore[index]
    with (
        rapide.testing.serve(make_app(), **secure, ssl_minimum_version="1.3") as url,
        pytest.raises(ssl.SSLError),
    ):
        connect(url, old)
