"""What cannot be listened on, or with, is said in one line before the server starts."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from rapide.cli import program
from rapide.server import run as server_run
from rapide.server.certificates import Renewal, check_certificate
from rapide.server.options import Options


@pytest.fixture
def refused(write: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command that must not come to serving, and return what it says."""
    write("main.py")
    for name in ("_serve_in_this_process", "_serve_anew"):
        monkeypatch.setattr(server_run, name, lambda *values: pytest.fail("served"))

    def refused(*arguments: str) -> str:
        result = CliRunner().invoke(program.app, list(arguments), prog_name="rapide")
        assert (result.exit_code, result.stdout) == (2, ""), result.output
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
        assert "Traceback" not in result.stderr
        return result.stderr.removeprefix("Error: ").rstrip("\n")

    return refused


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


def make_certificate(name: str, *options: str) -> tuple[str, str]:
    """Make a certificate and its key."""
    certificate, key = f"{name}.pem", f"{name}.key"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=x"
    files = ["-keyout", key, "-out", certificate]
    arguments = [*command.split(), *files, *(options or ["-nodes"])]
    subprocess.run(arguments, check=True, capture_output=True)
    return certificate, key


@pytest.mark.parametrize("command", ["run", "dev"])
@pytest.mark.parametrize("port", ["99999", "-1", "80a", ""])
def test_a_port_that_is_none(refused: Any, command: str, port: str) -> None:
    message = refused(command, "main.py", "--port", port)
    assert message.startswith("Invalid value for '--port'")
    assert message.endswith(f"(rapide {command} --help lists what it takes)")


def test_a_port_that_is_none_in_the_environment(
    refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "99999")
    assert "PORT" in refused("run", "main.py")


def test_a_port_that_is_taken(refused: Any, taken: int) -> None:
    message = refused("run", "main.py", "--host", "127.0.0.1", "--port", str(taken))
    assert message == f"cannot listen on 127.0.0.1:{taken}: address already in use"


@pytest.mark.parametrize("command", ["run", "dev"])
def test_a_host_that_is_not_there(refused: Any, command: str) -> None:
    message = refused(command, "main.py", "--host", "nosuch.invalid", "--port", "0")
    assert message.startswith("there is no host nosuch.invalid: ")


def test_a_host_that_no_name_can_be(refused: Any) -> None:
    assert refused("run", "main.py", "--host", "a" * 70 + ".test").startswith("there is no host")


def test_an_address_of_another_machine(refused: Any) -> None:
    message = refused("run", "main.py", "--host", "192.0.2.1", "--port", "0")
    assert message.startswith("cannot listen on 192.0.2.1:0: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--health-path=ready"], "--health-path ready has to begin with a slash"),
        (["--live-path=/live?"], "--live-path '/live?' is not a path such as /ready"),
        (
            ["--health-path=/h", "--metrics-path=/h"],
            "--metrics-path /h is the path of --health-path, too",
        ),
        (["--port=8000", "--metrics-port=8000"], "--metrics-port 8000 is --port, too"),
    ],
)
def test_paths_and_ports_of_the_server_itself(
    refused: Any, arguments: list[str], message: str
) -> None:
    assert refused("run", "main.py", *arguments) == message


def test_a_socket_in_no_folder(refused: Any, project: Path) -> None:
    message = refused("run", "main.py", "--uds", "none/app.sock")
    assert message == (
        f"cannot make the socket none/app.sock: there is no folder {project / 'none'}"
    )


def test_a_socket_where_something_else_is(refused: Any) -> None:
    assert refused("run", "main.py", "--uds", "main.py").endswith("something else is there")


def test_a_socket_whose_path_is_too_long(refused: Any) -> None:
    assert "at most 107 bytes" in refused("run", "main.py", "--uds", "x" * 120)


def test_a_file_descriptor_that_is_no_socket(refused: Any) -> None:
    assert refused("run", "main.py", "--fd", "999").startswith(
        "cannot use the file descriptor 999: "
    )
    with Path("main.py").open() as file:
        assert refused("run", "main.py", "--fd", str(file.fileno())).endswith("it is not a socket")


