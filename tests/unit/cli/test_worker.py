"""`rapide worker` and `rapide explain` for an application with jobs: their messages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

APPLICATION = """
from taskiq import InMemoryBroker
from taskiq_redis import RedisStreamBroker
from rapide import FastAPI

app = FastAPI()
none = FastAPI()
two = FastAPI()
in_memory = FastAPI()
broker, other, unused = [RedisStreamBroker("redis://127.0.0.1:9") for _ in range(3)]

@app.job(broker)
async def receipt(order_id: int) -> None: ...

two.job(broker, name="a")(receipt.function)
two.job(other, name="b")(receipt.function)
in_memory.job(InMemoryBroker())(receipt.function)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(APPLICATION, encoding="utf-8")
    return tmp_path


def rapide(folder: Path, *arguments: str) -> tuple[int, str]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src"), "COLUMNS": "200"}
    command = [sys.executable, "-m", "rapide", *arguments]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shop:none"], "the application has no jobs"),
        (["shop:two"], "have 2 brokers: name one by --broker"),
        (["shop:two", "--broker", "brocker"], "There is no brocker in shop"),
        (["shop:two", "--broker", "app"], "must name a broker of taskiq"),
        (["shop:two", "--broker", "unused"], "no job of the application is sent by the broker"),
        (["shop:in_memory"], "InMemoryBroker runs its jobs in the process"),
        (["shop:missing"], "Could not find app name missing"),
        (["shop.py", "--log-level", "loud"], "--log-level must be one of debug"),
        (["shop.py", "--workers", "0"], "--workers"),
    ],
)
def test_a_wrong_argument_is_one_line(folder: Path, arguments: list[str], message: str) -> None:
    status, output = rapide(folder, "worker", *arguments)
    assert status in (1, 2)
    assert message in output
    assert len(output.strip().splitlines()) == 1


def test_explain_lists_and_shows_jobs(folder: Path) -> None:
    assert "job shop:receipt" in rapide(folder, "explain", "shop.py")[1]
    status, output = rapide(folder, "explain", "shop.py", "job shop:receipt")
    assert status == 0
    assert "ReadParameter arg order_id#1 argument order_id required" in output
    assert 'validate_order_id(arguments["order_id"])' in output
    status, output = rapide(folder, "explain", "shop.py", "job", "receit")
    assert status != 0
    assert "did you mean shop:receipt?" in output
