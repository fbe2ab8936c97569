"""Runs what docs/deployment.md shows, out of the way of everything else on the machine."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from .server import ROOT, environment

DEPLOYMENT = ROOT / "examples" / "deployment"
RAPIDE = [sys.executable, "-m", "rapide"]
PATIENCE = 60.0


@dataclass(frozen=True)
class Deployed:
    """A running process and its log."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, question: Callable[[], Any]) -> Any:
        """The first true answer; meanwhile nobody may be there to answer."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if answer := question():
                    return answer
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"it never came true; the log:\n{self.log.read_text()}")

    def stop(self) -> str:
        """End the process as `kill` does, and return what it has written."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.log.read_text()


@contextmanager
def started(
    command: list[str], logs: Path, directory: Path = DEPLOYMENT, **variables: str
) -> Iterator[Deployed]:
    """Run a command in a directory until the block ends."""
    log = logs / f"{Path(command[0]).name}.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            cwd=directory,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        deployed = Deployed(process, log)
        try:
            yield deployed
        finally:
            deployed.stop()


def client(url: str = "http://shop", **options: Any) -> httpx.Client:
    """A client that goes straight to the server; `uds`, `verify` and `local_address` as httpx."""
    transport = httpx.HTTPTransport(**options)
    return httpx.Client(base_url=url, transport=transport, timeout=PATIENCE, trust_env=False)


def accepts(path: str) -> bool:
    """Whether somebody listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def program(name: str, *, is_installed_by_make: bool = True) -> str:
    """A program of the system, or a reason to skip the test; CI has what `make test` installs."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        message = f"{name} is not installed"
        if is_installed_by_make and "CI" in os.environ:
            pytest.fail(message)
        pytest.skip(message)
    return found


def make_certificate(directory: Path, name: str) -> None:
    """A key and a certificate that vouches for itself, as the page makes them."""
    subprocess.run(
        [
            *(program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-keyout", "key.pem", "-out", "certificate.pem"),
            *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"),
        ],
        cwd=directory,
        check=True,
        capture_output=True,
    )
