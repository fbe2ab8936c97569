"""Starts the bookshop as its users do: a process of its own, behind a real socket."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
BOOKSHOP = ROOT / "examples" / "bookshop"
STAFF = "staff@example.org"
READER = "reader@example.org"
PASSWORD = "open sesame"
STAFFED = {"BOOKSHOP_STAFF_PASSWORD": PASSWORD}
START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**variables: str) -> dict[str, str]:
    """Our environment, where `rapide` can be imported and no server is named but by us."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL"} and not name.startswith("BOOKSHOP_")
    }
    paths = [inherited.get("PYTHONPATH", ""), str(ROOT / "src")]
    return inherited | {"PYTHONPATH": os.pathsep.join(filter(None, paths))} | variables


def copy_for_fastapi(target: Path) -> Path:
    """Copy the bookshop and let it import FastAPI instead of Rapide: nothing else changes."""
    copy = target / "bookshop"
    shutil.copytree(BOOKSHOP, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for module in copy.rglob("*.py"):
        source = module.read_text(encoding="utf-8")
        module.write_text(source.replace("from rapide", "from fastapi"), encoding="utf-8")
    return copy


def rapide_run(bookshop: Path = BOOKSHOP, *options: str) -> list[str]:
    return [sys.executable, "-m", "rapide", "run", str(bookshop / "main.py"), *options]


def uvicorn(bookshop: Path = BOOKSHOP, *options: str) -> list[str]:
    app_dir = ["--app-dir", str(bookshop.parent)]
    return [sys.executable, "-m", "uvicorn", "bookshop.main:app", *app_dir, *options]


@dataclass(frozen=True)
class Shop:
    """A running bookshop."""

    url: str
    database: str
    log: Path

    tokens: dict[str, str] = field(default_factory=dict)

    def client(self) -> httpx.Client:
        """Somebody whom the shop does not know."""
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False)

    def reader(self, email: str = READER) -> httpx.Client:
        """A customer, with an account from now on."""
        if email not in self.tokens:
            with self.client() as stranger:
                account = {"email": email, "password": PASSWORD}
                assert stranger.post("/accounts", json=account).status_code == 201
        return self.member(email)

    def staff(self) -> httpx.Client:
        """The staff of a shop that was started with `STAFFED`."""
        return self.member(STAFF)

    def member(self, email: str) -> httpx.Client:
        """Somebody who is logged in."""
        if email not in self.tokens:
            with self.client() as stranger:
                answer = stranger.post("/token", data={"username": email, "password": PASSWORD})
            self.tokens[email] = answer.json()["access_token"]
        client = self.client()
        client.headers["Authorization"] = f"Bearer {self.tokens[email]}"
        return client


@contextmanager
def serve(
    command: list[str], directory: Path, database: str = "sqlite", **variables: str
) -> Iterator[Shop]:
    """Run the command in the directory on a free port, until the block ends."""
    port = free_port()
    log = directory / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=directory,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        with process:
            try:
                shop = Shop(f"http://127.0.0.1:{port}", database, log)
                await_start(process, shop)
                yield shop
            finally:
                process.terminate()
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()


def await_start(process: subprocess.Popen[bytes], shop: Shop) -> None:
    """Wait until the shop answers, or tell what its log says."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer = httpx.get(f"{shop.url}/health", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            if answer.is_success:
                return
            break
    raise RuntimeError(f"the bookshop did not start:\n{shop.log.read_text(errors='replace')}")