@pytest.mark.parametrize("address", ["80:80:80", "host:port", "::1", "[::1", "unix:", "fd://x", ""])
def test_an_address_that_is_none(refused: Any, address: str) -> None:
    message = refused("run", "main.py", "--bind", address)
    assert message.startswith(f"--bind {address!r} is not an address: write host:port")


def test_permissions_that_are_none(refused: Any) -> None:
    message = refused("run", "main.py", "--uds-mode", "888")
    assert message.startswith("Invalid value for '--uds-mode': '888' are not permissions")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ssl-certfile", "no.pem"], "--ssl-certfile: cannot read no.pem: no such file"),
        (["--ssl-keyfile", "no.key"], "--ssl-keyfile no.key needs --ssl-certfile"),
        (
            ["--ssl-certfile", "main.py", "--ssl-keyfile", "no.key"],
            "--ssl-keyfile: cannot read no.key: no such file",
        ),
        (["--ssl-certfile", "."], "--ssl-certfile: cannot read .: is a directory"),
        (
            ["--ssl-certfile", "main.py", "--ssl-keyfile", "main.py"],
            "main.py and main.py are not a certificate and its key in PEM form",
        ),
        (["--ssl-certfile", "main.py"], "main.py does not hold a certificate and its key"),
    ],
)
def test_a_certificate_that_is_none(refused: Any, options: list[str], message: str) -> None:
    assert refused("run", "main.py", "--port", "0", *options).startswith(message)


def test_a_certificate_with_another_key(refused: Any) -> None:
    (first, _), (_, other) = make_certificate("first"), make_certificate("other")
    message = refused("run", "main.py", "--ssl-certfile", first, "--ssl-keyfile", other)
    assert message == "the key other.key is not that of the certificate first.pem"
    message = refused("run", "main.py", "--ssl-certfile", first)
    assert message == "first.pem does not hold a certificate and its key (see --ssl-keyfile)"


def test_a_key_with_a_password(
    refused: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = make_certificate("locked", "-passout", "pass:secret")
    arguments = ["run", "main.py", "--ssl-certfile", certificate, "--ssl-keyfile", key]
    missing = "cannot use the key locked.key: it has a password: --ssl-keyfile-password"
    assert refused(*arguments) == missing
    wrong = "cannot use the key locked.key: --ssl-keyfile-password is not its password"
    assert refused(*arguments, "--ssl-keyfile-password", "sesame") == wrong
    options = Options(host="", port=0, ssl_certfile=Path(certificate), ssl_keyfile=Path(key))
    check_certificate(replace(options, ssl_keyfile_password="secret"))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    check_certificate(options)  # the server asks for the password when it starts, but not later
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    Renewal(context, options).renew()
    assert "The certificate is not renewed: cannot use the key locked.key" in caplog.text


def test_a_number_of_workers_that_is_none(refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "two")
    assert "WEB_CONCURRENCY" in refused("run", "main.py", "--port", "0")


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "main.py", "--prot", "80"],
        ["run", "main.py", "--protocol", "spdy"],
        ["run", "main.py", "more.py"],
        ["run", "main.py", "--timeout-keep-alive", "-1"],
        ["run", "main.py", "--limit-concurrency", "0"],
        ["run", "main.py", "--limit-pipelining", "0"],
        ["dev", "main.py", "--reload-dir", "nowhere"],
        ["rnu", "main.py"],
        ["--nothing"],
        ["check", "main.py", "other.py"],
    ],
)
def test_arguments_that_are_misspelt(refused: Any, arguments: list[str]) -> None:
    assert "--help lists what it takes)" in refused(*arguments)


def test_an_option_without_its_value(refused: Any) -> None:
    assert "--app" in refused("run", "main.py", "--app")


@pytest.mark.parametrize("number", ["nan", "inf", "1e30"])
def test_a_number_that_is_none_or_too_large(refused: Any, number: str) -> None:
    message = refused("run", "main.py", "--timeout-body", number)
    assert "--timeout-body" in message
    assert "greater" in message or "has to be from 0 to 2147483647" in message
