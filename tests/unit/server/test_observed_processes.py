"""Logs and metrics of a server with several processes."""

from __future__ import annotations

import json
import os
import re
import signal
from typing import Any

APPLICATION = """
import logging, os
from rapide import FastAPI

app = FastAPI()


@app.get("/{name}")
async def front(name: str):
    logging.getLogger("shop").warning("somebody came")
    return os.getpid()
"""


def count(metrics: str, name: str) -> int:
    return int(
        sum(float(value) for value in re.findall(rf"^{name}.* (\S+)$", metrics, re.MULTILINE))
    )


def test_every_worker_knows_the_numbers_of_all_also_of_those_that_are_killed(run: Any) -> None:
    options = ("--workers", "2", "--metrics-path", "/metrics", "--log-format", "json")
    server = run(APPLICATION, *options, "--request-id")
    server.wait_for(server.ask)
    server.wait_for(lambda: count(scrape(server), "rapide_workers") == 2)
    before = count(scrape(server), "rapide_http_requests_total")
    killed = server.ask("/a")
    workers = {killed, *(server.ask("/b") for _ in range(9))}
    # The last one may be counted just after its client has the answer.
    server.wait_for(lambda: count(scrape(server), "rapide_http_requests_total") == before + 10)
    os.kill(killed, signal.SIGKILL)
    server.wait_for(
        lambda: count(scrape(server), "rapide_workers") == 2 and killed not in {server.ask("/c")}
    )
    server.wait_for(
        lambda: (
            count(scrape(server), "rapide_http_requests_total")
            == server.log.count('"logger": "uvicorn.access"')
        )
    )
    known = count(scrape(server), "rapide_http_requests_total")
    assert known >= before + 10
    lines = [json.loads(line) for line in server.log.splitlines() if "somebody" not in line]
    ids = [line["request_id"] for line in lines if line["logger"] == "uvicorn.access"]
    assert len(ids) == len({*ids})
    assert {line["pid"] for line in lines} >= workers
    assert len(ids) == known
    said = [json.loads(line) for line in server.log.splitlines() if "somebody" in line]
    assert {line["request_id"] for line in said} <= {*ids}


def scrape(server: Any) -> str:
    status, body = server.answer("/metrics")
    assert status == 200
    return str(body, "utf-8")
